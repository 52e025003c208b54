"""The checks that a request must pass before an operation receives it."""
