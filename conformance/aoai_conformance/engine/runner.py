"""Sends the cases of a plan, several at a time, and judges what comes back, in plan order.

What comes out has the order of the plan, whatever order the answers come in; what `isolation` sends beyond
the plan follows the case for which it is sent.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from aoai_conformance.engine.client import Budget
from aoai_conformance.engine.isolation import MOST_ISOLATING, Isolation, OperationKey
from aoai_conformance.engine.pacing import Patience
from aoai_conformance.engine.placeholders import (
    NothingToTakeError,
    has_ended,
    may_give_nothing,
    read_placeholder,
    resolve_placeholders,
)
from aoai_conformance.engine.unresponsive import Silence
from aoai_conformance.exchange import Exchange, in_order
from aoai_conformance.judging.judged import Judge, Judged, Part, StepGroup
from aoai_conformance.judging.minimal_request import why_closed
from aoai_model.case import Case, Derivation, Placeholder
from aoai_model.exchange import FailureKind
from aoai_model.serialization import Json
from aoai_specs.document import Operation
from aoai_specs.errors import ConformanceError

_log = logging.getLogger("aoai_conformance")
#: How many units per concurrent request may be sent before the first of them is written.
_AHEAD = 16
#: The pauses, in seconds, between the sendings of a case that waits for something to end: doubling.
FIRST_PAUSE, LONGEST_PAUSE = 0.05, 5.0


class Sender(Protocol):
    """What sends a case; `aoai_conformance.engine.client.Client` is one."""

    @property
    def budget(self) -> Budget:
        """What may still be sent."""

    async def send(self, case: Case, patience: Patience | None = None) -> Exchange:
        """Send the case and give the exchange, a failed one included; `patience` for this case alone."""

    def unsent(self, case: Case, why: str, kind: FailureKind = "source") -> Exchange:
        """The exchange of a case that is not sent at all."""


class Progress(Protocol):
    """What is told how far a run is."""

    def expect(self, case: Case) -> None:
        """One case more is to be sent than was planned."""

    def advance(self, exchange: Exchange) -> None:
        """One case is done."""


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What is known before a run: exchanges already made, by case id, and operations that must not be tried.

    `closed` gives the sentence that says why: the minimal request of the operation failed.
    """

    exchanges: Mapping[str, Exchange] = field(default_factory=dict)
    closed: Mapping[OperationKey, str] = field(default_factory=dict)


