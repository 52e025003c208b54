"""The exchanges of an interrupted run, which a resumed run uses instead of sending their requests again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from aoai_conformance.cost.budget import Budget
from aoai_conformance.engine.pacing import Patience
from aoai_conformance.engine.unit_sender import Sender
from aoai_conformance.exchange import Exchange
from aoai_conformance.recording.record_lines import UNJUDGED
from aoai_model.case import Case
from aoai_model.exchange import FailureKind, Request, header
from aoai_reports.record.lines import ExchangeLine
from aoai_reports.results.sufficiency import PROBE

#: Document and operation.
_OperationKey = tuple[str, str]
#: Failures that are about the interrupted run rather than the request.
_NOT_REUSED = frozenset({"budget", "closed", "source", "harness"})


@dataclass(slots=True)
class RecordedExchanges:
    """The exchanges of a record that stand for requests of the same run.

    A request is the same if it belongs to the same case and has the same method, URL and body. Minimal
    requests that had to be changed are recorded as probes, so that these stand for minimal requests, too.
    What was sent to find out whether the server responds is sent again.
    """

    _lines: dict[tuple[str, str], list[ExchangeLine]] = field(default_factory=dict)
    _probes: dict[_OperationKey, list[ExchangeLine]] = field(default_factory=dict)
    _throttled: dict[tuple[str, str], ExchangeLine] = field(default_factory=dict)
    _forgotten: set[tuple[str, str]] = field(default_factory=set)
    _reused: set[tuple[str, str]] = field(default_factory=set)

    @classmethod
    def of(cls, lines: Iterable[ExchangeLine]) -> RecordedExchanges:
        """Collect the lines of a record, those that later ones replace included."""
        recorded = cls()
        for line in lines:
            if line.is_throttled:
                recorded._throttled[line.document, line.planned_case] = line
            elif _is_reusable(line):
                recorded._lines.setdefault((line.document, line.case), []).append(line)
                if line.origin == PROBE:
                    recorded._probes.setdefault((line.document, line.operation), []).append(line)
        return recorded

    def find(self, case: Case, request: Request) -> Exchange | None:
        """Return the recorded exchange of a case and its request, or None."""
        key = case.document, case.id
        if key in self._forgotten:
            return None
        lines = [*self._lines.get(key, ())]
        if case.origin == "base":
            lines += self._probes.get((case.document, case.operation), ())
        line = next((each for each in reversed(lines) if _is_same(each.request, request)), None)
        if line is None:
            return None
        self._reused.add(key)
        busy = self._throttled.get(key)
        throttled = busy.response if busy is not None else None
        attempts = line.attempts + (throttled is not None)
        return Exchange(case, line.request, line.response, line.failure, attempts, throttled)

    def is_gone(self, exchanges: Sequence[Exchange]) -> bool:
        """Whether a request that was sent now did not find what a recorded one had created."""
        return any(
            exchange.response is not None
            and exchange.response.status == 404
            and exchange.case.expect == "accept"
            and (exchange.case.document, exchange.case.id) not in self._reused
            and any((exchange.case.document, taken.source) in self._reused for taken in exchange.case.takes)
            for exchange in exchanges
        )

    def forget(self, case: Case) -> None:
        """Find no exchange for a case any more."""
        self._forgotten.add((case.document, case.id))
        self._reused.discard((case.document, case.id))


@dataclass(frozen=True, slots=True)
class ResumingSender:
    """A sender that returns recorded exchanges, and sends only what the record lacks.

    `describe` returns the request of a case as it would be recorded; `reuse` is called with each recorded
    exchange that is returned. Recorded requests count for the budget.
    """

    sender: Sender
    recorded: RecordedExchanges
    describe: Callable[[Case], Awaitable[Request | None]]
    reuse: Callable[[Exchange], None]

    @property
    def budget(self) -> Budget:
        """What may still be sent."""
        return self.sender.budget

    async def send(self, case: Case, patience: Patience | None = None) -> Exchange:
        """Return the recorded exchange of the case, or send it."""
        request = await self.describe(case)
        exchange = None if request is None else self.recorded.find(case, request)
        if exchange is None:
            return await self.sender.send(case, patience)
        for _ in range(exchange.attempts):
            self.budget.take(case)
            self.budget.settle(case, exchange.response)
        self.reuse(exchange)
        return exchange

    def unsent(self, case: Case, why: str, kind: FailureKind = "source") -> Exchange:
        """Return the exchange of a case that is not sent."""
        return self.sender.unsent(case, why, kind)


def unjudged(line: ExchangeLine) -> ExchangeLine:
    """Return the line as it was when its response arrived."""
    return replace(
        line,
        verdicts={},
        violations=(),
        notes=(),
        quirks=(),
        shown=UNJUDGED,
        further={},
        missing_extras={},
        unjudged=True,
    )


def _is_reusable(line: ExchangeLine) -> bool:
    if not line.attempts or (line.derived is not None and line.derived.kind == "trial"):
        return False
    return line.failure is None or line.failure.kind not in _NOT_REUSED


def _is_same(recorded: Request, request: Request) -> bool:
    return (
        recorded.method == request.method
        and recorded.url == request.url
        and recorded.body == request.body
        and header(recorded.headers, "content-type") == header(request.headers, "content-type")
    )
