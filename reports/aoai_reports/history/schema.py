"""The tables of the history file and their migrations."""

from __future__ import annotations

import sqlite3
from typing import TypeAlias

#: The statements from one version of the schema to the next.
Migration: TypeAlias = tuple[str, ...]

#: The version of a file is the number of migrations applied; released migrations never change.
MIGRATIONS: tuple[Migration, ...] = (
    (
        """
        CREATE TABLE runs (
            id TEXT PRIMARY KEY, started TEXT NOT NULL, ended TEXT NOT NULL, seconds REAL NOT NULL,
            target TEXT NOT NULL, documents TEXT NOT NULL, profile TEXT NOT NULL, seed INTEGER NOT NULL,
            tool TEXT NOT NULL, verdict TEXT NOT NULL, interrupted INTEGER NOT NULL,
            requests INTEGER NOT NULL, prompt INTEGER NOT NULL, completion INTEGER NOT NULL,
            record TEXT NOT NULL
        ) STRICT
        """,
        "CREATE INDEX runs_by_start ON runs (target, started)",
        """
        CREATE TABLE rules (
            run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
            document TEXT NOT NULL, operation TEXT NOT NULL, rule TEXT NOT NULL,
            passed INTEGER NOT NULL, violation INTEGER NOT NULL, inconclusive INTEGER NOT NULL,
            PRIMARY KEY (run, document, operation, rule)
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE defects (
            run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
            document TEXT NOT NULL, operation TEXT NOT NULL, rule TEXT NOT NULL,
            place TEXT NOT NULL, reason TEXT NOT NULL, level TEXT NOT NULL, message TEXT NOT NULL,
            count INTEGER NOT NULL,
            PRIMARY KEY (run, document, operation, rule, place, reason)
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE costs (
            run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
            document TEXT NOT NULL, operation TEXT NOT NULL,
            requests INTEGER NOT NULL, prompt INTEGER NOT NULL, completion INTEGER NOT NULL,
            PRIMARY KEY (run, document, operation)
        ) STRICT, WITHOUT ROWID
        """,
    ),
    ("ALTER TABLE defects ADD COLUMN known INTEGER NOT NULL DEFAULT 0",),
    (
        # The points of each operation that got a response: a JSON array of their ids, deflated.
        """
        CREATE TABLE answers (
            run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
            document TEXT NOT NULL, operation TEXT NOT NULL, points BLOB NOT NULL,
            PRIMARY KEY (run, document, operation)
        ) STRICT, WITHOUT ROWID
        """,
        "ALTER TABLE runs ADD COLUMN has_answers INTEGER NOT NULL DEFAULT 0",
    ),
    (
        """
        CREATE TABLE causes (
            run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
            id TEXT NOT NULL, place INTEGER NOT NULL, title TEXT NOT NULL, effect TEXT NOT NULL,
            level TEXT NOT NULL, violations INTEGER NOT NULL, known INTEGER NOT NULL,
            PRIMARY KEY (run, id)
        ) STRICT, WITHOUT ROWID
        """,
    ),
)


class NewerHistoryError(Exception):
    """A file written by a later version of this tool; the message is its schema version."""


def migrate(connection: sqlite3.Connection) -> None:
    """Migrate a file to the current schema in one transaction.

    Raises NewerHistoryError if a later version of this tool wrote the file.
    """
    version = _version(connection)
    if version > len(MIGRATIONS):
        raise NewerHistoryError(version)
    if version == len(MIGRATIONS):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        for migration in MIGRATIONS[_version(connection) :]:  # another process may have come first
            for statement in migration:
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _version(connection: sqlite3.Connection) -> int:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)
