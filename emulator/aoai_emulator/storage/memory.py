"""What an emulator remembers between requests: bounded by whoever stores it, forgotten when it ends."""

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
    """The stores of one emulator, one of each class, made when it is first asked for.

    `clock` gives the time in seconds since 1970; tests turn it forward by hand. With `by_looks` what goes on
    in the background moves with each look at it, and not with the clock: however slow the machine is, a
    client sees the same states.
    """

    def __init__(self, clock: Callable[[], float] = time.time, *, by_looks: bool = False) -> None:
        self.clock = clock
        self.by_looks = by_looks
        self._stores: dict[type[Any], Any] = {}
        self._looks: OrderedDict[tuple[str, float], int] = OrderedDict()

    def store(self, of: type[Store]) -> Store:
        """The store of that class; each emulator has its own."""
        if of not in self._stores:
            self._stores[of] = of()
        return cast("Store", self._stores[of])

    def time_for(self, resource_id: str, began: float) -> float:
        """The time that has come for something in the background, which began at some time."""
        if not self.by_looks:
            return self.clock()
        return began + LOOK_SECONDS * self._looks.get((resource_id, began), 0)

    def look_at(self, resource_id: str, began: float) -> float:
        """The same, for a client that asks for just this; it moves on for the next look."""
        now = self.time_for(resource_id, began)
        if self.by_looks:
            key = (resource_id, began)
            self._looks[key] = self._looks.get(key, 0) + 1
            self._looks.move_to_end(key)
            if len(self._looks) > _MOST_COUNTED:
                self._looks.popitem(last=False)
        return now
