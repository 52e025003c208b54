"""The table of results: one Markdown line for each row, under the date, the machine and the versions."""

from __future__ import annotations

import os
import platform
import re
import statistics
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from benchmarks.runner.rows import Row

HEAD = ("benchmark", "work", "unit", "ours", "theirs", "peer", "ours ÷ theirs", "remark")


def machine() -> str:
    """Describe the machine and what else it does."""
    processor = platform.machine()
    if (info := Path("/proc/cpuinfo")).exists() and (
        found := re.search(r"model name\s*: (.*)", info.read_text())
    ):
        processor = found[1]
    cores, load = os.cpu_count(), os.getloadavg()[0]
    return f"{processor}, {cores} cores, load {load:.1f}; Python {platform.python_version()}"


def render(results: Iterable[tuple[str, Row]], rounds: int, began: datetime | None = None) -> str:
    """Return the table of rows, each with the name of its benchmark."""
    day = (began or datetime.now(UTC)).date().isoformat()
    lines = [
        f"{day}; aoai-conformance {version('aoai-conformance')}; {machine()}; medians of {rounds} rounds.",
        "",
        f"| {' | '.join(HEAD)} |",
        "|---|---|---|---:|---:|---|---:|---|",
        *_lines(results),
    ]
    return "\n".join(lines) + "\n"


def _lines(results: Iterable[tuple[str, Row]]) -> Iterator[str]:
    previous = None
    for name, row in results:
        ratio = "" if row.ratio is None else figure(row.ratio)
        first = "" if name == previous else name
        cells = (
            first,
            row.work,
            row.unit,
            _median(row.ours),
            _median(row.theirs),
            row.peer,
            ratio,
            row.remark,
        )
        yield f"| {' | '.join(map(_cell, cells))} |"
        previous = name


def _median(samples: Sequence[float]) -> str:
    return figure(statistics.median(samples)) if samples else "–"


def figure(value: float) -> str:
    """Return a number with three significant digits, and whole numbers from 100 on in full."""
    if value == int(value) or abs(value) >= 100:
        return f"{value:,.0f}"
    digits = max(0, 2 - int(f"{value:e}".partition("e")[2]))
    return f"{value:.{digits}f}"


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())
