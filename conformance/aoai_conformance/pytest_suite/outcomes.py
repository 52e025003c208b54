"""Outcomes of tests: which results pass, fail, skip, xfail or are errors."""

from __future__ import annotations

from collections.abc import Collection

import pytest

from aoai_conformance.pytest_suite.sharing import SharedRun
from aoai_reports.formats.finding_text import UNTESTED_SENTENCE, findings_text, inconclusive_sentence
from aoai_reports.formats.legible import visible_line
from aoai_reports.results.collected.verdicts import ResultKey
from aoai_reports.results.rule_results import RuleResult


class InconclusiveError(Exception):
    """Raised while a test is set up if it cannot be judged, which pytest reports as an error."""


def result_of(run: SharedRun, document: str, operation: str, rule: str) -> RuleResult:
    """Return the result of a rule for an operation; an untested result if no exchange was judged."""
    return run.results.get((document, operation, rule)) or RuleResult(document, operation, rule)


def reason_to_skip(run: SharedRun, result: RuleResult) -> str | None:
    """Return why to skip a test, or None. Raises InconclusiveError if the result is inconclusive."""
    if result.kind == "inconclusive":
        raise InconclusiveError(visible_line(inconclusive_sentence(result), 1000))
    if result.kind != "untested":
        return None
    if result.operation in run.not_configured:
        return f"not configured: no --aoai-deployment serves {result.operation}"
    return UNTESTED_SENTENCE


def check_result(run: SharedRun, result: RuleResult) -> None:
    """Raise pytest's failure or xfail if the rule was violated.

    With --runxfail, accepted violations fail, too.
    """
    if result.failures:
        pytest.fail(findings_text(result.failures, run.record), pytrace=False)
    if result.known:
        reasons = dict.fromkeys(visible_line(each.known_because or "accepted") for each in result.known)
        pytest.xfail("; ".join(reasons))
        pytest.fail(findings_text(result.known, run.record), pytrace=False)


def remarks_text(run: SharedRun, result: RuleResult) -> str:
    """Return SHOULD and MAY violations, and known violations, as text."""
    return findings_text((*result.known, *result.remarks), run.record)


def check_run(run: SharedRun, tested: Collection[ResultKey]) -> None:
    """Raise pytest's failure if the run fails for a reason that no test of a rule reports."""
    failures = [visible_line(complaint, 1000) for complaint in run.complaints]
    untested = [
        finding
        for result in run.results.values()
        for finding in result.failures
        if (result.document, result.operation, result.rule) not in tested
    ]
    if untested:
        failures += [
            "Operations without tests, which were called as part of a flow, have defects:",
            findings_text(untested, run.record),
        ]
    if failures:
        pytest.fail("\n".join(failures), pytrace=False)
