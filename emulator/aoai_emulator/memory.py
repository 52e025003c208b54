"""What an emulator remembers between requests: bounded by whoever stores it, forgotten when it ends."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar, cast

Store = TypeVar("Store")


class Memory:
    """The stores of one emulator, one of each class, made when it is first asked for.

    `clock` gives the time in seconds since 1970; tests turn it forward by hand.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self.clock = clock
        self._stores: dict[type[Any], Any] = {}

    def store(self, of: type[Store]) -> Store:
        """The store of that class; each emulator has its own."""
        if of not in self._stores:
            self._stores[of] = of()
        return cast("Store", self._stores[of])
