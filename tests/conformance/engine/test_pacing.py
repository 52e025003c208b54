"""How long the client waits for a busy server."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from aoai_conformance.engine.pacing import Pacer, Patience, is_busy, is_gateway_trouble, requested_wait

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7"}, 7),
        ({"retry-after": "1.5"}, 1.5),
        ({"Retry-After": "Sun, 01 Mar 2026 12:00:09 GMT"}, 9),
        ({"Retry-After": "Sun, 01 Mar 2026 11:00:00 GMT"}, None),
        ({"Retry-After": "7", "retry-after-ms": "250"}, 0.25),
        ({"x-ratelimit-reset-requests": "3", "x-ratelimit-reset-tokens": "12"}, 12),
        ({"x-rate-limit-reset-tokens": "5"}, 5),
        ({"x-ratelimit-reset-tokens": "6m0s"}, 360),
        ({"x-ratelimit-reset-tokens": "120ms"}, 0.12),
        ({"x-ratelimit-reset-requests": "1.5s"}, 1.5),
        ({"x-ratelimit-reset-requests": "-1", "x-ratelimit-reset-tokens": "0"}, None),
        ({"x-ratelimit-remaining-tokens": "5"}, None),
        ({"Retry-After": "0"}, None),
        ({"Retry-After": "-1", "x-ratelimit-reset-tokens": "2"}, 2),
        ({"Retry-After": "soon"}, None),
        ({"x-ratelimit-reset-tokens": ""}, None),
        ({"x-ratelimit-reset-tokens": "soon"}, None),
        ({"x-ratelimit-reset-tokens": "2h0m1s"}, 7201),
        ({"retry-after-ms": "500"}, 0.5),
        ({"retry-after-ms": "1"}, 0.001),
        ({"retry-after-ms": "0", "Retry-After": "7"}, 7),
        ({"Retry-After": "0.5"}, 0.5),
        ({"Retry-After": "Sun, 01 Mar 2026 12:00:09"}, 9),
        ({}, None),
    ],
)
def test_reads_how_long_to_wait(headers: dict[str, str], seconds: float | None) -> None:
    assert requested_wait(tuple(headers.items()), NOW) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "delay",
    [
        "Fri, 31 Dec 9999 23:59:59 GMT",
        "Fri, 31 Dec 9999 23:59:59 -2359",
        "Sat, 01 Jan 0001 00:00:00 +2359",
        "Sun, 01 Mar 99999999999999999999 12:00:09 GMT",
        "99999999999999999999 Mar 2026 12:00:09 GMT",
        "Sun, 01 Mar 2026 12:00:09 +99999999999999999999",
        "9" * 400,
        "-" + "9" * 400,
        "1e308",
        "nan",
        "1" + "," * 5000,
    ],
)
async def test_no_delay_that_a_server_requests_stops_a_run(delay: str) -> None:
    pacer = Pacer(Patience(longest_wait=0.5), now=lambda: NOW, clock=lambda: 0.0)
    assert 0 < pacer.hold("chat", (("Retry-After", delay),), 1) <= 0.5


def test_back_off_doubles_within_its_cap_and_differs() -> None:
    pacer = Pacer(Patience(first_wait=1.0, longest_wait=5.0))
    for attempt, longest in [(1, 1.0), (2, 2.0), (3, 4.0), (4, 5.0), (12, 5.0)]:
        waits = [pacer.back_off(attempt) for _ in range(50)]
        assert all(longest / 2 <= wait <= longest for wait in waits)
        assert len(set(waits)) > 1


class Clock:
    """A clock that only advances by sleeping."""

    def __init__(self) -> None:
        self.time = 100.0
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds


async def test_a_paused_lane_delays_its_own_requests_only() -> None:
    clock = Clock()
    content: list[tuple[str, float]] = []
    pacer = Pacer(
        sleep=clock.sleep,
        clock=lambda: clock.time,
        now=lambda: NOW,
        on_wait=lambda lane, wait: content.append((lane, wait)),
    )
    pacer.hold("chat", (("Retry-After", "20"),), 1)
    await pacer.enter("embeddings")
    assert clock.slept == []
    await pacer.enter("chat")
    assert clock.slept == [20.0]
    assert content == [("chat", 20.0)]


async def test_no_wait_is_longer_than_the_cap() -> None:
    clock = Clock()
    pacer = Pacer(Patience(longest_wait=60.0), sleep=clock.sleep, clock=lambda: clock.time, now=lambda: NOW)
    assert pacer.hold("chat", (("Retry-After", "86400"),), 1) == 60.0


async def test_a_shorter_wait_does_not_open_a_lane_early() -> None:
    clock = Clock()
    pacer = Pacer(sleep=clock.sleep, clock=lambda: clock.time, now=lambda: NOW)
    pacer.hold("chat", (("Retry-After", "20"),), 1)
    pacer.hold("chat", (("Retry-After", "5"),), 1)
    await pacer.enter("chat")
    assert clock.time == 120.0


def test_one_success_resets_the_failures_of_a_lane() -> None:
    pacer = Pacer(Patience(give_up_after=2))
    pacer.failed("chat")
    pacer.failed("chat")
    assert pacer.is_hopeless("chat")
    assert not pacer.is_hopeless("images")
    pacer.succeeded("chat")
    assert not pacer.is_hopeless("chat")


def test_one_failure_counts_once() -> None:
    pacer = Pacer(Patience(give_up_after=2))
    pacer.failed("chat")
    assert not pacer.is_hopeless("chat")


async def test_a_lane_is_open_from_the_first_second() -> None:
    clock = Clock()
    clock.time = 0.0
    await Pacer(sleep=clock.sleep, clock=lambda: clock.time).enter("chat")
    assert clock.slept == []


async def test_a_pause_lasts_as_long_as_the_back_off() -> None:
    clock = Clock()
    await Pacer(Patience(first_wait=1.0), seed=3, sleep=clock.sleep).pause(2)
    assert clock.slept == [Pacer(Patience(first_wait=1.0), seed=3).back_off(2)]


def test_a_single_failure_closes_a_lane_whose_limit_is_one() -> None:
    pacer = Pacer(Patience(give_up_after=1))
    assert not pacer.is_hopeless("chat")
    pacer.failed("chat")
    assert pacer.is_hopeless("chat")


def test_the_default_limits_match_the_documentation() -> None:
    assert Patience() == Patience(
        busy_attempts=6,
        broken_attempts=3,
        slow_attempts=2,
        longest_wait=300.0,
        first_wait=0.5,
        give_up_after=40,
        give_up_wait=300.0,
    )


def test_only_statuses_of_load_and_of_gateways_are_retried() -> None:
    statuses = range(100, 600)
    assert [status for status in statuses if is_busy(status)] == [429, 503]
    assert [status for status in statuses if is_gateway_trouble(status)] == [502, 504]
