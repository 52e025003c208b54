"""Requests keep to the rate limits of their deployment: token buckets in virtual time."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import httpx
import pytest
from by_case import NAME, case
from virtual_time import run_in_virtual_time

from aoai_conformance.engine.client import Client
from aoai_conformance.engine.lanes import Concurrency
from aoai_conformance.engine.pacing import Pacer, Patience
from aoai_conformance.engine.rate_limits import RateLimits, announced_limits, parse_limits
from aoai_conformance.engine.slots import Slots
from aoai_conformance.exchange import Exchange
from aoai_conformance.target.authentication import KeyAuthentication
from aoai_conformance.target.targets import Target
from aoai_specs.errors import ConformanceError, UnknownNameError

ROOT = "http://127.0.0.1:9"
DEPLOYMENTS = {"chat": "gpt", "completions": "gpt", "embeddings": "ada"}


@dataclass
class LimitedServer:
    """Rejects with 429 what exceeds a limit of requests and one of tokens, each a minute.

    A bucket holds what refills in `seconds`. Each request costs `cost` tokens. `announces` adds the headers
    that tell the limit, and `retry_after` the wait that a 429 requests.
    """

    rpm: float = 600.0
    tpm: float = 1e9
    seconds: float = 10.0
    cost: int = 100
    announces: bool = False
    retry_after: str = "1"
    statuses: list[int] = field(default_factory=list)
    in_flight: int = 0
    most: int = 0

    def __post_init__(self) -> None:
        self.levels = {"requests": self.rpm * self.seconds / 60, "tokens": self.tpm * self.seconds / 60}
        self.capacities, self.at = dict(self.levels), 0.0

    async def __call__(self, _: httpx.Request) -> httpx.Response:
        now = asyncio.get_running_loop().time()
        for name, limit in (("requests", self.rpm), ("tokens", self.tpm)):
            refilled = self.levels[name] + (now - self.at) * limit / 60
            self.levels[name] = min(self.capacities[name], refilled)
        self.at = now
        allowed = self.levels["requests"] >= 1 and self.levels["tokens"] >= self.cost
        if allowed:
            self.levels["requests"] -= 1
            self.levels["tokens"] -= self.cost
        headers = self.headers()
        self.statuses.append(200 if allowed else 429)
        self.in_flight += 1
        self.most = max(self.most, self.in_flight)
        await asyncio.sleep(1.0)
        self.in_flight -= 1
        if not allowed:
            body = {"error": {"code": "429", "message": "Rate limit is exceeded."}}
            return httpx.Response(429, headers={**headers, "retry-after": self.retry_after}, json=body)
        return httpx.Response(200, headers=headers, json={"usage": {"prompt_tokens": self.cost}})

    def headers(self) -> Mapping[str, str]:
        if not self.announces:
            return {}
        return {
            f"x-ratelimit-{what}-{name}": str(int(value))
            for name, limit in (("requests", self.rpm), ("tokens", self.tpm))
            for what, value in (("limit", limit), ("remaining", self.levels[name]))
        }


def send_all(
    server: LimitedServer,
    count: int,
    limits: RateLimits | None = None,
    *,
    kinds: tuple[str, ...] = ("chat",),
    max_wait: float = 300.0,
    tokens: int = 100,
) -> tuple[list[Exchange], float]:
    """Send cases through the client, all at once; return the exchanges and the virtual seconds."""

    async def sent() -> list[Exchange]:
        pacer = Pacer(Patience(longest_wait=max_wait, give_up_wait=max_wait), concurrency=64, limits=limits)
        target = Target("url", ROOT, ROOT, DEPLOYMENTS, KeyAuthentication("a-key-for-loopback"))
        transport = httpx.MockTransport(server)
        async with Client(
            target, {NAME: "/openai"}, pacer=pacer, concurrency=64, transport=transport
        ) as client:
            cases = [
                replace(case(kind=kinds[number % len(kinds)], id_=f"c{number}"), prompt_tokens=tokens)
                for number in range(count)
            ]
            return list(await asyncio.gather(*map(client.send, cases)))

    return run_in_virtual_time(sent())


def test_no_request_is_throttled_if_the_limit_of_requests_is_given() -> None:
    server = LimitedServer(rpm=60)
    _, seconds = send_all(server, 120, RateLimits(requests={"": 60}))
    assert set(server.statuses) == {200}
    assert 119 <= seconds <= 122


def test_no_request_is_throttled_if_the_limit_of_tokens_is_given() -> None:
    server = LimitedServer(tpm=6_000, cost=50)
    _, seconds = send_all(server, 120, RateLimits(tokens={"gpt": 6_000}), tokens=50)
    assert set(server.statuses) == {200}
    assert 58 <= seconds <= 62


def test_tokens_that_were_not_used_are_available_again() -> None:
    server = LimitedServer(tpm=60_000, cost=100)
    _, seconds = send_all(server, 200, RateLimits(tokens={"": 60_000}), tokens=1000)
    assert set(server.statuses) == {200}
    assert seconds < 200 * 1000 * 60 / 60_000 / 1.5


def test_two_kinds_that_share_a_deployment_share_its_limit() -> None:
    server = LimitedServer(rpm=60)
    _, seconds = send_all(server, 60, RateLimits(requests={"": 60}), kinds=("chat", "completions"))
    assert set(server.statuses) == {200}
    assert 59 <= seconds <= 62


def test_limits_that_responses_announce_are_learned() -> None:
    server = LimitedServer(rpm=600, seconds=60, announces=True)
    _, seconds = send_all(server, 1200)
    assert server.statuses.count(429) == 0
    assert 58 <= seconds <= 72  # 600 at once, 600 at 10 a second


def test_an_unknown_limit_is_kept_after_few_rejections() -> None:
    server = LimitedServer(rpm=300, seconds=10)
    exchanges, _ = send_all(server, 300)
    assert all(each.response is not None for each in exchanges)
    assert server.statuses.count(429) < 300


def test_a_wait_beyond_the_limit_ends_the_deployment_with_the_words_of_the_server() -> None:
    server = LimitedServer(rpm=60, seconds=3, retry_after="3600")
    exchanges, seconds = send_all(server, 100, kinds=("chat", "embeddings"))
    assert seconds < 10
    failures = [each.failure for each in exchanges if each.failure is not None]
    assert {failure.kind for failure in failures} == {"throttled"}
    assert all("3,600 s" in each.message and "Rate limit is exceeded." in each.message for each in failures)
    unsent = [each.failure.message for each in exchanges if each.failure is not None and not each.attempts]
    assert all(message.startswith("Not sent: The server requests") for message in unsent)
    assert len(server.statuses) + len(unsent) == 100


def test_a_wait_within_the_limit_is_honoured() -> None:
    server = LimitedServer(rpm=6, seconds=10, retry_after="90")
    exchanges, seconds = send_all(server, 2, max_wait=120)
    assert [each.response is not None for each in exchanges] == [True, True]
    assert 91 <= seconds <= 94


def test_overload_halves_what_is_in_flight_once_and_success_raises_it_slowly() -> None:
    slots = Slots(64)
    concurrency = Concurrency(64, slots)
    for _ in range(64):
        concurrency.overloaded(0.0, 1.0)
    assert slots.limit == 32
    concurrency.overloaded(2.0, 3.0)
    assert slots.limit == 16
    for _ in range(16):
        concurrency.responded(3.0, 4.0)
    assert slots.limit == 16
    for _ in range(2000):
        concurrency.responded(3.0, 4.0)
    assert slots.limit == 64


def test_rising_latency_lowers_what_is_in_flight() -> None:
    slots = Slots(64)
    concurrency = Concurrency(64, slots)
    for _ in range(16):
        concurrency.responded(0.0, 1.0)
    for _ in range(16):
        concurrency.responded(1.0, 4.0)
    assert slots.limit == 48


def test_at_least_one_request_stays_in_flight() -> None:
    slots = Slots(2)
    concurrency = Concurrency(2, slots)
    for moment in range(10):
        concurrency.overloaded(float(moment), moment + 0.5)
    assert slots.limit == 1


@pytest.mark.parametrize(
    ("values", "limits"),
    [
        ((), {}),
        (("60",), {"": 60}),
        (("60", "chat=300"), {"": 60, "gpt": 300}),
        (("chat=300", "completions=200"), {"gpt": 200}),
        (("ada=5",), {"ada": 5}),
    ],
)
def test_limits_are_given_for_all_for_a_kind_or_for_a_deployment(
    values: tuple[str, ...], limits: dict[str, float]
) -> None:
    assert parse_limits("rpm", values, DEPLOYMENTS) == limits


@pytest.mark.parametrize("value", ["0", "-1", "1.5", "chat=", "=5", "chat", "", "9" * 13])
def test_another_form_of_a_limit_is_rejected(value: str) -> None:
    with pytest.raises(ConformanceError, match="--rpm must have the form N, KIND=N or NAME=N"):
        parse_limits("rpm", [value], DEPLOYMENTS)


def test_a_limit_for_an_unknown_deployment_is_rejected() -> None:
    with pytest.raises(UnknownNameError, match="gtp"):
        parse_limits("tpm", ["gtp=5"], DEPLOYMENTS)


@pytest.mark.parametrize(
    ("headers", "limits"),
    [
        (
            {"x-ratelimit-limit-requests": "60", "x-ratelimit-remaining-requests": "59"},
            {"requests": (60, 59)},
        ),
        ({"X-RateLimit-Limit-Tokens": "9", "x-ratelimit-remaining-tokens": "20"}, {"tokens": (9, 9)}),
        ({"x-ratelimit-remaining-requests": "59"}, {}),
        ({"x-ratelimit-limit-requests": "0", "x-ratelimit-remaining-requests": "0"}, {}),
        ({"x-ratelimit-limit-requests": "-1", "x-ratelimit-remaining-requests": "-1"}, {}),
        ({"x-ratelimit-limit-requests": json.dumps("x"), "x-ratelimit-remaining-requests": "5"}, {}),
    ],
)
def test_a_limit_is_learned_only_with_what_remains_of_it(
    headers: dict[str, str], limits: dict[str, tuple[float, float]]
) -> None:
    assert announced_limits(tuple(headers.items())) == limits
