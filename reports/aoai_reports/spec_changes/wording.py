"""What the formats of a comparison of two API descriptions share: their input and their sentences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from aoai_reports.formats.legible import visible_line
from aoai_reports.formats.quantities import quantity
from aoai_specs.comparison import Change, Changes, Description
from aoai_specs.comparison.effects import VERDICTS, Verdict
from aoai_specs.comparison.review.groups import ChangeGroup, grouped

#: How many operations a line names before it counts the rest.
_NAMED = 8
#: How many places of an entry are listed before the rest is counted.
_LISTED = 5
_LONGEST = 600


@dataclass(frozen=True, slots=True)
class SpecComparison:
    """The changes from `base` to `revision`; a change at least as severe as `fail_on` fails in JUnit.

    `all_places` lists every place of an entry instead of the first ones, `lines` adds files and lines where a
    format does not always have them.
    """

    changes: Changes
    base: Description
    revision: Description
    fail_on: Verdict = "breaking"
    all_places: bool = False
    lines: bool = False


def sentence(changes: Changes) -> str:
    """How many changes there are of each verdict."""
    counts = changes.counts()
    total = sum(counts.values())
    accepted = f"; {len(changes.accepted)} more accepted" if changes.accepted else ""
    accepted += f"; {changes.ignored} more ignored" if changes.ignored else ""
    if total == 0:
        return f"No changes{accepted}."
    parts = ", ".join(f"{counts[verdict]} {verdict}" for verdict in VERDICTS if counts[verdict])
    return f"{quantity(total, 'change')}: {parts}{accepted}."


def by_verdict(changes: Changes) -> Mapping[Verdict, list[ChangeGroup]]:
    """The entries by verdict, without the verdicts that have none."""
    found: dict[Verdict, list[ChangeGroup]] = {}
    for group in grouped(changes.changes):
        found.setdefault(group.verdict, []).append(group)
    return found


def heading(verdict: Verdict, groups: Sequence[ChangeGroup]) -> str:
    """The heading of the entries of a verdict: `breaking (20)`, or `breaking (20 changes in 12 entries)`."""
    total = sum(len(group.changes) for group in groups)
    if total == len(groups):
        return f"{verdict} ({total})"
    return f"{verdict} ({quantity(total, 'change')} in {quantity(len(groups), 'entry', 'entries')})"


def message(change: Change | ChangeGroup) -> str:
    """The message of a change on one line; of several places, also their number."""
    text = visible_line(change.message, _LONGEST)
    if isinstance(change, ChangeGroup) and len(change.changes) > 1:
        return f"{text} ({quantity(len(change.changes), 'place')})"
    return text


def where(change: Change | ChangeGroup) -> str:
    """The operations that a change affects, with the direction: `POST /files (request), 3 more`."""
    affected = affected_operations(change)
    more = [f"{len(affected) - _NAMED} more"] if len(affected) > _NAMED else []
    return ", ".join([*affected[:_NAMED], *more])


def pointers(group: ChangeGroup, *, all_places: bool) -> tuple[list[Change], str]:
    """The changes whose places are listed, and a sentence about the rest, which may be empty."""
    count = len(group.changes)
    if all_places or count <= _LISTED:
        return list(group.changes), ""
    more = count - _LISTED
    return list(group.changes[:_LISTED]), f"and {more:,} more; --all-places lists them"


def trail(change: Change) -> str:
    """The schemas on the way from the first operation to a change: `chatRequest → message`; may be empty."""
    names = change.operations[0].schemas(gone=change.gone) if change.operations else ()
    if len(names) < 2:
        return ""
    return visible_line(" → ".join(names), _LONGEST)


def affected_operations(change: Change | ChangeGroup) -> list[str]:
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
