"""The number and the cost of the exchanges of each operation."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TypeAlias

from aoai_model.verdict import Tokens
from aoai_reports.record.collecting import Collector, Place
from aoai_reports.record.lines import ExchangeLine

#: Document and operationId.
OperationKey: TypeAlias = tuple[str, str]


@dataclass(slots=True)
class OperationTotals:
    """The exchanges of one operation.

    `first` is the place of the first one and `kind` its kind; `first_response` is the place of the first with
    a response, None without one. `repeated` counts the attempts that repeated a failed one.
    """

    first: tuple[Place, str]
    first_response: Place | None = None
    exchanges: int = 0
    unanswered: int = 0
    attempts: int = 0
    repeated: int = 0
    tokens: Tokens = field(default_factory=Tokens)
    _seconds: Fraction = Fraction(0)
    _is_endless: bool = False

    @property
    def seconds(self) -> float:
        """The sum of the times until the responses ended, independent of their order."""
        try:
            return math.inf if self._is_endless else float(self._seconds)
        except OverflowError:
            return math.inf

    def add_seconds(self, seconds: float) -> None:
        """Add the time until a response ended."""
        if math.isfinite(seconds):
            self._seconds += Fraction(seconds)
        else:
            self._is_endless = True

    @property
    def kind(self) -> str:
        """The kind of the operation."""
        return self.first[1]

    def join(self, other: OperationTotals) -> None:
        """Add further exchanges."""
        self.first = min(self.first, other.first)
        responses = [each for each in (self.first_response, other.first_response) if each is not None]
        self.first_response = min(responses, default=None)
        self.exchanges += other.exchanges
        self.unanswered += other.unanswered
        self.attempts += other.attempts
        self.repeated += other.repeated
        self.tokens += other.tokens
        self._seconds += other._seconds
        self._is_endless |= other._is_endless


class TotalsCollector(Collector):
    """Collects the totals of each operation."""

    __slots__ = ("_totals",)

    def __init__(self) -> None:
        self._totals: dict[OperationKey, OperationTotals] = {}

    def add_exchange(self, line: ExchangeLine, place: Place, /) -> None:
        """Add an exchange."""
        key = (line.document, line.operation)
        totals = self._totals.get(key)
        if totals is None:
            totals = self._totals[key] = OperationTotals((place, line.kind))
        elif place < totals.first[0]:
            totals.first = (place, line.kind)
        totals.exchanges += 1
        totals.attempts += line.attempts
        totals.repeated += line.attempts - (line.attempts > 0 and not line.is_throttled)
        if line.tokens.prompt or line.tokens.completion:
            totals.tokens += line.tokens
        if line.response is None:
            totals.unanswered += 1
        else:
            totals.add_seconds(line.response.ended)
            if totals.first_response is None or place < totals.first_response:
                totals.first_response = place

    def join(self, other: TotalsCollector) -> None:
        """Add the totals of other exchanges."""
        for key, totals in other._totals.items():
            mine = self._totals.get(key)
            if mine is None:
                self._totals[key] = totals
            else:
                mine.join(totals)

    def by_operation(self) -> dict[OperationKey, OperationTotals]:
        """The totals by document and operation, in the order of their first exchanges."""
        return dict(sorted(self._totals.items(), key=lambda item: item[1].first))

    @property
    def exchanges(self) -> int:
        """The number of all exchanges."""
        return sum(each.exchanges for each in self._totals.values())

    @property
    def attempts(self) -> int:
        """The number of all requests, retries included."""
        return sum(each.attempts for each in self._totals.values())

    @property
    def repeated(self) -> int:
        """The number of requests that repeated a failed one."""
        return sum(each.repeated for each in self._totals.values())

    @property
    def tokens(self) -> Tokens:
        """The tokens of all exchanges."""
        return sum((each.tokens for each in self._totals.values()), Tokens())
