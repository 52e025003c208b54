"""Runs as the history keeps them."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aoai_reports.history.entry import Cost, DefectSeen, RuleCount, RunEntry
from aoai_reports.history.location import resolve_variables
from aoai_reports.history.store import History

DOCUMENT, CHAT = "azure-openai@2024-10-21", "ChatCompletions_Create"


def make(day: int, *, broken: bool = False, fields: tuple[str, ...] = (), **changes: Any) -> RunEntry:
    defects = [DefectSeen(DOCUMENT, CHAT, "SCHEMA-003", each, "undeclared", "may", "m", 1) for each in fields]
    if broken:
        defects.append(DefectSeen(DOCUMENT, CHAT, "USAGE-001", "/usage", "sum", "must", "wrong sum", 3))
    facts = {
        "id": f"run-{day:02}",
        "started": f"2026-01-{day:02}T02:00:00.000Z",
        "ended": f"2026-01-{day:02}T02:01:00.000Z",
        "seconds": 60.0,
        "target": "http://gateway",
        "documents": (DOCUMENT,),
        "profile": "standard",
        "seed": 0,
        "tool": "aoai-conformance 0.1.0",
        "verdict": "nonconformant" if broken else "conformant",
        "interrupted": False,
        "requests": 100,
        "prompt": 10,
        "completion": 20,
        "record": "/runs/record.ndjson",
        "rules": (RuleCount(DOCUMENT, CHAT, "USAGE-001", 5, 3 if broken else 0, 0),),
        "defects": tuple(sorted(defects, key=lambda each: (each.rule, each.place))),
        "costs": (Cost(DOCUMENT, CHAT, 100, 10, 20),),
    }
    return RunEntry(**(facts | changes))  # type: ignore[arg-type]


@pytest.fixture(scope="session", name="make")
def make_fixture() -> Callable[..., RunEntry]:
    return make


#: The URL of a PostgreSQL database: the tests use it instead of a file, and delete its schema before each.
SERVER = os.environ.get("AOAI_HISTORY_URL", "")


@pytest.fixture
def place(tmp_path: Path) -> str:
    """An empty history: a file, or the database that AOAI_HISTORY_URL names."""
    if not SERVER:
        return str(tmp_path / "deep" / "history.sqlite3")
    psycopg = pytest.importorskip("psycopg")
    with psycopg.connect(resolve_variables(SERVER).replace("+psycopg", "")) as connection:
        connection.execute("DROP SCHEMA IF EXISTS aoai_conformance CASCADE")
    return SERVER


@pytest.fixture
def history(place: str) -> History:
    return History(place)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The path of a history file that does not exist yet."""
    return tmp_path / "history.sqlite3"
