"""Writes the site into a folder, which may already contain one."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from aoai_reports.formats.output import write_text
from aoai_reports.formats.site.scoreboard import GENERATOR, Row, row_of, scoreboard_html
from aoai_reports.record.reader import Record
from aoai_reports.report_formats import RUN_REPORTS
from aoai_reports.results.summary import Summary
from aoai_reports.run_folder import RECORD_NAME
from aoai_specs.errors import OutputError

INDEX = "index.html"
RUNS = "runs"
#: The files of each run, by report format.
FILES = {
    "html": "report.html",
    "json": "summary.json",
    "badge-svg": "badge.svg",
    "badge-json": "badge.json",
}
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST_NAME = 80


def write_site(folder: Path, runs: Iterable[tuple[Path, Summary, Record]]) -> Path:
    """Write a scoreboard with the files of each run and return the path of its page.

    A run is given with the path of its folder or record, whose name becomes the name of its folder in the
    site: a run of the same name replaces it. Nothing is deleted. Raises OutputError if a file cannot be
    written, or if the folder has an index.html that is not a scoreboard.
    """
    index = folder / INDEX
    _require_scoreboard(index)
    rows: list[Row] = []
    for path, summary, record in runs:
        name = run_name(path)
        place = _free_name(name, {row.folder for row in rows})
        _make(folder / RUNS / place)
        for form, file in FILES.items():
            write_text(folder / RUNS / place / file, RUN_REPORTS[form].render(summary, record))
        rows.append(row_of(name, place, summary, record))
    _make(folder)
    write_text(index, scoreboard_html(rows))
    return index


def run_name(path: Path) -> str:
    """The name of a run: that of its folder, or that of the file if it is no record.ndjson."""
    resolved = path.resolve()
    if resolved.is_dir():
        return resolved.name
    return resolved.parent.name if resolved.name == RECORD_NAME else resolved.stem


def _free_name(name: str, taken: set[str]) -> str:
    """A name that is safe in paths and URLs on every system, with a number if it is taken."""
    safe = _UNSAFE.sub("-", name)[:_LONGEST_NAME].strip("-._").lower() or "run"
    numbered = (safe if number == 1 else f"{safe}-{number}" for number in range(1, len(taken) + 2))
    return next(each for each in numbered if each not in taken)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"Cannot write {folder}: {error.strerror or error}.") from error


def _require_scoreboard(index: Path) -> None:
    """Raise OutputError if the page exists and another program wrote it."""
    try:
        text = index.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return
    except OSError as error:
        raise OutputError(f"Cannot write {index}: {error.strerror or error}.") from error
    if f'content="{GENERATOR}"' not in text:
        raise OutputError(f"{index} is not a scoreboard of aoai-conformance; choose another folder.")
