"""A comparison of two API descriptions as Markdown, for a step summary or a pull request."""

from __future__ import annotations

import re

from aoai_reports.formats.legible import visible
from aoai_reports.spec_changes.wording import (
    SpecComparison,
    by_verdict,
    heading,
    message,
    pointers,
    sentence,
    where,
)
from aoai_specs.comparison.review.groups import ChangeGroup

#: Rows of a table; the rest are counted.
_MOST_ROWS = 500
#: Markdown syntax; an underscore counts only at the edge of a word.
_MARKS = re.compile(r"[\\`*\[\]<>]|(?<!\w)_|_(?!\w)")
_HEAD = ["| change | what | affects | place |", "|---|---|---|---|"]


def render(comparison: SpecComparison) -> str:
    """A table for each verdict; that of `info` is collapsed."""
    changes = comparison.changes
    lines = [f"# {cell(changes.base)} → {cell(changes.revision)}", "", sentence(changes), ""]
    lines += (line for note in changes.notes for line in (cell(note), ""))
    for verdict, groups in by_verdict(changes).items():
        rows = [_row(comparison, group) for group in groups[:_MOST_ROWS]]
        if len(groups) > _MOST_ROWS:
            rows.append(f"| | {len(groups) - _MOST_ROWS} more | | |")
        title = heading(verdict, groups)
        if verdict == "info":
            lines += ["<details>", f"<summary>{title}</summary>", "", *_HEAD, *rows, "", "</details>", ""]
        else:
            lines += [f"## {title}", "", *_HEAD, *rows, ""]
    if changes.accepted:
        lines += [
            f"## accepted ({len(changes.accepted)})",
            "",
            "| change | what | since | why |",
            "|---|---|---|---|",
        ]
        lines += [
            f"| `{each.change.id}` | {cell(message(each.change))} | {each.day} | {cell(each.reason)} |"
            for each in changes.accepted
        ]
        lines.append("")
    return "\n".join(lines)


def _row(comparison: SpecComparison, group: ChangeGroup) -> str:
    listed, rest = pointers(group, all_places=comparison.all_places)
    listed_places = (code(change.pointer).replace("|", "\\|") for change in listed)
    places = "<br>".join(filter(None, (*listed_places, rest)))
    return f"| `{group.first.id}` | {cell(message(group))} | {cell(where(group))} | {places} |"


def cell(text: str) -> str:
    """Text for a table cell on one line, with its Markdown syntax escaped."""
    return _MARKS.sub(lambda mark: f"&#{ord(mark[0])};", visible(text)).replace("|", "&#124;")


def code(text: str) -> str:
    """Text as Markdown code on one line; `|` needs a backslash in a table."""
    shown = visible(text).replace("`", "'")
    return f"`{shown}`"
