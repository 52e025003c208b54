"""Faults of HTTP, of errors and of what is accepted."""
