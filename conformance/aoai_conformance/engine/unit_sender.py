"""Send the cases of one unit in turn, with values from earlier responses, and repeated if needed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Protocol

from aoai_conformance.cost.budget import Budget
from aoai_conformance.engine.isolation.isolation import OperationKey
from aoai_conformance.engine.pacing import Patience
from aoai_conformance.engine.placeholders import (
    MissingValueError,
    has_ended,
    may_lack_value,
    read_placeholder,
    resolve_placeholders,
)
from aoai_conformance.engine.send_order import find_minimal_requests, find_sources, repeat_case
from aoai_conformance.engine.slots import Slots, urgency_of
from aoai_conformance.engine.unresponsive import Silence
from aoai_conformance.exchange import Exchange, link_earlier
from aoai_conformance.judging.judged import Part, StepGroup
from aoai_conformance.judging.minimal_request import why_closed
from aoai_model.case import Case, Placeholder
from aoai_model.exchange import FailureKind
from aoai_model.serialization import Json
from aoai_specs.errors import ConformanceError

_log = logging.getLogger("aoai_conformance")
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


class Reused(Protocol):
    """The exchanges of an interrupted run, which a sender returns instead of sending their requests."""

    def is_gone(self, exchanges: Sequence[Exchange]) -> bool:
        """Whether a request that was sent now did not find what a recorded one had created."""

    def forget(self, case: Case) -> None:
        """Send the request of a case, whatever is recorded."""


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What is known before a run: exchanges already made, by case id, and closed operations.

    `closed` maps an operation to the reason why its minimal request failed.
    """

    exchanges: Mapping[str, Exchange] = field(default_factory=dict)
    closed: Mapping[OperationKey, str] = field(default_factory=dict)


class UnitSender:
    """Sends units of cases through a sender, at most `concurrency` requests of one kind at a time.

    Waiting for an earlier response or pausing before a repetition takes no room. `bisect` sends the halves of
    a rejected packed case; if what exchanges in `reused` created is gone, it is created again;
    `longest_pause` limits the pause before a case is repeated. If the suite itself
    fails at one case, that case is inconclusive. An instance serves one run.
    """

    def __init__(
        self,
        sender: Sender,
        silence: Silence,
        bisect: Callable[[Exchange], Awaitable[list[Part]]],
        *,
        concurrency: int,
        progress: Progress | None = None,
        longest_pause: float | None = None,
        reused: Reused | None = None,
    ) -> None:
        self._sender = sender
        self._reused = reused
        self._source_cases: dict[str, Case] = {}
        self._renewals: dict[str, asyncio.Task[None]] = {}
        self._silence = silence
        self._bisect_case = bisect
        self._concurrency = concurrency
        self._progress = progress
        self._longest_pause = LONGEST_PAUSE if longest_pause is None else longest_pause
        self._known = Knowledge()
        self._slots: dict[str, Slots] = {}
        self._sources: dict[str, asyncio.Future[Exchange]] = {}
        self._minimal: dict[OperationKey, asyncio.Future[Exchange]] = {}
        self._idle: set[str] = set()

    def begin(self, units: Sequence[Sequence[Case]], knowledge: Knowledge) -> None:
        """Learn the units of the run, whose cases may depend on each other, and what is known before."""
        loop = asyncio.get_running_loop()
        self._known = knowledge
        self._sources = {source: loop.create_future() for source in find_sources(units)}
        self._minimal = {key: loop.create_future() for key in find_minimal_requests(units)}
        self._source_cases = {case.id: case for unit in units for case in unit if case.id in self._sources}

    def end(self) -> None:
        """Forget what is still awaited."""
        for future in (*self._sources.values(), *self._minimal.values()):
            future.cancel()  # or asyncio would log that its error was lost

    async def send_unit(self, unit: Sequence[Case]) -> list[Part]:
        """Send the cases of a unit one after the other and return what is to be judged.

        Raises ConformanceError if the run cannot continue.
        """
        try:
            return await self._send_unit(unit)
        except ConformanceError as error:
            self._fail(unit, error)
            raise
        except Exception as error:  # noqa: BLE001 - one unit must not end a run
            lost = [self._sender.unsent(case, _own_defect(error), "harness") for case in unit]
            report_own_defect("sending", lost[0].case.id, error)
            self._fail(unit, error)
            return [*lost]

    async def send_extra(self, case: Case) -> Exchange:
        """Send a case that the plan does not have."""
        if self._progress is not None:
            self._progress.expect(case)
        return await self._send(case)

    async def _send_unit(self, unit: Sequence[Case]) -> list[Part]:
        exchanges = [exchange for case in unit for exchange in await self._send_safely(case)]
        step = unit[0].scenario
        if self._reused is not None and self._reused.is_gone(exchanges):
            for case in unit:
                await self._create_again(case, {each.id for each in unit})
            exchanges = [exchange for case in unit for exchange in await self._send_safely(case)]
        if not exchanges:
            return []
        exchanges = exchanges if step is None else link_earlier(exchanges)
        parts: list[Part] = [part for exchange in exchanges for part in exchange.split()]
        if step is None:
            parts += await self._bisect(exchanges[0])
        else:
            steps = {each.case.scenario.step: each for each in exchanges if each.case.scenario is not None}
            parts.append(StepGroup(step.id, step.kind, steps))
        return parts + self._silence.take()

    async def _create_again(self, case: Case, unit: AbstractSet[str]) -> None:
        """Forget the recorded exchange of a case, and send again what it depends on outside its unit."""
        assert self._reused is not None  # noqa: S101 - only called for a resumed run
        self._reused.forget(case)
        if case.id in self._sources and self._sources[case.id].done():
            self._sources[case.id] = asyncio.get_running_loop().create_future()
        for taken in case.takes:
            if taken.case and taken.source not in unit and taken.source in self._source_cases:
                if taken.source not in self._renewals:
                    renewal = self._send_again(self._source_cases[taken.source])
                    self._renewals[taken.source] = asyncio.create_task(renewal)
                await asyncio.shield(self._renewals[taken.source])

    async def _send_again(self, source: Case) -> None:
        await self._create_again(source, frozenset())
        await self._send_safely(source)

    async def _bisect(self, whole: Exchange) -> list[Part]:
        try:
            return await self._bisect_case(whole)
        except ConformanceError:
            raise
        except Exception as error:  # noqa: BLE001 - the exchange itself is judged
            report_own_defect("bisecting", whole.case.id, error)
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
            report_own_defect("sending", exchanges[-1].case.id, error)
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
        async with self._slots.setdefault(case.kind, Slots(self._concurrency)).taken(urgency_of(case)):
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


def report_own_defect(doing: str, name: str, error: Exception) -> None:
    """Log that the suite itself failed while it was doing something about a case."""
    _log.error(
        "aoai-conformance failed while %s %s (%s: %s). The run continues; please report this bug.",
        doing,
        name,
        type(error).__name__,
        str(error)[:200],
    )
