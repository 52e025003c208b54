"""Budgets of a run: requests, tokens, money and time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from aoai_conformance.cost.rates import Rates
from aoai_conformance.options import RunChoices
from aoai_model.case import Case
from aoai_specs.errors import ConformanceError
from aoai_strategies.requests.costs import Usage, usage_of


@dataclass(frozen=True, slots=True, kw_only=True)
class SpendingLimits:
    """What a run may use at most; None is unlimited. `cost` is money in the currency of the prices."""

    requests: int | None = None
    tokens: int | None = None
    cost: float | None = None
    seconds: float | None = None

    @classmethod
    def of(cls, choices: RunChoices) -> SpendingLimits:
        """The limits that a user chose."""
        return cls(
            requests=choices.max_requests,
            tokens=choices.max_tokens,
            cost=choices.max_cost,
            seconds=choices.max_time,
        )

    @property
    def are_given(self) -> bool:
        """Whether anything is limited."""
        return self != SpendingLimits()


@dataclass(slots=True)
class PlanRoom:
    """The room that limits leave in a plan, by the estimated usage of its cases.

    `used` and `spent` are the usage by kind of operation, and its cost. Raises ConformanceError for a case
    whose price is unknown if the cost is limited.
    """

    limits: SpendingLimits
    rates: Rates
    used: dict[str, Usage] = field(default_factory=dict)
    spent: float = 0.0

    def use(self, case: Case, attempts: int = 1) -> None:
        """Count a case that was sent already, however much room it leaves."""
        usage = replace(usage_of(case), requests=attempts)
        self.used[case.kind] = self.used.get(case.kind, Usage()) + usage
        self.spent += self._cost(case, usage)

    def take(self, cases: Sequence[Case]) -> bool:
        """Reserve room for the cases; return False if they do not fit."""
        used, spent = dict(self.used), self.spent
        for case in cases:
            usage = usage_of(case)
            used[case.kind] = used.get(case.kind, Usage()) + usage
            spent += self._cost(case, usage)
        if not self._fits(used, spent):
            return False
        self.used, self.spent = used, spent
        return True

    def _fits(self, used: dict[str, Usage], spent: float) -> bool:
        limits, total = self.limits, sum(used.values(), Usage())
        return (
            (limits.requests is None or total.requests <= limits.requests)
            and (limits.tokens is None or total.tokens <= limits.tokens)
            and (limits.cost is None or spent <= limits.cost)
            and (limits.seconds is None or self.rates.seconds(used) <= limits.seconds)
        )

    def _cost(self, case: Case, usage: Usage) -> float:
        if self.limits.cost is None:
            return 0.0
        cost = self.rates.cost(case.kind, usage)
        if cost.unknown:
            raise ConformanceError(
                f"--max-cost needs the price of {cost.unknown[0]}, which serves {case.operation}; "
                "add it to a copy of the prices and name the copy with --prices."
            )
        return cost.amount
