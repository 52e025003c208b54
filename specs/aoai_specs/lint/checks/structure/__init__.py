"""Checks of the structure: what the specification of the version allows at each place."""
