"""What the formats of `specs lint` share: the findings of some descriptions, grouped by check."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from aoai_reports.formats.legible import visible_line
from aoai_specs.lint import NO_WITNESS, SEVERITIES, Check, Finding, Severity

_LONGEST_WITNESS = 300


@dataclass(frozen=True, slots=True)
class LintReport:
    """The findings to show of some descriptions.

    `explained` and `unexplained` count all findings, also those that are not shown. `all_places` lists every
    place of each check instead of the first ones.
    """

    documents: tuple[str, ...]
    findings: tuple[Finding, ...]
    checks: Mapping[str, Check]
    unexplained: int
    explained: int
    all_places: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """The findings of one check in one description."""

    check: Check
    findings: tuple[Finding, ...]


def groups_of(report: LintReport, document: str) -> tuple[Group, ...]:
    """Return the findings in a description by check, the most severe first, then in the order of checks."""
    order = list(report.checks)
    found = sorted(
        (each for each in report.findings if each.document == document),
        key=lambda each: (SEVERITIES.index(each.severity), order.index(each.check)),
    )
    return tuple(
        Group(report.checks[name], tuple(listed)) for name, listed in groupby(found, lambda each: each.check)
    )


def severities(findings: Sequence[Finding]) -> dict[Severity, int]:
    """Count findings by severity, the worst first."""
    counted = Counter(each.severity for each in findings)
    return {severity: counted[severity] for severity in SEVERITIES}


def place_of(finding: Finding) -> str:
    """Return the place of a finding: its pointer, or the file of an example with its pointer."""
    clause = finding.clause.removeprefix(finding.document)
    return visible_line(finding.pointer if finding.line is not None else clause, 500)


def message_of(finding: Finding) -> str:
    """Return the message of a finding, with its witness unless the message contains it, and its reason."""
    why = f" [explained: {finding.explained}]" if finding.explained else ""
    return visible_line(_with_witness(finding) + why, 1500)


def _with_witness(finding: Finding) -> str:
    if finding.witness is NO_WITNESS or finding.witness is None:
        return finding.message
    text = json.dumps(finding.witness, ensure_ascii=False, default=str)
    shown = text in finding.message or repr(finding.witness) in finding.message
    if len(text) > _LONGEST_WITNESS or shown or finding.witness in finding.message.split():
        return finding.message
    return f"{finding.message} Witness: {text}"
