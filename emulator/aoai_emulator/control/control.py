"""The control of one emulator: what can be changed while it runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aoai_emulator.control.clock import EmulatorClock
from aoai_emulator.control.errors import ControlError
from aoai_emulator.control.fault_control import FaultControl, ScheduledFault
from aoai_emulator.control.journal import Journal, Verification
from aoai_emulator.control.latency import Latency
from aoai_emulator.control.rate_limits import RateLimits
from aoai_emulator.control.request_failures import RequestFailures
from aoai_emulator.fixtures.fixture_control import FixtureControl, FixtureInUse
from aoai_emulator.http.memory import Memory
from aoai_emulator.http.replies import Reply
from aoai_emulator.http.requests import AcceptedRequest, IncomingRequest
from aoai_emulator.settings import Settings
from aoai_emulator.storage.batch_store import Batches
from aoai_emulator.storage.files import Storage
from aoai_emulator.tape.tape import Tape
from aoai_emulator.traffic.limits import INFERENCE_KINDS
from aoai_specs.json_values import quote


class Control:
    """What can be changed while an emulator runs; it starts as its settings say.

    `faults` are the faults in use, `limits` and `latency` those of the deployments, `clock` the emulator's,
    `journal` the latest requests, `memory` what clients stored, `fixtures` the responses that a user gives,
    `tape` recorded ones.
    Raises UnknownNameError for an unknown fault of the settings, and another ConformanceError for a fault or
    a fixture that cannot be used.
    """

    def __init__(self, settings: Settings, memory: Memory | None = None) -> None:
        self._settings = settings
        self.memory = Memory() if memory is None else memory
        if memory is None:
            self._restore_background()
        self.clock = EmulatorClock(self.memory.clock)
        self.memory.clock = self.clock.now
        self.faults = FaultControl(settings)
        self.limits = RateLimits(settings, self.clock)
        self.latency = Latency(settings)
        self.journal = Journal(settings, self.clock)
        self.fixtures = FixtureControl(settings.fixtures, settings.documents, only=settings.fixtures_only)
        self.tape = Tape(settings.recorded) if settings.recorded else None

    def failures_for(self, request: IncomingRequest) -> RequestFailures:
        """Return what a request fails with; each call counts one request."""
        return self.faults.failures_for(request, self.limits)

    def pace(self, reply: Reply, request: AcceptedRequest, tokens: int) -> None:
        """Delay a reply by the latency of the deployment; `tokens` are those of a completion sent at once.

        A stream that has its own pauses keeps them.
        """
        if self.latency.is_none or request.kind not in INFERENCE_KINDS:
            return
        reply.delay = self.latency.delay(request.deployment.name, tokens)
        if not isinstance(reply.body, bytes) and reply.pauses is None:
            reply.pauses = self.latency.pauses(request.deployment.name)

    def add_limit_headers(self, reply: Reply, request: IncomingRequest) -> None:
        """Add the headers that tell what is left of a deployment's limits; the flavour strict has none."""
        if request.deployment is not None and request.settings.flavour == "azure":
            reply.headers.update(self.limits.headers(request.deployment.name, request.kind))

    def add_fault(self, fault: str | dict[str, Any]) -> ScheduledFault:
        """Apply a fault: `ID[,NAME=VALUE]…`, or an object as the control API takes it.

        Raises UnknownNameError, FaultScheduleError or MatchError.
        """
        return self.faults.add(fault)

    def add_fixtures(self, *entries: Mapping[str, Any]) -> list[FixtureInUse]:
        """Add fixtures, written as in a fixtures file, before those in use. Raises FixtureError."""
        return self.fixtures.add(*entries)

    def verify(self, match: dict[str, Any] | None = None, **numbers: int | None) -> Verification:
        """Check how many requests match: `count`, `at_least` (1 by default), `at_most`.

        Raises MatchError, UnknownNameError or ControlError.
        """
        return self.journal.verify(match, **numbers)

    @property
    def background(self) -> str:
        """What advances batches and jobs: the `time`, or each request for them (`poll`)."""
        return "poll" if self.memory.advance_on_poll else "time"

    def set_background(self, name: Any) -> None:
        """Choose what advances batches and jobs: `time` or `poll`. Raises ControlError for another name."""
        if name not in ("time", "poll"):
            raise ControlError(f"background must be time or poll, not {quote(name)}.")
        self.memory.advance_on_poll = name == "poll"
        self.memory.advances_with_time = name == "time"

    def state(self) -> dict[str, Any]:
        """Count what the emulator holds."""
        return {
            "faults": len(self.faults.all()),
            "fixtures": len(self.fixtures.all()),
            "requests": len(self.journal.find()),
            "files": len(self.memory.store(Storage).files),
            "batches": len(self.memory.store(Batches).all),
            "now": self.clock.now(),
        }

    def reset(self) -> None:
        """Return to the state in which the emulator was started, and forget requests and what was stored."""
        self.clock.reset()
        self._restore_background()
        self.faults.reset()
        self.limits.reset()
        self.latency.reset()
        self.journal.clear()
        self.fixtures.reset()
        if self.tape is not None:
            self.tape.rewind()
        self.memory.clear()

    def _restore_background(self) -> None:
        self.memory.advance_on_poll = self._settings.advance_on_poll
        self.memory.advances_with_time = self._settings.advances_with_time
