"""The faults that can be enabled, as tables by topic."""
