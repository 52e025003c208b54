"""What a summary says about retries, the estimate of the plan and the cost."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from aoai_model.case import Derivation
from aoai_model.verdict import Tokens
from aoai_reports.formats.wording import cost_sentence, price_text
from aoai_reports.record.lines import MoneySpent, UsageEstimate
from aoai_reports.results.summary import summarize


def test_every_further_attempt_is_a_retry(build: Any) -> None:
    record = build.record(
        build.exchange("a", attempts=3), build.exchange("b"), build.exchange("c", attempts=0)
    )
    assert summarize(record).retries == 2


def test_an_attempt_that_was_kept_for_its_429_is_a_retry_too(build: Any) -> None:
    throttled = replace(build.exchange("a/busy"), derived=Derivation("a", "throttled"))
    record = build.record(throttled, build.exchange("a", attempts=2))
    assert summarize(record).retries == 2


def test_the_estimate_of_the_plan_stands_beside_what_was_used(build: Any) -> None:
    record = build.record(build.exchange("a"))
    assert "estimate" not in summarize(record).to_json()
    planned = replace(record.header.planned, estimate=UsageEstimate(5, Tokens(60, 7)))
    record = replace(record, header=replace(record.header, planned=planned))
    assert summarize(record).to_json()["estimate"] == {
        "requests": 5, "tokens": {"prompt": 60, "completion": 7},
    }  # fmt: skip
    assert cost_sentence(summarize(record)).endswith("planned: 5 requests, 60 prompt and 7 completion tokens")


def test_retries_and_the_cost_are_mentioned_where_there_are_some(build: Any) -> None:
    record = build.record(build.exchange("a", attempts=2))
    assert "USD" not in cost_sentence(summarize(record))
    assert record.footer is not None
    spent = MoneySpent("USD", 0.5, ("tts",))
    record = replace(record, footer=replace(record.footer, cost=spent))
    assert "; 1 retry; USD 0.5000 + unknown for tts" in cost_sentence(summarize(record))
    assert summarize(record).to_json()["cost"] == {"currency": "USD", "amount": 0.5, "unknown": ["tts"]}


@pytest.mark.parametrize(
    ("amount", "unknown", "text"),
    [
        (0.0, (), "USD 0.0000"),
        (0.00001, (), "under USD 0.0001"),
        (1234.5, (), "USD 1,234.50"),
        (0.0, ("a", "b"), "unknown cost of a, b"),
    ],
)
def test_an_unknown_price_is_never_nothing(amount: float, unknown: tuple[str, ...], text: str) -> None:
    assert price_text("USD", amount, unknown) == text
