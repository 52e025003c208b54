"""The baseline: violations that someone accepted."""
