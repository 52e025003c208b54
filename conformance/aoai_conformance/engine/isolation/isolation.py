"""Find the smallest request that shows a defect, by sending requests that are not in the plan.

A rejected packed case is bisected until each rejected point is alone. A generated case is shrunk while it
still shows the defect. `aoai_conformance.engine.isolation.defect_search` isolates the defects of accepted
packed cases.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import Protocol, TypeAlias

from aoai_conformance.engine.isolation.attribution import REFUSED, Refusals, attribute_to, name_by_fields
from aoai_conformance.engine.isolation.defects import Defect, shown_by
from aoai_conformance.exchange import Exchange
from aoai_conformance.judging.judged import Judged, JudgedExchange, Part, StepGroup
from aoai_conformance.judging.rejections import find_rejection
from aoai_conformance.views.scenarios import BISECTED, is_accepted, is_refused
from aoai_model.case import Case, Derivation, Point
from aoai_specs.document import Operation
from aoai_strategies.planning.packing import bisect
from aoai_strategies.planning.shrinking import simpler

#: How many generated cases are shrunk in a run, and how many requests each may take.
MOST_SHRUNK = 12
MOST_ATTEMPTS = 60
OperationKey: TypeAlias = tuple[str, str]


class TrialRunner(Protocol):
    """Sends and judges cases that are not in the plan; `aoai_conformance.engine.runner.Runner` is one."""

    def operation_of(self, case: Case) -> Operation:
        """Return the operation of a case."""

    def may_send(self) -> bool:
        """Whether a further request may be sent."""

    async def send_extra(self, case: Case) -> Exchange:
        """Send a case that is not in the plan and return the exchange, which may have failed."""

    async def judge(self, part: Part) -> Judged:
        """Judge an exchange or a scenario by every rule."""


@dataclass(slots=True)
class Isolation:
    """The defects and rejections that a run has shown so far, in plan order. An instance serves one run."""

    runner: TrialRunner
    _shrunk: int = 0
    _shown: set[Defect] = field(default_factory=set)
    _refusals: Refusals = field(default_factory=Refusals)

    async def bisect(self, whole: Exchange) -> list[Part]:
        """Send the halves of a rejected packed case, recursively; return [] for any other exchange."""
        case = whole.case
        if case.expect != "accept" or len(case.points) < 2 or not self._may_be_for_a_point(whole):
            return []
        first, second = await asyncio.gather(*map(self._half, bisect(case)))
        parts = [*first, *second]
        pair = [part for part in (*first[:1], *second[:1]) if isinstance(part, Exchange)]
        if len(pair) == 2 and all(map(is_accepted, pair)):
            steps = {"whole": whole, "first": pair[0], "second": pair[1]}
            parts.append(StepGroup(f"{case.id}.{BISECTED}", BISECTED, steps))
        return parts

    async def _half(self, case: Case) -> list[Part]:
        """Send half of a rejected case, and its halves if it is rejected, too."""
        if not self.runner.may_send():
            return []
        exchange = await self.runner.send_extra(case)
        if exchange.is_left_out:
            return []
        return [exchange, *await self.bisect(exchange)]

    def _may_be_for_a_point(self, exchange: Exchange) -> bool:
        """Whether a request may have been rejected for one of its points."""
        rejection = find_rejection(exchange, self.runner.operation_of(exchange.case))
        return is_refused(exchange) and (rejection is None or rejection.is_not_applicable)

    def note(self, judged: Judged) -> None:
        """Remember what a result shows, for the generated cases that follow it in the plan."""
        if isinstance(judged, JudgedExchange) and len(judged.exchange.case.points) < 2:
            self._shown |= shown_by(judged)

    def note_half(self, judged: JudgedExchange) -> None:
        """Remember what half of an accepted packed case shows."""
        self._refusals.note(judged.exchange, refused=_is_wrongly_refused(judged))
        self.note(judged)

    async def attribute(self, judged: Judged) -> list[Judged]:
        """Attribute a rejection to its point; return it with the simpler cases that were tried."""
        if not isinstance(judged, JudgedExchange):
            return [judged]
        refused = _is_wrongly_refused(judged)
        case = judged.exchange.case
        if refused and (case.origin == "generated" or not case.points):
            judged = await self._attribute_to(judged, self._refusals.find_cause(case))
        else:
            self._refusals.note(judged.exchange, refused=refused)
        if case.origin == "generated":
            return list(await self._shrink(judged))
        return [judged]

    async def _judged(self, exchange: Exchange) -> JudgedExchange:
        judged = await self.runner.judge(exchange)
        assert isinstance(judged, JudgedExchange)  # noqa: S101 - judging an exchange returns a JudgedExchange
        return judged

    async def _attribute_to(self, judged: JudgedExchange, point: Point | None) -> JudgedExchange:
        """Judge the exchange again as one that carries the point; return it unchanged without a point."""
        return judged if point is None else await self._judged(attribute_to(judged.exchange, point))

    async def _shrink(self, first: JudgedExchange) -> list[JudgedExchange]:
        """Return the exchange and those of simpler cases, tried if it shows a new defect."""
        tried = [first]
        hidden = shown_by(first) - self._shown
        if not hidden or self._shrunk >= MOST_SHRUNK:
            return tried
        self._shrunk += 1
        smallest = await self._smallest(first, hidden, tried)
        if _is_wrongly_refused(first) and first.exchange.case.points[0].constraint == "generated":
            point = self._refusals.find_cause(smallest, loosely=True) or name_by_fields(smallest)
            self._refusals.note(
                replace(first.exchange, case=replace(smallest, points=(point,))), refused=True
            )
            tried = [
                await self._attribute_to(each, point) if _is_wrongly_refused(each) else each for each in tried
            ]
        self._shown.update(*map(shown_by, tried))
        return tried

    async def _smallest(
        self, first: JudgedExchange, hidden: frozenset[Defect], tried: list[JudgedExchange]
    ) -> Case:
        """Return the smallest case that still shows one of the defects; append each trial to `tried`."""
        smallest = first.exchange.case
        operation = self.runner.operation_of(smallest)
        name, progress = smallest.id, True
        while progress:
            progress = False
            for simpler_case in simpler(smallest, operation=operation):
                if len(tried) > MOST_ATTEMPTS or not self.runner.may_send():
                    break
                candidate = replace(
                    simpler_case,
                    id=f"{name}/simpler-{len(tried):02}",
                    derived=Derivation(name, "simplified"),
                )
                judged = await self._judged(await self.runner.send_extra(candidate))
                tried.append(judged)
                if hidden & shown_by(judged):
                    smallest, progress = simpler_case, True
                    break
        return smallest


def _is_wrongly_refused(judged: JudgedExchange) -> bool:
    """Whether a rule found that a request was wrongly rejected."""
    return judged.exchange.case.expect == "accept" and any(
        violation.reason in REFUSED and not violation.pointer
        for verdict in judged.verdicts
        for violation in verdict.violations
    )
