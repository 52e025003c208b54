"""The smallest request that shows a defect: what is sent beyond the plan to find it.

A packed case that is refused is taken apart: its halves are sent, and theirs, until each point that is to
blame stands alone. So is one whose answer shows a defect that no simpler request has shown. A generated one
is shrunk as long as what is left still shows it.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field, replace
from typing import Protocol, TypeAlias

from aoai_conformance.engine.attribution import REFUSED, Refusals, left_over, told_under
from aoai_conformance.exchange import Exchange
from aoai_conformance.judging.judged import Judged, JudgedExchange, Part, StepGroup
from aoai_conformance.judging.rejections import rejection_of
from aoai_conformance.views.scenarios import BISECTED, is_accepted, is_refused
from aoai_model.case import Case, Derivation, Point
from aoai_reports.results.findings import place_of
from aoai_specs.document import Operation
from aoai_strategies.planning.packing import bisect
from aoai_strategies.planning.shrinking import simpler

#: How many generated cases that show a defect are shrunk in a run, and with how many requests each at most.
MOST_SHRUNK = 12
MOST_ATTEMPTS = 60
#: How many requests a run may spend on finding which of the points packed together shows a defect.
MOST_ISOLATING = 60

OperationKey: TypeAlias = tuple[str, str]
#: What tells two defects apart: rule, place, reason.
Defect: TypeAlias = tuple[str, str, str]
#: A defect of one operation: document, operation, and the defect.
ResourceView: TypeAlias = tuple[str, str, str, str, str]


class Trying(Protocol):
    """What sends and judges a case that no plan has."""

    def operation_of(self, case: Case) -> Operation:
        """The operation that a case is about."""

    def may_go_on(self) -> bool:
        """Whether a further request may be sent."""

    async def send_more(self, case: Case) -> Exchange:
        """Send a case that the plan does not have, and give the exchange, a failed one included."""

    async def judge(self, part: Part) -> Judged:
        """What each rule says of an exchange or a scenario."""


@dataclass(slots=True)
class Isolation:
    """What a run has shown so far, and what it may still spend on showing it by less; good for one run.

    `left` is how many requests may still be spent on finding which of the points packed together shows a
    defect.
    """

    trying: Trying
    left: int = MOST_ISOLATING
    _shrunk: int = 0
    _shown: set[ResourceView] = field(default_factory=set)
    _refusals: Refusals = field(default_factory=Refusals)

    async def bisected(self, whole: Exchange) -> list[Part]:
        """Send the halves of a refused packed case, and theirs; nothing for any other exchange."""
        case = whole.case
        if case.expect != "accept" or len(case.points) < 2 or not self._may_be_for_a_point(whole):
            return []
        parts: list[Part] = []
        pair: list[Exchange] = []
        for half in bisect(case):
            if not self.trying.may_go_on():
                return parts
            exchange = await self.trying.send_more(half)
            pair.append(exchange)
            parts += [exchange, *await self.bisected(exchange)]
        if all(map(is_accepted, pair)):
            first, second = pair
            steps = {"whole": whole, "first": first, "second": second}
            parts.append(StepGroup(f"{case.id}.{BISECTED}", BISECTED, steps))
        return parts

    def _may_be_for_a_point(self, exchange: Exchange) -> bool:
        """Whether a request was rejected for one of its points, so that sending fewer of them shows more."""
        rejection = rejection_of(exchange, self.trying.operation_of(exchange.case))
        return is_refused(exchange) and (rejection is None or rejection.is_not_applicable)

    async def isolated(self, judged: Judged) -> AsyncGenerator[JudgedExchange, None]:
        """Send the halves of an accepted packed case that shows what no simpler case has shown, and theirs.

        So that who reads of the defect is shown the one point that brings it out, not a dozen.
        """
        if not isinstance(judged, JudgedExchange):
            return
        hidden = _shown_by(judged) - self._shown
        case = judged.exchange.case
        if len(case.points) < 2:
            self._shown |= hidden
            return
        if case.origin != "packed" or not is_accepted(judged.exchange):
            return
        for half in bisect(case):
            if not hidden or self.left <= 0 or not self.trying.may_go_on():
                return
            self.left -= 1
            part = await self._judged(await self.trying.send_more(half))
            self._refusals.note(part.exchange, refused=_is_wrongly_refused(part))
            yield part
            async for simpler_one in self.isolated(part):
                yield simpler_one
            hidden -= _shown_by(part)

    async def settled(self, judged: Judged) -> list[Judged]:
        """What was judged, told under the point to which it belongs, with the simpler cases tried for it."""
        if not isinstance(judged, JudgedExchange):
            return [judged]
        refused = _is_wrongly_refused(judged)
        case = judged.exchange.case
        if refused and (case.origin == "generated" or not case.points):
            judged = await self._told_under(judged, self._refusals.explaining(case))
        else:
            self._refusals.note(judged.exchange, refused=refused)
        if case.origin == "generated":
            return list(await self._shrunken(judged))
        return [judged]

    async def _judged(self, exchange: Exchange) -> JudgedExchange:
        judged = await self.trying.judge(exchange)
        assert isinstance(judged, JudgedExchange)  # noqa: S101 - an exchange is judged as one
        return judged

    async def _told_under(self, judged: JudgedExchange, point: Point | None) -> JudgedExchange:
        """The exchange judged again as one that shows a point; as it is where there is none."""
        return judged if point is None else await self._judged(told_under(judged.exchange, point))

    async def _shrunken(self, first: JudgedExchange) -> list[JudgedExchange]:
        """The exchange, and those of simpler cases, tried where it shows what nothing simpler has shown."""
        tried = [first]
        hidden = _shown_by(first) - self._shown
        if not hidden or self._shrunk >= MOST_SHRUNK:
            self._shown |= hidden
            return tried
        self._shrunk += 1
        smallest = await self._smallest(first, hidden, tried)
        if _is_wrongly_refused(first) and first.exchange.case.points[0].constraint == "generated":
            point = self._refusals.explaining(smallest, loosely=True) or left_over(smallest)
            self._refusals.note(
                replace(first.exchange, case=replace(smallest, points=(point,))), refused=True
            )
            tried = [
                await self._told_under(each, point) if _is_wrongly_refused(each) else each for each in tried
            ]
        self._shown.update(*map(_shown_by, tried))
        return tried

    async def _smallest(
        self, first: JudgedExchange, hidden: frozenset[ResourceView], tried: list[JudgedExchange]
    ) -> Case:
        """The smallest case that still shows something of what is hidden; each one tried is added."""
        smallest = first.exchange.case
        operation = self.trying.operation_of(smallest)
        name, progress = smallest.id, True
        while progress:
            progress = False
            for simpler_case in simpler(smallest, operation=operation):
                if len(tried) > MOST_ATTEMPTS or not self.trying.may_go_on():
                    break
                candidate = replace(
                    simpler_case,
                    id=f"{name}/simpler-{len(tried):02}",
                    derived=Derivation(name, "simplified"),
                )
                judged = await self._judged(await self.trying.send_more(candidate))
                tried.append(judged)
                if hidden & _shown_by(judged):
                    smallest, progress = simpler_case, True
                    break
        return smallest


def _is_wrongly_refused(judged: JudgedExchange) -> bool:
    """Whether a request that should be accepted was not, by the rules about that."""
    return judged.exchange.case.expect == "accept" and any(
        violation.reason in REFUSED and not violation.pointer
        for verdict in judged.verdicts
        for violation in verdict.violations
    )


def _defects(judged: JudgedExchange) -> frozenset[Defect]:
    """The musts and shoulds that an exchange breaks; places in a stream are places of their own."""
    response = judged.exchange.response
    streamed = response is not None and response.events is not None
    return frozenset(
        (verdict.rule_id, place_of(violation, streamed=streamed), violation.reason)
        for verdict in judged.verdicts
        for violation in verdict.violations
        if violation.level != "may"
    )


def _shown_by(judged: JudgedExchange) -> frozenset[ResourceView]:
    case = judged.exchange.case
    return frozenset((case.document, case.operation, *defect) for defect in _defects(judged))
