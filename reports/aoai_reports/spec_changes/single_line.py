"""A comparison of two API descriptions with one line for each change, for `grep` and scripts."""

from __future__ import annotations

from aoai_reports.formats.legible import visible_line
from aoai_reports.spec_changes.places import shown_place
from aoai_reports.spec_changes.wording import SpecComparison, message, sentence, where
from aoai_specs.comparison import Change


def render(comparison: SpecComparison) -> str:
    """A line for each change, the most severe first, and last lines with notes and the counts.

    Its fields are file and line, verdict, id, fingerprint, message and operations:
    `openapi.yaml:12: breaking maximum-set 0f3c… schema Q, n: maximum is set to 9 [POST /things (request)]`.
    """
    lines = [_line(comparison, change) for change in comparison.changes.changes]
    notes = map(visible_line, comparison.changes.notes)
    return "\n".join([*lines, *notes, sentence(comparison.changes), ""])


def _line(comparison: SpecComparison, change: Change) -> str:
    affected = where(change)
    place = shown_place(comparison, change)
    pointer = "" if place.line is not None else f" {visible_line(change.pointer)}"
    end = f" [{affected}]" if affected else ""
    return f"{place.words}:{pointer} {change.verdict} {change.id} {change.fingerprint} {message(change)}{end}"
