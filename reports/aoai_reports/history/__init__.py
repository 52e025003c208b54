"""The history of runs in one SQLite file."""
