"""CAPABILITY-001: what a capabilities file promises, and which responses show that it was lost."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from by_hand import chat_answer, error, exchange, operation

from aoai_conformance.exchange import Exchange
from aoai_conformance.judging.judge import judge
from aoai_conformance.rule import rule_named
from aoai_model.verdict import Verdict

HALF = {"temperature": 0.5, "seed": 1}


def unsupported(*fields: str) -> dict[str, Any]:
    return error("unsupported_value", "This is not supported with this model.", param=".".join(fields))


def judged(answered: Exchange, *promised: str) -> Verdict:
    exchange_ = replace(answered, promised=frozenset(promised))
    (verdict,) = judge(exchange_, operation(answered.case.kind), [rule_named("CAPABILITY-001")])
    return verdict


def refused(*fields: str, sent: dict[str, Any] | None = None, status: int = 400, **more: Any) -> Exchange:
    sent = HALF if sent is None else sent
    return exchange("chat", unsupported(*fields), status=status, sent=sent, **more)


def test_a_promised_capability_that_is_rejected_is_lost() -> None:
    (violation,) = judged(refused("temperature"), "temperature", "seed").violations
    assert violation.reason == "lost temperature"
    assert (violation.expected, violation.actual, violation.level) == ("2xx", 400, "must")


def test_each_lost_capability_is_a_separate_violation() -> None:
    verdict = judged(refused("temperature", "seed"), "temperature", "seed")
    assert [each.reason for each in verdict.violations] == ["lost seed", "lost temperature"]


def test_a_value_of_a_field_is_lost_with_the_field() -> None:
    sent = {"response_format": {"type": "json_object"}}
    verdict = judged(refused("response_format", sent=sent), "response_format=json_object")
    assert [each.reason for each in verdict.violations] == ["lost response_format=json_object"]


def test_a_promised_capability_that_is_accepted_passes() -> None:
    accepted = exchange("chat", chat_answer(), sent=HALF)
    assert judged(accepted, "temperature").outcome == "pass"


@pytest.mark.parametrize(
    ("answered", "promised"),
    [
        (refused("temperature"), ()),
        (refused("temperature"), ("top_p",)),
        (exchange("chat", chat_answer(), sent=HALF), ("top_p",)),
        (refused("temperature"), ("seed",)),
        (refused("temperature", sent={"seed": 1}), ("temperature",)),
        (refused("temperature", expect="reject"), ("temperature",)),
        (exchange("chat", chat_answer(), sent=HALF, expect="reject"), ("temperature",)),
        (exchange("chat", error(param="temperature"), status=400, sent=HALF), ("temperature",)),
        (
            exchange("chat", error("content_filter", param="temperature"), status=400, sent=HALF),
            ("temperature",),
        ),
        (exchange("chat", error("500"), status=500, sent=HALF), ("temperature",)),
        (exchange("chat", {}, status=302, sent=HALF), ("temperature",)),
    ],
)
def test_a_response_without_evidence_about_a_capability_is_not_judged(
    answered: Exchange, promised: tuple[str, ...]
) -> None:
    assert judged(answered, *promised).outcome == "not_applicable"


def test_a_request_left_open_counts_too() -> None:
    assert judged(refused("temperature", expect="any"), "temperature").outcome == "violation"
