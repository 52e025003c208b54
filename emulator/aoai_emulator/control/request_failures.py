"""What one request fails with: faults, an error instead of the response, a failure of the connection."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from math import ceil

from aoai_emulator.control.fault_schedules import FaultSchedule, parse_schedule
from aoai_emulator.failures.error_failures import ERRORS
from aoai_emulator.failures.transport_failures import TRANSPORT_SETTINGS, TransportFailure
from aoai_emulator.faults.registry import FaultSet
from aoai_emulator.http.rejections import Rejection, too_many_requests
from aoai_emulator.http.retry_headers import retry_headers
from aoai_specs.errors import ConformanceError

FAULT_HEADER = "x-emulate-fault"


@dataclass(frozen=True, slots=True)
class RequestFailures:
    """The faults of one request, the error sent instead of its response, and how the connection fails.

    `ids` are the ids of all.
    """

    faults: FaultSet
    error: Rejection | None = None
    transport: TransportFailure | None = None
    ids: tuple[str, ...] = ()


def failures_of(schedules: Iterable[FaultSchedule], retry_names: tuple[str, ...]) -> RequestFailures:
    """Combine the schedules that apply to one request; of several errors or connections, the first counts."""
    faults: list[str] = []
    error: Rejection | None = None
    transport: TransportFailure | None = None
    ids: list[str] = []
    for schedule in schedules:
        ids.append(schedule.fault)
        if schedule.fault in ERRORS:
            error = error or _error(schedule, retry_names)
        elif schedule.fault in TRANSPORT_SETTINGS:
            transport = transport or TransportFailure(schedule.fault, **schedule.settings)
        else:
            faults.append(schedule.fault)
    return RequestFailures(_fault_set(tuple(faults)), error, transport, tuple(ids)) if ids else NO_FAILURES


def header_schedules(text: str) -> list[FaultSchedule] | RequestFailures:
    """Read the faults in a request's header, separated by `;`, or return the 400 that says what is wrong."""
    try:
        schedules = [parse_schedule(part.strip()) for part in text.split(";") if part.strip()]
    except ConformanceError as error:
        return _rejected(str(error))
    if any(not schedule.is_unconditional for schedule in schedules):
        return _rejected("A fault of this header applies to its own request; leave out its conditions.")
    return schedules


def _error(schedule: FaultSchedule, retry_names: tuple[str, ...]) -> Rejection:
    row = ERRORS[schedule.fault]
    if not row.waits:
        return row.rejection()
    seconds = schedule.settings.get("retry_after", 1)
    if row.id == "error-429":
        return replace(too_many_requests(ceil(seconds)), headers=retry_headers(seconds, retry_names))
    names = [name for name in retry_names if name != "x-ratelimit-reset"]
    return replace(row.rejection(), headers=retry_headers(seconds, names))


def _rejected(sentence: str) -> RequestFailures:
    return RequestFailures(_fault_set(()), Rejection(400, "InvalidFault", f"{FAULT_HEADER}: {sentence}"))


@lru_cache(maxsize=256)
def _fault_set(fault_ids: tuple[str, ...]) -> FaultSet:
    return FaultSet(fault_ids)


#: Nothing fails.
NO_FAILURES = RequestFailures(FaultSet(()))
