"""Deterministic content of responses."""
