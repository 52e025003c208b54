"""Schedules of faults: which fault applies to which requests, and for how long.

As text, a schedule is `ID[,NAME=VALUE]…`, such as `chat-usage-missing,next=3,deployment=gpt-4o`. A value with
a comma is put in double quotes. A fault here is one of the catalogue, or one of the failures on demand.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from aoai_emulator.control.errors import FaultScheduleError
from aoai_emulator.control.fault_settings import SETTINGS, read_number, require_setting
from aoai_emulator.failures.error_failures import ERRORS
from aoai_emulator.failures.failure_table import FAILURES
from aoai_emulator.failures.transport_failures import TRANSPORT_SETTINGS
from aoai_emulator.faults.registry import fault_kinds
from aoai_emulator.faults.topics import ALL_KINDS
from aoai_emulator.matching.match_parsing import is_condition, parse_conditions, parse_match
from aoai_emulator.matching.request_facts import RequestFacts
from aoai_emulator.matching.request_match import RequestMatch
from aoai_specs.errors import UnknownNameError
from aoai_specs.json_values import quote

_LONGEST = 20_000
_NAMES = (*SETTINGS, "operation", "deployment", "model", "method", "path", "text", "header.NAME", "json.PATH")
_KEYS = ("fault", "match", *SETTINGS)


@dataclass(frozen=True, slots=True)
class FaultSchedule:
    """One fault, and the requests to which it applies: all that match, until it is removed.

    With `next`, it applies to that number of requests only; with `share`, to that share of the requests that
    match, chosen by the seed. `settings` are those of the failure, such as the seconds of a stall.
    """

    fault: str
    next: int | None = None
    share: float | None = None
    match: RequestMatch = field(default_factory=RequestMatch)
    settings: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def is_unconditional(self) -> bool:
        """Whether the fault applies to every request."""
        return self.next is None and self.share is None and self.match.is_empty

    @property
    def replaces(self) -> str | None:
        """What the failure takes the place of: the `response`, the `connection`, or None for a fault."""
        if self.fault in ERRORS:
            return "response"
        return "connection" if self.fault in TRANSPORT_SETTINGS else None

    def concerns(self, request: RequestFacts) -> bool:
        """Return whether a request matches, and is of a kind that the fault affects."""
        failure = FAILURES.get(self.fault)
        if failure is None and self.is_unconditional:
            return True  # the fault itself decides
        kinds = fault_kinds(self.fault) if failure is None else failure.kinds
        return (kinds == ALL_KINDS or request.kind in kinds) and self.match.matches(request)

    def as_json(self) -> dict[str, Any]:
        """Return the schedule as it is written in JSON."""
        written: dict[str, Any] = {"fault": self.fault}
        for name in ("next", "share"):
            if getattr(self, name) is not None:
                written[name] = getattr(self, name)
        written |= self.settings
        if not self.match.is_empty:
            written["match"] = self.match.conditions()
        return written


def parse_schedule(value: str | Mapping[str, Any]) -> FaultSchedule:
    """Read a schedule from its text, or from an object of JSON or YAML.

    Raises UnknownNameError for an unknown fault or condition, and FaultScheduleError or MatchError otherwise.
    """
    return _from_text(value) if isinstance(value, str) else _from_object(value)


def _from_text(text: str) -> FaultSchedule:
    fault, *settings = _split(text)
    numbers: dict[str, Any] = {}
    conditions: list[tuple[str, str]] = []
    for setting in settings:
        name, value = _pair(setting, fault)
        number = name.replace("-", "_")
        if number in numbers:
            raise FaultScheduleError(f"{name} is given twice for the fault {fault!r}.")
        if number in SETTINGS:
            numbers[number] = read_number(name, value)
        elif is_condition(name):
            conditions.append((name, value))
        else:
            raise UnknownNameError("setting of a fault", name[:80], _NAMES, list_known=True)
    return _schedule(fault, numbers, parse_conditions(conditions))


def _from_object(value: Mapping[str, Any]) -> FaultSchedule:
    if not isinstance(value, Mapping) or not isinstance(value.get("fault"), str):
        raise FaultScheduleError(
            f"A schedule must be an object such as {{'fault': 'error-429', 'next': 3}}, not {quote(value)}."
        )
    for name in value:
        if name not in _KEYS:
            raise UnknownNameError("setting of a fault", str(name)[:80], _KEYS, list_known=True)
    numbers = {name: value[name] for name in SETTINGS if value.get(name) is not None}
    match = value.get("match")
    return _schedule(value["fault"], numbers, parse_match({} if match is None else match))


def _schedule(fault: str, numbers: Mapping[str, Any], match: RequestMatch) -> FaultSchedule:
    _require_fault(fault)
    for name, value in numbers.items():
        require_setting(fault, name, value)
    settings = {name: value for name, value in numbers.items() if name not in ("next", "share")}
    if "chunks" in settings and "bytes" in settings:
        raise FaultScheduleError(f"{fault} has either chunks or bytes.")
    return FaultSchedule(fault, numbers.get("next"), numbers.get("share"), match, MappingProxyType(settings))


def _require_fault(fault: str) -> None:
    if fault in FAILURES:
        return
    try:
        fault_kinds(fault)
    except UnknownNameError as error:
        raise UnknownNameError("fault", fault[:80], sorted((*error.known, *FAILURES))) from None


def _split(text: str) -> list[str]:
    """Split a schedule at its commas, except those in double quotes."""
    lexer = shlex.shlex(text[:_LONGEST], posix=True)
    lexer.whitespace, lexer.whitespace_split = ",", True
    lexer.quotes, lexer.escape, lexer.commenters = '"', "", ""
    try:
        pieces = [piece.strip() for piece in lexer]
    except ValueError as error:
        raise FaultScheduleError(f"The double quote in {quote(text)} is not closed.") from error
    if not pieces or len(text) > _LONGEST:
        raise FaultScheduleError(f"A fault must be ID or ID,NAME=VALUE of at most {_LONGEST} characters.")
    return pieces


def _pair(setting: str, fault: str) -> tuple[str, str]:
    name, separator, value = setting.partition("=")
    if not separator or not value:
        raise FaultScheduleError(f"{setting[:80]!r} after the fault {fault!r} must be NAME=VALUE.")
    return name.strip(), value
