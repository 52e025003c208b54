"""Explanations of rules: why clients need them, and exchanges that pass and fail."""
