"""The rate limits of deployments: given by the user, or learned from the headers of responses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from aoai_model.exchange import Headers
from aoai_specs.errors import ConformanceError, UnknownNameError

Unit = Literal["requests", "tokens"]

_HEADER = re.compile(r"x-rate-?limit-(limit|remaining)-(requests|tokens)", re.IGNORECASE)
_MINUTE = 60.0
#: How many seconds' worth of requests may be sent at once under a limit that the user gives.
_BURST_SECONDS = 1.0


@dataclass(slots=True)
class Bucket:
    """What may be sent now under one limit; it refills steadily, and what is reserved may overdraw it."""

    per_second: float
    capacity: float
    level: float
    at: float = 0.0

    @classmethod
    def given(cls, per_minute: float) -> Bucket:
        """Return the bucket of a limit that the user gives.

        It holds little, since services enforce a limit for a minute within seconds.
        """
        per_second = per_minute / _MINUTE
        capacity = max(1.0, per_second * _BURST_SECONDS)
        return cls(per_second, capacity, capacity)

    def take(self, amount: float, now: float) -> float:
        """Take an amount; return after how many seconds it may be sent."""
        self._refill(now)
        needed = min(amount, self.capacity)
        seconds = max(0.0, (needed - self.level) / self.per_second)
        self.level -= amount
        return seconds

    def correct(self, amount: float) -> None:
        """Take an amount more, or give some back if it is negative."""
        self.level = min(self.capacity, self.level - amount)

    def limit_to(self, remaining: float, now: float) -> None:
        """Lower the level to what the server says remains."""
        self._refill(now)
        self.level = min(self.level, remaining)

    def _refill(self, now: float) -> None:
        self.level = min(self.capacity, self.level + (now - self.at) * self.per_second)
        self.at = now


@dataclass(frozen=True, slots=True)
class RateLimits:
    """Requests and tokens a minute by deployment; the entry `""` is for all others."""

    requests: Mapping[str, float] = field(default_factory=dict)
    tokens: Mapping[str, float] = field(default_factory=dict)

    def of(self, lane: str, unit: Unit) -> float | None:
        """Return the limit of a deployment, or None if the user gave none."""
        limits = self.requests if unit == "requests" else self.tokens
        return limits.get(lane, limits.get(""))


def parse_limits(option: str, values: Iterable[str], deployments: Mapping[str, str]) -> dict[str, float]:
    """Parse the values of `--rpm` or `--tpm`: `N`, `KIND=N` or `NAME=N`; return limits by deployment.

    Kinds that share a deployment share the lower of their limits. Raises ConformanceError for anything else,
    and UnknownNameError for a name that is neither a kind nor a deployment of the target.
    """
    limits: dict[str, float] = {}
    for value in values:
        name, equals, text = value.rpartition("=")
        name, text = name.strip(), text.strip()
        if not re.fullmatch(r"\d{1,12}", text) or int(text) < 1 or (equals and not name):
            raise ConformanceError(
                f"--{option} must have the form N, KIND=N or NAME=N, such as chat=300, not {value!r}."
            )
        if name and name not in deployments and name not in deployments.values():
            raise UnknownNameError("deployment", name, [*deployments, *deployments.values()])
        lane = deployments.get(name, name)
        limits[lane] = min(limits.get(lane, float("inf")), float(text))
    return limits


def announced_limits(headers: Headers) -> dict[Unit, tuple[float, float]]:
    """Return the limit a minute and what remains of it, for each unit of which a response names both."""
    found: dict[str, dict[str, float]] = {}
    for name, value in headers:
        match = _HEADER.fullmatch(name)
        if match is not None and re.fullmatch(r"\s*\d{1,12}\s*", value):
            found.setdefault(match[2].lower(), {})[match[1].lower()] = float(value)
    limits: dict[Unit, tuple[float, float]] = {}
    for unit in ("requests", "tokens"):
        values = found.get(unit, {})
        if values.get("limit", 0) > 0 and "remaining" in values:
            limits[unit] = values["limit"], min(values["remaining"], values["limit"])
    return limits
