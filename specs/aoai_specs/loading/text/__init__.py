"""Texts as values: JSON and YAML, their lines and limits."""
