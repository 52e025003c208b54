"""Findings as SARIF 2.1.0, for code scanning."""

from __future__ import annotations

import hashlib
from typing import Any

from aoai_reports.formats.machine.sarif_log import accepted, location, sarif_text
from aoai_reports.lint_findings.report import LintReport, message_of
from aoai_specs.lint import Finding

_LEVELS = {"error": "error", "warning": "warning", "info": "note"}


def render(report: LintReport) -> str:
    """Return a result for each finding, with its place and a fingerprint that does not depend on lines.

    An explained finding is a suppressed result with the reason.
    """
    used = {finding.check for finding in report.findings}
    rules = [check for check in report.checks.values() if check.id in used]
    driver = {
        "name": "aoai-conformance specs lint",
        "rules": [
            {
                "id": check.id,
                "shortDescription": {"text": check.summary},
                "defaultConfiguration": {"level": _LEVELS[check.severity]},
            }
            for check in rules
        ],
    }
    names = [check.id for check in rules]
    return sarif_text(driver, [_result(finding, names) for finding in report.findings])


def _result(finding: Finding, rules: list[str]) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding.check,
        "ruleIndex": rules.index(finding.check),
        "level": _LEVELS[finding.severity],
        "message": {"text": message_of(finding)},
        "locations": [location(file_of(finding), finding.pointer, finding.line or 1)],
        "partialFingerprints": {"aoaiSpecLint/v1": _fingerprint(finding)},
    }
    if finding.explained:
        result["suppressions"] = [accepted(finding.explained)]
    return result


def file_of(finding: Finding) -> str:
    """Return the file that has the mistake: the description, or the file of an example."""
    return finding.clause.removesuffix(finding.pointer)


def _fingerprint(finding: Finding) -> str:
    parts = f"{finding.check}\n{finding.pointer}\n{finding.message}"
    return hashlib.sha256(parts.encode()).hexdigest()[:32]