class Runner:
    """Sends cases through a sender, at most `concurrency` at a time, and judges them; good for one run.

    Cases of one scenario go one after the other, in plan order. Judging happens in a thread of its own, so
    that it does not hold up what is being received; with `judging_aside` false in the loop itself, which is
    quicker where nobody looks at when something came. At most `longest_pause` seconds pass before a case is
    sent again that waits for something to end. At most `isolating` requests are spent on finding which of the
    points packed together shows a defect. `on_whole` is called with each scenario whose steps are all there,
    long before it is judged where an earlier case is slow.

    What breaks at one case, which is a defect of this project, leaves that case inconclusive; errors for the
    user (ConformanceError) end the run.
    """

    def __init__(
        self,
        sender: Sender,
        judge_part: Judge,
        *,
        concurrency: int = 8,
        progress: Progress | None = None,
        isolating: int = MOST_ISOLATING,
        longest_pause: float | None = None,
        judging_aside: bool = True,
        on_whole: Callable[[StepGroup], None] | None = None,
    ) -> None:
        self._sender = sender
        self._judge = judge_part
        self._concurrency = concurrency
        self._progress = progress
        self._longest_pause = LONGEST_PAUSE if longest_pause is None else longest_pause
        self._on_whole = on_whole
        self._thread = ThreadPoolExecutor(1, "judge") if judging_aside else None
        self._known = Knowledge()
        self._stop = asyncio.Event()
        self._isolation = Isolation(self, left=isolating)
        self._silence = Silence(sender, self.may_go_on)
        self._given: dict[str, asyncio.Future[Exchange]] = {}
        self._minimal: dict[OperationKey, asyncio.Future[Exchange]] = {}
        self._idle: set[str] = set()

    async def run(
        self, cases: Iterable[Case], knowledge: Knowledge | None = None, stop: asyncio.Event | None = None
    ) -> AsyncGenerator[Judged, None]:
        """Judge every case of a plan, in plan order; a scenario follows the last of its exchanges.

        Once `stop` is set nothing more is sent, what is under way is given up, and what is whole still
        comes out.
        """
        self._known = self._known if knowledge is None else knowledge
        for exchange in self._known.exchanges.values():
            self._silence.learn(exchange)
        self._stop = stop = self._stop if stop is None else stop
        units = _units(cases)
        loop = asyncio.get_running_loop()
        self._given = {source: loop.create_future() for source in _sources(units)}
        self._minimal = {key: loop.create_future() for key in _minimal_of(units)}
        outcomes: dict[int, asyncio.Future[list[Part]]] = {
            index: loop.create_future() for index in range(len(units))
        }
        fatal: asyncio.Future[None] = loop.create_future()
        ahead = asyncio.Semaphore(self._concurrency * _AHEAD)
        waiting = iter(enumerate(units))

        async def work() -> None:
            for index, unit in waiting:
                await ahead.acquire()
                try:
                    outcomes[index].set_result(await self._send_unit(unit))
                except ConformanceError as error:
                    if not fatal.done():
                        fatal.set_exception(error)
                    self._fail(unit, error)
                    return
                except Exception as error:  # noqa: BLE001 - one unit must not end a run
                    lost = [self._sender.unsent(case, _own_defect(error), "harness") for case in unit]
                    _report_own_defect("sending", lost[0], error)
                    self._fail(unit, error)
                    outcomes[index].set_result([*lost])

        workers = [asyncio.create_task(work()) for _ in range(self._concurrency)]
        stopped = asyncio.create_task(stop.wait())
        try:
            for index in range(len(units)):
                outcome = outcomes[index]
                if not outcome.done():
                    either: list[asyncio.Future[Any]] = [outcome, stopped, fatal]
                    await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
                if fatal.done():
                    fatal.result()  # raises the error for the user, whatever is still under way
                if stop.is_set():
                    _cancel(workers)
                    if not outcome.done():
                        continue
                for part in outcome.result():
                    async with aclosing(self._results_of(part)) as results:
                        async for judged in results:
                            yield judged
                del outcomes[index]  # what is written need not be kept
                ahead.release()
            for part in self._silence.take():
                yield await self.judge(part)
        finally:
            _cancel(workers)
            stopped.cancel()
            await asyncio.gather(*workers, stopped, return_exceptions=True)
            if self._thread is not None:
                self._thread.shutdown(wait=False)
            awaited: list[asyncio.Future[Any]] = [*self._given.values(), *self._minimal.values(), fatal]
            for given in awaited:
                if not given.cancel() and not given.cancelled():
                    given.exception()
            for outcome in outcomes.values():
                if outcome.done() and not outcome.cancelled():
                    outcome.exception()  # seen, so that nobody is told that it was lost

    async def _results_of(self, part: Part) -> AsyncGenerator[Judged, None]:
        """A part, judged, and what isolating its defects shows beside it."""
        first = await self.judge(part)
        settled = [first]
        try:
            settled = await self._isolation.settled(first)
        except ConformanceError:
            raise
        except Exception as error:  # noqa: BLE001 - the exchange itself is judged
            _report_own_defect("simplifying", part, error)
        for judged in settled:
            yield judged
            try:
                async for simpler_one in self._isolation.isolated(judged):
                    yield simpler_one
            except ConformanceError:
                raise
            except Exception as error:  # noqa: BLE001 - the exchange itself is judged
                _report_own_defect("simplifying", part, error)

    def operation_of(self, case: Case) -> Operation:
        """The operation that a case is about."""
        return self._judge.operation_of(case)

    def may_go_on(self) -> bool:
        """Whether a further request may be sent."""
        return not self._sender.budget.is_spent and not self._stop.is_set()

    async def judge(self, part: Part) -> Judged:
        """What each rule says of an exchange or a scenario."""
        if self._thread is None:
            return self._judge(part)
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._judge, part)

    async def send_more(self, case: Case) -> Exchange:
        """Send a case that the plan does not have."""
        if self._progress is not None:
            self._progress.expect(case)
        return await self._send(case)

    async def _send_unit(self, unit: Sequence[Case]) -> list[Part]:
        exchanges = [exchange for case in unit for exchange in await self._send_safely(case)]
        if not exchanges:
            return []
        step = unit[0].scenario
        exchanges = exchanges if step is None else in_order(exchanges)
        parts: list[Part] = [part for exchange in exchanges for part in exchange.apart]
        if step is None:
            parts += await self._taken_apart(exchanges[0])
        else:
            steps = {each.case.scenario.step: each for each in exchanges if each.case.scenario is not None}
            parts.append(StepGroup(step.id, step.kind, steps))
        parts += self._silence.take()
        if self._on_whole is not None:
            for part in parts:
                if isinstance(part, StepGroup):
                    self._on_whole(part)
        return parts

    async def _taken_apart(self, whole: Exchange) -> list[Part]:
        try:
            return await self._isolation.bisected(whole)
        except ConformanceError:
            raise
        except Exception as error:  # noqa: BLE001 - the exchange itself is judged
            _report_own_defect("taking apart", whole, error)
            return []

    async def _send_safely(self, case: Case) -> list[Exchange]:
        """Send a case and all its repetitions, and give its answer to those who wait for it.

        There is no exchange where the case has nothing to do.
        """
        exchanges: list[Exchange] = []
        try:
            await self._send_until(case, exchanges)
        except ConformanceError:
            raise
        except Exception as error:  # noqa: BLE001 - one case must not end a run
            if not exchanges:
                exchanges.append(self._sender.unsent(case, _own_defect(error), "harness"))
            _report_own_defect("sending", exchanges[-1], error)
        for waited_for in self._waited_for(case):
            if not waited_for.done():
                waited_for.set_result(exchanges[-1])
        return [] if case.id in self._idle else exchanges

    async def _send_until(self, case: Case, exchanges: list[Exchange]) -> None:
        """Send a case, and again until what it waits for has ended, and add each exchange."""
        exchanges.append(await self._send(case))
        if case.until is not None:
            pause = min(FIRST_PAUSE, self._longest_pause)
            while not has_ended(exchanges[-1], case.until) and len(exchanges) < case.until.attempts:
                if self._sender.budget.is_spent:
                    break
                await asyncio.sleep(pause)
                pause = min(2 * pause, self._longest_pause)
                exchanges.append(await self.send_more(repeated(case, len(exchanges))))

    async def _send(self, case: Case) -> Exchange:
        exchange = self._known.exchanges.get(case.id)
        if exchange is None:
            closed = await self._closed(case)
            exchange = await self._send_filled(case) if closed is None else self._left_out(case, closed)
        if self._progress is not None:
            self._progress.advance(exchange)
        return exchange

    async def _send_filled(self, case: Case) -> Exchange:
        """Send a case with what it takes from earlier answers, or say why that is not possible."""
        try:
            case = resolve_placeholders(case, await self._taken(case))
        except NothingToTakeError as error:
            if await self._has_nothing_to_do(case):
                self._idle.add(case.id)
            return self._sender.unsent(case, str(error))
        return await self._silence.send(case)

    def _left_out(self, case: Case, why: str) -> Exchange:
        return self._sender.unsent(case, why, "closed")

    async def _closed(self, case: Case) -> str | None:
        """Why the operation of a case must not be tried; None where it may.

        Where its minimal request is a case of this run, that is waited for.
        """
        key = (case.document, case.operation)
        if key in self._known.closed:
            return self._known.closed[key]
        minimal = self._minimal.get(key)
        if minimal is None or case.origin in ("base", "preparation"):
            return None
        exchange = await asyncio.shield(minimal)
        return why_closed(exchange) if exchange.is_failed_minimal else None

    def _fail(self, unit: Sequence[Case], error: Exception) -> None:
        """Let nobody wait for what these cases would have given."""
        for case in unit:
            for waited_for in self._waited_for(case):
                if not waited_for.done():
                    waited_for.set_exception(error)

    def _waited_for(self, case: Case) -> Iterator[asyncio.Future[Exchange]]:
        """What others wait for until the case has its last answer."""
        if case.id in self._given:
            yield self._given[case.id]
        key = (case.document, case.operation)
        if case.origin == "base" and key in self._minimal:
            yield self._minimal[key]

    async def _taken(self, case: Case) -> dict[Placeholder, Json]:
        """What a case takes from earlier answers, once they are there."""
        values: dict[Placeholder, Json] = {}
        for taken in case.takes:
            if not taken.case:
                continue  # the sender knows the target's deployments
            given = self._given.get(taken.source)
            values[taken] = read_placeholder(taken, None if given is None else await asyncio.shield(given))
        return values

    async def _has_nothing_to_do(self, case: Case) -> bool:
        """Whether nothing is wrong with what a case cannot take, so that it leaves no doubt behind."""
        for taken in case.takes:
            if taken.case and taken.source not in self._idle:
                given = self._given.get(taken.source)
                if given is None or not may_give_nothing(await asyncio.shield(given)):
                    return False
        return True


