"""The history as comma-separated values: one row for each run, or for each cause of each run."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from io import StringIO
from typing import Final

from aoai_model.serialization import Json
from aoai_reports.formats.legible import visible_line
from aoai_reports.history.entry import RunEntry
from aoai_reports.history.since import changes_of_each

RUN_COLUMNS: Final = (
    "id", "started", "ended", "seconds", "target", "label", "documents", "profile", "seed", "tool", "verdict",
    "interrupted", "requests", "prompt_tokens", "completion_tokens", "must", "should", "may", "known",
    "causes", "compared_with", "new", "fixed", "flaky", "record",
)  # fmt: skip
CAUSE_COLUMNS: Final = (
    "run", "started", "target", "label", "cause", "title", "effect", "level", "violations", "known",
)  # fmt: skip
#: A spreadsheet takes a text that begins with one of these for a formula.
_FORMULA: Final = ("=", "+", "-", "@")


def runs_csv(runs: Sequence[RunEntry]) -> str:
    """One row for each run, the oldest first; `compared_with` is the start of the run before it."""
    return _table(RUN_COLUMNS, _run_rows(runs))


def causes_csv(runs: Sequence[RunEntry]) -> str:
    """One row for each cause of each run, the oldest run first."""
    return _table(CAUSE_COLUMNS, _cause_rows(runs))


def _run_rows(runs: Sequence[RunEntry]) -> Iterator[Sequence[Json]]:
    for run, changes in zip(runs, changes_of_each(runs), strict=True):
        counts = [len(changes.new), len(changes.fixed), len(changes.flaky)] if changes.since else [None] * 3
        yield [
            run.id, run.started, run.ended, run.seconds, run.target, run.label, " ".join(run.documents),
            run.profile, run.seed, run.tool, run.verdict, run.interrupted, run.requests, run.prompt,
            run.completion, run.broken("must"), run.broken("should"), run.broken("may"), run.known,
            len(run.causes), changes.since, *counts, run.record,
        ]  # fmt: skip


def _cause_rows(runs: Sequence[RunEntry]) -> Iterator[Sequence[Json]]:
    for run in runs:
        for cause in run.causes:
            yield [
                run.id, run.started, run.target, run.label, cause.id, cause.title, cause.effect, cause.level,
                cause.violations, cause.known,
            ]  # fmt: skip


def _table(columns: Sequence[str], rows: Iterator[Sequence[Json]]) -> str:
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue()


def _cell(value: Json) -> str:
    """A value as text on one line; no text is a formula."""
    if isinstance(value, str):
        line = visible_line(value, 2000)
        return f"'{line}" if line.startswith(_FORMULA) else line
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
