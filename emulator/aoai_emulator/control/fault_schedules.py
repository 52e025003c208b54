"""Schedules of faults: which fault applies to which requests, and for how long.

As text, a schedule is `ID[,NAME=VALUE]…`, such as `chat-usage-missing,next=3,deployment=gpt-4o`. A value with
a comma is put in double quotes.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aoai_emulator.faults.registry import fault_kinds
from aoai_emulator.faults.topics import ALL_KINDS
from aoai_emulator.matching.match_parsing import is_condition, parse_conditions, parse_match
from aoai_emulator.matching.request_facts import RequestFacts
from aoai_emulator.matching.request_match import RequestMatch
from aoai_specs.errors import ConformanceError, UnknownNameError
from aoai_specs.json_values import is_number, quote

_LONGEST = 20_000
_MOST_REQUESTS = 1_000_000_000


class FaultScheduleError(ConformanceError):
    """A schedule that cannot be read; the message is one sentence."""


@dataclass(frozen=True, slots=True)
class FaultSchedule:
    """One fault, and the requests to which it applies: all that match, until it is removed.

    With `next`, it applies to that number of requests only; with `share`, to that share of the requests that
    match, chosen by the seed.
    """

    fault: str
    next: int | None = None
    share: float | None = None
    match: RequestMatch = field(default_factory=RequestMatch)

    @property
    def is_unconditional(self) -> bool:
        """Whether the fault applies to every request."""
        return self.next is None and self.share is None and self.match.is_empty

    def concerns(self, request: RequestFacts) -> bool:
        """Return whether a request matches, and is of a kind that the fault affects."""
        if self.is_unconditional:
            return True
        kinds = fault_kinds(self.fault)
        return (kinds == ALL_KINDS or request.kind in kinds) and self.match.matches(request)

    def as_json(self) -> dict[str, Any]:
        """Return the schedule as it is written in JSON."""
        written: dict[str, Any] = {"fault": self.fault}
        for name in ("next", "share"):
            if getattr(self, name) is not None:
                written[name] = getattr(self, name)
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
    pairs = [_pair(setting, fault) for setting in settings]
    options: dict[str, Any] = {}
    conditions: list[tuple[str, str]] = []
    for name, value in pairs:
        if name in options:
            raise FaultScheduleError(f"{name} is given twice for the fault {fault!r}.")
        if name in _NUMBERS:
            options[name] = _number(name, value)
        elif is_condition(name):
            conditions.append((name, value))
        else:
            raise UnknownNameError("setting of a fault", name[:80], _SETTINGS, list_known=True)
    return _schedule(fault, options, parse_conditions(conditions))


def _from_object(value: Mapping[str, Any]) -> FaultSchedule:
    if not isinstance(value, Mapping) or not isinstance(value.get("fault"), str):
        raise FaultScheduleError(
            f"A schedule must be an object such as {{'fault': 'chat-usage-missing', 'next': 3}}, "
            f"not {quote(value)}."
        )
    for name in value:
        if name not in ("fault", "match", *_NUMBERS):
            raise UnknownNameError(
                "setting of a fault", str(name)[:80], ("fault", "match", *_NUMBERS), list_known=True
            )
    options = {name: value[name] for name in _NUMBERS if value.get(name) is not None}
    match = value.get("match")
    return _schedule(value["fault"], options, parse_match({} if match is None else match))


def _schedule(fault: str, options: Mapping[str, Any], match: RequestMatch) -> FaultSchedule:
    fault_kinds(fault)
    for name, value in options.items():
        _NUMBERS[name](name, value)
    return FaultSchedule(fault, **options, match=match)


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


def _number(name: str, text: str) -> int | float:
    try:
        return int(text) if text.lstrip("-").isdecimal() else float(text)
    except ValueError as error:
        raise FaultScheduleError(f"{name} must be a number, not {text[:80]!r}.") from error


def _require_count(name: str, value: Any) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= _MOST_REQUESTS:
        raise FaultScheduleError(f"{name} must be a whole number from 1, not {quote(value)}.")


def _require_share(name: str, value: Any) -> None:
    if not is_number(value) or not 0 < value <= 1:
        raise FaultScheduleError(f"{name} must be a number above 0 and up to 1, not {quote(value)}.")


#: The numbers of a schedule, each with what it must be.
_NUMBERS = {"next": _require_count, "share": _require_share}
_SETTINGS: Iterable[str] = (
    *_NUMBERS,
    *("operation", "deployment", "model", "method", "path", "text", "header.NAME", "json.PATH"),
)
