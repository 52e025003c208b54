"""The result of each planned point.

A point is *shown correct* or *shown wrong* if a response decides it, *not shown* if it was sent without such
a response, *not sent* if no request carried it, and *not applicable* if the deployment does not support what
it tests. The five numbers add up to the whole plan.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from aoai_model.verdict import PointsShown
from aoai_reports.record.collecting import Collector, Place
from aoai_reports.record.lines import ExchangeLine
from aoai_reports.record.reader import Record
from aoai_reports.results.collected.operation_totals import OperationKey, TotalsCollector

PointState = Literal["shown_correct", "shown_wrong", "not_shown", "not_sent", "not_applicable"]
STATES: tuple[PointState, ...] = ("shown_correct", "shown_wrong", "not_shown", "not_sent", "not_applicable")
#: States without a result.
UNDECIDED: frozenset[PointState] = frozenset({"not_shown", "not_sent", "not_applicable"})

BUDGET = "budget"
#: The cause of points of operations that are sent only with --allow-billed.
NOT_ALLOWED = "needs --allow-billed"
#: The cause of points that no request can carry.
UNSENDABLE = "cannot be sent"
#: The cause of points that test what the deployment does not support.
CAPABILITY = "capability"
#: The cause of points of an operation that the service is known not to offer at this kind of endpoint.
KNOWN_QUIRK = "known quirk"
#: The failure of requests that were not sent because the minimal request of the operation failed.
CLOSED = "closed"
INTERRUPTED = "interrupted"
NOT_REACHED = "not reached"
#: Failures after which a request cannot have reached the target.
NEVER_SENT = frozenset({"connect", "harness", "budget", "closed", "source"})
#: If exchanges show different states of a point, the strongest counts.
_STRENGTH: Mapping[PointState, int] = {
    "shown_wrong": 5, "shown_correct": 4, "not_applicable": 3, "not_shown": 2, "not_sent": 1,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one planned point; `cause`, `subject` and `message` explain an undecided one."""

    state: PointState
    cause: str = ""
    subject: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class Undecided:
    """Undecided points of one operation with the same reason."""

    document: str
    operation: str
    state: PointState
    cause: str
    reason: str
    count: int


@dataclass(frozen=True, slots=True)
class OperationAccount:
    """The results of the points of one operation of one document, in plan order."""

    document: str
    operation: str
    outcomes: Mapping[str, Outcome]

    def number(self, state: PointState) -> int:
        """The number of points in a state."""
        return sum(outcome.state == state for outcome in self.outcomes.values())

    @property
    def shown(self) -> int:
        """The number of points shown correct or wrong."""
        return self.number("shown_correct") + self.number("shown_wrong")

    @property
    def cut_by_budget(self) -> int:
        """The number of points that a budget cut."""
        return sum(outcome.cause == BUDGET for outcome in self.outcomes.values())

    @property
    def not_allowed(self) -> int:
        """The number of points that need --allow-billed."""
        return sum(outcome.cause == NOT_ALLOWED for outcome in self.outcomes.values())

    @property
    def withheld(self) -> int:
        """The number of points that the options of the run keep from being sent."""
        return self.cut_by_budget + self.not_allowed

    def expected(self, *, complete: bool) -> int:
        """The number of points to show: those that apply, can be sent and were not withheld.

        With `complete`, withheld points are included.
        """
        cut = 0 if complete else self.withheld
        unsendable = sum(outcome.cause == UNSENDABLE for outcome in self.outcomes.values())
        return len(self.outcomes) - self.number("not_applicable") - unsendable - cut

    def undecided(self) -> Iterator[Undecided]:
        """The undecided points by state and reason, the most frequent reasons first."""
        counts: Counter[tuple[PointState, str, str]] = Counter()
        reasons: dict[tuple[PointState, str, str], str] = {}
        for outcome in self.outcomes.values():
            if outcome.state in UNDECIDED:
                key = (outcome.state, outcome.cause, outcome.subject)
                counts[key] += 1
                reasons.setdefault(key, reason_of(outcome))
        for key, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
            yield Undecided(self.document, self.operation, key[0], key[1], reasons[key], count)


def reason_of(outcome: Outcome) -> str:
    """Why a point was not decided: `capability: temperature: MESSAGE OF THE SERVER`."""
    return ": ".join(filter(None, (outcome.cause, outcome.subject, outcome.message)))


def account_of(record: Record) -> tuple[OperationAccount, ...]:
    """The results of the planned points by document and operation, in plan order."""
    collected = record.collected(PointCollector)
    left_out = _left_out(record)
    unsent = Outcome("not_sent", INTERRUPTED if record.interrupted else NOT_REACHED)
    accounts: list[OperationAccount] = []
    for key, planned in _planned(record).items():
        outcomes = dict.fromkeys(planned, unsent) | {
            point: outcome for point, outcome in left_out.get(key, {}).items() if point in planned
        }
        for point, shown in collected.shown.get(key, {}).items():
            known = outcomes.get(point)
            if known is not None and (known is unsent or _is_stronger(shown.outcome, known)):
                outcomes[point] = shown.outcome
        closed = _closed(collected.minimal.get(key))
        if closed is not None:
            outcomes = {
                point: closed if outcome.cause == CLOSED else outcome for point, outcome in outcomes.items()
            }
        accounts.append(OperationAccount(*key, outcomes))
    return tuple(accounts)


@dataclass(slots=True)
class _Shown:
    """The strongest outcome of a point, the first of equals, with its place; `sent` says whether it was."""

    outcome: Outcome
    place: Place
    sent: bool

    def join(self, other: _Shown) -> None:
        self.sent |= other.sent
        rank, others = _STRENGTH[self.outcome.state], _STRENGTH[other.outcome.state]
        if others > rank or (others == rank and other.place < self.place):
            self.outcome, self.place = other.outcome, other.place


