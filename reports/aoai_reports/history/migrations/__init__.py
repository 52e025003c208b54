"""Alembic migrations of the history. The first four are those of files written before Alembic was used."""
