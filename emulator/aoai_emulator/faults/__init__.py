"""The faults: what can be broken on purpose, as tables by topic."""
