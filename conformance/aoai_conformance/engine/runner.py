"""Send the cases of a plan concurrently and judge the exchanges in plan order.

Results come out in plan order, whatever order the responses arrive in; what `isolation` sends beyond the plan
follows the case it is sent for.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any, Protocol

from aoai_conformance.engine.client import Budget
from aoai_conformance.engine.isolation import MOST_ISOLATING, Isolation, OperationKey
from aoai_conformance.engine.pacing import Patience
from aoai_conformance.engine.placeholders import (
    MissingValueError,
    has_ended,
    may_lack_value,
    read_placeholder,
    resolve_placeholders,
)
from aoai_conformance.engine.send_order import find_minimal_requests, find_sources, group_cases, repeat_case
from aoai_conformance.engine.unresponsive import Silence
from aoai_conformance.exchange import Exchange, link_earlier
from aoai_conformance.judging.judged import Judge, Judged, Part, StepGroup
from aoai_conformance.judging.minimal_request import why_closed
from aoai_model.case import Case, Placeholder
from aoai_model.exchange import FailureKind
from aoai_model.serialization import Json
from aoai_specs.document import Operation
from aoai_specs.errors import ConformanceError

_log = logging.getLogger("aoai_conformance")
#: How many units may be sent ahead of the first unwritten one, per concurrent request.
_AHEAD = 16
#: The first and the longest pause, in seconds, between repetitions of a case; pauses double.
FIRST_PAUSE, LONGEST_PAUSE = 0.05, 5.0


class Sender(Protocol):
    """Sends cases; `aoai_conformance.engine.client.Client` is one."""

    @property
    def budget(self) -> Budget:
        """What may still be sent."""

    async def send(self, case: Case, patience: Patience | None = None) -> Exchange:
        """Send the case and return the exchange, which may have failed; `patience` is for this case only."""

    def unsent(self, case: Case, why: str, kind: FailureKind = "source") -> Exchange:
        """Return the exchange of a case that is not sent."""


class Progress(Protocol):
    """Displays how far a run has got."""

    def expect(self, case: Case) -> None:
        """Note one case more than planned."""

    def advance(self, exchange: Exchange) -> None:
        """Note that a case is done."""


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What is known before a run: exchanges already made, by case id, and closed operations.

    `closed` maps an operation to the reason why its minimal request failed.
    """

    exchanges: Mapping[str, Exchange] = field(default_factory=dict)
    closed: Mapping[OperationKey, str] = field(default_factory=dict)


