"""The comparison as plain text, for a terminal."""

from __future__ import annotations

from aoai_reports.spec_changes.words import by_verdict, message, sentence, where
from aoai_specs.comparison import Changes


def changes_text(changes: Changes) -> str:
    """Every change, the gravest first, with what it reaches and its place; then how many there are."""
    lines = [f"{changes.base} → {changes.revision}", ""]
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
