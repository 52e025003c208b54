"""The clock of an emulator: it can be set, advanced and stopped."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from aoai_emulator.control.errors import ControlError
from aoai_specs.json_values import is_number, quote

#: The last second of the year 9999.
_LATEST = 253_402_300_799


class EmulatorClock:
    """The time of one emulator, in seconds since 1970; it runs with `source` unless it is changed."""

    def __init__(self, source: Callable[[], float] = time.time) -> None:
        self._source = source
        self._ahead = 0.0
        self._stopped_at: float | None = None

    @property
    def is_stopped(self) -> bool:
        """Whether the time stands still unless it is set or advanced."""
        return self._stopped_at is not None

    def now(self) -> float:
        """Return the time."""
        return self._source() + self._ahead if self._stopped_at is None else self._stopped_at

    def set(self, seconds: Any) -> None:
        """Set the time. Raises ControlError for a value that is no time."""
        if not is_number(seconds) or not 0 <= seconds <= _LATEST:
            raise ControlError(f"The time must be a number of seconds since 1970, not {quote(seconds)}.")
        if self._stopped_at is not None:
            self._stopped_at = float(seconds)
        else:
            self._ahead = seconds - self._source()

    def advance(self, seconds: Any) -> None:
        """Advance the time by some seconds. Raises ControlError for a value that is no time."""
        if not is_number(seconds) or not 0 <= seconds <= _LATEST:
            raise ControlError(f"The clock advances by a number of seconds from 0, not by {quote(seconds)}.")
        self.set(self.now() + seconds)

    def stop(self) -> None:
        """Let the time stand still."""
        self._stopped_at = self.now()

    def resume(self) -> None:
        """Let the time run on from where it is."""
        stopped_at, self._stopped_at = self._stopped_at, None
        if stopped_at is not None:
            self._ahead = stopped_at - self._source()

    def reset(self) -> None:
        """Return to the time of the source."""
        self._ahead, self._stopped_at = 0.0, None

    def as_json(self) -> dict[str, Any]:
        """Return the time, and whether it stands still."""
        return {"now": self.now(), "is_stopped": self.is_stopped}
