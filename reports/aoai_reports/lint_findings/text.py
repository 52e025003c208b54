"""Findings as text: grouped by check, with the first places of each."""

from __future__ import annotations

from collections.abc import Iterator

from aoai_reports.formats.legible import visible_line
from aoai_reports.formats.quantities import quantity
from aoai_reports.lint_findings.report import (
    Group,
    LintReport,
    groups_of,
    message_of,
    place_of,
    severities,
)

#: The places of a check that are shown, unless all are asked for.
_SHOWN = 5
_NAMES = {"error": "error", "warning": "warning", "info": "note"}


def render(report: LintReport) -> str:
    """Return the findings by description and check, the most severe first, and a line with their number."""
    lines: list[str] = []
    for document in report.documents:
        lines += _document(report, document)
    return "\n".join([*lines, _counts(report), ""])


def _document(report: LintReport, document: str) -> Iterator[str]:
    groups = groups_of(report, document)
    if not groups:
        return
    found = [finding for group in groups for finding in group.findings]
    counted = ", ".join(
        quantity(number, _NAMES[severity]) for severity, number in severities(found).items() if number
    )
    yield f"{visible_line(document)}: {counted}"
    yield ""
    for group in groups:
        yield from _group(group, all_places=report.all_places)
        yield ""


def _group(group: Group, *, all_places: bool) -> Iterator[str]:
    number = len(group.findings)
    counted = f" ({number:,})" if number > 1 else ""
    yield f"{_NAMES[group.check.severity]}  {group.check.id}{counted}: {group.check.summary}"
    # One more place takes no more room than the line that would count it.
    shown = group.findings if all_places or number <= _SHOWN + 1 else group.findings[:_SHOWN]
    for finding in shown:
        line = f"line {finding.line}  " if finding.line is not None else ""
        yield f"  {line}{place_of(finding)}"
        yield f"      {message_of(finding)}"
    if len(shown) < number:
        yield f"  and {number - len(shown):,} more; --all-places lists them."


def _counts(report: LintReport) -> str:
    known = f"; {report.explained:,} more explained" if report.explained else ""
    documents, findings = len(report.documents), report.unexplained
    return f"{quantity(documents, 'document')}: {quantity(findings, 'finding')}{known}."
