"""Send the cases of a plan concurrently and judge the exchanges in plan order.

Results come out in plan order, whatever order the responses arrive in; what is sent beyond the plan follows
the case it is sent for. Requests that others depend on are sent first.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from typing import Any

from aoai_conformance.engine.isolation.defect_search import MOST_ISOLATING, DefectSearch, Place
from aoai_conformance.engine.isolation.isolation import Isolation
from aoai_conformance.engine.send_order import find_first, find_searched, group_cases
from aoai_conformance.engine.unit_sender import (
    Knowledge,
    Progress,
    Reused,
    Sender,
    UnitSender,
    report_own_defect,
)
from aoai_conformance.engine.unresponsive import Silence
from aoai_conformance.exchange import Exchange
from aoai_conformance.judging.judged import Judged, JudgedExchange, Part, PartJudge, StepGroup
from aoai_model.case import Case
from aoai_specs.document import Operation
from aoai_specs.errors import ConformanceError

#: How many units may be sent ahead of the first unwritten one, per concurrent request.
_AHEAD = 16


class Runner:
    """Sends cases through a sender, at most `concurrency` of one kind at a time, and judges them.

    Cases of one scenario are sent one after the other, in plan order. Every response is judged when it
    arrives, in a thread, so that judging does not delay receiving; with `judge_in_thread` false it is judged
    in the event loop, which is faster if arrival times do not matter. A judge that waits for other processes
    has several `judge_threads`. `longest_pause` limits the pause before
    a case is repeated. `isolation_budget` limits the requests spent on isolating defects in packed cases.
    `on_scenario` is called with each scenario as soon as all its steps have arrived. `is_gone` tells whether
    a flow must start again. An instance serves one run.

    If the suite itself fails at one case, that case is inconclusive; a ConformanceError ends the run.
    """

    def __init__(
        self,
        sender: Sender,
        judge_part: PartJudge,
        *,
        concurrency: int = 8,
        progress: Progress | None = None,
        isolation_budget: int = MOST_ISOLATING,
        longest_pause: float | None = None,
        judge_in_thread: bool = True,
        judge_threads: int = 1,
        on_scenario: Callable[[StepGroup], None] | None = None,
        reused: Reused | None = None,
    ) -> None:
        self._sender = sender
        self._judge = judge_part
        self._on_whole = on_scenario
        self._thread = ThreadPoolExecutor(judge_threads, "judge") if judge_in_thread else None
        self._stop = asyncio.Event()
        self._isolation = Isolation(self)
        self._search = DefectSearch(self, left=isolation_budget)
        self._silence = Silence(sender, self.may_send)
        self._units = UnitSender(
            sender,
            self._silence,
            self._isolation.bisect,
            concurrency=concurrency,
            progress=progress,
            longest_pause=longest_pause,
            reused=reused,
        )
        self._room = asyncio.Semaphore(concurrency * _AHEAD)
        self._tasks: set[asyncio.Task[None]] = set()
        self._unjudged: dict[int, list[Part]] = {}

    async def run(
        self, cases: Iterable[Case], knowledge: Knowledge | None = None, stop: asyncio.Event | None = None
    ) -> AsyncGenerator[Judged, None]:
        """Send and judge every case of a plan, in plan order; a scenario follows its last exchange.

        Once `stop` is set, nothing more is sent, requests in progress are cancelled, and complete results
        are still yielded.
        """
        knowledge = Knowledge() if knowledge is None else knowledge
        for exchange in knowledge.exchanges.values():
            self._silence.learn(exchange)
        self._stop = self._stop if stop is None else stop
        units = group_cases(cases)
        self._units.begin(units, knowledge)
        loop = asyncio.get_running_loop()
        outcomes: dict[int, asyncio.Future[list[Judged]]] = {
            index: loop.create_future() for index in range(len(units))
        }
        fatal: asyncio.Future[None] = loop.create_future()
        stopped = asyncio.create_task(self._stop.wait())
        stopped.add_done_callback(lambda _: self._halt())
        first = find_first(units)
        self._start(self._send_all(units, first, outcomes, fatal))
        searching = self._start(self._isolate([outcomes[index] for index in find_searched(units)]))
        try:
            for index in range(len(units)):
                outcome = outcomes[index]
                if not outcome.done():
                    either: list[asyncio.Future[Any]] = [outcome, stopped, fatal]
                    await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
                if fatal.done():
                    fatal.result()  # raises the error for the user
                judged_unit = outcome.result() if outcome.done() else await self._judge_unit(index)
                for number, judged in enumerate(judged_unit):
                    async with aclosing(self._results_of((index, number), judged)) as results:
                        async for each in results:
                            yield each
                del outcomes[index]  # written, no longer needed
                if index not in first:
                    self._room.release()
            await asyncio.wait({searching})
            for part in self._silence.take():
                yield await self.judge(part)
        finally:
            self._halt()
            stopped.cancel()
            await asyncio.gather(*self._tasks, stopped, return_exceptions=True)
            if self._thread is not None:
                self._thread.shutdown(wait=False)
            self._units.end()
            fatal.cancel()  # or asyncio would log that its error was lost

    async def _send_all(
        self,
        units: Sequence[Sequence[Case]],
        first: AbstractSet[int],
        outcomes: Mapping[int, asyncio.Future[list[Judged]]],
        fatal: asyncio.Future[None],
    ) -> None:
        """Start to send all units: some first, the others while they are not too far ahead."""

        async def send(index: int, outcome: asyncio.Future[list[Judged]]) -> None:
            try:
                self._unjudged[index] = self._with_scenarios(await self._units.send_unit(units[index]))
                outcome.set_result(await self._judge_unit(index))
            except ConformanceError as error:
                self._search.end()
                if not fatal.done():
                    fatal.set_exception(error)

        pending = dict(outcomes)
        for index in sorted(first):
            self._start(send(index, pending.pop(index)))
        for index, outcome in pending.items():
            await self._room.acquire()
            self._start(send(index, outcome))

    def _with_scenarios(self, parts: list[Part]) -> list[Part]:
        """Return the parts of a unit after reporting the scenarios among them."""
        if self._on_whole is not None:
            for part in parts:
                if isinstance(part, StepGroup):
                    self._on_whole(part)
        return parts

    async def _judge_unit(self, index: int) -> list[Judged]:
        """Judge the parts of a unit that have arrived, once."""
        judged = [await self.judge(part) for part in self._unjudged.get(index, ())]
        for number, each in enumerate(judged):
            self._search.learn((index, number), each)
        self._unjudged.pop(index, None)
        return judged

    async def _isolate(self, searched: Sequence[asyncio.Future[list[Judged]]]) -> None:
        """Isolate the defects of accepted packed cases once these and what precedes them are judged."""
        try:
            for each in searched:
                await asyncio.shield(each)
            await self._search.run()
        except Exception as error:  # noqa: BLE001 - the exchanges themselves are judged
            report_own_defect("isolating", "defects", error)
        finally:
            self._search.end()

    async def _results_of(self, place: Place, judged: Judged) -> AsyncGenerator[Judged, None]:
        """Yield a result, what its rejection is attributed to, and the results of isolating its defects."""
        attributed = [judged]
        try:
            attributed = await self._isolation.attribute(judged)
        except ConformanceError:
            raise
        except Exception as error:  # noqa: BLE001 - the exchange itself is judged
            name = judged.exchange.case.id if isinstance(judged, JudgedExchange) else judged.scenario
            report_own_defect("simplifying", name, error)
        for each in attributed:
            self._isolation.note(each)
            yield each
        for half in await self._search.found(place):
            self._isolation.note_half(half)
            yield half

    def operation_of(self, case: Case) -> Operation:
        """The operation that a case is about."""
        return self._judge.operation_of(case)

    def may_send(self) -> bool:
        """Whether a further request may be sent."""
        return not self._sender.budget.is_spent and not self._stop.is_set()

    async def judge(self, part: Part) -> Judged:
        """What each rule says of an exchange or a scenario."""
        if self._thread is None:
            return self._judge(part)
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._judge, part)

    async def send_extra(self, case: Case) -> Exchange:
        """Send a case that the plan does not have."""
        return await self._units.send_extra(case)

    def _start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _halt(self) -> None:
        """Send nothing more; what has arrived is still judged."""
        for task in self._tasks:
            task.cancel()
        self._search.end()
