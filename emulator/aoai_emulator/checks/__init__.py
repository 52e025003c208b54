"""What a request must pass before an operation receives it."""
