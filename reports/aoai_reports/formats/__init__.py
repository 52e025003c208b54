"""Formats of the report of a run, and what all formats share."""
