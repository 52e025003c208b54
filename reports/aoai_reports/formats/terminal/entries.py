"""Everything about a run for a terminal: each violation in full below its cause."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.text import Text

from aoai_reports.formats.legible import visible, visible_line, visible_value
from aoai_reports.formats.quantities import quantity
from aoai_reports.formats.terminal.facts import LEVEL_STYLE, add_coverage, add_verdict
from aoai_reports.formats.terminal.lines import Lines
from aoai_reports.formats.wording import (
    cause_sentence,
    clause_of,
    expected_and_actual,
    place_sentence,
    requirement_sentence,
    section_sentence,
    sections,
)
from aoai_reports.record.reader import Record
from aoai_reports.results.findings import Finding
from aoai_reports.results.summary import Summary

#: Longer curl commands are only in the report.
LONGEST_CURL = 1200


def every_entry(
    summary: Summary, record: Record, console: Console, report: str | Path | None = None
) -> Lines:
    """The report of a run with every violation."""
    lines = Lines(console)
    add_verdict(lines, summary, record)
    _add_baseline(lines, summary)
    _add_groups(lines, summary)
    for section in sections(summary):
        lines.gap()
        counted = f"  {section_sentence(section.causes, section.kind)}"
        lines.add(Text.assemble((section.title, "bold"), (counted, "dim")))
        for cause in section.causes:
            lines.gap()
            style = "dim" if cause.known else LEVEL_STYLE[cause.level]
            heading = f"{cause.level.upper()}  {visible_line(cause_sentence(cause), 600)}"
            lines.add(Text(heading, f"bold {style}"))
            for finding in cause.findings:
                _add_entry(lines, finding, record)
    lines.gap()
    add_coverage(lines, summary, record, report)
    return lines


def _add_baseline(lines: Lines, summary: Summary) -> None:
    complaints = () if summary.baseline is None else tuple(summary.baseline.complaints())
    if complaints:
        heading = quantity(len(complaints), "baseline entry to fix", "baseline entries to fix")
        lines.title(heading, LEVEL_STYLE["must"])
    for sentence in complaints:
        lines.add(visible_line(sentence, 1000), prefix="  ")


def _add_groups(lines: Lines, summary: Summary) -> None:
    groups = () if summary.baseline is None else summary.baseline.groups
    if groups:
        lines.title(quantity(len(groups), "group in the baseline", "groups in the baseline"), "cyan")
    for entry, covers in groups:
        sentence = f"{entry.name} covers {quantity(covers, 'defect')}: {entry.explanation}"
        lines.add(visible_line(sentence, 1000), prefix="  ")


def _add_entry(lines: Lines, finding: Finding, record: Record) -> None:
    violation = finding.violation
    lines.gap()
    lines.add(
        Text.assemble(
            (visible_line(finding.rule), f"bold {LEVEL_STYLE[finding.level]}"),
            f"  {visible_line(finding.operation)}",
            (f"  seen {finding.count:,} times" if finding.count > 1 else "", "dim"),
        )
    )
    lines.field("requirement", visible_line(requirement_sentence(finding, record)))
    lines.field("clause", visible_line(clause_of(finding, record)))
    if violation.point is not None:
        lines.field("point", visible_line(violation.point))
    lines.field("found", visible_line(violation.message))
    for name, value in expected_and_actual(finding):
        lines.field(name, visible_value(value))
    lines.field("place", visible_line(place_sentence(finding)))
    if finding.others:
        lines.field("also at", visible_line(", ".join(finding.others), 2000))
    if finding.known:
        lines.field("accepted", visible_line(finding.known_because or "accepted"))
    lines.field("case", visible_line(finding.case))
    for exchange in finding.exchanges[:3]:
        name = "request" if finding.scenario is None or exchange.scenario is None else exchange.scenario.step
        if len(exchange.curl) <= LONGEST_CURL:
            lines.field(name, visible(exchange.curl), whole=True)
        else:
            length = quantity(len(exchange.request.body), "byte")
            lines.field(name, f"{length}; the report has the curl command")
