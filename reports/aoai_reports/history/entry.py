"""What the history keeps of a run. It follows from its record, and from what of it was accepted.

A record holds no baseline; `summary.json` beside it says which defects somebody had accepted. So the history
can be built again from the folders of runs, and from a record alone but for that.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass

from aoai_model.serialization import Json
from aoai_reports.record.evidence import cut_text, storable
from aoai_reports.record.reader import Record
from aoai_reports.results.findings import Known
from aoai_reports.results.rule_results import rule_results
from aoai_reports.results.summary import summarize

LONGEST_MESSAGE = 500


@dataclass(frozen=True, slots=True)
class RuleCount:
    """How often a rule said what at one operation."""

    document: str
    operation: str
    rule: str
    passed: int
    violation: int
    inconclusive: int


@dataclass(frozen=True, slots=True)
class DefectSeen:
    """A defect that a run showed, and in how many exchanges or scenarios; `known` was it to the baseline."""

    document: str
    operation: str
    rule: str
    place: str
    reason: str
    level: str
    message: str
    count: int
    known: bool = False


@dataclass(frozen=True, slots=True)
class Cost:
    """What the exchanges of one operation cost."""

    document: str
    operation: str
    requests: int
    prompt: int
    completion: int


@dataclass(frozen=True, slots=True)
class Answers:
    """The points of one operation that a run has an answer to, in alphabetical order."""

    document: str
    operation: str
    points: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RunEntry:
    """One run. `id` is equal for the same record wherever it lies; `record` is where it lay.

    The verdict leaves aside what somebody had accepted, as that of the run did.
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
    #: None for a run that was kept before points were.
    answers: tuple[Answers, ...] | None = ()

    def has_answer(self, document: str, operation: str, point: str) -> bool:
        """Whether the run has an answer to a point; what is not known of an older run is taken to be so."""
        return self.answers is None or any(
            (each.document, each.operation) == (document, operation) and point in each.points
            for each in self.answers
        )

    @property
    def night(self) -> str:
        """The day in UTC on which it started."""
        return self.started[:10]

    def broken(self, level: str) -> int:
        """How many defects of a level it showed that nobody had accepted."""
        return sum(each.level == level and not each.known for each in self.defects)

    @property
    def known(self) -> int:
        """How many defects it showed that somebody had accepted."""
        return sum(each.known for each in self.defects)

    def to_json(self) -> dict[str, Json]:
        """The run with its defects and costs, for other programs."""
        return {
            "id": self.id,
            "started": self.started,
            "seconds": self.seconds,
            "target": self.target,
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
                }
                for each in self.defects
            ],
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


def entry_of(
    record: Record, where: str, known: Known | None = None, *, baseline_failed: bool = False
) -> RunEntry:
    """What the history keeps of a record that lies at `where`; `known` tells what somebody had accepted.

    `baseline_failed` says that the run failed for entries of its baseline that were out of date.
    """
    header, footer = record.header, record.footer
    summary = summarize(record, strict=header.options.get("strict") is True, known=known)
    whole = json.dumps(
        [header.to_json(), footer.to_json() if footer else len(record.exchanges)], sort_keys=True
    )
    costs: dict[tuple[str, str], list[int]] = {}
    for line in record.exchanges:
        cost = costs.setdefault((line.document, line.operation), [0, 0, 0])
        cost[0] += line.attempts
        cost[1] += line.tokens.prompt
        cost[2] += line.tokens.completion
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
        verdict="nonconformant" if baseline_failed else summary.verdict,
        interrupted=record.interrupted,
        requests=summary.requests,
        prompt=summary.tokens.prompt,
        completion=summary.tokens.completion,
        record=where,
        rules=tuple(
            RuleCount(*key, *(each.said.get(said, 0) for said in ("pass", "violation", "inconclusive")))
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
            )
            for each in summary.findings
        ),
        costs=tuple(Cost(*key, *cost) for key, cost in sorted(costs.items())),
        answers=tuple(_answers(record)),
    )


def _answers(record: Record) -> Iterator[Answers]:
    points: dict[tuple[str, str], set[str]] = {}
    for line in record.exchanges:
        if line.response is not None and line.points:
            ids = points.setdefault((line.document, line.operation), set())
            ids.update(_text(point.id) for point in line.points)
    for key, found in sorted(points.items()):
        yield Answers(*key, tuple(sorted(found)))


def _text(text: str) -> str:
    """A text that SQLite takes: a lone surrogate is written out."""
    return str(storable(text))
