"""Delays: fixed, or drawn from a normal distribution. `200ms`, `0.2s`, `0.2s±50ms`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from aoai_emulator.traffic.per_deployment import EVERY_DEPLOYMENT, TrafficError, by_deployment, read_rows
from aoai_specs.json_values import quote

#: The longest delay, in seconds.
LONGEST = 600.0
_TIME = r"([0-9.]{1,12})(ms|s)"
_DELAY = re.compile(rf"{_TIME}(?:(?:±|\+-|\+/-){_TIME})?")
_SECONDS = {"ms": 0.001, "s": 1.0}


@dataclass(frozen=True, slots=True)
class Delay:
    """A delay in seconds: the mean, and the standard deviation."""

    mean: float
    deviation: float = 0.0

    def __str__(self) -> str:
        """Return the delay as options state it."""
        spread = f"±{_shown(self.deviation)}" if self.deviation else ""
        return f"{_shown(self.mean)}{spread}"

    def draw(self, luck: Random, times: int = 1) -> float:
        """Return the sum of some delays, from 0 to LONGEST seconds."""
        if not self.deviation:
            return min(self.mean * times, LONGEST)
        drawn = luck.gauss(self.mean * times, self.deviation * times**0.5)
        return min(max(drawn, 0.0), LONGEST)


#: No delay.
NO_DELAY = Delay(0.0)


@dataclass(frozen=True, slots=True)
class DeploymentLatency:
    """The delays of a deployment (`*` for every other one): to the first byte, and for each token.

    None means that those of `*` apply.
    """

    deployment: str = EVERY_DEPLOYMENT
    first: Delay | None = None
    token: Delay | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the delays as JSON states them."""
        shown = {"first": self.first, "token": self.token}
        return {"deployment": self.deployment, **{k: str(v) for k, v in shown.items() if v is not None}}


def parse_delay(text: Any) -> Delay:
    """Read a delay. Raises TrafficError."""
    found = _DELAY.fullmatch(text.replace(" ", "")) if isinstance(text, str) else None
    try:
        mean = float(found[1]) * _SECONDS[found[2]] if found else -1.0
        spread = float(found[3]) * _SECONDS[found[4]] if found and found[3] else 0.0
    except ValueError:
        mean = -1.0
    if not 0 <= mean <= LONGEST or spread > LONGEST:
        raise TrafficError(
            f"A delay must be a time such as 200ms or 0.2s±50ms, up to {LONGEST:.0f}s, not {quote(text)}."
        )
    return Delay(mean, spread)


def parse_latencies(first: Iterable[str], token: Iterable[str]) -> tuple[DeploymentLatency, ...]:
    """Read `--latency` and `--token-latency`: `DELAY` or `DEPLOYMENT=DELAY`. Raises TrafficError."""
    rows: dict[str, DeploymentLatency] = {}
    for name, texts in (("first", first), ("token", token)):
        for deployment, text in by_deployment(texts, "delay"):
            row = rows.get(deployment, DeploymentLatency(deployment))
            if getattr(row, name) is not None:
                raise TrafficError(f"The delay of {deployment} is given twice.")
            given: dict[str, Any] = {name: parse_delay(text)}
            rows[deployment] = replace(row, **given)
    return tuple(rows.values())


def read_latencies(value: Any) -> tuple[DeploymentLatency, ...]:
    """Read delays from JSON: a list of `{"deployment", "first", "token"}`. Raises TrafficError."""

    def read(deployment: str, row: Mapping[str, Any]) -> DeploymentLatency:
        delays = {name: parse_delay(row[name]) for name in ("first", "token") if row.get(name) is not None}
        return DeploymentLatency(deployment, **delays)

    return read_rows(value, ("first", "token"), read)


def _shown(seconds: float) -> str:
    return f"{seconds:g}s" if seconds >= 1 or not seconds else f"{seconds * 1000:g}ms"
