"""The state of an emulator between requests, bounded by each store and kept only in memory."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, TypeVar, cast

Store = TypeVar("Store")

POLL_SECONDS = 0.25
"""The seconds by which each poll advances background work, if polls advance it."""

_MOST_COUNTED = 4096


class Memory:
    """The stores of one emulator, one for each class, created on first use.

    `clock` returns the time in seconds since 1970; tests advance it. With `advance_on_poll`, background work
    advances with each request for it instead of with the clock: on a slow machine, a client sees the same
    states. With `advances_with_time`, work that waits for requests also advances when none comes.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.time,
        *,
        advance_on_poll: bool = False,
        advances_with_time: bool = False,
    ) -> None:
        self.clock = clock
        self.advance_on_poll = advance_on_poll
        self.advances_with_time = advances_with_time
        self._stores: dict[type[Any], Any] = {}
        self._polls: OrderedDict[tuple[str, float], int] = OrderedDict()

    def store(self, of: type[Store]) -> Store:
        """Return the store of a class; each emulator has its own."""
        if of not in self._stores:
            self._stores[of] = of()
        return cast("Store", self._stores[of])

    def clear(self) -> None:
        """Forget everything; the clock stays."""
        self._stores.clear()
        self._polls.clear()

    def time_for(self, resource_id: str, began: float) -> float:
        """Return the current time for background work that started at some time."""
        if not self.advance_on_poll:
            return self.clock()
        return began + POLL_SECONDS * self._polls.get((resource_id, began), 0)

    def poll(self, resource_id: str, began: float) -> float:
        """Return the same for a client that polls this work; the next poll finds it advanced."""
        now = self.time_for(resource_id, began)
        if self.advance_on_poll:
            key = (resource_id, began)
            self._polls[key] = self._polls.get(key, 0) + 1
            self._polls.move_to_end(key)
            if len(self._polls) > _MOST_COUNTED:
                self._polls.popitem(last=False)
        return now
