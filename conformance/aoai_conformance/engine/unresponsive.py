"""What to do when a server stops responding: find the request that does it, wait, and go on.

Where several requests run into time-outs close together, nothing else is sent until it is known why. The
minimal request shows whether the server responds; once it does, the requests without a response are sent
again one at a time, each with the minimal request beside it. Requests and waits are bounded.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Protocol

from aoai_conformance.engine.isolation import OperationKey
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

#: How many of the latest requests are looked at, and how many of them must have met with silence.
WINDOW, IN_TROUBLE = 16, 3
#: How many requests are sent again alone, how often each, and how many such searches a run may make.
MOST_SUSPECTS, TRIALS, MOST_SEARCHES = 16, 2, 4
#: How many of the requests answered last before the silence are under suspicion, too.
LAST_ANSWERED = 4
#: How often the minimal request is tried until the server counts as gone, with pauses that double.
RECOVERY_ATTEMPTS, FIRST_PAUSE = 5, 0.5
#: How many operations may fail to respond, one after the other, before no further one is tried.
MOST_SILENT_OPERATIONS = 3
#: How long a request has to itself before the minimal request is sent beside it.
HEAD_START = 0.2
_ONCE = Patience(busy_attempts=2, broken_attempts=1, slow_attempts=1)


class SilenceSender(Protocol):
    """What sends the requests of a run."""

    async def send(self, case: Case, patience: Patience | None = None) -> Exchange:
        """Send the case and give the exchange, a failed one included."""

    def unsent(self, case: Case, why: str, kind: FailureKind = "source") -> Exchange:
        """The exchange of a case that is not sent at all."""


class Silence:
    """Sends the requests of a run, and holds them back while a server does not respond; good for one run.

    `may_go_on` says whether a further request may be sent. What is found is left in `take`.
    """

    def __init__(
        self,
        sender: SilenceSender,
        may_go_on: Callable[[], bool],
        *,
        first_pause: float = FIRST_PAUSE,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._sender = sender
        self._may_go_on = may_go_on
        self._first_pause = first_pause
        self._sleep = sleep
        self._open = asyncio.Event()
        self._open.set()
        self._quiet = asyncio.Event()
        self._under_way = 0
        self._latest: deque[bool] = deque(maxlen=WINDOW)
        self._suspects: list[Exchange] = []
        self._answered: deque[Exchange] = deque(maxlen=LAST_ANSWERED)
        self._looking = asyncio.Lock()
        self._bases: dict[OperationKey, Case] = {}
        self._searches = 0
        self._gone = ""
        self._silent_operations = 0
        self._closed: dict[OperationKey, str] = {}
        self._found: list[Part] = []

    def learn(self, exchange: Exchange) -> None:
        """Note the minimal request of an operation that responds to it."""
        case = exchange.case
        if case.origin == "base" and not exchange.is_failed_minimal and exchange.response is not None:
            self._bases[_key(case)] = case

    def take(self) -> list[Part]:
        """What was found since the last time, to be judged."""
        found, self._found = self._found, []
        return found

    async def send(self, case: Case) -> Exchange:
        """Send a case of the run, once the server is known to respond."""
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
            self._answered.append(exchange)
        may_search = self._open.is_set() and self._searches < MOST_SEARCHES
        if in_trouble and may_search and sum(self._latest) >= IN_TROUBLE:
            await self._search()

    async def _search(self) -> None:
        """Hold everything back, and find out which of the latest requests the server falls silent after."""
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
                await self._try_each([*reversed(self._answered)], base)
        finally:
            self._latest.clear()
            self._answered.clear()
            self._open.set()

    async def _try_each(self, suspects: Sequence[Exchange], base: Case) -> bool:
        """Send requests again one at a time; whether the server fell silent after one of them."""
        silenced = False
        for suspect in suspects:
            if suspect.case.origin == "base" or self._gone or not await self._try_alone(suspect, base):
                continue
            silenced = True
            if await self._recovers(base) is None:
                self._give_up([suspect])
        return silenced

    async def _try_alone(self, suspect: Exchange, base: Case) -> bool:
        """Send a request alone, and again where the server falls silent; whether it ever did."""
        name = f"{suspect.case.id}/alone"
        steps: dict[str, Exchange] = {}
        silenced = False
        for trial in range(1, TRIALS + 1):
            request, before, after = trial_steps(trial)
            answered = await self._recovers(base, name, before, suspect.case.id)
            if answered is None or not self._may_go_on():
                break
            of_request = _step(suspect.case, name, request, suspect.case.id, planned=True)
            sending = asyncio.create_task(self._sender.send(of_request, _ONCE))
            try:
                await asyncio.wait({sending}, timeout=HEAD_START)
                checked = await self._sender.send(_step(base, name, after, suspect.case.id), _ONCE)
                steps |= {request: await sending, before: answered, after: checked}
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
        """Send the minimal request until the server responds to it; None where it does not."""
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
        """Send nothing more to the operation of the requests; others are tried by their minimal request."""
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
        """Try an operation by its minimal request, once, after the server stopped responding."""
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
        """The minimal request of the operation of a case, or of any that is known to respond."""
        return self._bases.get(_key(case)) or next(iter(self._bases.values()), None)


def _was_slow(exchange: Exchange) -> bool:
    """Whether a response came only after attempts without one."""
    return exchange.response is not None and exchange.attempts > 1 and exchange.throttled is None


def _step(case: Case, scenario: str, step: str, of: str, *, planned: bool = False) -> Case:
    """A case as it is sent to find out whether the server responds; a check claims nothing of its request."""
    placed = replace(
        case,
        id=f"{scenario}/{step}",
        scenario=ScenarioStep(scenario, STOPPED_RESPONDING, step),
        derived=Derivation(of, "trial"),
    )
    return placed if planned else replace(placed, origin="check", expect="any", points=())


def _key(case: Case) -> OperationKey:
    return case.document, case.operation
