"""What a test says: which result passes, fails, is skipped, is expected to fail, or is an error."""

from __future__ import annotations

from collections.abc import Collection

import pytest

from aoai_conformance.pytest_suite.sharing import SharedRun
from aoai_reports.formats.finding_text import UNTESTED_SENTENCE, told_in_full, unjudged_sentence
from aoai_reports.formats.legible import visible_line
from aoai_reports.results.rule_results import ResultKey, RuleResult


class InconclusiveError(Exception):
    """Raised while a test is set up, where nobody can say whether the server is right: pytest's error."""


def result_of(run: SharedRun, document: str, operation: str, rule: str) -> RuleResult:
    """What a rule came to at an operation; an untested result where it met no exchange."""
    return run.results.get((document, operation, rule)) or RuleResult(document, operation, rule)


def reason_to_skip(run: SharedRun, result: RuleResult) -> str | None:
    """Why a test is skipped, None where it is not. Raises InconclusiveError where it could not be judged."""
    if result.kind == "inconclusive":
        raise InconclusiveError(visible_line(unjudged_sentence(result), 1000))
    if result.kind != "untested":
        return None
    if result.operation in run.not_configured:
        return f"not configured: no --aoai-deployment serves {result.operation}"
    return UNTESTED_SENTENCE


def check_result(run: SharedRun, result: RuleResult) -> None:
    """Return for a rule that was kept. Raises pytest's failure or xfail for one that was broken.

    With --runxfail what somebody accepted fails too.
    """
    if result.failures:
        pytest.fail(told_in_full(result.failures, run.record), pytrace=False)
    if result.known:
        words = dict.fromkeys(visible_line(each.known_because or "accepted") for each in result.known)
        pytest.xfail("; ".join(words))
        pytest.fail(told_in_full(result.known, run.record), pytrace=False)


def told_remarks(run: SharedRun, result: RuleResult) -> str:
    """What is no failure, but worth reading: broken shoulds and mays, and what is known beside a failure."""
    return told_in_full((*result.known, *result.remarks), run.record)


def check_run(run: SharedRun, tested: Collection[ResultKey]) -> None:
    """Raises pytest's failure where the run fails in a way that no test of a rule shows."""
    told = [visible_line(complaint, 1000) for complaint in run.complaints]
    beside = [
        finding
        for result in run.results.values()
        for finding in result.failures
        if (result.document, result.operation, result.rule) not in tested
    ]
    if beside:
        told += [
            "Operations that were only called on the way show defects:",
            told_in_full(beside, run.record),
        ]
    if told:
        pytest.fail("\n".join(told), pytrace=False)