def _units(cases: Iterable[Case]) -> list[list[Case]]:
    """The cases, each alone or with the others of its scenario, at the place of the first."""
    units: list[list[Case]] = []
    of_scenario: dict[tuple[str, str], list[Case]] = {}
    for case in cases:
        if case.scenario is None:
            units.append([case])
            continue
        key = (case.document, case.scenario.id)
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


def _minimal_of(units: Iterable[Sequence[Case]]) -> set[OperationKey]:
    """The operations whose minimal request comes first, so that their other cases can wait for it."""
    first: dict[OperationKey, Case] = {}
    for case in (case for unit in units for case in unit):
        if case.origin != "preparation":
            first.setdefault((case.document, case.operation), case)
    return {key for key, case in first.items() if case.origin == "base"}


def repeated(case: Case, number: int) -> Case:
    """The case as it is sent once more, for the `number`th time, because it waits for something to end."""
    step = case.scenario
    if step is not None:
        step = replace(step, step=f"{step.step}/again-{number:02}")
    derived = Derivation(case.id, "repeated")
    return replace(case, id=f"{case.id}/again-{number:02}", scenario=step, derived=derived)


def _own_defect(error: Exception) -> str:
    return (
        f"Not sent: aoai-conformance broke with {type(error).__name__}: {str(error)[:200]}. "
        "Please report this defect."
    )


def _report_own_defect(doing: str, part: Part, error: Exception) -> None:
    name = part.case.id if isinstance(part, Exchange) else part.scenario
    _log.error(
        "aoai-conformance broke while %s %s (%s: %s). The run goes on; please report this defect.",
        doing,
        name,
        type(error).__name__,
        str(error)[:200],
    )


def _cancel(tasks: Iterable[asyncio.Task[Any]]) -> None:
    for task in tasks:
        task.cancel()
