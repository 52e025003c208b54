"""What the history stores of a run. All of it follows from the record and summary.json.

A record contains no baseline; summary.json beside it has the accepted defects. So the history can be rebuilt
from the folders of runs.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass

from aoai_model.serialization import Json
from aoai_reports.record.evidence import cut_text, storable
from aoai_reports.record.reader import Record
from aoai_reports.results.collected.operation_totals import TotalsCollector
from aoai_reports.results.findings import Identity
from aoai_reports.results.point_account import PointCollector
from aoai_reports.results.rule_results import rule_results
from aoai_reports.results.summary import Summary

LONGEST_MESSAGE = 500


@dataclass(frozen=True, slots=True)
class RuleCount:
    """The verdicts of a rule on one operation, counted."""

    document: str
    operation: str
    rule: str
    passed: int
    violation: int
    inconclusive: int


@dataclass(frozen=True, slots=True)
class DefectSeen:
    """A defect of a run and its number of exchanges or scenarios.

    It is `known` if the baseline accepted it or if it comes and goes; `flaky` only in the second case.
    """

    document: str
    operation: str
    rule: str
    place: str
    reason: str
    level: str
    message: str
    count: int
    known: bool = False
    flaky: bool = False

    @property
    def identity(self) -> Identity:
        """Identifies the defect in any run."""
        return Identity(self.rule, self.document, self.operation, self.place, self.reason)


@dataclass(frozen=True, slots=True)
class CauseSeen:
    """A cause of a run: its title there, and how many of its violations were accepted or not."""

    id: str
    title: str
    effect: str
    level: str
    violations: int
    known: int = 0

    def to_json(self) -> dict[str, Json]:
        """The public form."""
        return {
            "id": self.id,
            "title": self.title,
            "effect": self.effect,
            "level": self.level,
            "violations": self.violations,
            "known": self.known,
        }


@dataclass(frozen=True, slots=True)
class Cost:
    """The cost of the exchanges of one operation."""

    document: str
    operation: str
    requests: int
    prompt: int
    completion: int


@dataclass(frozen=True, slots=True)
class RespondedPoints:
    """The points of one operation that got a response, sorted."""

    document: str
    operation: str
    points: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RunEntry:
    """One run. `id` depends on the content of the record only; `record` is its path.

    `causes` are ordered as in the report; runs that were stored before causes were have none. `label` is the
    name of the target that the user chose, empty without one.

    As in the run itself, the verdict ignores accepted defects.
    """

    id: str
    started: str
    ended: str
    seconds: float
    target: str
    documents: tuple[str, ...]
    profile: str
    seed: int
    tool: str
    verdict: str
    interrupted: bool
    requests: int
    prompt: int
    completion: int
    record: str
    rules: tuple[RuleCount, ...] = ()
    defects: tuple[DefectSeen, ...] = ()
    costs: tuple[Cost, ...] = ()
    #: None for a run that was stored before points were.
    responded_points: tuple[RespondedPoints, ...] | None = ()
    causes: tuple[CauseSeen, ...] = ()
    label: str = ""

    @property
    def tested_operations(self) -> frozenset[tuple[str, str]]:
        """The documents and operations to which it sent requests."""
        return frozenset((each.document, each.operation) for each in self.costs)

    @property
    def key(self) -> str:
        """Identifies the target in the history: its label, or its URL without one."""
        return self.label or self.target

    def has_response(self, document: str, operation: str, point: str) -> bool:
        """Whether a point got a response; assumed for runs stored without points."""
        return self.responded_points is None or any(
            (each.document, each.operation) == (document, operation) and point in each.points
            for each in self.responded_points
        )

    @property
    def night(self) -> str:
        """The day of its start in UTC."""
        return self.started[:10]

    def broken(self, level: str) -> int:
        """The number of its defects of a level that were not accepted."""
        return sum(each.level == level and not each.known for each in self.defects)

    @property
    def known(self) -> int:
        """The number of its accepted defects."""
        return sum(each.known for each in self.defects)

    def to_json(self) -> dict[str, Json]:
        """The public form, with defects and costs."""
        return {
            "id": self.id,
            "started": self.started,
            "seconds": self.seconds,
            "target": self.target,
            "label": self.label,
            "documents": list(self.documents),
            "profile": self.profile,
            "seed": self.seed,
            "tool": self.tool,
            "verdict": self.verdict,
            "interrupted": self.interrupted,
            "requests": self.requests,
            "tokens": {"prompt": self.prompt, "completion": self.completion},
            "record": self.record,
            "defects": [
                {
                    "level": each.level,
                    "rule": each.rule,
                    "document": each.document,
                    "operation": each.operation,
                    "place": each.place,
                    "reason": each.reason,
                    "message": each.message,
                    "count": each.count,
                    "known": each.known,
                    "flaky": each.flaky,
                }
                for each in self.defects
            ],
            "causes": [each.to_json() for each in self.causes],
            "operations": [
                {
                    "document": each.document,
                    "operation": each.operation,
                    "requests": each.requests,
                    "tokens": {"prompt": each.prompt, "completion": each.completion},
                }
                for each in self.costs
            ],
        }


def entry_of(record: Record, where: str, summary: Summary) -> RunEntry:
    """The entry for a record at the path `where`, given its summary."""
    header, footer = record.header, record.footer
    totals = record.collected(TotalsCollector)
    ending = footer.to_json() if footer else totals.exchanges
    whole = json.dumps([header.to_json(), ending], sort_keys=True)
    return RunEntry(
        id=hashlib.sha256(whole.encode("utf-8", "backslashreplace")).hexdigest()[:12],
        started=header.started,
        ended=footer.ended if footer else header.started,
        seconds=summary.seconds,
        target=header.target,
        documents=header.documents,
        profile=header.profile,
        seed=header.seed,
        tool=header.tool,
        verdict=summary.verdict,
        interrupted=record.interrupted,
        requests=summary.requests,
        prompt=summary.tokens.prompt,
        completion=summary.tokens.completion,
        record=where,
        rules=tuple(
            RuleCount(*key, *(each.verdicts.get(name, 0) for name in ("pass", "violation", "inconclusive")))
            for key, each in sorted(rule_results(summary, record).items())
        ),
        defects=tuple(
            DefectSeen(
                each.document,
                each.operation,
                each.rule,
                _text(each.place),
                _text(each.violation.reason),
                each.level,
                cut_text(_text(each.violation.message), LONGEST_MESSAGE),
                each.count,
                each.known,
                each.flaky,
            )
            for each in summary.findings
        ),
        costs=tuple(
            Cost(*key, each.attempts, each.tokens.prompt, each.tokens.completion)
            for key, each in sorted(totals.by_operation().items())
        ),
        responded_points=tuple(_responded_points(record)),
        causes=tuple(
            CauseSeen(
                _text(cause.id),
                cut_text(_text(cause.title), LONGEST_MESSAGE),
                cause.effect.value,
                cause.level,
                len(cause.findings),
                len(cause.findings) - len(cause.new),
            )
            for cause in summary.causes
        ),
        label=_text(header.label),
    )


def _responded_points(record: Record) -> Iterator[RespondedPoints]:
    for key, points in sorted(record.collected(PointCollector).responded.items()):
        yield RespondedPoints(*key, tuple(sorted(set(map(_text, points)))))


def _text(text: str) -> str:
    """Text that a database can store, with lone surrogates escaped."""
    return str(storable(text))
