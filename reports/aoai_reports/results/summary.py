"""The summary of a run: verdict, findings, coverage and cost. Its public form is summary.json."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from aoai_model.serialization import Json
from aoai_model.verdict import Level, Tokens
from aoai_reports.record.evidence import shortened, storable
from aoai_reports.record.lines import MoneySpent, RuleCounts, UsageEstimate
from aoai_reports.record.reader import Record
from aoai_reports.results.baseline import Baseline, BaselineState
from aoai_reports.results.cause_kinds import cause_id
from aoai_reports.results.cause_titles import JudgedCounts
from aoai_reports.results.causes import Cause, group_by_cause
from aoai_reports.results.collected.operation_totals import TotalsCollector
from aoai_reports.results.collected.verdicts import VerdictCollector
from aoai_reports.results.common_causes import merge_common_causes
from aoai_reports.results.findings import Finding, FindingCollector, Known, findings, fingerprint
from aoai_reports.results.night_changes import NightChanges
from aoai_reports.results.point_account import (
    OperationAccount,
    PointCollector,
    PointState,
    Undecided,
    account_of,
    sent_count,
    totals,
)
from aoai_reports.results.sufficiency import Demands, SufficiencyCollector, sufficiency_of
from aoai_reports.results.tallies import (
    QuirkCollector,
    QuirkTally,
    Why,
    missing_extras,
    quirks,
    rule_counts,
    untested_why,
)

SUMMARY_SCHEMA = "aoai-conformance/summary/v1"

#: What a summary needs of the lines of a record.
SUMMARY_COLLECTORS = (
    FindingCollector,
    VerdictCollector,
    TotalsCollector,
    PointCollector,
    SufficiencyCollector,
    QuirkCollector,
    JudgedCounts,
)

Verdict = Literal["conformant", "nonconformant", "inconclusive"]


@dataclass(frozen=True, slots=True)
class Summary:
    """The summary of a run.

    `verdict` is nonconformant if there is a MUST violation (with `strict` also a SHOULD violation) that is
    not accepted, or a baseline entry that is out of date; otherwise inconclusive if there are `doubts`, each
    a sentence; otherwise conformant. `remarks` are sentences about what was not shown that do not affect the
    verdict. `seconds` is 0 without a footer. `accounts` has the result of each planned point. `untested` are
    the rules that passed nowhere and failed nowhere, or that lacked an extra and were not violated;
    `untested_why` groups them by reason. `missing_extras` has the extra of each rule that lacked one.
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
    accounts: tuple[OperationAccount, ...]
    sent_points: int
    untested: tuple[str, ...]
    untested_why: Mapping[Why, tuple[str, ...]]
    remarks: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    capabilities: Mapping[str, Json] = field(default_factory=dict)
    #: The state of the baseline; None without one.
    baseline: BaselineState | None = None
    quirks: tuple[QuirkTally, ...] = ()
    #: The findings by cause, the most harmful cause first.
    causes: tuple[Cause, ...] = ()
    missing_extras: Mapping[str, str] = field(default_factory=dict)
    #: The name that the user gave to the target; empty without one.
    label: str = ""
    #: What changed since the previous comparable run; None without a history.
    changes: NightChanges | None = None
    #: How many of the requests repeated one that had failed.
    retries: int = 0
    #: What the plan expected; None in old records.
    estimate: UsageEstimate | None = None
    #: What the run cost; None where nothing was billed.
    cost: MoneySpent | None = None

    @property
    def exercised(self) -> int:
        """The number of rules that passed or failed anywhere."""
        return len(self.rules) - len(self.untested)

    @property
    def planned_points(self) -> int:
        """The number of points in the whole plan, each counted for each document and operation."""
        return sum(len(account.outcomes) for account in self.accounts)

    @property
    def point_totals(self) -> Mapping[PointState, int]:
        """The number of planned points in each state; the numbers add up to the whole plan."""
        return totals(self.accounts)

    @property
    def shown_points(self) -> int:
        """The number of planned points shown correct or wrong."""
        return sum(account.shown for account in self.accounts)

    @property
    def undecided(self) -> tuple[Undecided, ...]:
        """The undecided points by operation, state and reason."""
        return tuple(each for account in self.accounts for each in account.undecided())

    def at(self, level: Level) -> tuple[Finding, ...]:
        """The findings of one level that are not accepted."""
        return tuple(each for each in self.findings if each.level == level and not each.known)

    @property
    def known(self) -> tuple[Finding, ...]:
        """The findings that are accepted, or that come and go."""
        return tuple(each for each in self.findings if each.known)

    @property
    def flaky(self) -> tuple[Finding, ...]:
        """The findings that do not count because they come and go."""
        return tuple(each for each in self.findings if each.flaky)

    def to_json(self) -> dict[str, Json]:
        """The content of summary.json, as described by schemas/summary-v1.json."""
        return {
            "schema": SUMMARY_SCHEMA,
            "verdict": self.verdict,
            "target": self.target,
            **({"label": storable(self.label)} if self.label else {}),
            "documents": list(self.documents),
            "seed": self.seed,
            "profile": self.profile,
            "requests": self.requests,
            "tokens": self.tokens.to_json(),
            "seconds": self.seconds,
            "violations": [violation_json(finding) for finding in self.findings],
            "rules": {id_: counts.to_json() for id_, counts in self.rules.items()},
            "coverage": {
                "points": {
                    "planned": self.planned_points,
                    "sent": self.sent_points,
                    **{str(state): count for state, count in self.point_totals.items()},
                },
                "rules": {
                    "exercised": self.exercised,
                    "untested": list(self.untested),
                    "untested_why": {str(why): list(ids) for why, ids in self.untested_why.items()},
                },
            },
            "not_shown": [undecided_json(each) for each in self.undecided],
            "doubts": [storable(doubt) for doubt in self.doubts],
            "excluded": list(self.excluded),
            "capabilities": {name: storable(value) for name, value in self.capabilities.items()},
            **({} if self.baseline is None else {"baseline": self.baseline.to_json()}),
            **({"missing_extras": dict(self.missing_extras)} if self.missing_extras else {}),
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
            "causes": [cause.to_json() for cause in self.causes],
            **({} if self.changes is None else {"changes": self.changes.to_json()}),
            "retries": self.retries,
            **({} if self.estimate is None else {"estimate": self.estimate.to_json()}),
            **({} if self.cost is None else {"cost": self.cost.to_json()}),
        }


