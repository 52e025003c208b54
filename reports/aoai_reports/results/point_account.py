"""The result of each planned point.

A point is *shown correct* or *shown wrong* if a response decides it, *not shown* if it was sent without such
a response, *not sent* if no request carried it, and *not applicable* if the deployment does not support what
it tests. The five numbers add up to the whole plan.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from aoai_model.verdict import PointsShown
from aoai_reports.record.lines import ExchangeLine
from aoai_reports.record.reader import Record

PointState = Literal["shown_correct", "shown_wrong", "not_shown", "not_sent", "not_applicable"]
STATES: tuple[PointState, ...] = ("shown_correct", "shown_wrong", "not_shown", "not_sent", "not_applicable")
#: States without a result.
UNDECIDED: frozenset[PointState] = frozenset({"not_shown", "not_sent", "not_applicable"})
#: Document and operationId.
OperationKey: TypeAlias = tuple[str, str]

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
    exchanges: dict[OperationKey, list[ExchangeLine]] = {}
    for line in record.exchanges:
        exchanges.setdefault((line.document, line.operation), []).append(line)
    left_out = _left_out(record)
    unsent = Outcome("not_sent", INTERRUPTED if record.interrupted else NOT_REACHED)
    accounts: list[OperationAccount] = []
    for key, planned in _planned(record).items():
        outcomes = dict.fromkeys(planned, unsent) | {
            point: outcome for point, outcome in left_out.get(key, {}).items() if point in planned
        }
        for line in exchanges.get(key, ()):
            for point, outcome in outcomes_in(line):
                known = outcomes.get(point)
                if known is not None and (known is unsent or _is_stronger(outcome, known)):
                    outcomes[point] = outcome
        closed = _closed(exchanges.get(key, ()))
        if closed is not None:
            outcomes = {
                point: closed if outcome.cause == CLOSED else outcome for point, outcome in outcomes.items()
            }
        accounts.append(OperationAccount(*key, outcomes))
    return tuple(accounts)


def _is_stronger(one: Outcome, other: Outcome) -> bool:
    return _STRENGTH[one.state] > _STRENGTH[other.state]


def _closed(lines: Iterable[ExchangeLine]) -> Outcome | None:
    """The result of points that were not sent because the minimal request failed; None if it did not fail."""
    minimal = next((line.shown for line in lines if line.origin == "base" and line.shown is not None), None)
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
        (line.document, line.operation, point.id)
        for line in record.exchanges
        if was_sent(line)
        for point in line.points
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
    found = {line.operation: line.document for line in reversed(record.exchanges)}
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
