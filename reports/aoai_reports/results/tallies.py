"""Counts over a record: rules, topics, operations and quirks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from aoai_model.verdict import Level, Tokens
from aoai_reports.record.collecting import Collector, Place
from aoai_reports.record.lines import ExchangeLine, RuleCounts, ScenarioLine
from aoai_reports.record.reader import Record
from aoai_reports.results.collected.operation_totals import OperationKey, OperationTotals, TotalsCollector
from aoai_reports.results.collected.verdicts import VerdictCollector
from aoai_reports.results.findings import Finding
from aoai_reports.results.point_account import OperationAccount, PointState

Why = Literal["not_in_document", "operation_not_configured", "nothing_to_check", "missing_extra"]
WHYS: tuple[Why, ...] = get_args(Why)
RuleState = Literal["violated", "passed", "inconclusive", "untested"]


@dataclass(frozen=True, slots=True)
class RuleTally:
    """A rule of the run with its verdicts; its texts are empty if the header does not describe it.

    `doubt` is the first reason for an inconclusive verdict; `missing_extra` is the extra without which it
    could not judge some exchange, empty if none.
    """

    id: str
    level: Level
    requirement: str
    clause: str
    topic: str
    counts: RuleCounts
    doubt: str = ""
    missing_extra: str = ""

    @property
    def state(self) -> RuleState:
        """The worst verdict of the rule; `untested` if it has none. Without its extra, it never passed."""
        if self.counts.violation:
            return "violated"
        if self.missing_extra:
            return "inconclusive"
        if self.counts.passed:
            return "passed"
        return "inconclusive" if self.counts.inconclusive else "untested"


@dataclass(frozen=True, slots=True)
class TopicTally:
    """The rules of one topic."""

    topic: str
    rules: tuple[RuleTally, ...]

    @property
    def tested(self) -> tuple[RuleTally, ...]:
        """The rules that judged something."""
        return tuple(rule for rule in self.rules if rule.state != "untested")

    def number(self, state: RuleState) -> int:
        """The number of rules in a state."""
        return sum(rule.state == state for rule in self.rules)


@dataclass(frozen=True, slots=True)
class OperationTally:
    """The requests and results of one operation.

    `findings` counts findings by level, without known ones; `account` has the result of each planned point.
    """

    document: str
    operation: str
    kind: str
    exchanges: int
    unanswered: int
    account: OperationAccount
    findings: dict[Level, int]
    known: int
    tokens: Tokens

    @property
    def points(self) -> tuple[tuple[str, PointState], ...]:
        """The planned points with their states, in plan order."""
        return tuple((point, outcome.state) for point, outcome in self.account.outcomes.items())


@dataclass(frozen=True, slots=True)
class QuirkTally:
    """A known quirk of the real service that the target shows, with its operations and exchanges."""

    name: str
    summary: str
    source: str
    operations: tuple[str, ...]
    count: int


def rule_counts(record: Record) -> dict[str, RuleCounts]:
    """The verdicts of each rule of the header, counted, sorted by id."""
    counted = {id_: Counter[str]() for id_ in record.header.rules}
    for (_, _, rule), verdicts in record.collected(VerdictCollector).results().items():
        if verdicts.first is not None:
            counted.setdefault(rule, Counter()).update(verdicts.outcomes)
    ending = record.footer.rules if record.footer else {}
    return {
        id_: RuleCounts(
            counts.get("pass", 0),
            counts.get("violation", 0),
            counts.get("inconclusive", 0),
            ending[id_].not_applicable if id_ in ending else 0,
        )
        for id_, counts in sorted(counted.items())
    }


def topics(record: Record) -> tuple[TopicTally, ...]:
    """The rules of a record by topic, both sorted."""
    grouped: dict[str, list[RuleTally]] = {}
    notes = doubts_by_rule(record)
    extras = missing_extras(record)
    for id_, counts in rule_counts(record).items():
        facts = record.header.rules.get(id_)
        tally = RuleTally(
            id=id_,
            level=facts.level if facts else "must",
            requirement=facts.requirement if facts else "",
            clause=facts.clause if facts else "",
            topic=facts.topic if facts else "other",
            counts=counts,
            doubt=notes.get(id_, ""),
            missing_extra=extras.get(id_, ""),
        )
        grouped.setdefault(tally.topic, []).append(tally)
    return tuple(TopicTally(topic, tuple(rules)) for topic, rules in sorted(grouped.items()))


def missing_extras(record: Record) -> dict[str, str]:
    """The rules that could not judge some exchange or scenario without an extra, each with the extra."""
    last: dict[str, tuple[Place, str]] = {}
    for (_, _, rule), verdicts in record.collected(VerdictCollector).results().items():
        if verdicts.missing_extra is not None:
            last[rule] = max(last.get(rule, verdicts.missing_extra), verdicts.missing_extra)
    return {rule: extra for rule, (_, extra) in sorted(last.items())}


def doubts_by_rule(record: Record) -> dict[str, str]:
    """The first reason for an inconclusive verdict of each rule that has one."""
    first: dict[str, tuple[Place, str]] = {}
    for (_, _, rule), verdicts in record.collected(VerdictCollector).results().items():
        if verdicts.doubt is not None:
            first[rule] = min(first.get(rule, verdicts.doubt), verdicts.doubt)
    return {rule: reason for rule, (_, reason) in first.items()}


def operations(
    accounts: Iterable[OperationAccount], record: Record, found: Iterable[Finding]
) -> tuple[OperationTally, ...]:
    """Each configured operation in plan order, then those without points."""
    totals = record.collected(TotalsCollector).by_operation()
    by_operation: dict[OperationKey, list[Finding]] = {}
    for finding in found:
        by_operation.setdefault((finding.document, finding.operation), []).append(finding)
    by_key = {(each.document, each.operation): each for each in accounts}
    by_key |= {key: OperationAccount(*key, {}) for key in totals if key not in by_key}
    return tuple(
        _operation(account, totals.get(key), by_operation.get(key, []))
        for key, account in by_key.items()
        if key in totals or key[1] not in record.header.not_configured
    )


def quirks(record: Record) -> tuple[QuirkTally, ...]:
    """The known quirks that exchanges show, sorted by name."""
    tallies: list[QuirkTally] = []
    for name, counts in sorted(record.collected(QuirkCollector).seen.items()):
        facts = record.header.quirks.get(name)
        summary, source = (facts.summary, facts.source) if facts else ("", "")
        tallies.append(QuirkTally(name, summary, source, tuple(sorted(counts)), counts.total()))
    return tuple(tallies)


class QuirkCollector(Collector):
    """Collects the known quirks that exchanges and scenarios show, by operation."""

    __slots__ = ("seen",)

    def __init__(self) -> None:
        self.seen: dict[str, Counter[str]] = {}

    def add_exchange(self, line: ExchangeLine, _place: Place, /) -> None:
        """Add the quirks of an exchange."""
        self._add(line)

    def add_scenario(self, line: ScenarioLine, _steps: Sequence[ExchangeLine], _place: Place, /) -> None:
        """Add the quirks of a scenario."""
        self._add(line)

    def _add(self, line: ExchangeLine | ScenarioLine) -> None:
        for name in dict.fromkeys(line.quirks):
            self.seen.setdefault(name, Counter())[line.operation] += 1

    def join(self, other: QuirkCollector) -> None:
        """Add the quirks of other lines."""
        for name, counts in other.seen.items():
            self.seen.setdefault(name, Counter()).update(counts)


def _operation(
    account: OperationAccount, totals: OperationTotals | None, found: list[Finding]
) -> OperationTally:
    levels = Counter(finding.level for finding in found if not finding.known)
    return OperationTally(
        document=account.document,
        operation=account.operation,
        kind=totals.kind if totals else "",
        exchanges=totals.exchanges if totals else 0,
        unanswered=totals.unanswered if totals else 0,
        account=account,
        findings={"must": levels["must"], "should": levels["should"], "may": levels["may"]},
        known=sum(finding.known for finding in found),
        tokens=totals.tokens if totals else Tokens(),
    )


def untested_why(record: Record, untested: Iterable[str]) -> Mapping[Why, tuple[str, ...]]:
    """Group the untested rules by reason.

    Old records do not list the operations of a rule; there, the reason is always `nothing_to_check`.
    """
    split: dict[Why, list[str]] = {why: [] for why in WHYS}
    without_extra = missing_extras(record)
    for rule in untested:
        split["missing_extra" if rule in without_extra else _why(record, rule)].append(rule)
    return {why: tuple(ids) for why, ids in split.items()}


def _why(record: Record, rule: str) -> Why:
    header = record.header
    if not header.rule_operations:
        return "nothing_to_check"
    operations = header.rule_operations.get(rule, ())
    if not operations:
        return "not_in_document"
    idle = {*header.not_configured, *header.excluded}
    return "operation_not_configured" if idle.issuperset(operations) else "nothing_to_check"
