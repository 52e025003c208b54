"""Find the point of an accepted packed case that triggers a defect, for all such cases at the same time.

The halves of a case are sent, recursively, while they show a defect that no smaller request before them in
the plan shows. Requests go out in rounds: a round starts when every response of the previous one is judged.
What is sent therefore depends on the responses alone, never on the order in which they arrive.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from aoai_conformance.engine.isolation.defects import Defect, shown_by
from aoai_conformance.exchange import Exchange
from aoai_conformance.judging.judged import Judged, JudgedExchange, Part
from aoai_conformance.views.scenarios import is_accepted
from aoai_model.case import Case
from aoai_strategies.planning.packing import bisect

#: How many requests a run may spend on isolating defects in accepted packed cases.
MOST_ISOLATING = 60
#: How many requests halving takes on average, for each time that the number of points halves.
_REQUESTS_PER_HALVING = 1.5

#: The place of an exchange: its unit in the plan, its part of that, and for halves 1 or 2 at each level.
Place: TypeAlias = tuple[int, ...]
_ROOT = 2


class TrialSender(Protocol):
    """Sends and judges cases that are not in the plan; `aoai_conformance.engine.runner.Runner` is one."""

    def may_send(self) -> bool:
        """Whether a further request may be sent."""

    async def send_extra(self, case: Case) -> Exchange:
        """Send a case that is not in the plan and return the exchange, which may have failed."""

    async def judge(self, part: Part) -> Judged:
        """Judge an exchange or a scenario by every rule."""


@dataclass(slots=True, eq=False)
class _Split:
    """A packed exchange that may be halved, and the defects that neither it nor a half isolates yet."""

    place: Place
    case: Case
    hidden: frozenset[Defect]
    halves: int = 0

    @property
    def root(self) -> Place:
        return self.place[:_ROOT]

    @property
    def expected_requests(self) -> int:
        return math.ceil(_REQUESTS_PER_HALVING * math.log2(len(self.case.points)))

    def contains(self, other: _Split) -> bool:
        """Whether the other is a half of this one, or of its halves."""
        return other.place[: len(self.place)] == self.place


@dataclass(slots=True)
class DefectSearch:
    """The search for defects in the accepted packed cases of one run.

    `left` is how many requests it may still send. If it does not suffice for all cases, the first ones of the
    plan get as many as they need.
    """

    sender: TrialSender
    left: int = MOST_ISOLATING
    _first: dict[Defect, Place] = field(default_factory=dict)
    _open: list[_Split] = field(default_factory=list)
    _admitted: set[Place] = field(default_factory=set)
    _found: dict[Place, list[tuple[Place, JudgedExchange]]] = field(default_factory=dict)
    _finished: dict[Place, asyncio.Event] = field(default_factory=dict)
    _is_over: bool = False

    def learn(self, place: Place, judged: Judged) -> None:
        """Learn from a result of the plan at its place."""
        if not isinstance(judged, JudgedExchange):
            return
        self._learn(place, judged)
        if any(split.place == place for split in self._open):
            self._finished[place] = asyncio.Event()

    def _learn(self, place: Place, judged: JudgedExchange) -> None:
        case, defects = judged.exchange.case, shown_by(judged)
        if len(case.points) < 2:
            for defect in defects:
                self._first[defect] = min(place, self._first.get(defect, place))
        elif defects and case.origin == "packed" and is_accepted(judged.exchange) and not self._is_over:
            self._open.append(_Split(place, case, defects))

    async def found(self, place: Place) -> list[JudgedExchange]:
        """Wait for the end of the search in a result of the plan; return its halves in order."""
        if place in self._finished:
            await self._finished[place].wait()
        return [judged for _, judged in sorted(self._found.pop(place, ()), key=lambda pair: pair[0])]

    async def run(self) -> None:
        """Search in all exchanges learned so far."""
        try:
            while self.left > 0 and self.sender.may_send():
                splits = self._admit(self._wanted())
                if not splits:
                    break
                self.left -= len(splits)
                await asyncio.gather(*map(self._send_half, splits))
                self._finish(self._open)
        finally:
            self.end()

    def end(self) -> None:
        """End the search; what was found until now is complete."""
        self._is_over = True
        self._open.clear()
        self._finish(())

    def _finish(self, unfinished: Iterable[_Split]) -> None:
        roots = {split.root for split in unfinished}
        for place, event in self._finished.items():
            if place not in roots:
                event.set()

    def _wanted(self) -> list[_Split]:
        """Return the exchanges that need another half now, in plan order; close those that need none.

        An exchange waits while an earlier one that shows the same defects is searched: a smaller request may
        be found to show them.
        """
        wanted: list[_Split] = []
        sought: list[tuple[_Split, frozenset[Defect]]] = []
        for split in sorted(self._open, key=lambda each: each.place):
            hidden = frozenset(each for each in split.hidden if not self._is_shown_before(each, split.place))
            if not hidden or split.halves == 2:
                self._open.remove(split)
                continue
            elsewhere = [each for other, each in sought if not other.contains(split)]
            if hidden.difference(*elsewhere):
                wanted.append(split)
            sought.append((split, hidden))
        self._finish(self._open)
        return wanted

    def _is_shown_before(self, defect: Defect, place: Place) -> bool:
        first = self._first.get(defect)
        return first is not None and first < place

    def _admit(self, wanted: Sequence[_Split]) -> list[_Split]:
        """Return the exchanges that get a request each, so that what is left suffices for those begun."""
        needed: dict[Place, int] = {}
        for split in self._open:
            needed[split.root] = needed.get(split.root, 0) + split.expected_requests
        reserved = sum(requests for root, requests in needed.items() if root in self._admitted)
        for root in dict.fromkeys(split.root for split in wanted):
            if root not in self._admitted:
                if reserved and reserved + needed[root] > self.left:
                    break
                self._admitted.add(root)
                reserved += needed[root]
        return [split for split in wanted if split.root in self._admitted][: self.left]

    async def _send_half(self, split: _Split) -> None:
        half = bisect(split.case)[split.halves]
        split.halves += 1
        exchange = await self.sender.send_extra(half)
        if exchange.is_left_out:
            return
        judged = await self.sender.judge(exchange)
        assert isinstance(judged, JudgedExchange)  # noqa: S101 - judging an exchange returns a JudgedExchange
        place = (*split.place, split.halves)
        split.hidden -= shown_by(judged)
        self._found.setdefault(split.root, []).append((place, judged))
        self._learn(place, judged)
