"""The minimal request of an operation: when it fails, which rule judges it, and how the rest is reported."""

from __future__ import annotations

from typing import Any

import pytest
from by_case import answered, case, error, failed, operation, unsupported

from aoai_conformance.exchange import Exchange
from aoai_conformance.judging.judge import judge
from aoai_conformance.judging.minimal_request import why_closed
from aoai_conformance.rule import rules
from aoai_model.exchange import FailureKind
from aoai_model.verdict import Verdict

RULE = "OPERATION-001"
BASE = case(origin="base")
OPEN = case(origin="base", expect="any")


def verdict(exchange: Exchange) -> Verdict:
    return next(each for each in judge(exchange, operation(), rules()) if each.rule_id == RULE)


def concerned(exchange: Exchange) -> set[str]:
    """Return the rules with a verdict on an exchange."""
    return {
        each.rule_id for each in judge(exchange, operation(), rules()) if each.outcome != "not_applicable"
    }


@pytest.mark.parametrize("status", [200, 201, 299])
def test_a_successful_minimal_request_passes(status: int) -> None:
    assert verdict(answered(BASE, status)).outcome == "pass"


@pytest.mark.parametrize(
    ("status", "reason"), [(400, "refused"), (422, "refused"), (499, "refused"), (500, "5xx"), (501, "5xx")]
)
def test_a_failed_minimal_request_is_one_violation_with_the_servers_words(status: int, reason: str) -> None:
    (violation,) = verdict(answered(BASE, status, error("It broke.", "Broken"))).violations
    assert violation.reason == reason
    assert violation.message == f"The minimal request fails: {status} Broken It broke."
    assert (violation.expected, violation.actual, violation.level) == ("2xx", status, "must")


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, unsupported("max_tokens", "unsupported_parameter")),
        (400, error("Filtered.", "content_filter")),
        (401, error("no", "401")),
        (404, error("no", "DeploymentNotFound")),
        (429, error("no", "insufficient_quota")),
        (503, b""),
    ],
)
def test_a_rejection_for_another_cause_is_inconclusive(status: int, body: Any) -> None:
    assert verdict(answered(BASE, status, body)).outcome == "inconclusive"


def test_a_redirection_is_inconclusive() -> None:
    assert verdict(answered(BASE, 307)).outcome == "inconclusive"


def test_only_the_rule_about_it_judges_a_failed_minimal_request() -> None:
    assert concerned(answered(BASE, 500)) == {RULE}
    assert concerned(failed(BASE)) == {RULE}


@pytest.mark.parametrize(("kind", "judged"), [("budget", False), ("closed", False), ("timeout", True)])
def test_no_rule_judges_cases_omitted_for_a_budget_or_a_closed_operation(
    kind: FailureKind, judged: bool
) -> None:
    assert bool(concerned(failed(case(origin="point"), kind))) is judged


def test_every_rule_judges_a_successful_minimal_request() -> None:
    assert len(concerned(answered(BASE, 200))) > 1


def test_a_request_of_another_origin_is_not_a_minimal_request() -> None:
    other = answered(case(origin="point"), 500)
    assert not other.is_failed_minimal
    assert RULE not in concerned(other)


def test_a_rejection_is_valid_if_the_contract_allows_it() -> None:
    refused = answered(OPEN, 400, error("no"))
    assert not refused.is_failed_minimal
    assert verdict(refused).outcome == "not_applicable"
    assert verdict(answered(OPEN, 500)).outcome == "violation"


@pytest.mark.parametrize("status", [401, 403, 404, 408, 425, 429])
def test_a_rejection_of_the_caller_is_inconclusive_even_if_the_contract_allows_one(status: int) -> None:
    assert answered(OPEN, status).is_failed_minimal


def test_a_minimal_request_omitted_for_a_budget_did_not_fail() -> None:
    assert not failed(BASE, "budget").is_failed_minimal
    assert failed(BASE, "timeout").is_failed_minimal


@pytest.mark.parametrize(
    ("exchange", "why"),
    [
        (answered(BASE, 500, error("It broke.", "500")), "500 It broke"),
        (answered(BASE, 404, error("No such.", "DeploymentNotFound")), "404 DeploymentNotFound No such"),
        (answered(BASE, 502, b""), "502"),
        (failed(BASE, "timeout", "No answer within 60 s."), "No answer within 60 s"),
    ],
)
def test_an_unsent_case_gives_the_reason_in_the_servers_words(exchange: Exchange, why: str) -> None:
    content = f"Not sent: the minimal request of ChatCompletions_Create failed: {why}."
    assert why_closed(exchange) == content