class PointCollector(Collector):
    """Collects what the exchanges show about their points.

    `shown` has the outcome of each point, `responded` the points that got a response, and `minimal` the first
    result of a minimal request with its place; all by document and operation.
    """

    __slots__ = ("minimal", "responded", "shown")

    def __init__(self) -> None:
        self.shown: dict[OperationKey, dict[str, _Shown]] = {}
        self.responded: dict[OperationKey, set[str]] = {}
        self.minimal: dict[OperationKey, tuple[Place, PointsShown]] = {}

    def add_exchange(self, line: ExchangeLine, place: Place, /) -> None:
        """Add the points of an exchange."""
        key = (line.document, line.operation)
        if line.origin == "base" and line.shown is not None:
            self._add_minimal(key, (place, line.shown))
        if not line.points:
            return
        sent = was_sent(line)
        for point, outcome in outcomes_in(line):
            self._add_shown(key, point, _Shown(outcome, place, sent))
        if line.response is not None:
            self.responded.setdefault(key, set()).update(point.id for point in line.points)

    def _add_minimal(self, key: OperationKey, minimal: tuple[Place, PointsShown]) -> None:
        known = self.minimal.get(key)
        if known is None or minimal[0] < known[0]:
            self.minimal[key] = minimal

    def _add_shown(self, key: OperationKey, point: str, shown: _Shown) -> None:
        known = self.shown.setdefault(key, {}).get(point)
        if known is None:
            self.shown[key][point] = shown
        else:
            known.join(shown)

    def join(self, other: PointCollector) -> None:
        """Add the points of other exchanges."""
        for key, minimal in other.minimal.items():
            self._add_minimal(key, minimal)
        for key, points in other.shown.items():
            for point, shown in points.items():
                self._add_shown(key, point, shown)
        for key, ids in other.responded.items():
            self.responded.setdefault(key, set()).update(ids)


def _is_stronger(one: Outcome, other: Outcome) -> bool:
    return _STRENGTH[one.state] > _STRENGTH[other.state]


def _closed(first: tuple[Place, PointsShown] | None) -> Outcome | None:
    """The result of points that were not sent because the minimal request failed; None if it did not fail."""
    minimal = None if first is None else first[1]
    if minimal is None or minimal.state == "correct":
        return None
    state: PointState = "not_applicable" if minimal.state == "not_applicable" else "not_sent"
    cause = minimal.cause if minimal.cause == KNOWN_QUIRK else f"the minimal request failed: {minimal.cause}"
    return Outcome(state, cause, minimal.subject, minimal.message)


def outcomes_in(line: ExchangeLine) -> Iterator[tuple[str, Outcome]]:
    """The result that one exchange shows for each point that it carries."""
    wrong = {violation.point for violation in line.violations}
    shown = line.shown or _shown_without_state(line)
    for point in line.points:
        yield point.id, Outcome("shown_wrong") if point.id in wrong else _outcome(line, shown)


def totals(accounts: Iterable[OperationAccount]) -> dict[PointState, int]:
    """The number of points in each state, over all operations."""
    counts: Counter[PointState] = Counter()
    for account in accounts:
        counts.update(outcome.state for outcome in account.outcomes.values())
    return {state: counts[state] for state in STATES}


def sent_count(record: Record, accounts: Iterable[OperationAccount]) -> int:
    """The number of planned points that were sent to the target."""
    planned = {(each.document, each.operation, point) for each in accounts for point in each.outcomes}
    carried = {
        (*key, point)
        for key, points in record.collected(PointCollector).shown.items()
        for point, shown in points.items()
        if shown.sent
    }
    return len(planned & carried)


def was_sent(line: ExchangeLine) -> bool:
    """Whether the request may have reached the target."""
    return line.failure is None or (line.attempts > 0 and line.failure.kind not in NEVER_SENT)


def _outcome(line: ExchangeLine, shown: PointsShown) -> Outcome:
    match shown.state:
        case "correct":
            return Outcome("shown_correct")
        case "wrong":
            return Outcome("shown_wrong")
        case "not_applicable":
            return Outcome("not_applicable", shown.cause, shown.subject, shown.message)
        case "not_shown":
            state: PointState = "not_shown" if was_sent(line) else "not_sent"
            return Outcome(state, shown.cause, shown.subject, shown.message)


def _shown_without_state(line: ExchangeLine) -> PointsShown:
    """What a line of an old record shows, which has no state: any response counts as correct."""
    if line.failure is None:
        return PointsShown("correct")
    return PointsShown("not_shown", line.failure.kind, "", line.failure.message)


def _planned(record: Record) -> dict[OperationKey, tuple[str, ...]]:
    planned = record.header.planned
    if planned.documents:
        return {
            (document, operation): points
            for document, operations in planned.documents.items()
            for operation, points in operations.items()
        }
    document = record.header.documents[0] if record.header.documents else ""
    found: dict[str, str] = {}
    for first, operation in record.collected(TotalsCollector).by_operation():
        found.setdefault(operation, first)
    return {
        (found.get(operation, document), operation): points for operation, points in planned.points.items()
    }


def _left_out(record: Record) -> dict[OperationKey, dict[str, Outcome]]:
    found: dict[OperationKey, dict[str, Outcome]] = {}
    for each in record.header.planned.left_out:
        state: PointState = "not_applicable" if each.cause == CAPABILITY else "not_sent"
        outcome = Outcome(state, each.cause, each.subject, each.message)
        found.setdefault((each.document, each.operation), {}).update(dict.fromkeys(each.points, outcome))
    return found
