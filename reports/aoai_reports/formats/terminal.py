"""The report of a run for a terminal: verdict, violations, cost."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from aoai_model.verdict import Level
from aoai_reports.formats.legible import visible, visible_line, visible_value
from aoai_reports.formats.wording import (
    clause_of,
    cost_sentence,
    expected_and_actual,
    further_doubts,
    further_violations,
    place_sentence,
    points_sentence,
    quantity,
    recording_remarks,
    requirement_sentence,
    title,
    undecided_sentence,
    verdict_sentence,
)
from aoai_reports.record.reader import Record
from aoai_reports.results.findings import Finding
from aoai_reports.results.summary import Summary
from aoai_reports.results.tallies import quirks

#: How many findings of a level are printed; the rest are counted.
MOST_IN_FULL = 40
MOST_FOLDED = 60
#: How many reasons for undecided points are printed; the report lists all.
MOST_REASONS = 8
#: Longer curl commands are only in the report.
LONGEST_CURL = 1200

#: The width of text for a file or a pipe.
WIDTH = 120

_VERDICT_STYLE = {"conformant": "bold green", "nonconformant": "bold red", "inconclusive": "bold yellow"}
_LEVEL_STYLE: dict[Level, str] = {"must": "red", "should": "yellow", "may": "cyan"}


def terminal_text(summary: Summary, record: Record) -> str:
    """The report as text without colours."""
    stream = StringIO()
    print_summary(summary, record, Console(file=stream, highlight=False, width=WIDTH))
    return stream.getvalue()


def print_summary(
    summary: Summary, record: Record, console: Console, *, report: str | Path | None = None
) -> None:
    """Print the report of a run.

    `report` is the folder of the run's files. Text from a server is printed with escaped control characters
    and never as markup.
    """
    writer = _Writer(console)
    writer.line(
        Text.assemble(
            (summary.verdict.upper(), _VERDICT_STYLE[summary.verdict]),
            f" – {visible_line(verdict_sentence(summary, record), 800)}",
        )
    )
    for doubt in further_doubts(summary):
        writer.line(Text(f"Warning: {visible_line(doubt, 600)}", "yellow"))
    for remark in summary.remarks:
        writer.line(Text(f"Note: {visible_line(remark, 600)}", "dim"))
    writer.line(
        Text(
            f"{visible_line(summary.target)} tested against {visible_line(', '.join(summary.documents))}",
            "dim",
        )
    )
    for remark in recording_remarks(record):
        writer.line(Text(f"Warning: {visible_line(remark, 600)}", "yellow"))
    _findings(writer, summary, record)
    _baseline(writer, summary)
    _remarks(writer, summary, record)
    writer.gap()
    writer.field("cost", cost_sentence(summary))
    if report is not None:
        writer.field("report", str(report), whole=True)


def _findings(writer: _Writer, summary: Summary, record: Record) -> None:
    levels: tuple[Level, ...] = ("must", "should")
    for level in levels:
        findings = summary.at(level)
        if findings:
            writer.title(title(level, len(findings)), _LEVEL_STYLE[level])
        for finding in findings[:MOST_IN_FULL]:
            _in_full(writer, finding, record)
        writer.rest(len(findings) - MOST_IN_FULL)
    notes = summary.at("may")
    if notes:
        writer.title(title("may", len(notes)), _LEVEL_STYLE["may"])
    for finding in notes[:MOST_FOLDED]:
        _folded(writer, finding)
    writer.rest(len(notes) - MOST_FOLDED)
    if summary.known:
        writer.title(quantity(len(summary.known), "known violation"), "dim")
    for finding in summary.known[:MOST_FOLDED]:
        _folded(writer, finding, because=finding.known_because or "accepted")
    writer.rest(len(summary.known) - MOST_FOLDED)


def _baseline(writer: _Writer, summary: Summary) -> None:
    complaints = () if summary.baseline is None else tuple(summary.baseline.complaints())
    if complaints:
        writer.title(
            quantity(len(complaints), "baseline entry to fix", "baseline entries to fix"),
            _LEVEL_STYLE["must"],
        )
    for sentence in complaints[:MOST_FOLDED]:
        writer.line(Text(f"  {visible_line(sentence, 1000)}"))
    writer.rest(len(complaints) - MOST_FOLDED)


def _in_full(writer: _Writer, finding: Finding, record: Record) -> None:
    violation = finding.violation
    writer.gap()
    writer.line(
        Text.assemble(
            (visible_line(finding.rule), f"bold {_LEVEL_STYLE[finding.level]}"),
            f"  {visible_line(finding.operation)}",
            (f"  seen {finding.count:,} times" if finding.count > 1 else "", "dim"),
        )
    )
    writer.field("requirement", visible_line(requirement_sentence(finding, record)))
    writer.field("clause", visible_line(clause_of(finding, record)))
    if violation.point is not None:
        writer.field("point", visible_line(violation.point))
    writer.field("found", visible_line(violation.message))
    for name, value in expected_and_actual(finding):
        writer.field(name, visible_value(value))
    writer.field("place", visible_line(place_sentence(finding)))
    writer.field("case", visible_line(finding.case))
    for exchange in finding.exchanges[:3]:
        name = "request" if finding.scenario is None or exchange.scenario is None else exchange.scenario.step
        if len(exchange.curl) <= LONGEST_CURL:
            writer.field(name, visible(exchange.curl), whole=True)
        else:
            writer.field(
                name, f"{quantity(len(exchange.request.body), 'byte')}; the report has the curl command"
            )


def _folded(writer: _Writer, finding: Finding, because: str = "") -> None:
    times = f" ({finding.count:,} times)" if finding.count > 1 else ""
    accepted = f" [{visible_line(because, 80)}]" if because else ""
    place = visible_line(finding.place or "whole response", 120)
    message = visible_line(finding.violation.message, 160)
    writer.line(
        Text.assemble(
            "  ",
            (visible_line(finding.rule), "cyan"),
            f" {visible_line(finding.operation)} {place}: {message}{times}",
            f"{further_violations(finding)}{accepted}",
        )
    )


def _remarks(writer: _Writer, summary: Summary, record: Record) -> None:
    seen = quirks(record)
    if not (seen or record.header.not_configured or summary.untested or summary.planned_points):
        return
    writer.gap()
    if seen:
        names = ", ".join(f"{quirk.name} ({quirk.count:,})" for quirk in seen[:20])
        writer.field("quirks", f"{visible_line(names, 600)} (known deviations, not violations)")
    if record.header.not_configured:
        names = visible_line(", ".join(record.header.not_configured), 600)
        writer.field("skipped", f"{names} (not configured)")
    if summary.planned_points:
        writer.field("points", points_sentence(summary))
    undecided = summary.undecided
    for each in undecided[:MOST_REASONS]:
        writer.field("", visible_line(undecided_sentence(each), 300))
    if len(undecided) > MOST_REASONS:
        writer.field("", f"and {quantity(len(undecided) - MOST_REASONS, 'more reason')} in the report")
    untested = f", {len(summary.untested):,} untested" if summary.untested else ""
    writer.field("rules", f"{summary.exercised:,} tested{untested}")


class _Writer:
    """Prints lines on a console in its encoding."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def line(self, text: Text) -> None:
        self._console.print(self._fitting(text))

    def gap(self) -> None:
        self._console.print()

    def title(self, text: str, style: str) -> None:
        self.gap()
        self.line(Text(text, f"bold {style}"))

    def rest(self, number: int) -> None:
        if number > 0:
            self.line(Text(f"  and {number:,} more in the report", "dim"))

    def field(self, name: str, value: str, *, whole: bool = False) -> None:
        """Print a named value with a hanging indent; with `whole`, let the terminal wrap it."""
        label = Text(f"  {name:<12} ", "dim")
        if whole:
            self._console.print(self._fitting(Text.assemble(label, value)), soft_wrap=True)
            return
        row = Table.grid(padding=0)
        row.add_column(width=len(label.plain), no_wrap=True)
        row.add_column(overflow="fold")
        row.add_row(label, self._fitting(Text(value)))
        self._console.print(Padding(row, 0, expand=False))

    def _fitting(self, text: Text) -> Text:
        encoding = self._console.encoding or "utf-8"
        try:
            text.plain.encode(encoding)
        except UnicodeEncodeError:
            text = Text(
                text.plain.encode(encoding, "backslashreplace").decode(encoding),
                style=text.style,
            )
        return text
