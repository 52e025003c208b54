"""What a run comes to: the verdict, the defects, the coverage, the cost. Its public form is summary.json."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from aoai_reports.evidence import Json, shortened, storable
from aoai_reports.findings import Finding, Known, findings
from aoai_reports.lines import ExchangeLine, Level, RuleCounts, Tokens
from aoai_reports.reading import Record
from aoai_reports.tallies import QuirkTally, planned_and_sent, quirks, rule_counts

SUMMARY_SCHEMA = "aoai-conformance/summary/v1"

Verdict = Literal["conformant", "nonconformant", "inconclusive"]


@dataclass(frozen=True, slots=True)
class Summary:
    """What a run comes to.

    `verdict` is nonconformant where a must (with `strict` a should) is broken that nobody accepted; else
    inconclusive where `doubts` holds a sentence that says why; else conformant. `seconds` is 0 where the
    footer is missing.
    `untested` are the rules that neither passed nor were broken anywhere. `to_json` is summary.json.
    """

    verdict: Verdict
    strict: bool
    doubts: tuple[str, ...]
    target: str
    documents: tuple[str, ...]
    seed: int
    profile: str
    requests: int
    tokens: Tokens
    seconds: float
    findings: tuple[Finding, ...]
    rules: Mapping[str, RuleCounts]
    planned_points: int
    sent_points: int
    untested: tuple[str, ...]
    quirks: tuple[QuirkTally, ...] = ()

    @property
    def exercised(self) -> int:
        """How many rules passed or were broken somewhere."""
        return len(self.rules) - len(self.untested)

    def at(self, level: Level) -> tuple[Finding, ...]:
        """The findings of one level that nobody accepted."""
        return tuple(each for each in self.findings if each.level == level and not each.known)

    @property
    def known(self) -> tuple[Finding, ...]:
        """The findings that somebody accepted."""
        return tuple(each for each in self.findings if each.known)

    def to_json(self) -> dict[str, Json]:
        """summary.json: schemas/summary-v1.json describes it, and it holds nothing else."""
        return {
            "schema": SUMMARY_SCHEMA,
            "verdict": self.verdict,
            "target": self.target,
            "documents": list(self.documents),
            "seed": self.seed,
            "profile": self.profile,
            "requests": self.requests,
            "tokens": self.tokens.to_json(),
            "seconds": self.seconds,
            "violations": [violation_json(finding) for finding in self.findings],
            "rules": {id_: counts.to_json() for id_, counts in self.rules.items()},
            "coverage": {
                "points": {"planned": self.planned_points, "sent": self.sent_points},
                "rules": {"exercised": self.exercised, "untested": list(self.untested)},
            },
            "quirks": [
                {
                    "name": each.name,
                    "summary": storable(each.summary),
                    "source": storable(each.source),
                    "operations": list(each.operations),
                    "count": each.count,
                }
                for each in self.quirks
            ],
        }


def summarize(record: Record, strict: bool = False, known: Known | None = None) -> Summary:
    """What a record comes to. `known` gives the words by which a finding is accepted, or None."""
    found = findings(record, known)
    counts = rule_counts(record)
    judged = any(each.exercised for each in counts.values())
    doubts = _doubts(record, judged=judged)
    planned, sent = planned_and_sent(record)
    header, footer = record.header, record.footer
    return Summary(
        verdict=_verdict(found, doubts, strict=strict),
        strict=strict,
        doubts=doubts,
        target=header.target,
        documents=header.documents,
        seed=header.seed,
        profile=header.profile,
        requests=footer.requests if footer else sum(line.attempts for line in record.exchanges),
        tokens=sum((line.tokens for line in record.exchanges), Tokens()),
        seconds=footer.seconds if footer else 0.0,
        findings=found,
        rules=counts,
        planned_points=planned,
        sent_points=sent,
        untested=tuple(id_ for id_, each in counts.items() if not each.exercised),
        quirks=quirks(record),
    )


def exit_code(summary: Summary, strict: bool | None = None) -> int:
    """0 conformant, 1 nonconformant, 3 inconclusive; 2 is for wrong usage and never comes from a run.

    `strict` judges again with or without the shoulds; None keeps what the summary was made with.
    """
    wanted = summary.strict if strict is None else strict
    verdict = _verdict(summary.findings, summary.doubts, strict=wanted)
    return {"conformant": 0, "nonconformant": 1, "inconclusive": 3}[verdict]


def _verdict(found: tuple[Finding, ...], doubts: tuple[str, ...], *, strict: bool) -> Verdict:
    failing = {"must", "should"} if strict else {"must"}
    if any(finding.level in failing and not finding.known for finding in found):
        return "nonconformant"
    return "inconclusive" if doubts else "conformant"


def _doubts(record: Record, *, judged: bool) -> tuple[str, ...]:
    """Why a record cannot say that its target is conformant, a sentence each."""
    doubts: list[str] = []
    if record.footer is None:
        doubts.append("The record has no footer: the run was cut off before its end.")
    elif record.footer.interrupted:
        doubts.append("The run was interrupted before its end.")
    unjudged = _unjudged(record)
    if unjudged:
        kinds: dict[str, int] = {}
        for line in unjudged:
            kind = line.failure.kind if line.failure else "unknown"
            kinds[kind] = kinds.get(kind, 0) + 1
        causes = ", ".join(f"{kind} {count}" for kind, count in sorted(kinds.items()))
        one = len(unjudged) == 1
        many = "1 request" if one else f"{len(unjudged):,} requests"
        doubts.append(
            f"{many} got no answer ({causes}); what {'it' if one else 'they'} carried is not judged."
        )
    if not judged:
        doubts.append("No rule was judged: nothing is known of the target.")
    return tuple(doubts)


def _unjudged(record: Record) -> list[ExchangeLine]:
    """The exchanges whose failure kept something from being judged that no other exchange shows.

    That is a point that nothing else carried to an answer, a kind of scenario that no rule judged, or, for an
    exchange with neither, an operation that never answered.
    """
    failed = [line for line in record.exchanges if line.failure is not None]
    if not failed:
        return []
    answered_points: set[tuple[str, str, str]] = set()
    answered_operations: set[tuple[str, str]] = set()
    for line in record.exchanges:
        if line.response is not None:
            answered_operations.add((line.document, line.operation))
            answered_points |= {(line.document, line.operation, point.id) for point in line.points}
    judged_scenarios = {
        (line.document, line.operation, line.kind)
        for line in record.scenarios
        if any(outcome != "inconclusive" for outcome in line.verdicts.values())
    }

    def lost(line: ExchangeLine) -> bool:
        place = (line.document, line.operation)
        if any((*place, point.id) not in answered_points for point in line.points):
            return True
        if line.scenario is not None:
            return (*place, line.scenario.kind) not in judged_scenarios
        return not line.points and place not in answered_operations

    return [line for line in failed if lost(line)]


def violation_json(finding: Finding) -> dict[str, Json]:
    """One defect as summary.json has it."""
    violation = finding.violation
    return {
        "rule": violation.rule,
        "level": finding.level,
        "operation": finding.operation,
        "document": finding.document,
        "point": violation.point,
        "pointer": violation.pointer,
        "message": storable(violation.message),
        "expected": shortened(violation.expected),
        "actual": shortened(violation.actual),
        "count": finding.count,
        "case": finding.case,
        "known": finding.known,
    }
