"""The hard stop of a run: it counts every request and response, and says when nothing more may be sent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from aoai_conformance.cost.limits import SpendingLimits
from aoai_conformance.cost.rates import Cost, Rates
from aoai_conformance.cost.reported import reported_usage
from aoai_model.case import Case
from aoai_model.exchange import Response
from aoai_strategies.requests.costs import Usage, usage_of


def _now() -> float:
    return asyncio.get_running_loop().time()


@dataclass(slots=True)
class Budget:
    """What a run may still send, retries and bisecting included, and what it has used.

    A request reserves what the plan expects it to use, and is charged what its response reports, so that the
    limits on tokens and money can be exceeded by no more than the requests in flight. The time starts with
    the instance. `sent` counts requests; `used` has the usage and `cost` the money of the responses.
    """

    requests: int | None = None
    limits: SpendingLimits = field(default_factory=SpendingLimits)
    rates: Rates = field(default_factory=Rates)
    clock: Callable[[], float] = _now
    sent: int = 0
    used: Usage = field(default_factory=Usage)
    cost: Cost = field(default_factory=Cost)
    _reserved: Usage = field(default_factory=Usage)
    _reserved_cost: float = 0.0
    _deadline: float | None = None

    def __post_init__(self) -> None:
        if self.limits.requests is not None:
            self.requests = self.limits.requests
        if self.limits.seconds is not None:
            self._deadline = self.clock() + self.limits.seconds

    @property
    def deadline(self) -> float | None:
        """When the time is up, by the clock of the event loop; None without a limit."""
        return self._deadline

    @property
    def is_spent(self) -> bool:
        """Whether no further request may be sent."""
        return self.exceeded_by() != ""

    def exceeded_by(self, case: Case | None = None) -> str:
        """The option whose limit a further request would exceed, such as `--max-requests`; empty if none."""
        return self._exceeded(*self._expected(case))

    def take(self, case: Case | None = None) -> bool:
        """Count one request and reserve what it is expected to use; return False if it may not be sent."""
        usage, cost = self._expected(case)
        if self._exceeded(usage, cost):
            return False
        self.sent += 1
        self._reserved += usage
        self._reserved_cost += cost
        return True

    def settle(self, case: Case, response: Response | None) -> None:
        """Charge what a response reports instead of what its request reserved; None if there is none."""
        usage, cost = self._expected(case)
        self._reserved += usage * -1
        self._reserved_cost -= cost
        reported = reported_usage(case, response)
        self.used += reported.usage
        self.cost += self.rates.cost(case.kind, reported.usage, reported.cached_tokens)

    def _expected(self, case: Case | None) -> tuple[Usage, float]:
        if case is None:
            return Usage(requests=1), 0.0
        usage = usage_of(case)
        return usage, self.rates.cost(case.kind, usage).amount

    def _exceeded(self, usage: Usage, cost: float) -> str:
        """The option whose limit a further usage would exceed, or that is used up already."""
        limits = self.limits
        tokens = self.used.tokens + self._reserved.tokens
        spent = self.cost.amount + self._reserved_cost
        if self.requests is not None and self.sent >= self.requests:
            return "--max-requests"
        if limits.tokens is not None and (tokens >= limits.tokens or tokens + usage.tokens > limits.tokens):
            return "--max-tokens"
        if limits.cost is not None and (spent > limits.cost or spent + cost > limits.cost):
            return "--max-cost"
        if self._deadline is not None and self.clock() >= self._deadline:
            return "--max-time"
        return ""
