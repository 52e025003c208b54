"""Formats of a comparison of two API descriptions."""
