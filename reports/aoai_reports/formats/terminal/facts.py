"""What begins and ends the report of a run in a terminal: verdict and doubts, coverage and cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.text import Text

from aoai_model.verdict import Level
from aoai_reports.formats.legible import visible_line
from aoai_reports.formats.quantities import quantity
from aoai_reports.formats.terminal.lines import Lines
from aoai_reports.formats.wording import (
    changes_sentence,
    cost_sentence,
    further_doubts,
    points_sentence,
    recording_remarks,
    undecided_sentence,
    verdict_sentence,
)
from aoai_reports.record.reader import Record
from aoai_reports.results.summary import Summary

VERDICT_STYLE = {"conformant": "bold green", "nonconformant": "bold red", "inconclusive": "bold yellow"}
LEVEL_STYLE: Mapping[Level, str] = {"must": "red", "should": "yellow", "may": "cyan"}

#: If brief: how many warnings, how many reasons for undecided points, and how many lines the verdict has.
_BRIEF_WARNINGS = 3
_BRIEF_REASONS = 3
_BRIEF_VERDICT_LINES = 3


def add_verdict(lines: Lines, summary: Summary, record: Record, brief: int | None = None) -> None:
    """Add the verdict, what was tested, what is new, and the warnings.

    With `brief`, the first warnings only, and each text in at most so many lines.
    """
    sentence = visible_line(verdict_sentence(summary, record), 800)
    verdict = Text.assemble((summary.verdict.upper(), VERDICT_STYLE[summary.verdict]), f" – {sentence}")
    lines.add(verdict, most=_BRIEF_VERDICT_LINES if brief else None)
    tested = f"{visible_line(summary.target)} tested against {visible_line(', '.join(summary.documents))}"
    lines.add(Text(tested, "dim"), most=brief)
    changes = changes_sentence(summary)
    if changes:
        lines.add(changes, most=brief)
    _add_warnings(lines, summary, record, brief)


def _add_warnings(lines: Lines, summary: Summary, record: Record, brief: int | None) -> None:
    sentences = [
        *((f"Warning: {visible_line(each, 600)}", "yellow") for each in further_doubts(summary)),
        *((f"Warning: {visible_line(each, 600)}", "yellow") for each in recording_remarks(record)),
        *((f"Note: {visible_line(each, 600)}", "dim") for each in summary.remarks),
    ]
    most = _BRIEF_WARNINGS if brief else len(sentences)
    for sentence, style in sentences[:most]:
        lines.add(Text(sentence, style), most=brief)
    if len(sentences) > most:
        lines.add(Text(f"and {quantity(len(sentences) - most, 'more warning')}: see --verbose", "yellow"))


def add_coverage(
    lines: Lines, summary: Summary, record: Record, report: str | Path | None, brief: int | None = None
) -> None:
    """Add what was and was not shown, the cost, and the path of the report.

    With `brief`, the first reasons only, and each text in at most so many lines.
    """
    seen = summary.quirks
    if seen:
        names = ", ".join(f"{quirk.name} ({quirk.count:,})" for quirk in seen)
        _add_list(lines, "quirks", f"known deviations, not violations: {names}", brief)
    if record.header.not_configured:
        _add_list(lines, "skipped", f"not configured: {', '.join(record.header.not_configured)}", brief)
    if summary.planned_points:
        lines.field("points", points_sentence(summary), most=brief)
    _add_reasons(lines, [undecided_sentence(each) for each in summary.undecided], brief)
    untested = f", {len(summary.untested):,} untested" if summary.untested else ""
    lines.field("rules", f"{summary.exercised:,} tested{untested}")
    lines.field("cost", cost_sentence(summary), most=brief)
    if report is not None:
        lines.field("report", str(report), whole=True)


def _add_list(lines: Lines, name: str, text: str, most: int | None) -> None:
    lines.field(name, visible_line(text, 600 if most else 10_000), most=most)


def _add_reasons(lines: Lines, reasons: Sequence[str], brief: int | None) -> None:
    shown = reasons[:_BRIEF_REASONS] if brief else reasons
    for reason in shown:
        lines.field("", visible_line(reason, 300), most=1 if brief else None)
    if len(reasons) > len(shown):
        more = quantity(len(reasons) - len(shown), "more reason")
        lines.field("", f"and {more}: see --verbose or report.html")