class Runner:
    """Sends cases through a sender, at most `concurrency` at a time, and judges them.

    Cases of one scenario are sent one after the other, in plan order. Judging runs in a thread, so that it
    does not delay receiving; with `judge_in_thread` false it runs in the event loop, which is faster if
    arrival times do not matter. `longest_pause` limits the pause before a case is repeated.
    `isolation_budget` limits the requests spent on isolating defects in packed cases. `on_scenario` is called
    with each scenario as soon as all its steps have arrived. An instance serves one run.

    If the suite itself fails at one case, that case is inconclusive; a ConformanceError ends the run.
    """

    def __init__(
        self,
        sender: Sender,
        judge_part: Judge,
        *,
        concurrency: int = 8,
        progress: Progress | None = None,
        isolation_budget: int = MOST_ISOLATING,
        longest_pause: float | None = None,
        judge_in_thread: bool = True,
        on_scenario: Callable[[StepGroup], None] | None = None,
    ) -> None:
        self._sender = sender
        self._judge = judge_part
        self._concurrency = concurrency
        self._progress = progress
        self._longest_pause = LONGEST_PAUSE if longest_pause is None else longest_pause
        self._on_whole = on_scenario
        self._thread = ThreadPoolExecutor(1, "judge") if judge_in_thread else None
        self._known = Knowledge()
        self._stop = asyncio.Event()
        self._isolation = Isolation(self, left=isolation_budget)
        self._silence = Silence(sender, self.may_send)
        self._sources: dict[str, asyncio.Future[Exchange]] = {}
        self._minimal: dict[OperationKey, asyncio.Future[Exchange]] = {}
        self._idle: set[str] = set()

    async def run(
        self, cases: Iterable[Case], knowledge: Knowledge | None = None, stop: asyncio.Event | None = None
    ) -> AsyncGenerator[Judged, None]:
        """Send and judge every case of a plan, in plan order; a scenario follows its last exchange.

        Once `stop` is set, nothing more is sent, requests in progress are cancelled, and complete results
        are still yielded.
        """
        self._known = self._known if knowledge is None else knowledge
        for exchange in self._known.exchanges.values():
            self._silence.learn(exchange)
        self._stop = stop = self._stop if stop is None else stop
        units = group_cases(cases)
        loop = asyncio.get_running_loop()
        self._sources = {source: loop.create_future() for source in find_sources(units)}
        self._minimal = {key: loop.create_future() for key in find_minimal_requests(units)}
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
                    fatal.result()  # raises the error for the user
                if stop.is_set():
                    _cancel(workers)
                    if not outcome.done():
                        continue
                for part in outcome.result():
                    async with aclosing(self._results_of(part)) as results:
                        async for judged in results:
                            yield judged
                del outcomes[index]  # written, no longer needed
                ahead.release()
            for part in self._silence.take():
                yield await self.judge(part)
        finally:
            _cancel(workers)
            stopped.cancel()
            await asyncio.gather(*workers, stopped, return_exceptions=True)
            if self._thread is not None:
                self._thread.shutdown(wait=False)
            awaited: list[asyncio.Future[Any]] = [
                *self._sources.values(),
                *self._minimal.values(),
                fatal,
            ]
            for future in awaited:
                if not future.cancel() and not future.cancelled():
                    future.exception()
            for outcome in outcomes.values():
                if outcome.done() and not outcome.cancelled():
                    outcome.exception()  # retrieved, or asyncio would log that it was lost

    async def _results_of(self, part: Part) -> AsyncGenerator[Judged, None]:
        """Judge a part, and yield the result with those of isolating its defects."""
        first = await self.judge(part)
        settled = [first]
        try:
            settled = await self._isolation.attribute(first)
        except ConformanceError:
            raise
        except Exception as error:  # noqa: BLE001 - the exchange itself is judged
            _report_own_defect("simplifying", part, error)
        for judged in settled:
            yield judged
            try:
                async for simpler_one in self._isolation.isolate(judged):
                    yield simpler_one
            except ConformanceError:
                raise
            except Exception as error:  # noqa: BLE001 - the exchange itself is judged
                _report_own_defect("simplifying", part, error)

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
        if self._progress is not None:
            self._progress.expect(case)
        return await self._send(case)

    async def _send_unit(self, unit: Sequence[Case]) -> list[Part]:
        exchanges = [exchange for case in unit for exchange in await self._send_safely(case)]
        if not exchanges:
            return []
        step = unit[0].scenario
        exchanges = exchanges if step is None else link_earlier(exchanges)
        parts: list[Part] = [part for exchange in exchanges for part in exchange.split()]
        if step is None:
            parts += await self._bisect(exchanges[0])
        else:
            steps = {each.case.scenario.step: each for each in exchanges if each.case.scenario is not None}
            parts.append(StepGroup(step.id, step.kind, steps))
        parts += self._silence.take()
        if self._on_whole is not None:
            for part in parts:
                if isinstance(part, StepGroup):
                    self._on_whole(part)
        return parts

    async def _bisect(self, whole: Exchange) -> list[Part]:
        try:
            return await self._isolation.bisect(whole)
        except ConformanceError:
            raise
        except Exception as error:  # noqa: BLE001 - the exchange itself is judged
            _report_own_defect("bisecting", whole, error)
            return []

    async def _send_safely(self, case: Case) -> list[Exchange]:
        """Send a case with its repetitions and resolve the futures that wait for it.

        Return no exchange if the case may be skipped.
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
        for waited_for in self._awaited(case):
            if not waited_for.done():
                waited_for.set_result(exchanges[-1])
        return [] if case.id in self._idle else exchanges

    async def _send_until(self, case: Case, exchanges: list[Exchange]) -> None:
        """Send a case, repeat it until its condition is met, and append each exchange."""
        exchanges.append(await self._send(case))
        if case.until is not None:
            pause = min(FIRST_PAUSE, self._longest_pause)
            while not has_ended(exchanges[-1], case.until) and len(exchanges) < case.until.attempts:
                if self._sender.budget.is_spent:
                    break
                await asyncio.sleep(pause)
                pause = min(2 * pause, self._longest_pause)
                exchanges.append(await self.send_extra(repeat_case(case, len(exchanges))))

    async def _send(self, case: Case) -> Exchange:
        exchange = self._known.exchanges.get(case.id)
        if exchange is None:
            closed = await self._why_closed(case)
            exchange = await self._send_resolved(case) if closed is None else self._left_out(case, closed)
        if self._progress is not None:
            self._progress.advance(exchange)
        return exchange

    async def _send_resolved(self, case: Case) -> Exchange:
        """Send a case with its placeholders resolved, or return why that is impossible."""
        try:
            case = resolve_placeholders(case, await self._taken(case))
        except MissingValueError as error:
            if await self._may_be_skipped(case):
                self._idle.add(case.id)
            return self._sender.unsent(case, str(error))
        return await self._silence.send(case)

    def _left_out(self, case: Case, why: str) -> Exchange:
        return self._sender.unsent(case, why, "closed")

    async def _why_closed(self, case: Case) -> str | None:
        """Return why the operation of a case is closed, or None.

        Waits for the minimal request of the operation if it is a case of this run.
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
        """Fail the futures that wait for these cases."""
        for case in unit:
            for waited_for in self._awaited(case):
                if not waited_for.done():
                    waited_for.set_exception(error)

    def _awaited(self, case: Case) -> Iterator[asyncio.Future[Exchange]]:
        """Yield the futures that wait for the last response to the case."""
        if case.id in self._sources:
            yield self._sources[case.id]
        key = (case.document, case.operation)
        if case.origin == "base" and key in self._minimal:
            yield self._minimal[key]

    async def _taken(self, case: Case) -> dict[Placeholder, Json]:
        """Wait for the earlier responses that a case takes values from, and return the values."""
        values: dict[Placeholder, Json] = {}
        for taken in case.takes:
            if not taken.case:
                continue  # the sender resolves deployments
            source = self._sources.get(taken.source)
            values[taken] = read_placeholder(taken, None if source is None else await asyncio.shield(source))
        return values

    async def _may_be_skipped(self, case: Case) -> bool:
        """Whether a case may be skipped because the values it takes may legitimately be absent."""
        for taken in case.takes:
            if taken.case and taken.source not in self._idle:
                source = self._sources.get(taken.source)
                if source is None or not may_lack_value(await asyncio.shield(source)):
                    return False
        return True


def _own_defect(error: Exception) -> str:
    return (
        f"Not sent: aoai-conformance failed with {type(error).__name__}: {str(error)[:200]}. "
        "Please report this bug."
    )


def _report_own_defect(doing: str, part: Part, error: Exception) -> None:
    name = part.case.id if isinstance(part, Exchange) else part.scenario
    _log.error(
        "aoai-conformance failed while %s %s (%s: %s). The run continues; please report this bug.",
        doing,
        name,
        type(error).__name__,
        str(error)[:200],
    )


def _cancel(tasks: Iterable[asyncio.Task[Any]]) -> None:
    for task in tasks:
        task.cancel()
