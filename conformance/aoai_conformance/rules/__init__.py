"""Requirements, one function each, in one module per topic."""
