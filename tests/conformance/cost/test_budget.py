"""The hard stop of a run."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from by_case import answered, case

from aoai_conformance.cost.budget import Budget
from aoai_conformance.cost.limits import SpendingLimits
from aoai_conformance.cost.rates import Rates
from aoai_model.case import Case
from aoai_model.exchange import Response

RATES = Rates(deployments={"chat": "gpt-4o"})


def chat(expect: Any = "accept") -> Case:
    return replace(case(), expect=expect, prompt_tokens=10, completion_tokens=10)


def response(prompt: int, completion: int, status: int = 200, **details: Any) -> Response:
    usage = {"prompt_tokens": prompt, "completion_tokens": completion, **details}
    found = answered(chat(), status, {"usage": usage}).response
    assert found is not None
    return found


def budget(**limits: Any) -> Budget:
    now = limits.pop("now", lambda: 0.0)
    return Budget(limits.pop("requests", None), SpendingLimits(**limits), RATES, now)


def test_a_request_reserves_what_the_plan_expects() -> None:
    spending = budget(tokens=50)
    assert [spending.take(chat()) for _ in range(3)] == [True, True, False]
    assert spending.exceeded_by(chat()) == "--max-tokens"


def test_the_response_decides_what_is_charged() -> None:
    spending = budget(tokens=50)
    for _ in range(4):
        assert spending.take(chat())
        spending.settle(chat(), response(3, 2))
    assert (spending.used.tokens, spending.sent) == (20, 4)
    spending.settle(chat(), response(300, 200))
    assert spending.is_spent


def test_an_error_is_free_and_an_unwanted_response_is_not() -> None:
    spending = budget(tokens=50)
    spending.take(chat("reject"))
    spending.settle(chat("reject"), response(40, 40, status=400))
    assert spending.used.tokens == 0
    spending.take(chat("reject"))
    spending.settle(chat("reject"), response(40, 40))
    assert spending.exceeded_by(chat()) == "--max-tokens"


def test_money_is_counted_with_the_cache() -> None:
    spending = budget(cost=2.0)
    spending.take(chat())
    cached = {"prompt_tokens_details": {"cached_tokens": 400_000}}
    spending.settle(chat(), response(400_000, 0, **cached))
    assert spending.cost.amount == pytest.approx(0.5)
    spending.settle(chat(), response(0, 200_000))
    assert spending.exceeded_by() == "--max-cost"


def test_an_unknown_price_is_named_and_not_counted_as_nothing() -> None:
    spending = Budget(rates=Rates(deployments={"chat": "my-chat"}))
    spending.take(chat())
    spending.settle(chat(), response(3, 2))
    assert (spending.cost.amount, spending.cost.unknown) == (0.0, ("my-chat",))


def test_nothing_is_sent_after_the_time_is_up() -> None:
    now = [100.0]
    spending = budget(seconds=60, now=lambda: now[0])
    assert spending.deadline == 160
    assert spending.take(chat())
    now[0] = 160.0
    assert not spending.take(chat())
    assert spending.exceeded_by() == "--max-time"
