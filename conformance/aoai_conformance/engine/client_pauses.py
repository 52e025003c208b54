"""Measure pauses of the client itself, so that the server is not blamed for them."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Self

#: Seconds between two looks at the clock; a pause can be this much longer than measured.
_INTERVAL = 0.1


class PauseWatch:
    """Measures, inside its `with` block, the longest time for which the running event loop did not run.

    On a busy machine, bytes wait in the socket while the process gets no processor, and seem to arrive late
    and all at once.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._longest = 0.0

    def __enter__(self) -> Self:
        self._schedule()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._look()
        self._handle.cancel()

    @property
    def longest(self) -> float:
        """The longest pause so far, in seconds."""
        self._look()
        return self._longest

    def _schedule(self) -> None:
        self._due = self._loop.time() + _INTERVAL
        self._handle = self._loop.call_at(self._due, self._look_again)

    def _look(self) -> None:
        self._longest = max(self._longest, self._loop.time() - self._due)

    def _look_again(self) -> None:
        self._look()
        self._schedule()
