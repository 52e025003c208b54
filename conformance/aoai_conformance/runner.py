"""Sends the cases of a plan, several at a time, and judges what comes back, in plan order.

A packed case that is refused is taken apart: its halves are sent, and theirs, until each point that is to
blame stands alone. So is one whose answer shows a defect that no simpler request has shown. What comes out
has the order of the plan, whatever order the answers come in.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, TypeAlias

from aoai_conformance.attributing import REFUSED, Refusals, left_over, told_under
from aoai_conformance.client import Budget
from aoai_conformance.exchange import Exchange
from aoai_conformance.filling import NothingToTakeError, filled, has_ended, may_give_nothing, taken_value
from aoai_conformance.judging import Verdict, judge, judge_scenario
from aoai_conformance.rule import Rule
from aoai_conformance.taken_apart import TAKEN_APART, is_accepted, is_refused
from aoai_reports.findings import generalised
from aoai_specs.document import Document, Operation
from aoai_strategies.case import Case, Json, Point, Taken
from aoai_strategies.packing import halves
from aoai_strategies.shrinking import simpler

#: How many units per concurrent request may be sent before the first of them is written.
_AHEAD = 16
#: How many generated cases that show a defect are shrunk in a run, and with how many requests each at most.
MOST_SHRUNK = 12
MOST_ATTEMPTS = 60
#: How many requests a run may spend on finding which of the points packed together shows a defect.
MOST_ISOLATING = 60
#: The pauses, in seconds, between the sendings of a case that waits for something to end: doubling.
FIRST_PAUSE, LONGEST_PAUSE = 0.05, 5.0

OperationKey: TypeAlias = tuple[str, str]


class Sender(Protocol):
    """What sends a case; `aoai_conformance.client.Client` is one."""

    budget: Budget

    async def send(self, case: Case) -> Exchange:
        """Send the case and give the exchange, a failed one included."""

    def unsent(self, case: Case, why: str) -> Exchange:
        """The exchange of a case that is not sent at all."""


class Progress(Protocol):
    """What is told how far a run is."""

    def expect(self, case: Case) -> None:
        """One case more is to be sent than was planned."""

    def advance(self, exchange: Exchange) -> None:
        """One case is done."""


@dataclass(frozen=True, slots=True)
class JudgedExchange:
    """An exchange and what each rule says of it."""

    exchange: Exchange
    verdicts: tuple[Verdict, ...]


@dataclass(frozen=True, slots=True)
class JudgedScenario:
    """Exchanges that belong together, by the names of their steps, and what each rule says of them."""

    scenario: str
    kind: str
    steps: Mapping[str, Exchange]
    verdicts: tuple[Verdict, ...]


Judged: TypeAlias = JudgedExchange | JudgedScenario


@dataclass(frozen=True, slots=True)
class Together:
    """Exchanges of one scenario, before they are judged."""

    scenario: str
    kind: str
    steps: Mapping[str, Exchange]


Part: TypeAlias = Exchange | Together
#: What tells two defects apart: rule, place, reason.
Defect: TypeAlias = tuple[str, str, str]
#: A defect of one operation: document, operation, and the defect.
Shown: TypeAlias = tuple[str, str, str, str, str]


@dataclass(frozen=True, slots=True)
class Judge:
    """Judges by some rules, with the operations of some documents. Pure."""

    documents: Mapping[str, Document]
    rules: Sequence[Rule]

    def __call__(self, part: Part) -> Judged:
        """What each rule says of an exchange or a scenario."""
        if isinstance(part, Exchange):
            operation = self.operation_of(part.case)
            return JudgedExchange(part, tuple(judge(part, operation, self.rules)))
        operation = self.operation_of(next(iter(part.steps.values())).case)
        verdicts = tuple(judge_scenario(part.kind, part.steps, operation, self.rules))
        return JudgedScenario(part.scenario, part.kind, part.steps, verdicts)

    def operation_of(self, case: Case) -> Operation:
        """The operation that a case is about."""
        return self.documents[case.document].operation(case.operation)


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What is known before a run: exchanges already made, by case id, and operations that must not be tried.

    `closed` gives the sentence that says why; `refused` are operations whose minimal request was refused,
    so that taking a packed request apart would tell nothing.
    """

    exchanges: Mapping[str, Exchange] = field(default_factory=dict)
    closed: Mapping[OperationKey, str] = field(default_factory=dict)
    refused: Collection[OperationKey] = ()


