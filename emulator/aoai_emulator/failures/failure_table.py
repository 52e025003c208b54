"""The failures on demand beside the faults: their ids, what they do, and their settings.

Unlike a fault, a failure breaks no contract that a rule could check: services do fail like this.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from aoai_emulator.failures.error_failures import ERRORS, RETRY_AFTER
from aoai_emulator.failures.transport_failures import TRANSPORT_SETTINGS

_PROMPTED = frozenset({"chat", "extension-chat", "completions", "images"})


@dataclass(frozen=True, slots=True)
class Failure:
    """One failure: its id, what it does, the kinds of operation (empty for all), and its settings."""

    id: str
    summary: str
    kinds: frozenset[str] = frozenset()
    settings: tuple[str, ...] = ()


def _rows() -> Iterator[Failure]:
    for error in ERRORS.values():
        kinds = _PROMPTED if error.is_filter else frozenset[str]()
        yield Failure(error.id, error.summary, kinds, (RETRY_AFTER,) if error.waits else ())
    yield Failure(
        "transport-cut",
        "The connection closes in the middle of the response: after `chunks` events of a stream (1 by "
        "default), or after `bytes` of the body (half of it by default).",
        settings=TRANSPORT_SETTINGS["transport-cut"],
    )
    yield Failure("transport-reset", "The connection is reset before the response.")
    yield Failure(
        "transport-stall",
        "Nothing is sent for `seconds`, or else until the client gives up: before the response, or after "
        "`chunks` or `bytes` of it.",
        settings=TRANSPORT_SETTINGS["transport-stall"],
    )


#: Every failure by its id.
FAILURES: Mapping[str, Failure] = MappingProxyType({failure.id: failure for failure in _rows()})
