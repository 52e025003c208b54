"""The checks of the lint, one module per topic."""
