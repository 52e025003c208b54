"""The numbers that a schedule of a fault may have, and what each must be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from aoai_emulator.control.errors import FaultScheduleError
from aoai_emulator.failures.failure_table import FAILURES
from aoai_emulator.failures.transport_failures import LONGEST_STALL
from aoai_specs.json_values import is_number, quote

_MOST = 1_000_000_000


def require_setting(fault: str, name: str, value: Any) -> None:
    """Require that a fault takes a setting, and that the value is valid. Raises FaultScheduleError."""
    failure = FAILURES.get(fault)
    if name not in ("next", "share") and (failure is None or name not in failure.settings):
        taking = ", ".join(each.id for each in FAILURES.values() if name in each.settings)
        raise FaultScheduleError(f"{fault} has no setting {name}; those that have it: {taking}.")
    SETTINGS[name](name, value)


def read_number(name: str, text: str) -> int | float:
    """Read a number of an option or a header. Raises FaultScheduleError."""
    try:
        return int(text) if text.lstrip("-").isdecimal() else float(text)
    except ValueError as error:
        raise FaultScheduleError(f"{name} must be a number, not {text[:80]!r}.") from error


def _require_count(name: str, value: Any) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= _MOST:
        raise FaultScheduleError(f"{name} must be a whole number from 1, not {quote(value)}.")


def _require_size(name: str, value: Any) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _MOST:
        raise FaultScheduleError(f"{name} must be a whole number from 0, not {quote(value)}.")


def _require_share(name: str, value: Any) -> None:
    if not is_number(value) or not 0 < value <= 1:
        raise FaultScheduleError(f"{name} must be a number above 0 and up to 1, not {quote(value)}.")


def _require_seconds(name: str, value: Any) -> None:
    if not is_number(value) or not 0 < value <= LONGEST_STALL:
        raise FaultScheduleError(
            f"{name} must be a number of seconds above 0 and up to {LONGEST_STALL:.0f}, not {quote(value)}."
        )


#: Every setting, each with what its value must be.
SETTINGS: Mapping[str, Callable[[str, Any], None]] = MappingProxyType(
    {
        "next": _require_count,
        "share": _require_share,
        "seconds": _require_seconds,
        "chunks": _require_size,
        "bytes": _require_size,
        "retry_after": _require_seconds,
    }
)
