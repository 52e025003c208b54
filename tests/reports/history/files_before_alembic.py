"""Writes history files as the tool did before it used Alembic."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

#: The statements from one version of the schema to the next; the user_version of a file counts them.
VERSIONS: tuple[tuple[str, ...], ...] = (
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

RUN = (
    "run-01", "2026-01-01T02:00:00.000Z", "2026-01-01T02:01:00.000Z", 60.0, "http://gateway",
    "azure-openai@2024-10-21", "standard", 0, "aoai-conformance 0.1.0", "nonconformant", 0, 100, 10, 20,
    "/runs/record.ndjson",
)  # fmt: skip
DEFECT = (
    "run-01", "azure-openai@2024-10-21", "ChatCompletions_Create", "USAGE-001", "/usage", "sum", "must",
    "wrong sum", 3,
)  # fmt: skip


def write_file(path: Path, version: int) -> None:
    """Write a file of a version with one run that has one defect."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA journal_mode = WAL")
        for statements in VERSIONS[:version]:
            for statement in statements:
                connection.execute(statement)
        names = "id, started, ended, seconds, target, documents, profile, seed, tool, verdict, interrupted"
        names += ", requests, prompt, completion, record"
        connection.execute(f"INSERT INTO runs ({names}) VALUES ({', '.join('?' * len(RUN))})", RUN)
        names = "run, document, operation, rule, place, reason, level, message, count"
        connection.execute(f"INSERT INTO defects ({names}) VALUES ({', '.join('?' * len(DEFECT))})", DEFECT)
        connection.execute("INSERT INTO rules VALUES ('run-01', ?, ?, 'USAGE-001', 5, 3, 0)", DEFECT[1:3])
        connection.execute("INSERT INTO costs VALUES ('run-01', ?, ?, 100, 10, 20)", DEFECT[1:3])
        connection.execute(f"PRAGMA user_version = {version}")
