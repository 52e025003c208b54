"""Edits the YAML of a baseline: adds entries, takes entries out, and leaves every other line alone."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from pathlib import Path

import yaml

from aoai_conformance.baseline.baseline import Accepted, read_baseline_text
from aoai_reports.formats.legible import visible_line
from aoai_reports.results.findings import Finding
from aoai_specs.errors import ConformanceError

#: What stands above the entries of a new file.
PREAMBLE = """\
# Violations that someone accepted. Each entry hides exactly one defect: rule, operation, place and reason.
# `why` is for whoever reviews this; after `until` an entry accepts nothing, and the gate fails.
"""


def new_entry(
    finding: Finding, *, who: str, why: str, since: date, until: date | None = None, flaky: bool = False
) -> str:
    """The YAML of an entry that hides a finding and nothing else, below a comment with what was found."""
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
    dumped = yaml.safe_dump(fields, sort_keys=False, allow_unicode=True, width=100)
    lines = [f"- {line}" if place == 0 else f"  {line}" for place, line in enumerate(dumped.splitlines())]
    return "\n".join([f"# {visible_line(finding.violation.message, 160)}", *lines]) + "\n"


def with_entries(path: Path, text: str, entries: Iterable[str]) -> str:
    """The text of a baseline with entries at its end, indented as the others are.

    Raises ConformanceError where the entries of the text do not stand in lines of their own.
    """
    spans = entry_lines(path, text)
    if not spans and not _only_comments(text):
        text = ""  # an empty list, written out
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
    """The text of a baseline without the entries of these numbers (from 0), nor the comments that lead them.

    Raises ConformanceError where the entries of the text do not stand in lines of their own.
    """
    spans = entry_lines(path, text)
    lines = text.splitlines(keepends=True)
    gone = {line for number in numbers for line in range(*spans[number])}
    kept = "".join(line for place, line in enumerate(lines) if place not in gone)
    if len(set(numbers)) == len(spans) and spans:
        kept = kept.rstrip("\n") + "\n" if kept.strip() else PREAMBLE
    return kept


def entry_lines(path: Path, text: str) -> tuple[tuple[int, int], ...]:
    """From which line to before which line each entry stands, with the comments directly above it.

    A comment that a blank line parts from the first entry belongs to the file.
    """
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    if node is None or (isinstance(node, yaml.SequenceNode) and not node.value):
        return ()
    if not isinstance(node, yaml.SequenceNode) or node.flow_style:
        raise ConformanceError(
            f"The baseline {path} cannot be edited: write its entries one below the other, each after a dash."
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
        while _is_remark(lines[end - 1]):
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
    """The blank line above an entry goes with it, so that no gap grows."""
    start, end = span
    return (start - 1, end) if start > 0 and not lines[start - 1].strip() else span


def _is_remark(line: str) -> bool:
    return not line.strip() or line.lstrip().startswith("#")


def _dash(lines: list[str], span: tuple[int, int]) -> int:
    return next(line for line in range(*span) if lines[line].lstrip().startswith("-"))


def _only_comments(text: str) -> bool:
    return all(_is_remark(line) for line in text.splitlines())


def held_to(path: Path, text: str, expected: Iterable[Accepted]) -> str:
    """The text, once it is sure that it reads as the entries that are expected, in order.

    Raises ConformanceError where it does not: then the file is written in a way that this cannot edit.
    """
    if read_baseline_text(path, text) != tuple(expected):
        raise ConformanceError(
            f"The baseline {path} cannot be edited without touching other entries: write them one below the "
            "other, each after a dash."
        )
    return text
