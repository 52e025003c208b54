"""The state of one deployment in a run: its rate limits, its concurrency, and when it is closed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from aoai_conformance.engine.rate_limits import Bucket, RateLimits, Unit, announced_limits
from aoai_conformance.engine.slots import Slots
from aoai_model.exchange import Headers

#: By which factor fewer requests are in flight after a sign of overload.
_BUSY_FACTOR, _SLOW_FACTOR = 0.5, 0.75
#: How many responses make a window of latencies, and what counts as rising: both conditions hold.
_WINDOW, _RISING_FACTOR, _RISING_SECONDS = 16, 2.0, 0.5


@dataclass(slots=True)
class Concurrency:
    """How many requests a deployment may have in flight: fewer after overload, slowly more afterwards."""

    most: int
    slots: Slots
    _room: float = 0.0
    _reduced_at: float = -1.0
    _latencies: list[float] = field(default_factory=list)
    _least: float = float("inf")

    def __post_init__(self) -> None:
        self._room = float(self.most)

    def overloaded(self, sent_at: float, now: float, factor: float = _BUSY_FACTOR) -> None:
        """Allow fewer requests, once for all that were sent before the previous reduction."""
        if sent_at < self._reduced_at:
            return
        self._reduced_at = now
        self._allow(max(1.0, self._room * factor))

    def responded(self, sent_at: float, now: float) -> None:
        """Allow slowly more requests, or fewer if the latency rises."""
        self._latencies.append(now - sent_at)
        if len(self._latencies) == _WINDOW:
            mean = sum(self._latencies) / _WINDOW
            self._latencies.clear()
            if mean > _RISING_FACTOR * self._least and mean > self._least + _RISING_SECONDS:
                self.overloaded(sent_at, now, _SLOW_FACTOR)
                return
            self._least = min(self._least, mean)
        self._allow(min(float(self.most), self._room + 1 / self._room))

    def _allow(self, room: float) -> None:
        self._room = room
        if self.slots.limit != int(room):
            self.slots.limit = int(room)


@dataclass(slots=True)
class Lane:
    """One deployment; its requests share a rate limit, whatever their kind.

    `closed_until` is when it opens again. `exhausted` says why nothing more is sent to it before that: the
    server asked for a longer wait than the user allows.
    """

    name: str
    concurrency: Concurrency
    closed_until: float = 0.0
    exhausted: str = ""
    failures: int = 0
    _given: dict[Unit, Bucket] = field(default_factory=dict)
    _learned: dict[Unit, Bucket] = field(default_factory=dict)

    @classmethod
    def create(cls, name: str, most: int, limits: RateLimits) -> Lane:
        """Return the lane of a deployment with the limits that the user gives."""
        lane = cls(name, Concurrency(most, Slots(most)))
        for unit in _UNITS:
            per_minute = limits.of(name, unit)
            if per_minute is not None:
                lane._given[unit] = Bucket.given(per_minute)
        return lane

    def reserve(self, tokens: int, now: float) -> float:
        """Reserve a request with an estimated number of tokens; return after how many seconds to send it."""
        amounts: dict[Unit, float] = {"requests": 1.0, "tokens": float(tokens)}
        return max(
            (
                bucket.take(amounts[unit], now)
                for buckets in (self._given, self._learned)
                for unit, bucket in buckets.items()
            ),
            default=0.0,
        )

    def correct(self, estimated: int, used: int) -> None:
        """Correct the tokens of a request by the usage in its response."""
        for buckets in (self._given, self._learned):
            if "tokens" in buckets:
                buckets["tokens"].correct(used - estimated)

    def learn(self, headers: Headers, now: float) -> None:
        """Learn the limits that a response announces, for units that the user gives no limit for."""
        for unit, (limit, remaining) in announced_limits(headers).items():
            if unit in self._given:
                continue
            bucket = self._learned.get(unit)
            if bucket is None or bucket.capacity != limit:
                bucket = self._learned[unit] = Bucket(limit / 60, limit, limit, now)
            # what is in flight is not deducted from what the server says remains
            in_flight = float(self.concurrency.slots.held) if unit == "requests" else 0.0
            bucket.limit_to(remaining - in_flight, now)


_UNITS: tuple[Literal["requests"], Literal["tokens"]] = ("requests", "tokens")
