"""Counts over a record: rules, points, operations and topics."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from aoai_model.verdict import Level, Tokens
from aoai_reports.record.lines import ExchangeLine, RuleCounts, ScenarioLine
from aoai_reports.record.reader import Record
from aoai_reports.results.findings import Finding
from aoai_reports.results.point_account import OperationAccount, OperationKey, PointState

RuleState = Literal["broken", "passed", "inconclusive", "untested"]


@dataclass(frozen=True, slots=True)
class RuleTally:
    """A rule of the run and what it said; its words are empty where the header does not name the rule.

    `doubt` is the first note of those exchanges and scenarios that it could not judge.
    """

    id: str
    level: Level
    requirement: str
    clause: str
    topic: str
    counts: RuleCounts
    doubt: str = ""

    @property
    def state(self) -> RuleState:
        """The worst that the rule said; `untested` where it said nothing."""
        if self.counts.violation:
            return "broken"
        if self.counts.passed:
            return "passed"
        return "inconclusive" if self.counts.inconclusive else "untested"


@dataclass(frozen=True, slots=True)
class TopicTally:
    """The rules of one topic."""

    topic: str
    rules: tuple[RuleTally, ...]

    def having(self, state: RuleState) -> int:
        """How many rules of the topic are in a state."""
        return sum(rule.state == state for rule in self.rules)


@dataclass(frozen=True, slots=True)
class OperationTally:
    """What was asked of one operation and what came of it.

    `findings` counts defects by level, without the known ones; `account` says what became of each planned
    point.
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
        """The planned points in plan order, each with what became of it."""
        return tuple((point, outcome.state) for point, outcome in self.account.outcomes.items())


@dataclass(frozen=True, slots=True)
class QuirkTally:
    """A known habit of the real service that this target shows, where, and in how many exchanges."""

    name: str
    summary: str
    source: str
    operations: tuple[str, ...]
    count: int


def rule_counts(record: Record) -> dict[str, RuleCounts]:
    """How often each rule said what, by id in order; every rule of the header is there."""
    said: dict[str, Counter[str]] = {id_: Counter() for id_ in record.header.rules}
    lines: list[ExchangeLine | ScenarioLine] = [*record.exchanges, *record.scenarios]
    for line in lines:
        for id_, outcome in line.verdicts.items():
            said.setdefault(id_, Counter())[outcome] += 1
    ending = record.footer.rules if record.footer else {}
    return {
        id_: RuleCounts(
            counts["pass"],
            counts["violation"],
            counts["inconclusive"],
            ending[id_].not_applicable if id_ in ending else 0,
        )
        for id_, counts in sorted(said.items())
    }


def topics(record: Record) -> tuple[TopicTally, ...]:
    """The rules of a record by topic, both in alphabetical order."""
    grouped: dict[str, list[RuleTally]] = {}
    notes = doubts_by_rule(record)
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
        )
        grouped.setdefault(tally.topic, []).append(tally)
    return tuple(TopicTally(topic, tuple(rules)) for topic, rules in sorted(grouped.items()))


def doubts_by_rule(record: Record) -> dict[str, str]:
    """For each rule that could not judge something: the first note on it, without the rule's id."""
    doubts: dict[str, str] = {}
    lines: list[ExchangeLine | ScenarioLine] = [*record.exchanges, *record.scenarios]
    for line in lines:
        for note in line.notes:
            id_, _, words = note.partition(": ")
            if line.verdicts.get(id_) == "inconclusive":
                doubts.setdefault(id_, words)
    return doubts


def operations(
    accounts: Iterable[OperationAccount], record: Record, found: Iterable[Finding]
) -> tuple[OperationTally, ...]:
    """Each operation that was asked or could have been, in plan order, then those without points."""
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
    """The known habits that exchanges name, by name."""
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
