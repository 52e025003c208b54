"""Findings as JSON."""

from __future__ import annotations

from collections import Counter

from aoai_reports.formats.machine.json_text import json_text
from aoai_reports.lint_findings.report import LintReport, severities


def render(report: LintReport) -> str:
    """Return the findings, and how many there are by severity and by check."""
    counted = Counter(each.check for each in report.findings)
    return json_text(
        {
            "documents": list(report.documents),
            "findings": [finding.to_json() for finding in report.findings],
            "unexplained": report.unexplained,
            "explained": report.explained,
            "severities": severities(report.findings),
            "checks": {name: counted[name] for name in report.checks if counted[name]},
        }
    )
