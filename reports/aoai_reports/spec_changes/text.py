"""A comparison of two API descriptions as plain text."""

from __future__ import annotations

from collections.abc import Iterator

from aoai_reports.formats.legible import visible, visible_line
from aoai_reports.spec_changes.places import base_place, revision_place
from aoai_reports.spec_changes.wording import (
    SpecComparison,
    by_verdict,
    heading,
    message,
    pointers,
    sentence,
    trail,
    where,
)
from aoai_specs.comparison import Change
from aoai_specs.comparison.review.groups import ChangeGroup


def render(comparison: SpecComparison) -> str:
    """Every entry with its operations and its places, the most severe first; then the counts."""
    changes = comparison.changes
    lines = [f"{changes.base} → {changes.revision}", *map(visible_line, changes.notes), ""]
    for verdict, groups in by_verdict(changes).items():
        lines.append(heading(verdict, groups))
        for group in groups:
            lines += _entry(comparison, group)
        lines.append("")
    lines += (
        f"accepted since {each.day}: {each.change.id}: {message(each.change)} — {visible_line(each.reason)}"
        for each in changes.accepted
    )
    return "\n".join([*lines, sentence(changes), ""])


def _entry(comparison: SpecComparison, group: ChangeGroup) -> Iterator[str]:
    yield f"  {group.first.id}: {message(group)}"
    if comparison.lines:
        yield f"    fingerprint {group.fingerprint}"
    affected = where(group)
    if affected:
        yield f"    {affected}"
    listed, rest = pointers(group, all_places=comparison.all_places)
    for change in listed:
        yield f"    {visible(change.pointer)}"
        if comparison.lines:
            yield from _details(comparison, change)
    if rest:
        yield f"    {rest}"


def _details(comparison: SpecComparison, change: Change) -> Iterator[str]:
    base, revision = base_place(comparison, change), revision_place(comparison, change)
    yield f"      {base.words} → {revision.words}"
    if trail(change):
        yield f"      via {trail(change)}"
