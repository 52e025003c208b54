"""The faults in use: schedules that are added and removed while the emulator runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from aoai_emulator.content.seeding import chance
from aoai_emulator.control.deployment_names import require_deployment
from aoai_emulator.control.errors import FaultScheduleError
from aoai_emulator.control.fault_schedules import FaultSchedule, parse_schedule
from aoai_emulator.control.rate_limits import RateLimits
from aoai_emulator.control.request_failures import NO_FAILURES, RequestFailures, failures_of, header_schedules
from aoai_emulator.http.requests import IncomingRequest
from aoai_emulator.matching.request_facts import RequestFacts, facts_of
from aoai_emulator.settings import Settings
from aoai_specs.errors import UnknownNameError

MOST_SCHEDULES = 200


@dataclass(slots=True)
class ScheduledFault:
    """A schedule in use: its number, how many requests matched, and to how many it applied."""

    number: int
    schedule: FaultSchedule
    matched: int = 0
    applied: int = 0

    @property
    def is_over(self) -> bool:
        """Whether it has applied to as many requests as it should."""
        return self.schedule.next is not None and self.applied >= self.schedule.next

    def apply(self, request: RequestFacts, seed: int) -> bool:
        """Return whether the fault applies to a request, and count it."""
        schedule = self.schedule
        if self.is_over or not schedule.concerns(request):
            return False
        self.matched += 1
        if schedule.share is not None:
            luck = chance(seed, "share", schedule.fault, self.number, self.matched)
            if luck.random() >= schedule.share:
                return False
        self.applied += 1
        return True

    def as_json(self) -> dict[str, Any]:
        """Describe the schedule and what it has done."""
        return {
            "id": self.number,
            **self.schedule.as_json(),
            "matched": self.matched,
            "applied": self.applied,
            "is_over": self.is_over,
        }


class FaultControl:
    """The schedules of one emulator, at most MOST_SCHEDULES. Raises UnknownNameError for an unknown fault."""

    def __init__(self, settings: Settings) -> None:
        self._initial = tuple(parse_schedule(fault) for fault in settings.faults)
        self._settings = settings
        self._number = 0
        self._scheduled: dict[int, ScheduledFault] = {}
        self.reset()

    def add(self, schedule: FaultSchedule | str | Mapping[str, Any]) -> ScheduledFault:
        """Apply a fault; text and objects are read by `parse_schedule`.

        Raises UnknownNameError for an unknown deployment, and FaultScheduleError if too many are in use.
        """
        parsed = schedule if isinstance(schedule, FaultSchedule) else parse_schedule(schedule)
        if parsed.match.deployment is not None:
            require_deployment(parsed.match.deployment, self._settings)
        for number in [number for number, each in self._scheduled.items() if each.is_over]:
            if len(self._scheduled) >= MOST_SCHEDULES:
                del self._scheduled[number]
        if len(self._scheduled) >= MOST_SCHEDULES:
            raise FaultScheduleError(f"At most {MOST_SCHEDULES} faults can be in use; remove some first.")
        self._number += 1
        added = ScheduledFault(self._number, parsed)
        self._scheduled[added.number] = added
        return added

    def get(self, number: int) -> ScheduledFault:
        """Return the schedule with this number. Raises UnknownNameError."""
        found = self._scheduled.get(number)
        if found is None:
            raise UnknownNameError("scheduled fault", str(number), map(str, self._scheduled))
        return found

    def remove(self, number: int) -> None:
        """Stop applying the schedule with this number. Raises UnknownNameError."""
        del self._scheduled[self.get(number).number]

    def clear(self) -> None:
        """Stop applying every fault."""
        self._scheduled.clear()

    def reset(self) -> None:
        """Return to the faults that the emulator was started with."""
        self.clear()
        for schedule in self._initial:
            self.add(schedule)

    def all(self) -> list[ScheduledFault]:
        """Return every schedule, also those that are over, in the order in which they apply."""
        return list(self._scheduled.values())

    def failures_for(self, request: IncomingRequest, limits: RateLimits) -> RequestFailures:
        """Return what a request fails with; each call counts one request.

        `limits` say in which headers an error names the time to wait. An inner request has no
        connection that could fail.
        """
        named = request.headers.get("x-emulate-fault") if self._settings.has_control else None
        if not self._scheduled and named is None:
            return NO_FAILURES
        facts = facts_of(request)
        applying: list[FaultSchedule] = []
        if named is not None:
            schedules = header_schedules(named)
            if isinstance(schedules, RequestFailures):
                return schedules
            applying += [schedule for schedule in schedules if schedule.concerns(facts)]
        applying += self._due(facts, applying, is_inner=request.is_inner)
        return failures_of(applying, limits.sent_names)

    def _due(
        self, request: RequestFacts, others: Iterable[FaultSchedule], *, is_inner: bool
    ) -> Iterator[FaultSchedule]:
        """Yield the schedules that apply to a request besides others, and count them.

        A request has one error and one broken connection: a second one waits for a later request.
        """
        taken = {other.replaces for other in others} | ({"connection"} if is_inner else set())
        for each in tuple(self._scheduled.values()):  # another thread may add one
            replaces = each.schedule.replaces
            if (replaces is None or replaces not in taken) and each.apply(request, self._settings.seed):
                taken.add(replaces)
                yield each.schedule
