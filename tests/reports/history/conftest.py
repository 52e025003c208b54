"""Runs as the history keeps them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aoai_reports.history.entry import Cost, DefectSeen, RuleCount, RunEntry
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


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(tmp_path / "deep" / "history.sqlite3")
