"""What the formats of a comparison of two API descriptions share: their input and their sentences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from aoai_reports.formats.legible import visible_line
from aoai_reports.formats.wording import quantity
from aoai_specs.comparison import Change, Changes, Description
from aoai_specs.comparison.effects import VERDICTS, Verdict

#: How many operations a line names before it counts the rest.
_NAMED = 8
_LONGEST = 600


@dataclass(frozen=True, slots=True)
class SpecComparison:
    """The changes from `base` to `revision`; a change at least as severe as `fail_on` fails in JUnit."""

    changes: Changes
    base: Description
    revision: Description
    fail_on: Verdict = "breaking"


def sentence(changes: Changes) -> str:
    """How many changes there are of each verdict."""
    counts = changes.counts()
    total = sum(counts.values())
    accepted = f"; {len(changes.accepted)} more accepted" if changes.accepted else ""
    if total == 0:
        return f"No changes{accepted}."
    parts = ", ".join(f"{counts[verdict]} {verdict}" for verdict in VERDICTS if counts[verdict])
    return f"{quantity(total, 'change')}: {parts}{accepted}."


def by_verdict(changes: Changes) -> Mapping[Verdict, list[Change]]:
    """The changes by verdict, without the verdicts that have none."""
    grouped: dict[Verdict, list[Change]] = {}
    for change in changes.changes:
        grouped.setdefault(change.verdict, []).append(change)
    return grouped


def message(change: Change) -> str:
    """The message of a change on one line."""
    return visible_line(change.message, _LONGEST)


def where(change: Change) -> str:
    """The operations that a change affects, with the direction: `POST /files (request), 3 more`."""
    affected = affected_operations(change)
    more = [f"{len(affected) - _NAMED} more"] if len(affected) > _NAMED else []
    return ", ".join([*affected[:_NAMED], *more])


def affected_operations(change: Change) -> list[str]:
    """Each operation that a change affects, with the directions and any verdict that differs from its own."""
    directions: dict[str, list[str]] = {}
    for each in change.operations:
        verdict = "" if each.verdict == change.verdict else f" {each.verdict}"
        direction = "" if each.direction == "none" else each.direction
        directions.setdefault(each.operation, []).append(f"{direction}{verdict}".strip())
    return [
        visible_line(_with_details(operation, filter(None, details)), _LONGEST)
        for operation, details in directions.items()
    ]


def _with_details(operation: str, details: Iterable[str]) -> str:
    listed = ", ".join(details)
    return f"{operation} ({listed})" if listed else operation
