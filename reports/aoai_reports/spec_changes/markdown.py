"""The comparison as Markdown, for a step summary or a pull request."""

from __future__ import annotations

import re

from aoai_reports.spec_changes.words import by_verdict, message, sentence, where
from aoai_specs.comparison import Change, Changes

#: Of the lightest changes, so many are listed; the others are counted.
_MOST_NOTES = 500
#: What would be markup; an underscore only where no word goes on on both sides of it.
_MARKS = re.compile(r"[\\`*\[\]<>]|(?<!\w)_|_(?!\w)")
_HEAD = ["| change | what | reaches | place |", "|---|---|---|---|"]


def changes_markdown(changes: Changes) -> str:
    """A table for each verdict; what is only `info` is folded."""
    lines = [f"# {cell(changes.base)} → {cell(changes.revision)}", "", sentence(changes), ""]
    for verdict, listed in by_verdict(changes).items():
        rows = [_row(change) for change in listed[:_MOST_NOTES]]
        if len(listed) > _MOST_NOTES:
            rows.append(f"| | {len(listed) - _MOST_NOTES} more | | |")
        title = f"{verdict} ({len(listed)})"
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


def _row(change: Change) -> str:
    return f"| `{change.id}` | {cell(message(change))} | {cell(where(change))} | {_code(change.pointer)} |"


def cell(text: str) -> str:
    """A text inside a table: nothing of it is markup."""
    text = _MARKS.sub(lambda mark: f"&#{ord(mark[0])};", text)
    return text.replace("|", "&#124;").replace("\n", " ")


def _code(pointer: str) -> str:
    return f"`{pointer.replace('`', '').replace('|', '&#124;')}`"
