"""The failures on demand beside the faults: their ids, what they do, and their settings.

Unlike a fault, a failure breaks no contract that a rule could check: services do fail like this.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from aoai_emulator.failures.error_failures import ERRORS, RETRY_AFTER
from aoai_emulator.failures.transport_failures import TRANSPORT_SETTINGS
from aoai_emulator.fault_description import FailureDescription

_PROMPTED = frozenset({"chat", "extension-chat", "completions", "images", "response-create"})


def _rows() -> Iterator[FailureDescription]:
    for error in ERRORS.values():
        kinds = _PROMPTED if error.is_filter else frozenset[str]()
        yield FailureDescription(error.id, error.summary, kinds, (RETRY_AFTER,) if error.waits else ())
    yield FailureDescription(
        "transport-cut",
        "The connection closes in the middle of the response: after `chunks` events of a stream (1 by "
        "default), or after `bytes` of the body (half of it by default).",
        settings=TRANSPORT_SETTINGS["transport-cut"],
    )
    yield FailureDescription("transport-reset", "The connection is reset before the response.")
    yield FailureDescription(
        "transport-stall",
        "Nothing is sent for `seconds`, or else until the client gives up: before the response, or after "
        "`chunks` or `bytes` of it.",
        settings=TRANSPORT_SETTINGS["transport-stall"],
    )


#: Every failure by its id.
FAILURES: Mapping[str, FailureDescription] = MappingProxyType({failure.id: failure for failure in _rows()})