class Runner:
    """Sends cases through a sender, at most `concurrency` at a time, and judges them; good for one run.

    Cases of one scenario go one after the other, in plan order. Judging happens in a thread of its own, so
    that it does not hold up what is being received. At most `isolating` requests are spent on finding which
    of the points packed together shows a defect.
    """

    def __init__(
        self,
        sender: Sender,
        judge_part: Judge,
        *,
        concurrency: int = 8,
        progress: Progress | None = None,
        isolating: int = MOST_ISOLATING,
    ) -> None:
        self._sender = sender
        self._judge = judge_part
        self._concurrency = concurrency
        self._progress = progress
        self._thread = ThreadPoolExecutor(1, "judge")
        self._shrunk = 0
        self._shown: set[Shown] = set()
        self._refusals = Refusals()
        self._isolating = isolating
        self._given: dict[str, asyncio.Future[Exchange]] = {}
        self._idle: set[str] = set()

    async def run(
        self, cases: Iterable[Case], knowledge: Knowledge | None = None, stop: asyncio.Event | None = None
    ) -> AsyncGenerator[Judged, None]:
        """Judge every case of a plan, in plan order; a scenario follows the last of its exchanges.

        Once `stop` is set nothing more is sent, what is under way is given up, and what is whole still
        comes out.
        """
        known = Knowledge() if knowledge is None else knowledge
        stop = asyncio.Event() if stop is None else stop
        units = _units(cases)
        loop = asyncio.get_running_loop()
        self._given = {source: loop.create_future() for source in _sources(units)}
        outcomes: dict[int, asyncio.Future[list[Part | Judged]]] = {
            index: loop.create_future() for index in range(len(units))
        }
        ahead = asyncio.Semaphore(self._concurrency * _AHEAD)
        waiting = iter(enumerate(units))

        async def work() -> None:
            for index, unit in waiting:
                await ahead.acquire()
                try:
                    outcomes[index].set_result(await self._send_unit(unit, known))
                except Exception as error:  # noqa: BLE001 - handed to whoever waits for this unit
                    outcomes[index].set_exception(error)
                    self._fail(unit, error)

        workers = [asyncio.create_task(work()) for _ in range(self._concurrency)]
        stopped = asyncio.create_task(stop.wait())
        try:
            for index in range(len(units)):
                outcome = outcomes[index]
                if not outcome.done():
                    either: list[asyncio.Future[Any]] = [outcome, stopped]
                    await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
                if stop.is_set():
                    _cancel(workers)
                    if not outcome.done():
                        continue
                for part in outcome.result():
                    for judged in await self._settled(await self._judged(part), known, stop):
                        yield judged
                        async for simpler_one in self._isolate(judged, known, stop):
                            yield simpler_one
                del outcomes[index]  # what is written need not be kept
                ahead.release()
        finally:
            _cancel(workers)
            stopped.cancel()
            await asyncio.gather(*workers, stopped, return_exceptions=True)
            self._thread.shutdown(wait=False)
            for given in self._given.values():
                if not given.cancel() and not given.cancelled():
                    given.exception()
            for outcome in outcomes.values():
                if outcome.done() and not outcome.cancelled():
                    outcome.exception()  # seen, so that nobody is told that it was lost

    async def _judged(self, part: Part | Judged) -> Judged:
        if not isinstance(part, Exchange | Together):
            return part
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._judge, part)

    async def _send_unit(self, unit: Sequence[Case], known: Knowledge) -> list[Part | Judged]:
        exchanges = [exchange for case in unit for exchange in await self._send_until(case, known)]
        if not exchanges:
            return []
        step = unit[0].scenario
        parts: list[Part | Judged] = list(exchanges)
        if step is None:
            parts += await self._take_apart(exchanges[0], known)
        else:
            steps = {each.case.scenario.step: each for each in exchanges if each.case.scenario is not None}
            parts.append(Together(step.scenario, step.kind, steps))
        return parts

    async def _send_until(self, case: Case, known: Knowledge) -> list[Exchange]:
        """Send a case, and again until what it waits for has ended; give its answer to who takes from it.

        Nothing is sent, and there is no exchange, where the case has nothing to do.
        """
        exchanges = [await self._send(case, known)]
        if case.until is not None:
            pause = FIRST_PAUSE
            while not has_ended(exchanges[-1], case.until) and len(exchanges) < case.until.attempts:
                if self._sender.budget.is_spent:
                    break
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
                again = repeated(case, len(exchanges))
                if self._progress is not None:
                    self._progress.expect(again)
                exchanges.append(await self._send(again, known))
        given = self._given.get(case.id)
        if given is not None and not given.done():
            given.set_result(exchanges[-1])
        return [] if case.id in self._idle else exchanges

    async def _send(self, case: Case, known: Knowledge) -> Exchange:
        exchange = known.exchanges.get(case.id)
        if exchange is None:
            why = known.closed.get((case.document, case.operation))
            try:
                case = filled(case, await self._taken(case))
            except NothingToTakeError as error:
                if why is None and await self._has_nothing_to_do(case):
                    self._idle.add(case.id)
                why = why or str(error)
            exchange = await self._sender.send(case) if why is None else self._sender.unsent(case, why)
        if self._progress is not None:
            self._progress.advance(exchange)
        return exchange

    def _fail(self, unit: Sequence[Case], error: Exception) -> None:
        """Let nobody wait for what these cases would have given."""
        for case in unit:
            given = self._given.get(case.id)
            if given is not None and not given.done():
                given.set_exception(error)

    async def _taken(self, case: Case) -> dict[Taken, Json]:
        """What a case takes from earlier answers, once they are there."""
        values: dict[Taken, Json] = {}
        for taken in case.takes:
            if not taken.case:
                continue  # the sender knows the target's deployments
            given = self._given.get(taken.source)
            values[taken] = taken_value(taken, None if given is None else await asyncio.shield(given))
        return values

    async def _has_nothing_to_do(self, case: Case) -> bool:
        """Whether nothing is wrong with what a case cannot take, so that it leaves no doubt behind."""
        for taken in case.takes:
            if taken.case and taken.source not in self._idle:
                given = self._given.get(taken.source)
                if given is None or not may_give_nothing(await asyncio.shield(given)):
                    return False
        return True

    async def _take_apart(self, whole: Exchange, known: Knowledge) -> list[Part]:
        """Send the halves of a refused packed case, and theirs; nothing for any other exchange."""
        case = whole.case
        if (
            case.expect != "accept"
            or len(case.points) < 2
            or not is_refused(whole)
            or (case.document, case.operation) in known.refused
        ):
            return []
        parts: list[Part] = []
        pair: list[Exchange] = []
        for half in halves(case):
            if self._sender.budget.is_spent:
                return parts
            if self._progress is not None:
                self._progress.expect(half)
            exchange = await self._send(half, known)
            pair.append(exchange)
            parts += [exchange, *await self._take_apart(exchange, known)]
        if all(map(is_accepted, pair)):
            first, second = pair
            steps = {"whole": whole, "first": first, "second": second}
            parts.append(Together(f"{case.id}.{TAKEN_APART}", TAKEN_APART, steps))
        return parts

    async def _isolate(
        self, judged: Judged, known: Knowledge, stop: asyncio.Event
    ) -> AsyncGenerator[JudgedExchange, None]:
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
        for half in halves(case):
            if not hidden or self._isolating <= 0 or self._sender.budget.is_spent or stop.is_set():
                return
            self._isolating -= 1
            if self._progress is not None:
                self._progress.expect(half)
            exchange = await self._send(half, known)
            part = JudgedExchange(exchange, (await self._judged(exchange)).verdicts)
            self._refusals.note(exchange, refused=_is_wrongly_refused(part))
            yield part
            async for simpler_one in self._isolate(part, known, stop):
                yield simpler_one
            hidden -= _shown_by(part)

    async def _settled(self, judged: Judged, known: Knowledge, stop: asyncio.Event) -> list[Judged]:
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
            return list(await self._shrink(judged, known, stop))
        return [judged]

    async def _told_under(self, judged: JudgedExchange, point: Point | None) -> JudgedExchange:
        """The exchange judged again as one that shows a point; as it is where there is none."""
        if point is None:
            return judged
        exchange = told_under(judged.exchange, point)
        return JudgedExchange(exchange, (await self._judged(exchange)).verdicts)

    async def _shrink(
        self, first: JudgedExchange, known: Knowledge, stop: asyncio.Event
    ) -> list[JudgedExchange]:
        """The exchange, and those of simpler cases, tried where it shows what nothing simpler has shown."""
        tried = [first]
        hidden = _shown_by(first) - self._shown
        if not hidden or self._shrunk >= MOST_SHRUNK:
            self._shown |= hidden
            return tried
        self._shrunk += 1
        smallest = first.exchange.case
        operation = self._judge.operation_of(smallest)
        name, progress = smallest.id, True
        while progress:
            progress = False
            for simpler_case in simpler(smallest, operation=operation):
                if len(tried) > MOST_ATTEMPTS or self._sender.budget.is_spent or stop.is_set():
                    break
                candidate = replace(simpler_case, id=f"{name}/simpler-{len(tried):02}")
                if self._progress is not None:
                    self._progress.expect(candidate)
                exchange = await self._send(candidate, known)
                judged = JudgedExchange(exchange, (await self._judged(exchange)).verdicts)
                tried.append(judged)
                if hidden & _shown_by(judged):
                    smallest, progress = simpler_case, True
                    break
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


