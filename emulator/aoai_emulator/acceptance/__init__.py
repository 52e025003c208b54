"""Acceptance: the checks a request must pass before an operation receives it."""
