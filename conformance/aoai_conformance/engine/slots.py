"""A limit on concurrent requests whose free slots go to the most urgent waiting request first."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from aoai_model.case import Case

#: The urgency of a request: others wait for its response, its defects may have to be isolated, or neither.
AWAITED, PACKED, OTHER = range(3)


def urgency_of(case: Case) -> int:
    """Return how urgent a case is; a smaller number is sent first.

    Requests that others depend on come first: a chain of them takes as long as all its responses together,
    while the others fill the remaining slots.
    """
    if case.derived is not None or case.scenario is not None or case.origin in ("base", "preparation"):
        return AWAITED
    return PACKED if case.origin == "packed" else OTHER


class Slots:
    """At most `limit` holders at a time; the limit may change while some wait.

    Among equally urgent requests, the first to wait is the first to go.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._held = 0
        self._numbers = itertools.count()
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []

    @property
    def limit(self) -> int:
        """How many may be held at the same time; setting it wakes those who now have room."""
        return self._limit

    @limit.setter
    def limit(self, limit: int) -> None:
        self._limit = limit
        self._wake()

    @property
    def held(self) -> int:
        """How many are held now."""
        return self._held

    @asynccontextmanager
    async def taken(self, urgency: int = OTHER) -> AsyncGenerator[None, None]:
        """A context that holds one slot."""
        await self._acquire(urgency)
        try:
            yield
        finally:
            self._held -= 1
            self._wake()

    async def _acquire(self, urgency: int) -> None:
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (urgency, next(self._numbers), turn))
        self._wake()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():  # the slot was given, and nobody will use it
                self._held -= 1
                self._wake()
            raise

    def _wake(self) -> None:
        while self._waiting and self._held < self._limit:
            _, _, turn = heapq.heappop(self._waiting)
            if not turn.done():
                self._held += 1
                turn.set_result(None)
