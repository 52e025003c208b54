"""Edit the YAML of a baseline: add and remove entries, and leave every other line unchanged."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from pathlib import Path

import yaml

from aoai_conformance.baseline.baseline import Accepted, read_baseline_text
from aoai_reports.formats.legible import visible_line
from aoai_reports.results.findings import Finding
from aoai_specs.errors import ConformanceError

#: The comment at the top of a new file.
PREAMBLE = """\
# Accepted violations. Each entry hides exactly one defect: rule, operation, place and reason.
# `why` is for reviewers; after `until` an entry hides nothing, and the gate fails.
"""


def new_entry(
    finding: Finding, *, who: str, why: str, since: date, until: date | None = None, flaky: bool = False
) -> str:
    """Return the YAML of an entry that hides exactly one finding, with the message as a comment above it."""
    fields: dict[str, object] = {
        "rule": finding.rule,
        "operation": finding.operation,
        "place": finding.place,
        "reason": finding.violation.reason,
        "why": why,
        "who": who,
        "since": since,
    }
    if until is not None:
        fields["until"] = until
    fields["state"] = "flaky" if flaky else "failing"
    return _entry_text(fields, visible_line(finding.violation.message, 160))


def _entry_text(fields: Mapping[str, object], comment: str) -> str:
    """An entry as YAML below a comment."""
    dumped = yaml.safe_dump(dict(fields), sort_keys=False, allow_unicode=True, width=100)
    lines = [f"- {line}" if place == 0 else f"  {line}" for place, line in enumerate(dumped.splitlines())]
    return "\n".join([f"# {comment}", *lines]) + "\n"


def new_group(
    group: Accepted, covers: int, *, who: str, why: str, since: date, until: date | None = None
) -> str:
    """Return the YAML of a group like another one, which covers so many defects now and accepts no more."""
    fields: dict[str, object] = {
        name: value
        for name in ("rule", "cause", "operation", "places", "reason")
        if (value := getattr(group, name))
    }
    fields |= {"why": why, "who": who, "since": since}
    if until is not None:
        fields["until"] = until
    fields["state"] = "flaky" if group.flaky else "failing"
    fields["most"] = covers
    return _entry_text(fields, f"covers {covers} now")


def with_entries(path: Path, text: str, entries: Iterable[str]) -> str:
    """Return the text of a baseline with entries added at its end, indented like the others.

    Raises ConformanceError if the existing entries are not on lines of their own.
    """
    spans = entry_lines(path, text)
    if not spans and not _only_comments(text):
        text = ""  # an explicit empty list
    if not text.strip():
        text = PREAMBLE
    if not text.endswith("\n"):
        text += "\n"
    lines = text.splitlines()
    indent = ""
    if spans:
        first = lines[_dash(lines, spans[0])]
        indent = first[: len(first) - len(first.lstrip())]
    for entry in entries:
        text += "\n" + "".join(f"{indent}{line}\n" for line in entry.splitlines())
    return text


def without_entries(path: Path, text: str, numbers: Collection[int]) -> str:
    """Return the text of a baseline without the entries with these numbers (from 0) and their comments.

    Raises ConformanceError if the entries are not on lines of their own.
    """
    spans = entry_lines(path, text)
    lines = text.splitlines(keepends=True)
    removed = {line for number in numbers for line in range(*spans[number])}
    remaining = "".join(line for place, line in enumerate(lines) if place not in removed)
    if len(set(numbers)) == len(spans) and spans:
        remaining = remaining.rstrip("\n") + "\n" if remaining.strip() else PREAMBLE
    return remaining


def entry_lines(path: Path, text: str) -> tuple[tuple[int, int], ...]:
    """Return the first line and the end line of each entry, including the comments directly above it.

    A comment that is separated from the first entry by a blank line belongs to the file.
    """
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    if node is None or (isinstance(node, yaml.SequenceNode) and not node.value):
        return ()
    if not isinstance(node, yaml.SequenceNode) or node.flow_style:
        raise ConformanceError(
            f"Cannot edit the baseline {path}: write each entry on lines of its own, after a dash."
        )
    lines = text.splitlines()
    starts = []
    for entry in node.value:
        line = entry.start_mark.line
        while not lines[line].lstrip().startswith("-"):
            line -= 1
        starts.append(line)
    spans = []
    for start, following in zip(starts, [*starts[1:], len(lines)], strict=True):
        end = following
        while _is_comment(lines[end - 1]):
            end -= 1
        spans.append((_with_comments(lines, start), end))
    return tuple(_with_blank(lines, span) for span in spans)


def _with_comments(lines: list[str], start: int) -> int:
    first = start
    while first > 0 and lines[first - 1].lstrip().startswith("#"):
        first -= 1
    touches_the_top = first == 0 and start > 0
    return start if touches_the_top else first


def _with_blank(lines: list[str], span: tuple[int, int]) -> tuple[int, int]:
    """Include the blank line above an entry, so that removing it leaves no gap."""
    start, end = span
    return (start - 1, end) if start > 0 and not lines[start - 1].strip() else span


def _is_comment(line: str) -> bool:
    return not line.strip() or line.lstrip().startswith("#")


def _dash(lines: list[str], span: tuple[int, int]) -> int:
    return next(line for line in range(*span) if lines[line].lstrip().startswith("-"))


def _only_comments(text: str) -> bool:
    return all(_is_comment(line) for line in text.splitlines())


def require_entries(path: Path, text: str, expected: Iterable[Accepted]) -> str:
    """Return the text if it parses as the expected entries, in order.

    Raises ConformanceError if it does not; the file then has a form that cannot be edited.
    """
    if read_baseline_text(path, text) != tuple(expected):
        raise ConformanceError(
            f"Cannot edit the baseline {path} without changing other entries: write each entry on lines of "
            "its own, after a dash."
        )
    return text
