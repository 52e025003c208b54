"""A comparison of two API descriptions as plain text."""

from __future__ import annotations

from aoai_reports.formats.legible import visible_line
from aoai_reports.spec_changes.wording import SpecComparison, by_verdict, message, sentence, where


def render(comparison: SpecComparison) -> str:
    """Every change with its operations and its place, the most severe first; then the counts."""
    changes = comparison.changes
    lines = [f"{changes.base} → {changes.revision}", *map(visible_line, changes.notes), ""]
    for verdict, listed in by_verdict(changes).items():
        lines.append(f"{verdict} ({len(listed)})")
        for change in listed:
            lines.append(f"  {change.id}: {message(change)}")
            lines.append(f"    {where(change)}")
            lines.append(f"    {change.pointer}")
        lines.append("")
    lines += (
        f"accepted since {each.day}: {each.change.id}: {message(each.change)} — {each.reason}"
        for each in changes.accepted
    )
    return "\n".join([*lines, sentence(changes), ""])
