"""Formats of a comparison of two runs."""
