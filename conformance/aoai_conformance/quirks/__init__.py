"""Quirks: known deviations of the real service, and those a user declares."""
