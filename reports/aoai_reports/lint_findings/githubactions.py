"""Findings as annotations of GitHub Actions."""

from __future__ import annotations

from collections.abc import Mapping

from aoai_reports.formats.machine.annotations import Annotation
from aoai_reports.formats.machine.annotations import Severity as Shown
from aoai_reports.formats.machine.log_commands import github_commands
from aoai_reports.lint_findings.report import LintReport, groups_of, message_of, place_of
from aoai_reports.lint_findings.sarif import file_of
from aoai_specs.lint import Severity

_SEVERITIES: Mapping[Severity, Shown] = {"error": "error", "warning": "warning", "info": "notice"}


def render(report: LintReport) -> str:
    """Return a workflow command for each unexplained finding, the most severe first.

    GitHub shows ten of each severity for a step.
    """
    return github_commands(
        Annotation(
            _SEVERITIES[finding.severity],
            finding.check,
            f"{message_of(finding)} ({place_of(finding)})",
            file=file_of(finding) if finding.line is not None else "",
            line=finding.line or 0,
        )
        for document in report.documents
        for group in groups_of(report, document)
        for finding in group.findings
        if not finding.explained
    )
