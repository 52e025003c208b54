"""Measures what an ASGI application responds, from outside."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from aoai_emulator.http.requests import IncomingRequest
from aoai_emulator.metrics.measurement import NONE, DeploymentNames, Measurement, Meter, fault_label

#: Where the scope of a request has its Observation.
OBSERVATION = "aoai_emulator.observation"
_TOKENS = re.compile(rb'"(prompt|completion)_tokens":\s*(\d{1,12})')
#: The longest match, which two pieces of a body may share.
_LONGEST_MATCH = 48


@dataclass(slots=True)
class Observation:
    """What the emulator says about a request while it responds."""

    request: IncomingRequest | None = None
    faults: Sequence[str] = ()
    status: str = NONE
    tokens: dict[bytes, int] = field(default_factory=dict)
    _rest: bytes = b""

    def read(self, message: Message) -> None:
        """Note the status and the reported tokens of what is sent."""
        if message["type"] == "http.response.start":
            self.status = str(message["status"])
            return
        data = self._rest + bytes(message.get("body", b""))
        for kind, count in _TOKENS.findall(data):
            self.tokens[kind] = int(count)
        self._rest = data[-_LONGEST_MATCH:]


def describe(scope: Scope, request: IncomingRequest, faults: Sequence[str]) -> None:
    """Say which request a scope is about, if it is measured, and what it fails with."""
    observation = scope.get(OBSERVATION)
    if observation is not None:
        observation.request = request
        observation.faults = faults


class MeasuredApp:
    """Lets meters measure every request to an application."""

    def __init__(
        self, app: ASGIApp, meters: Iterable[Meter], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._app = app
        self._meters = tuple(meters)
        self._clock = clock
        self._deployments = DeploymentNames()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Respond to one request, and measure it even if it fails."""
        observation = Observation()
        scope[OBSERVATION] = observation
        started = self._clock()

        async def observed(message: Message) -> None:
            observation.read(message)
            await send(message)

        try:
            await self._app(scope, receive, observed)
        finally:
            self._record(observation, self._clock() - started)

    def _record(self, observation: Observation, seconds: float) -> None:
        request = observation.request
        deployment = None if request is None or request.deployment is None else request.deployment.name
        measurement = Measurement(
            operation=(None if request is None else request.kind) or NONE,
            deployment=self._deployments.bounded(deployment),
            status=observation.status,
            fault=fault_label(observation.faults),
            seconds=seconds,
            input_tokens=observation.tokens.get(b"prompt", 0),
            output_tokens=observation.tokens.get(b"completion", 0),
        )
        for meter in self._meters:
            meter.record(measurement)
