"""How long a run takes: its requests share the slots, and its longest chain of dependent requests bounds it.

Responses take one virtual second each, so that nothing is measured.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterable, Sequence
from functools import cache

import pytest
from by_case import NAME, document
from virtual_time import run_in_virtual_time

from aoai_conformance.cost.budget import Budget
from aoai_conformance.engine.pacing import Patience
from aoai_conformance.engine.runner import Runner
from aoai_conformance.engine.slots import AWAITED, OTHER, Slots
from aoai_conformance.exchange import Exchange
from aoai_conformance.judging.judged import Judge, Judged, JudgedExchange
from aoai_conformance.rule import rules
from aoai_conformance.target.request_bytes import encode_body
from aoai_model.case import Case, JsonBody
from aoai_model.exchange import FailureKind, Request, Response, TransportFailure
from aoai_strategies.planning.planning import plan

CHAT = "ChatCompletions_Create"
#: Rules that a server violates if it always sends the same response.
VIOLATED = ("BOUNDARY-001", "CHAT-CHOICE-001", "JSON-002", "LOGPROBS-001", "SSE-001", "TOOL-005", "TOOL-007")
JUDGE = Judge({NAME: document()}, [rule for rule in rules() if rule.id in VIOLATED])
COMPLETION = (
    b'{"id":"chatcmpl-1","object":"chat.completion","created":1732136400,"model":"gpt-4o","choices":[{"index":0,'
    b'"message":{"role":"assistant","content":"Hi.","refusal":null},"logprobs":null,"finish_reason":"stop"}],'
    b'"usage":{"prompt_tokens":9,"completion_tokens":4,"total_tokens":13}}'
)
ERROR = b'{"error":{"message":"No.","type":"invalid_request_error","param":null,"code":null}}'


class SlowServer:
    """Responds with the status that `decide` returns, after one second or after what `latency` returns."""

    def __init__(self, decide: Callable[[Case], int], latency: Callable[[], float] = lambda: 1.0) -> None:
        self.decide, self.latency = decide, latency
        self.budget = Budget(None)
        self.sent: list[Case] = []

    async def send(self, case: Case, patience: Patience | None = None) -> Exchange:
        del patience
        self.budget.take()
        self.sent.append(case)
        await asyncio.sleep(self.latency())
        status = self.decide(case)
        body = COMPLETION if status == 200 else ERROR
        return Exchange(
            case,
            Request(
                "POST", "http://x", (("content-type", "application/json"),), encode_body(case.request.body)[0]
            ),
            Response(status, (("content-type", "application/json"),), body),
        )

    def unsent(self, case: Case, why: str, kind: FailureKind = "source") -> Exchange:
        return Exchange(case, Request("POST", "http://x", (), b""), None, TransportFailure(kind, why), 0)


@cache
def planned() -> tuple[Case, ...]:
    return plan(document(), operations=[CHAT]).cases


def accept_all(_: Case) -> int:
    return 200


def reject_odd_fields(case: Case) -> int:
    """Reject a third of the valid requests, and every invalid one."""
    body = case.request.body
    sent = body.value if isinstance(body, JsonBody) and isinstance(body.value, dict) else {}
    odd = any(len(name) % 3 == 0 for name in sent.keys() - {"messages"})
    return 400 if odd or case.expect == "reject" else 200


def results(server: SlowServer, concurrency: int, budget: int = 60) -> tuple[list[Judged], float]:
    runner = Runner(server, JUDGE, concurrency=concurrency, isolation_budget=budget, judge_in_thread=False)

    async def collected() -> list[Judged]:
        return [judged async for judged in runner.run(planned())]

    return run_in_virtual_time(collected())


def longest_chain(sent: Iterable[Case]) -> int:
    """The number of requests of which each depends on the response to the one before."""
    depths: dict[str, int] = {}
    last_step: dict[str, str] = {}
    for case in sent:
        awaited = [taken.source for taken in case.takes]
        if case.origin != "base":
            awaited.append("chat/base")
        if case.scenario is not None:
            awaited.append(last_step.get(case.scenario.id, ""))
            last_step[case.scenario.id] = case.id
        if case.derived is not None:
            # the second half of an accepted case depends on what the first one shows
            awaited += [case.derived.case, f"{case.derived.case}/1" if case.id.endswith("/2") else ""]
        depths[case.id] = 1 + max(depths.get(each, 0) for each in (*awaited, ""))
    return max(depths.values())


def ids(judged: Sequence[Judged]) -> list[str]:
    return [each.exchange.case.id if isinstance(each, JudgedExchange) else each.scenario for each in judged]


@pytest.mark.parametrize("concurrency", [8, 64])
@pytest.mark.parametrize("decide", [accept_all, reject_odd_fields])
def test_a_run_takes_as_long_as_its_requests_and_its_longest_chain(
    decide: Callable[[Case], int], concurrency: int
) -> None:
    server = SlowServer(decide)
    _, seconds = results(server, concurrency)
    assert any(case.derived is not None for case in server.sent)
    assert seconds <= 1.1 * (len(server.sent) / concurrency + longest_chain(server.sent))


@pytest.mark.parametrize("budget", [60, 20])
def test_what_is_sent_and_reported_does_not_depend_on_the_order_of_responses(budget: int) -> None:
    in_order, _ = results(SlowServer(accept_all), 8, budget)
    expected = ids(in_order)
    halves = sum(each.endswith(("/1", "/2")) for each in expected)
    assert halves == 20 if budget == 20 else 20 < halves < 60
    shuffled, _ = results(SlowServer(accept_all, random.Random(budget).random), 64, budget)
    assert ids(shuffled) == expected


async def test_free_slots_go_to_the_most_urgent_request() -> None:
    slots, order = Slots(1), []

    async def hold(name: str, urgency: int) -> None:
        async with slots.taken(urgency):
            order.append(name)
            await asyncio.sleep(0)

    await asyncio.gather(hold("a", OTHER), hold("b", OTHER), hold("c", AWAITED), hold("d", AWAITED))
    assert order == ["a", "c", "d", "b"]


async def test_a_request_that_is_cancelled_while_it_waits_takes_no_slot() -> None:
    slots = Slots(1)

    async def hold() -> None:
        async with slots.taken():
            await asyncio.sleep(0)

    first, second, third = (asyncio.create_task(hold()) for _ in range(3))
    await asyncio.sleep(0)
    second.cancel()
    await asyncio.gather(first, third)
    assert slots.held == 0


async def test_a_higher_limit_lets_waiting_requests_go() -> None:
    slots, release = Slots(1), asyncio.Event()

    async def hold() -> None:
        async with slots.taken():
            await release.wait()

    tasks = [asyncio.create_task(hold()) for _ in range(3)]
    await asyncio.sleep(0)
    assert slots.held == 1
    slots.limit = 2
    assert slots.held == 2
    release.set()
    await asyncio.gather(*tasks)
