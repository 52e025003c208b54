"""What each rule came to at each operation: one result, however many exchanges it judged there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from aoai_reports.record.lines import ExchangeLine, ScenarioLine
from aoai_reports.record.reader import Record
from aoai_reports.results.findings import Finding
from aoai_reports.results.summary import Summary

#: `known` is broken, but in ways only that somebody accepted.
ResultKind = Literal["failed", "known", "passed", "inconclusive", "untested"]
#: Document, operation, rule.
ResultKey: TypeAlias = tuple[str, str, str]

#: Of the exchanges that a rule judged, so many are named.
MOST_NAMED = 20


@dataclass(frozen=True, slots=True)
class RuleResult:
    """What one rule came to at one operation of one document.

    `said` counts its verdicts, over exchanges and scenarios. `failures` are the findings that fail a gate,
    `known` those that somebody accepted, `remarks` the rest: warnings and notes. `doubt` says why it could
    not judge, where it could not; `cases` names the first exchanges and scenarios that it judged.
    """

    document: str
    operation: str
    rule: str
    said: Mapping[str, int] = field(default_factory=dict)
    failures: tuple[Finding, ...] = ()
    known: tuple[Finding, ...] = ()
    remarks: tuple[Finding, ...] = ()
    doubt: str = ""
    cases: tuple[str, ...] = ()

    @property
    def kind(self) -> ResultKind:
        """The worst of it; what could be judged nowhere is inconclusive, what was met nowhere untested."""
        if self.failures:
            return "failed"
        if not self.said:
            return "untested"
        if set(self.said) == {"inconclusive"}:
            return "inconclusive"
        return "known" if self.known else "passed"

    @property
    def judged(self) -> int:
        """How many exchanges and scenarios it passed or found broken."""
        return self.said.get("pass", 0) + self.said.get("violation", 0)


def rule_results(summary: Summary, record: Record) -> dict[ResultKey, RuleResult]:
    """The results of a record in the order in which its lines name them; the untested are not among them."""
    said: dict[ResultKey, Counter[str]] = {}
    doubts: dict[ResultKey, str] = {}
    cases: dict[ResultKey, list[str]] = {}
    lines: list[ExchangeLine | ScenarioLine] = [*record.exchanges, *record.scenarios]
    for line in lines:
        name = line.case if isinstance(line, ExchangeLine) else line.scenario
        for rule, outcome in line.verdicts.items():
            key = (line.document, line.operation, rule)
            said.setdefault(key, Counter())[outcome] += 1
            named = cases.setdefault(key, [])
            if outcome != "inconclusive" and len(named) < MOST_NAMED:
                named.append(name)
        for note in line.notes:
            rule, _, words = note.partition(": ")
            if line.verdicts.get(rule) == "inconclusive":
                doubts.setdefault((line.document, line.operation, rule), words)
    found: dict[ResultKey, list[Finding]] = {}
    for finding in summary.findings:
        key = (finding.document, finding.operation, finding.rule)
        found.setdefault(key, []).append(finding)
        said.setdefault(key, Counter(violation=1))
    failing = {"must", "should"} if summary.strict else {"must"}
    results: dict[ResultKey, RuleResult] = {}
    for key, counts in said.items():
        here = found.get(key, [])
        results[key] = RuleResult(
            *key,
            said=counts,
            failures=tuple(each for each in here if each.level in failing and not each.known),
            known=tuple(each for each in here if each.known),
            remarks=tuple(each for each in here if each.level not in failing and not each.known),
            doubt=doubts.get(key, ""),
            cases=tuple(cases.get(key, ())),
        )
    return results
