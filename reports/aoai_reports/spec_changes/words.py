"""Words that several forms of the comparison share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from aoai_reports.formats.legible import visible_line
from aoai_specs.comparison import Change, Changes
from aoai_specs.comparison.effects import VERDICTS, Verdict

#: How many operations a line names before it counts the others.
_NAMED = 8
_LONGEST = 600


def sentence(changes: Changes) -> str:
    """How many changes there are, of which verdict."""
    counts = changes.counts()
    total = sum(counts.values())
    accepted = f"; {len(changes.accepted)} more accepted" if changes.accepted else ""
    if total == 0:
        return f"No change{accepted}."
    told = ", ".join(f"{counts[verdict]} {verdict}" for verdict in VERDICTS if counts[verdict])
    return f"{total} {'change' if total == 1 else 'changes'}: {told}{accepted}."


def by_verdict(changes: Changes) -> Mapping[Verdict, list[Change]]:
    """The changes of each verdict that has any."""
    grouped: dict[Verdict, list[Change]] = {}
    for change in changes.changes:
        grouped.setdefault(change.verdict, []).append(change)
    return grouped


def message(change: Change) -> str:
    """The message on one line, whatever the description holds."""
    return visible_line(change.message, _LONGEST)


def where(change: Change) -> str:
    """The operations that a change reaches, and the direction: `POST /files (request)`; many are counted."""
    named = reached(change)
    more = [f"{len(named) - _NAMED} more"] if len(named) > _NAMED else []
    return ", ".join([*named[:_NAMED], *more])


def reached(change: Change) -> list[str]:
    """Each operation that a change reaches, with the directions, and the verdict where it is another."""
    told: dict[str, list[str]] = {}
    for each in change.operations:
        verdict = "" if each.verdict == change.verdict else f" {each.verdict}"
        way = "" if each.direction == "none" else each.direction
        told.setdefault(each.operation, []).append(f"{way}{verdict}".strip())
    return [visible_line(_with(operation, filter(None, ways)), _LONGEST) for operation, ways in told.items()]


def _with(operation: str, ways: Iterable[str]) -> str:
    listed = ", ".join(ways)
    return f"{operation} ({listed})" if listed else operation
