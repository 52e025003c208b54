"""Counts over a record: rules, topics, operations and quirks."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from aoai_model.verdict import Level, Tokens
from aoai_reports.record.lines import ExchangeLine, RuleCounts, ScenarioLine
from aoai_reports.record.reader import Record
from aoai_reports.results.findings import Finding
from aoai_reports.results.point_account import OperationAccount, OperationKey, PointState

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
    verdicts = defaultdict[str, Counter[str]](Counter, {id_: Counter() for id_ in record.header.rules})
    lines: list[ExchangeLine | ScenarioLine] = [*record.exchanges, *record.scenarios]
    for line in lines:
        for id_, outcome in line.verdicts.items():
            verdicts[id_][outcome] += 1
    ending = record.footer.rules if record.footer else {}
    return {
        id_: RuleCounts(
            counts.get("pass", 0),
            counts.get("violation", 0),
            counts.get("inconclusive", 0),
            ending[id_].not_applicable if id_ in ending else 0,
        )
        for id_, counts in sorted(verdicts.items())
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
    lines: list[ExchangeLine | ScenarioLine] = [*record.exchanges, *record.scenarios]
    found = {rule: extra for line in lines for rule, extra in line.missing_extras.items()}
    return dict(sorted(found.items()))


def doubts_by_rule(record: Record) -> dict[str, str]:
    """The first reason for an inconclusive verdict of each rule that has one."""
    doubts: dict[str, str] = {}
    lines: list[ExchangeLine | ScenarioLine] = [*record.exchanges, *record.scenarios]
    for line in lines:
        for note in line.notes:
            id_, _, reason = note.partition(": ")
            if line.verdicts.get(id_) == "inconclusive":
                doubts.setdefault(id_, reason)
    return doubts


def operations(
    accounts: Iterable[OperationAccount], record: Record, found: Iterable[Finding]
) -> tuple[OperationTally, ...]:
    """Each configured operation in plan order, then those without points."""
    lines: dict[OperationKey, list[ExchangeLine]] = {}
    for line in record.exchanges:
        lines.setdefault((line.document, line.operation), []).append(line)
    by_operation: dict[OperationKey, list[Finding]] = {}
    for finding in found:
        by_operation.setdefault((finding.document, finding.operation), []).append(finding)
    by_key = {(each.document, each.operation): each for each in accounts}
    by_key |= {key: OperationAccount(*key, {}) for key in lines if key not in by_key}
    return tuple(
        _operation(account, lines.get(key, []), by_operation.get(key, []))
        for key, account in by_key.items()
        if key in lines or key[1] not in record.header.not_configured
    )


def quirks(record: Record) -> tuple[QuirkTally, ...]:
    """The known quirks that exchanges show, sorted by name."""
    seen: dict[str, Counter[str]] = {}
    lines: list[ExchangeLine | ScenarioLine] = [*record.exchanges, *record.scenarios]
    for line in lines:
        for name in dict.fromkeys(line.quirks):
            seen.setdefault(name, Counter())[line.operation] += 1
    tallies: list[QuirkTally] = []
    for name, counts in sorted(seen.items()):
        facts = record.header.quirks.get(name)
        summary, source = (facts.summary, facts.source) if facts else ("", "")
        tallies.append(QuirkTally(name, summary, source, tuple(sorted(counts)), counts.total()))
    return tuple(tallies)


def _operation(account: OperationAccount, lines: list[ExchangeLine], found: list[Finding]) -> OperationTally:
    levels = Counter(finding.level for finding in found if not finding.known)
    return OperationTally(
        document=account.document,
        operation=account.operation,
        kind=lines[0].kind if lines else "",
        exchanges=len(lines),
        unanswered=sum(line.response is None for line in lines),
        account=account,
        findings={"must": levels["must"], "should": levels["should"], "may": levels["may"]},
        known=sum(finding.known for finding in found),
        tokens=sum((line.tokens for line in lines), Tokens()),
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
