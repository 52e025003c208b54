"""The state of an emulator between requests: bounded by each store, lost when it ends."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, TypeVar, cast

Store = TypeVar("Store")

LOOK_SECONDS = 0.25
"""The seconds by which something in the background moves on whenever it is looked at, if looks move it."""

_MOST_COUNTED = 4096


class Memory:
    """The stores of one emulator, one for each class, created on first use.

    `clock` returns the time in seconds since 1970; tests advance it. With `by_looks`, background work
    advances with each request for it instead of with the clock: on a slow machine, a client sees the same
    states.
    """

    def __init__(self, clock: Callable[[], float] = time.time, *, by_looks: bool = False) -> None:
        self.clock = clock
        self.by_looks = by_looks
        self._stores: dict[type[Any], Any] = {}
        self._looks: OrderedDict[tuple[str, float], int] = OrderedDict()

    def store(self, of: type[Store]) -> Store:
        """Return the store of a class; each emulator has its own."""
        if of not in self._stores:
            self._stores[of] = of()
        return cast("Store", self._stores[of])

    def time_for(self, resource_id: str, began: float) -> float:
        """Return the current time for background work that started at some time."""
        if not self.by_looks:
            return self.clock()
        return began + LOOK_SECONDS * self._looks.get((resource_id, began), 0)

    def look_at(self, resource_id: str, began: float) -> float:
        """Return the same for a client that requests this work; the next request finds it advanced."""
        now = self.time_for(resource_id, began)
        if self.by_looks:
            key = (resource_id, began)
            self._looks[key] = self._looks.get(key, 0) + 1
            self._looks.move_to_end(key)
            if len(self._looks) > _MOST_COUNTED:
                self._looks.popitem(last=False)
        return now