def summarize(
    record: Record,
    strict: bool = False,
    known: Known | None = None,
    demands: Demands | None = None,
    *,
    baseline: Baseline | None = None,
    flaky: Known | None = None,
) -> Summary:
    """Summarize a record.

    `known` returns why a finding is accepted, or None. `baseline` replaces it and makes the run nonconformant
    if one of its entries is out of date. `flaky` returns why a finding comes and goes, or None: such findings
    do not count unless `strict`. `demands` is how much must be shown; None means the options of the run.
    """
    record.collect(SUMMARY_COLLECTORS)
    found = findings(record, known if baseline is None else baseline.why_known)
    if flaky is not None and not strict:
        found = tuple(_unless_flaky(finding, flaky) for finding in found)
    state = baseline.state(found, record) if baseline is not None and baseline.was_given else None
    counts = rule_counts(record)
    lacking = missing_extras(record)
    untested = tuple(
        id_ for id_, each in counts.items() if not each.exercised or (id_ in lacking and not each.violation)
    )
    accounts = account_of(record)
    enough = sufficiency_of(record, accounts, Demands.of(record) if demands is None else demands)
    doubts = (*_doubts(record), *enough.doubts)
    if len(untested) == len(counts) and not doubts:
        doubts = ("No rule applied to any exchange.",)
    header, footer, totals = record.header, record.footer, record.collected(TotalsCollector)
    found = merge_common_causes(found, record)
    return Summary(
        verdict=_verdict(found, doubts, strict=strict, baseline=state),
        strict=strict,
        doubts=doubts,
        target=header.target,
        documents=header.documents,
        seed=header.seed,
        profile=header.profile,
        requests=footer.requests if footer else totals.attempts,
        tokens=totals.tokens,
        seconds=footer.seconds if footer else 0.0,
        findings=found,
        rules=counts,
        accounts=accounts,
        sent_points=sent_count(record, accounts),
        untested=untested,
        untested_why=untested_why(record, untested),
        remarks=enough.remarks,
        excluded=header.excluded,
        capabilities=header.capabilities,
        baseline=state,
        quirks=quirks(record),
        causes=group_by_cause(found, record),
        missing_extras=lacking,
        label=header.label,
        retries=totals.repeated,
        estimate=header.planned.estimate,
        cost=None if footer is None else footer.cost,
    )


def _unless_flaky(finding: Finding, flaky: Known) -> Finding:
    """A finding that is known if it comes and goes."""
    reason = None if finding.known else flaky(finding)
    return finding if reason is None else replace(finding, known_because=reason, flaky=True)


def exit_code(summary: Summary, strict: bool | None = None) -> int:
    """0 conformant, 1 nonconformant, 3 inconclusive (2 is for wrong usage and is never returned).

    `strict` overrides that of the summary.
    """
    strict = summary.strict if strict is None else strict
    verdict = _verdict(summary.findings, summary.doubts, strict=strict, baseline=summary.baseline)
    return {"conformant": 0, "nonconformant": 1, "inconclusive": 3}[verdict]


def _verdict(
    found: tuple[Finding, ...], doubts: tuple[str, ...], *, strict: bool, baseline: BaselineState | None
) -> Verdict:
    failing = {"must", "should"} if strict else {"must"}
    if (baseline is not None and baseline.fails) or any(
        finding.level in failing and not finding.known for finding in found
    ):
        return "nonconformant"
    return "inconclusive" if doubts else "conformant"


def _doubts(record: Record) -> tuple[str, ...]:
    """Why a record is incomplete, a sentence each."""
    if record.footer is None:
        return ("The record has no footer: the run did not finish.",)
    if record.footer.interrupted:
        return ("The run was interrupted.",)
    return ()


def undecided_json(each: Undecided) -> dict[str, Json]:
    """Undecided points as in summary.json."""
    return {
        "document": each.document,
        "operation": each.operation,
        "state": each.state,
        "reason": storable(each.reason),
        "count": each.count,
    }


def violation_json(finding: Finding) -> dict[str, Json]:
    """One finding as in summary.json."""
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
        "reason": storable(violation.reason),
        "fingerprint": fingerprint(finding),
        "cause": storable(cause_id(finding.identity)),
        "others": list(finding.others),
        **({"further": finding.further} if finding.further else {}),
        **({"flaky": True} if finding.flaky else {}),
    }
