"""What changed since the previous night, for a terminal: one line if nothing did."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.text import Text

from aoai_reports.formats.legible import visible, visible_line, visible_value
from aoai_reports.formats.quantities import quantity
from aoai_reports.formats.terminal.facts import LEVEL_STYLE, VERDICT_STYLE
from aoai_reports.formats.terminal.lines import Lines
from aoai_reports.formats.wording import cause_sentence, expected_and_actual, place_sentence, verdict_sentence
from aoai_reports.record.reader import Record
from aoai_reports.results.findings import LEVELS, Finding
from aoai_reports.results.night_changes import DefectChange, NightChanges
from aoai_reports.results.summary import Summary

#: The most causes listed under each heading.
MOST_CAUSES = 20
#: The most baseline entries to fix that are listed.
MOST_COMPLAINTS = 3
#: Longer curl commands are only in the report.
LONGEST_CURL = 1200
_BARS = {True: "█", False: "·"}


def quiet_lines(
    summary: Summary, record: Record, console: Console, report: str | Path | None, name: str = ""
) -> Lines:
    """The verdict and what changed; `name` is that of the target if several are tested."""
    lines = Lines(console)
    changes = NightChanges() if summary.changes is None else summary.changes
    sentence = f"{_change_sentence(changes)}: {verdict_sentence(summary, record)}"
    verdict = Text.assemble(
        f"{visible_line(name)}: " if name else "",
        (summary.verdict.upper(), VERDICT_STYLE[summary.verdict]),
        f" – {visible_line(sentence, 800)}",
    )
    lines.add_whole(verdict)
    found = {finding.identity: finding for finding in summary.findings}
    causes = {cause.id: visible_line(cause_sentence(cause), 600) for cause in summary.causes}
    for title, some in (("New", changes.new), ("Lasting now", changes.lasting)):
        for group in _groups(lines, title, some):
            _add_group(lines, group, causes.get(group[0].cause))
            if group[0].identity in found:
                _add_evidence(lines, found[group[0].identity])
    for title, some in (("Fixed", changes.fixed), ("Flaky", changes.flaky)):
        for group in _groups(lines, title, some):
            _add_group(lines, group, None, come_and_go=title == "Flaky")
    if any(change.seen[-1] for change in changes.flaky) and not summary.flaky:
        lines.add(Text("  --flaky lists them as known instead of failing the run.", "dim"))
    _add_complaints(lines, summary)
    if report is not None and (changes or len(lines) > 1):
        lines.field("report", str(report), whole=True)
    return lines


def _change_sentence(changes: NightChanges) -> str:
    """`nothing new since 2026-11-28 03:17`, or what changed since."""
    parts = [
        f"{len(some):,} {word}"
        for some, word in (
            (changes.new, "new"),
            (changes.fixed, "fixed"),
            (changes.flaky, "flaky"),
            (changes.lasting, "lasting now"),
        )
        if some
    ]
    if not changes.since:
        return f"{', '.join(parts) or 'nothing found'} in the first comparable run"
    return f"{', '.join(parts) or 'nothing new'} since {changes.since[:16].replace('T', ' ')}"


def _groups(lines: Lines, title: str, some: Sequence[DefectChange]) -> list[list[DefectChange]]:
    """Add a heading, and return the changes by cause, the first ones only."""
    groups: dict[str, list[DefectChange]] = {}
    for change in sorted(some, key=lambda each: LEVELS.index(each.level)):
        groups.setdefault(change.cause, []).append(change)
    if groups:
        counted = f"{quantity(len(some), 'violation')} from {quantity(len(groups), 'cause')}"
        left_out = len(groups) - MOST_CAUSES
        rest = f"; the first {MOST_CAUSES} causes, all in summary.json" if left_out > 0 else ""
        lines.add(Text.assemble((title, "bold"), (f"  {counted}{rest}", "dim")))
    return list(groups.values())[:MOST_CAUSES]


def _add_group(
    lines: Lines, group: Sequence[DefectChange], title: str | None, *, come_and_go: bool = False
) -> None:
    """Add a line for the changes of one cause."""
    first = group[0]
    prefix = Text.assemble((f"  {first.level.upper():<6} ", LEVEL_STYLE[first.level]), f"{len(group):,}  ")
    seen = ""
    if come_and_go:
        seen = f"  {''.join(_BARS[each] for each in first.seen)} (this run last)"
    elif first.last_seen and first.seen[-1]:
        seen = f"  seen before, last on {first.last_seen[:10]}"
    accepted = "  was accepted" if first.known else ""
    text = title or visible_line(first.title, 600)
    lines.add(
        text, prefix=prefix, tail=Text(f" [{visible_line(first.identity.rule)}]{seen}{accepted}", "cyan")
    )


def _add_evidence(lines: Lines, finding: Finding) -> None:
    """Add what the first violation of a cause is, with its curl command."""
    lines.field("found", visible_line(finding.violation.message, 600))
    for name, value in expected_and_actual(finding):
        lines.field(name, visible_value(value), most=4)
    lines.field("place", f"{visible_line(finding.operation)}, {visible_line(place_sentence(finding))}")
    for exchange in finding.exchanges[:1]:
        if len(exchange.curl) <= LONGEST_CURL:
            lines.field("request", visible(exchange.curl), whole=True)
        else:
            lines.field("request", f"{quantity(len(exchange.request.body), 'byte')}; the report has it")


def _add_complaints(lines: Lines, summary: Summary) -> None:
    """Add the first baseline entries to fix."""
    complaints = () if summary.baseline is None else tuple(summary.baseline.complaints())
    for sentence in complaints[:MOST_COMPLAINTS]:
        lines.field("baseline", visible_line(sentence, 1000), most=2)
    if len(complaints) > MOST_COMPLAINTS:
        more = quantity(len(complaints) - MOST_COMPLAINTS, "more entry", "more entries")
        lines.field("", f"and {more} to fix: see report.html")
