"""The history of runs: what each record came to, night after night, in one SQLite file."""
