"""The result of each rule on each operation, over all exchanges."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from aoai_reports.record.reader import Record
from aoai_reports.results.collected.verdicts import ResultKey, RuleVerdicts, VerdictCollector
from aoai_reports.results.findings import Finding
from aoai_reports.results.summary import Summary

#: `known`: all violations are accepted.
ResultKind = Literal["failed", "known", "passed", "inconclusive", "untested"]


@dataclass(frozen=True, slots=True)
class RuleResult:
    """The result of one rule on one operation of one document.

    `verdicts` counts its verdicts on exchanges and scenarios. `failures` are the findings that fail the run,
    `known` the accepted ones, `remarks` the rest: warnings and notes. `doubt` is the first reason for an
    inconclusive verdict; `cases` are the first exchanges and scenarios that it judged. `lacks_extra` says
    whether an extra was missing for some of them.
    """

    document: str
    operation: str
    rule: str
    verdicts: Mapping[str, int] = field(default_factory=dict)
    failures: tuple[Finding, ...] = ()
    known: tuple[Finding, ...] = ()
    remarks: tuple[Finding, ...] = ()
    doubt: str = ""
    cases: tuple[str, ...] = ()
    lacks_extra: bool = False

    @property
    def kind(self) -> ResultKind:
        """The worst result; inconclusive without any verdict, untested if there was nothing to judge."""
        if self.failures:
            return "failed"
        if not self.verdicts:
            return "untested"
        if self.lacks_extra or set(self.verdicts) == {"inconclusive"}:
            return "inconclusive"
        return "known" if self.known else "passed"

    @property
    def judged(self) -> int:
        """The number of exchanges and scenarios that it passed or failed."""
        return self.verdicts.get("pass", 0) + self.verdicts.get("violation", 0)


def rule_results(summary: Summary, record: Record) -> dict[ResultKey, RuleResult]:
    """The results of a record, without untested rules, in the order of its lines."""
    collected = record.collected(VerdictCollector).results()
    verdicts = {key: each.outcomes for key, each in collected.items() if each.first is not None}
    found: dict[ResultKey, list[Finding]] = {}
    for finding in summary.findings:
        key = (finding.document, finding.operation, finding.rule)
        found.setdefault(key, []).append(finding)
        verdicts.setdefault(key, Counter(violation=1))
    failing = {"must", "should"} if summary.strict else {"must"}
    results: dict[ResultKey, RuleResult] = {}
    for key, counts in verdicts.items():
        here, seen = found.get(key, []), collected.get(key) or RuleVerdicts()
        results[key] = RuleResult(
            *key,
            verdicts=counts,
            failures=tuple(each for each in here if each.level in failing and not each.known),
            known=tuple(each for each in here if each.known),
            remarks=tuple(each for each in here if each.level not in failing and not each.known),
            doubt=seen.doubt[1] if seen.doubt is not None else "",
            cases=tuple(case for _, case in seen.cases),
            lacks_extra=seen.missing_extra is not None,
        )
    return results
