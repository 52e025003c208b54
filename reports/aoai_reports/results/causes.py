"""Groups findings by cause: what a maintainer would fix once, most harmful to clients first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from aoai_model.serialization import Json
from aoai_model.verdict import Level
from aoai_reports.record.evidence import storable
from aoai_reports.record.reader import Record
from aoai_reports.results.cause_kinds import cause_id, kind_of
from aoai_reports.results.cause_titles import JudgedCounts, Members, describe
from aoai_reports.results.findings import LEVELS, Finding, fingerprint


class Effect(StrEnum):
    """What a cause does to clients, the most harmful first."""

    RESPONSES = "responses"  #: wrong or missing responses to valid requests
    STREAMS = "streams"  #: wrong streams
    ERRORS = "errors"  #: wrong responses to invalid requests
    LENIENCY = "leniency"  #: invalid requests that are accepted


_EFFECTS = tuple(Effect)


@dataclass(frozen=True, slots=True)
class Cause:
    """Violations with one cause.

    `id` is the same in every run: the id of the kind, and for most kinds a colon and what distinguishes its
    causes. `level` is the highest level of the findings that no baseline accepts, or of all if all are
    accepted. `findings` are ordered by level.
    """

    id: str
    kind: str
    title: str
    effect: Effect
    level: Level
    findings: tuple[Finding, ...] = field(repr=False)

    @property
    def known(self) -> bool:
        """Whether every finding is accepted."""
        return all(each.known for each in self.findings)

    @property
    def new(self) -> tuple[Finding, ...]:
        """The findings that are not accepted."""
        return tuple(each for each in self.findings if not each.known)

    @property
    def places(self) -> int:
        """How many places the findings are about, including those that were merged."""
        return sum(1 + len(each.others) for each in self.findings)

    @property
    def seen(self) -> int:
        """The sum of the exchanges and scenarios that show each finding."""
        return sum(each.count for each in self.findings)

    @property
    def rules(self) -> tuple[str, ...]:
        """The violated rules, sorted."""
        return tuple(sorted({each.rule for each in self.findings}))

    @property
    def operations(self) -> tuple[str, ...]:
        """The affected operations, sorted."""
        return tuple(sorted({each.operation for each in self.findings}))

    @property
    def documents(self) -> tuple[str, ...]:
        """The documents of the findings, sorted."""
        return tuple(sorted({each.document for each in self.findings}))

    def to_json(self) -> dict[str, Json]:
        """The cause as in summary.json."""
        return {
            "id": storable(self.id),
            "kind": self.kind,
            "title": storable(self.title),
            "effect": self.effect.value,
            "level": self.level,
            "known": self.known,
            "violations": len(self.findings),
            "new_violations": len(self.new),
            "count": self.seen,
            "rules": list(self.rules),
            "operations": list(self.operations),
            "documents": list(self.documents),
            "fingerprints": list(map(fingerprint, self.findings)),
        }


def group_by_cause(findings: Iterable[Finding], record: Record) -> tuple[Cause, ...]:
    """Group findings by cause, the most harmful cause first.

    Causes with a new MUST or SHOULD violation come first, then causes with new notes only, then accepted
    ones; within each, causes are ordered by effect, level, and number of places.
    """
    groups: dict[str, list[Finding]] = {}
    for finding in findings:
        groups.setdefault(cause_id(finding.identity), []).append(finding)
    judged = record.collected(JudgedCounts)
    causes = (_cause(id_, members, judged) for id_, members in groups.items())
    return tuple(sorted(causes, key=_rank))


def _cause(id_: str, findings: Sequence[Finding], judged: JudgedCounts) -> Cause:
    kind = kind_of(findings[0].identity)
    weighed = [each for each in findings if not each.known] or findings
    ordered = tuple(sorted(findings, key=lambda each: (each.known, LEVELS.index(each.level))))
    return Cause(
        id=id_,
        kind=kind.id,
        title=describe(kind, Members(kind.key(findings[0].identity), ordered, judged)),
        effect=min(map(_effect, weighed), key=_EFFECTS.index),
        level=min((each.level for each in weighed), key=LEVELS.index),
        findings=ordered,
    )


def _effect(finding: Finding) -> Effect:
    """What a finding does to clients, by the request and the response that show it."""
    if finding.violation.reason == "accepted":
        return Effect.LENIENCY
    if _rejects_valid(finding):
        return Effect.RESPONSES
    responses = [line.response for line in finding.exchanges if line.response is not None]
    if responses and responses[0].status >= 400:
        return Effect.ERRORS
    if finding.rule.startswith("SSE-") or any(each.events is not None for each in responses):
        return Effect.STREAMS
    return Effect.RESPONSES


def _rejects_valid(finding: Finding) -> bool:
    """Whether a finding is about a valid request that was rejected."""
    return kind_of(finding.identity).id in {"operation", "rejects-valid"}


def _rank(cause: Cause) -> tuple[bool, bool, int, int, int, str]:
    return (
        cause.known,
        cause.level == "may",
        _EFFECTS.index(cause.effect),
        LEVELS.index(cause.level),
        -cause.places,
        cause.id,
    )
