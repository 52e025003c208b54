"""What a CI system should show beside a build: one annotation for each cause, the most harmful first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from aoai_model.verdict import Level
from aoai_reports.formats.legible import visible_line
from aoai_reports.formats.quantities import quantity
from aoai_reports.formats.wording import clause_of, requirement_sentence, verdict_sentence
from aoai_reports.record.reader import Record
from aoai_reports.results.causes import Cause
from aoai_reports.results.summary import Summary

Severity = Literal["error", "warning", "notice"]

#: GitHub shows no more annotations of a severity for one step.
MOST = 10
_SEVERITIES: tuple[Severity, ...] = ("error", "warning", "notice")


@dataclass(frozen=True, slots=True)
class Annotation:
    """A title and a message of one line each; untrusted text in them is escaped as by `visible_line`.

    `file` and `line` are the place that it is shown at, if any.
    """

    severity: Severity
    title: str
    message: str
    file: str = ""
    line: int = 0


def annotations_of(summary: Summary, record: Record) -> tuple[Annotation, ...]:
    """The annotations of a run, at most `MOST` of each severity; the last one counts what is left out.

    What makes the run fail is an error. Accepted causes have no annotation.
    """
    found = sorted(_annotations(summary, record), key=lambda each: _SEVERITIES.index(each.severity))
    shown: list[Annotation] = []
    for severity, group in groupby(found, key=lambda each: each.severity):
        listed = list(group)
        shown += listed if len(listed) <= MOST else listed[: MOST - 1]
        if len(listed) > MOST:
            more = f"{quantity(len(listed) - MOST + 1, f'more {severity}')} in the report"
            shown.append(Annotation(severity, more, f"The summary and report.html list all {len(listed):,}."))
    return tuple(shown)


def _annotations(summary: Summary, record: Record) -> Iterator[Annotation]:
    if summary.baseline is not None:
        for complaint in summary.baseline.complaints():
            yield Annotation("error", "Baseline entry out of date", visible_line(complaint, 1000))
    if summary.verdict == "inconclusive":
        sentence = visible_line(verdict_sentence(summary, record), 800)
        yield Annotation("error", "The run is inconclusive", sentence)
    else:
        for doubt in summary.doubts:
            yield Annotation("warning", "Not everything was shown", visible_line(doubt, 800))
    for cause in summary.causes:
        if not cause.known:
            yield Annotation(
                _severity(cause.level, summary), visible_line(cause.title), _message(cause, record)
            )


def _severity(level: Level, summary: Summary) -> Severity:
    if level == "must" or (level == "should" and summary.strict):
        return "error"
    return "warning" if level == "should" else "notice"


def _message(cause: Cause, record: Record) -> str:
    """The requirement that the first violation of a cause breaks, with its clause, and what was found."""
    finding = cause.findings[0]
    parts = [
        f"{finding.rule} in {finding.operation}: {requirement_sentence(finding, record)}",
        f"Found: {finding.violation.message.rstrip('.')}.",
        f"Clause: {clause_of(finding, record)}" if clause_of(finding, record) else "",
    ]
    return visible_line(" ".join(filter(None, parts)), 1500)