def _is_wrongly_refused(judged: JudgedExchange) -> bool:
    """Whether a request that should be accepted was not, by the rules about that."""
    return judged.exchange.case.expect == "accept" and any(
        violation.reason in REFUSED and not violation.pointer
        for verdict in judged.verdicts
        for violation in verdict.violations
    )


def _defects(judged: Judged) -> frozenset[Defect]:
    """The musts and shoulds that an exchange breaks."""
    return frozenset(
        (verdict.rule_id, violation.point or generalised(violation.pointer), violation.reason)
        for verdict in judged.verdicts
        for violation in verdict.violations
        if violation.level != "may"
    )


def _shown_by(judged: JudgedExchange) -> frozenset[Shown]:
    case = judged.exchange.case
    return frozenset((case.document, case.operation, *defect) for defect in _defects(judged))


def _units(cases: Iterable[Case]) -> list[list[Case]]:
    """The cases, each alone or with the others of its scenario, at the place of the first."""
    units: list[list[Case]] = []
    of_scenario: dict[tuple[str, str], list[Case]] = {}
    for case in cases:
        if case.scenario is None:
            units.append([case])
            continue
        key = (case.document, case.scenario.scenario)
        if key not in of_scenario:
            of_scenario[key] = []
            units.append(of_scenario[key])
        of_scenario[key].append(case)
    return units


def _sources(units: Iterable[Sequence[Case]]) -> set[str]:
    """The ids of the cases that later ones take something from: to wait for any other would be for ever."""
    seen: set[str] = set()
    sources: set[str] = set()
    for case in (case for unit in units for case in unit):
        sources |= {taken.source for taken in case.takes} & seen
        seen.add(case.id)
    return sources


def repeated(case: Case, number: int) -> Case:
    """The case as it is sent once more, for the `number`th time, because it waits for something to end."""
    step = case.scenario
    if step is not None:
        step = replace(step, step=f"{step.step}/again-{number:02}")
    return replace(case, id=f"{case.id}/again-{number:02}", scenario=step)


def _cancel(tasks: Iterable[asyncio.Task[Any]]) -> None:
    for task in tasks:
        task.cancel()
