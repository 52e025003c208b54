"""Find the request after which a server stops responding, wait for the server, and continue.

If several requests time out close together, sending pauses until the cause is known. The minimal request
shows whether the server responds; once it does, the requests without a response are sent again one at a time,
each together with the minimal request. Requests and waits are limited.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Protocol

from aoai_conformance.engine.isolation.isolation import OperationKey
from aoai_conformance.engine.pacing import Patience
from aoai_conformance.exchange import Exchange
from aoai_conformance.judging.judged import Part, StepGroup
from aoai_conformance.views.scenarios import (
    STOPPED_RESPONDING,
    is_silent,
    trial_steps,
)
from aoai_model.case import Case, Derivation, ScenarioStep
from aoai_model.exchange import FailureKind

#: How many of the latest requests are considered, and how many of them must have had no response.
WINDOW, IN_TROUBLE = 16, 3
#: How many requests are sent again alone, how often each, and how many such searches a run may make.
MOST_SUSPECTS, TRIALS, MOST_SEARCHES = 16, 2, 4
#: How many of the last requests with a response are suspects too.
LAST_WITH_RESPONSE = 4
#: How often the minimal request is tried before the server is given up, with pauses that double.
RECOVERY_ATTEMPTS, FIRST_PAUSE = 5, 0.5
#: After how many consecutive unresponsive operations no further one is tried.
MOST_SILENT_OPERATIONS = 3
#: Seconds between a request and the minimal request that is sent with it.
HEAD_START = 0.2
_ONCE = Patience(busy_attempts=2, broken_attempts=1, slow_attempts=1)
#: The check after a request: a server may still be closing the connections of that request.
_AFTER = Patience(busy_attempts=2, broken_attempts=2, slow_attempts=1)


class SilenceSender(Protocol):
    """Sends the requests of a run."""

    async def send(self, case: Case, patience: Patience | None = None) -> Exchange:
        """Send the case and return the exchange, which may have failed."""

    def unsent(self, case: Case, why: str, kind: FailureKind = "source") -> Exchange:
        """Return the exchange of a case that is not sent."""


class Silence:
    """Sends the requests of a run and pauses while the server does not respond.

    `may_send` says whether a further request may be sent; `take` returns what was found. An instance serves
    one run.
    """

    def __init__(
        self,
        sender: SilenceSender,
        may_send: Callable[[], bool],
        *,
        first_pause: float | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._sender = sender
        self._may_go_on = may_send
        self._first_pause = FIRST_PAUSE if first_pause is None else first_pause
        self._sleep = sleep
        self._open = asyncio.Event()
        self._open.set()
        self._quiet = asyncio.Event()
        self._under_way = 0
        self._latest: deque[bool] = deque(maxlen=WINDOW)
        self._suspects: list[Exchange] = []
        self._with_response: deque[Exchange] = deque(maxlen=LAST_WITH_RESPONSE)
        self._looking = asyncio.Lock()
        self._bases: dict[OperationKey, Case] = {}
        self._searches = 0
        self._gone = ""
        self._silent_operations = 0
        self._closed: dict[OperationKey, str] = {}
        self._found: list[Part] = []

    def learn(self, exchange: Exchange) -> None:
        """Remember the minimal request of an operation if the server responds to it."""
        case = exchange.case
        if case.origin == "base" and not exchange.is_failed_minimal and exchange.response is not None:
            self._bases[_key(case)] = case

    def take(self) -> list[Part]:
        """Return what was found since the last call, to be judged."""
        found, self._found = self._found, []
        return found

    async def send(self, case: Case) -> Exchange:
        """Send a case of the run once the server is known to respond."""
        await self._open.wait()
        if self._gone and case.origin != "base":
            await self._look_again(case)
        why = self._closed.get(_key(case))
        if why is not None:
            return self._sender.unsent(case, why, "unavailable")
        self._under_way += 1
        self._quiet.clear()
        try:
            exchange = await self._sender.send(case)
        finally:
            self._under_way -= 1
            if not self._under_way:
                self._quiet.set()
        self.learn(exchange)
        await self._watch(exchange)
        return exchange

    async def _watch(self, exchange: Exchange) -> None:
        in_trouble = is_silent(exchange) or _was_slow(exchange)
        if exchange.attempts:
            self._latest.append(in_trouble)
        if in_trouble:
            recent = self._suspects if sum(self._latest) > 1 else []
            self._suspects = [*recent, exchange][-MOST_SUSPECTS:]
        elif not self._suspects and exchange.response is not None and exchange.case.origin != "base":
            self._with_response.append(exchange)
        may_search = self._open.is_set() and self._searches < MOST_SEARCHES
        if in_trouble and may_search and sum(self._latest) >= IN_TROUBLE:
            await self._search()

    async def _search(self) -> None:
        """Pause sending and find out after which of the latest requests the server stops responding."""
        self._open.clear()
        try:
            await self._quiet.wait()
            suspects, self._suspects = self._suspects, []
            self._latest.clear()
            base = self._base_for(suspects[-1].case)
            if base is None:
                return
            self._searches += 1
            if await self._recovers(base) is None:
                self._give_up(suspects)
                return
            if not await self._try_each(suspects, base):
                await self._try_each([*reversed(self._with_response)], base)
        finally:
            self._latest.clear()
            self._with_response.clear()
            self._open.set()

    async def _try_each(self, suspects: Sequence[Exchange], base: Case) -> bool:
        """Send requests again one at a time; return whether the server stopped responding after one."""
        silenced = False
        for suspect in suspects:
            if suspect.case.origin == "base" or self._gone or not await self._try_alone(suspect, base):
                continue
            silenced = True
            if await self._recovers(base) is None:
                self._give_up([suspect])
        return silenced

    async def _try_alone(self, suspect: Exchange, base: Case) -> bool:
        """Send a request alone, again if the server stops responding; return whether it ever did."""
        name = f"{suspect.case.id}/alone"
        steps: dict[str, Exchange] = {}
        silenced = False
        for trial in range(1, TRIALS + 1):
            request, before, after = trial_steps(trial)
            recovered = await self._recovers(base, name, before, suspect.case.id)
            if recovered is None or not self._may_go_on():
                break
            of_request = _step(suspect.case, name, request, suspect.case.id, planned=True)
            sending = asyncio.create_task(self._sender.send(of_request, _ONCE))
            try:
                await asyncio.wait({sending}, timeout=HEAD_START)
                check = _step(base, name, after, suspect.case.id)
                checked = await self._sender.send(check, _AFTER)
                steps |= {request: await sending, before: recovered, after: checked}
            finally:
                sending.cancel()
            if not is_silent(checked):
                break
            silenced = True
        if silenced:
            self._found += [*steps.values(), StepGroup(name, STOPPED_RESPONDING, steps)]
        elif steps:
            self._found += [each for each in steps.values() if each.case.origin != "check"]
        return silenced

    async def _recovers(
        self, base: Case, name: str = "", step: str = "check", of: str = ""
    ) -> Exchange | None:
        """Send the minimal request until the server responds; return None if it does not."""
        pause = self._first_pause
        for attempt in range(RECOVERY_ATTEMPTS):
            if not self._may_go_on():
                return None
            check = _step(base, name or f"{base.id}/responding", step, of or base.id)
            exchange = await self._sender.send(check, _ONCE)
            if exchange.response is not None:
                return exchange
            if attempt + 1 < RECOVERY_ATTEMPTS:
                await self._sleep(pause)
                pause *= 2
        return None

    def _give_up(self, suspects: Sequence[Exchange]) -> None:
        """Close the operations of the requests; others are tried by their minimal request."""
        if not self._may_go_on():
            return
        names = ", ".join(suspect.case.id for suspect in suspects)
        self._gone = f"Not sent: the server stopped responding after {names}."
        self._silent_operations = 1
        for suspect in suspects:
            self._closed[_key(suspect.case)] = self._gone
        steps = {suspect.case.id: suspect for suspect in suspects}
        self._found.append(StepGroup(f"{suspects[0].case.id}/silent", STOPPED_RESPONDING, steps))

    async def _look_again(self, case: Case) -> None:
        """Try the minimal request of an operation once after the server stopped responding."""
        key = _key(case)
        base = self._bases.get(key)
        async with self._looking:
            if key in self._closed or base is None or not self._gone:
                return
            if self._silent_operations < MOST_SILENT_OPERATIONS:
                exchange = await self._sender.send(
                    _step(base, f"{base.id}/responding", "again", base.id), _ONCE
                )
                if exchange.response is not None:
                    self._gone = ""
                    return
                self._silent_operations += 1
            self._closed[key] = self._gone

    def _base_for(self, case: Case) -> Case | None:
        """Return the minimal request of the operation of a case, or of any operation known to respond."""
        return self._bases.get(_key(case)) or next(iter(self._bases.values()), None)


def _was_slow(exchange: Exchange) -> bool:
    """Whether a response came only after attempts without one."""
    return exchange.response is not None and exchange.attempts > 1 and exchange.throttled is None


def _step(case: Case, scenario: str, step: str, of: str, *, planned: bool = False) -> Case:
    """Return a case as a trial derived from the case `of`; only a planned one keeps its expectation."""
    placed = replace(
        case,
        id=f"{scenario}/{step}",
        scenario=ScenarioStep(scenario, STOPPED_RESPONDING, step),
        derived=Derivation(of, "trial"),
    )
    return placed if planned else replace(placed, origin="check", expect="any", points=())


def _key(case: Case) -> OperationKey:
    return case.document, case.operation
