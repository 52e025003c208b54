"""Latency: how long a response takes, to its first byte and for each token."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aoai_emulator.content.seeding import chance
from aoai_emulator.control.deployment_names import require_deployments
from aoai_emulator.settings import Settings
from aoai_emulator.traffic.delays import NO_DELAY, Delay, DeploymentLatency, read_latencies
from aoai_emulator.traffic.per_deployment import value_of


class Latency:
    """The delays of one emulator. What is drawn depends on the seed and on the number of the request.

    `is_none` is whether no response is delayed.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._latencies: tuple[DeploymentLatency, ...] = ()
        self._drawn = 0
        self.reset()

    def set(self, latencies: Any) -> None:
        """Replace the delays: a list of JSON or a tuple of DeploymentLatency.

        Raises UnknownNameError or TrafficError.
        """
        read = latencies if isinstance(latencies, tuple) else read_latencies(latencies)
        require_deployments(read, self._settings)
        self._latencies, self._drawn = read, 0
        self.is_none = not read

    def reset(self) -> None:
        """Return to the delays that the emulator was started with."""
        self.set(self._settings.latencies)

    def delay(self, deployment: str, tokens: int = 0) -> float:
        """Return the seconds until the first byte of a response whose tokens are sent at once."""
        luck = self._luck("first")
        return self._of(deployment, "first").draw(luck) + self._of(deployment, "token").draw(luck, tokens)

    def pauses(self, deployment: str) -> Iterator[float]:
        """Yield the seconds before each token of a stream, without end."""
        luck, delay = self._luck("token"), self._of(deployment, "token")
        while True:
            yield delay.draw(luck)

    def as_json(self) -> list[dict[str, Any]]:
        """Return the delays as JSON states them."""
        return [each.as_json() for each in self._latencies]

    def _luck(self, what: str) -> Any:
        self._drawn += 1
        return chance(self._settings.seed, "latency", what, self._drawn)

    def _of(self, deployment: str, name: str) -> Delay:
        found: Delay | None = value_of(self._latencies, deployment, lambda row: getattr(row, name))
        return found or NO_DELAY
