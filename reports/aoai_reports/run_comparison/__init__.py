"""Compares two records: what broke, what was mended, and what is done otherwise."""
