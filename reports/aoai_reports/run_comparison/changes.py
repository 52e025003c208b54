"""What a comparison of two records comes to, as data; `to_json` is its public form."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal, get_args

from aoai_model.serialization import Json
from aoai_model.verdict import Level
from aoai_reports.record.evidence import shortened, storable
from aoai_reports.results.findings import Finding
from aoai_reports.run_comparison.capability_changes import CapabilityChange
from aoai_reports.run_comparison.compared_points import ComparedPoint
from aoai_reports.run_comparison.shapes import SeenShape

RUN_DIFF_SCHEMA = "aoai-conformance/run-diff/v1"

DefectClass = Literal[
    "new",
    "changed reason",
    "newly tested",
    "still failing",
    "flaky",
    "inconclusive",
    "fixed",
    "no longer tested",
]
#: In the order in which they are told.
DEFECT_CLASSES: tuple[DefectClass, ...] = get_args(DefectClass)
#: What the revision breaks and the base, as far as one knows, did not.
NEWLY_BROKEN: frozenset[DefectClass] = frozenset({"new", "changed reason", "newly tested"})

#: In the order in which they are told.
Aspect = Literal[
    "limit", "status", "error", "media type", "stream", "field", "type", "value", "header", "timing"
]


@dataclass(frozen=True, slots=True)
class DefectChange:
    """One defect and what became of it.

    `finding` is the defect as the revision shows it, or as the base did where the revision does not;
    `before` is what the base showed at the same place where the reason changed. `why` says, where it needs
    to be said, on what the class rests.
    """

    kind: DefectClass
    finding: Finding
    before: Finding | None = None
    why: str = ""

    @property
    def level(self) -> Level:
        """The level of the defect."""
        return self.finding.level

    def to_json(self) -> dict[str, Json]:
        """The defect as the public form has it."""
        violation = self.finding.violation
        return {
            "class": self.kind,
            "level": self.level,
            "rule": self.finding.rule,
            "operation": self.finding.operation,
            "document": self.finding.document,
            "place": self.finding.place,
            "reason": violation.reason,
            "message": storable(violation.message),
            "expected": shortened(violation.expected),
            "actual": shortened(violation.actual),
            "before": None if self.before is None else storable(self.before.violation.message),
            "case": self.finding.case,
            "why": self.why,
        }


@dataclass(frozen=True, slots=True)
class Asked:
    """What a case that shows a change asks about, so that the documents' words can be laid beside it.

    `point` is the id of the one point that it carries, with the pointers of its constraint in the two
    documents; each is empty where the run has it carry none or several, for one request may be planned for
    other points by another document. `blamed` is the field that a refusal names.
    """

    case: str
    point: str = ""
    base_pointer: str = ""
    revision_pointer: str = ""
    blamed: str = ""


@dataclass(frozen=True, slots=True)
class BehaviourChange:
    """Something that the target does otherwise, though no rule need mind.

    `scope` says where it was seen: `answer`, `chunk`, or the class of status (`2xx body`). `place` is a
    pointer, a header, a point, or empty. `before` and `after` are words for reading. `cases` are the ids
    that show it; `count` how many do.
    """

    aspect: Aspect
    operation: str
    scope: str
    place: str
    before: str
    after: str
    cases: tuple[str, ...] = ()
    count: int = 1
    #: The changes of the document that explain it, in words.
    documented: tuple[str, ...] = ()
    #: What each of all the cases asks about; no part of the public form.
    asked: tuple[Asked, ...] = field(default=(), repr=False)

    @property
    def key(self) -> tuple[str, ...]:
        """What is equal for the same change between two other runs, whatever it is from and to."""
        return (self.aspect, self.operation, self.scope, self.place)

    def to_json(self) -> dict[str, Json]:
        """The change as the public form has it."""
        return {
            "aspect": self.aspect,
            "operation": self.operation,
            "scope": self.scope,
            "place": storable(self.place),
            "before": storable(self.before),
            "after": storable(self.after),
            "cases": list(self.cases),
            "count": self.count,
            "documented": list(self.documented),
        }


@dataclass(frozen=True, slots=True)
class Spread:
    """A distribution of seconds: how many, and their quartiles and 95th percentile."""

    count: int
    lower: float
    median: float
    upper: float
    high: float

    def to_json(self) -> dict[str, Json]:
        """As the public form has it, in seconds."""
        return {
            "count": self.count,
            "p25": self.lower,
            "median": self.median,
            "p75": self.upper,
            "p95": self.high,
        }


@dataclass(frozen=True, slots=True)
class Timing:
    """How long one operation took in both runs: to its first byte, or from one chunk to the next."""

    operation: str
    measure: Literal["first byte", "between chunks"]
    base: Spread
    revision: Spread

    def to_json(self) -> dict[str, Json]:
        """As the public form has it."""
        return {
            "operation": self.operation,
            "measure": self.measure,
            "base": self.base.to_json(),
            "revision": self.revision.to_json(),
        }


@dataclass(frozen=True, slots=True)
class TestedChange:
    """Rules that were judged at an operation in one of the runs only."""

    kind: Literal["newly tested", "no longer tested"]
    operation: str
    rules: tuple[str, ...]

    def to_json(self) -> dict[str, Json]:
        """As the public form has it."""
        return {"class": self.kind, "operation": self.operation, "rules": list(self.rules)}


@dataclass(frozen=True, slots=True)
class Matched:
    """How the cases of the two runs were matched.

    `same` counts the requests that both sent, `altered` are ids that stand for different requests, the
    `only` those of one run, `unanswered` those of which one run has no answer.
    """

    same: int = 0
    altered: tuple[str, ...] = ()
    only_base: tuple[str, ...] = ()
    only_revision: tuple[str, ...] = ()
    unanswered: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Json]:
        """As the public form has it."""
        return {
            "same": self.same,
            "altered": list(self.altered),
            "only_base": list(self.only_base),
            "only_revision": list(self.only_revision),
            "unanswered": list(self.unanswered),
        }


@dataclass(frozen=True, slots=True)
class RunSide:
    """What a report says of one of the runs."""

    target: str
    document: str
    started: str
    tool: str
    #: Whether the run was judged by a description of the user's own, whatever its name.
    own_description: bool = False
    #: Whether the run came to its end.
    complete: bool = True

    def to_json(self) -> dict[str, Json]:
        """As the public form has it."""
        return {
            "target": self.target,
            "document": self.document,
            "started": self.started,
            "tool": self.tool,
            "complete": self.complete,
        }


@dataclass(frozen=True, slots=True)
class DocumentComparison:
    """Two runs, for one pair of documents. `masked` counts changes that a noise run also showed."""

    base: RunSide
    revision: RunSide
    matched: Matched
    defects: tuple[DefectChange, ...] = ()
    behaviour: tuple[BehaviourChange, ...] = ()
    tested: tuple[TestedChange, ...] = ()
    timings: tuple[Timing, ...] = ()
    masked: int = 0
    #: What both runs found out about each point.
    points: tuple[ComparedPoint, ...] = ()
    #: What was answered to the same requests; no part of the public form.
    shapes: tuple[SeenShape, ...] = field(default=(), repr=False)
    #: Whether behaviour was linked to what the two documents differ in.
    linked: bool = False
    #: Changes of the documents that no change of behaviour shows: (operation, words).
    unseen: tuple[tuple[str, str], ...] = ()

    @property
    def undocumented(self) -> tuple[BehaviourChange, ...]:
        """The changes of behaviour that no document explains; none where none was looked for."""
        return tuple(each for each in self.behaviour if self.linked and not each.documented)

    @property
    def differs(self) -> bool:
        """Whether anything but what failed before and fails still was found."""
        moved = any(each.kind != "still failing" for each in self.defects)
        matched = self.matched
        apart = bool(matched.altered or matched.only_base or matched.only_revision or matched.unanswered)
        return moved or bool(self.behaviour or self.tested) or apart

    def to_json(self) -> dict[str, Json]:
        """As the public form has it."""
        return {
            "base": self.base.to_json(),
            "revision": self.revision.to_json(),
            "cases": self.matched.to_json(),
            "defects": [each.to_json() for each in self.defects],
            "behaviour": [each.to_json() for each in self.behaviour],
            "tested": [each.to_json() for each in self.tested],
            "timings": [each.to_json() for each in self.timings],
            "masked": self.masked,
            "points": [each.to_json() for each in self.points],
            "linked": self.linked,
            "changed_but_not_documented": [each.to_json() for each in self.undocumented],
            "documented_but_not_changed": [
                {"operation": operation, "message": message} for operation, message in self.unseen
            ],
        }


@dataclass(frozen=True, slots=True)
class RunComparison:
    """Two records compared.

    `left_over` are documents of each that the other has no match for, `capabilities` what the deployments
    support in one of them only.
    """

    parts: tuple[DocumentComparison, ...]
    left_over: tuple[tuple[str, ...], tuple[str, ...]] = field(default=((), ()))
    capabilities: tuple[CapabilityChange, ...] = ()

    @property
    def differs(self) -> bool:
        """Whether the runs differ at all."""
        return any(part.differs for part in self.parts) or any(self.left_over) or bool(self.capabilities)

    @property
    def lost_capabilities(self) -> tuple[CapabilityChange, ...]:
        """What the deployments supported in the base and do not in the revision."""
        return tuple(each for each in self.capabilities if each.lost)

    @property
    def fails(self) -> bool:
        """Whether the revision breaks a must that the base did not, or lost a capability."""
        return bool(self.newly_broken() or self.lost_capabilities)

    def newly_broken(self, level: Level = "must") -> tuple[DefectChange, ...]:
        """The defects of a level that the revision shows and the base did not, without the accepted ones."""
        return tuple(
            each
            for part in self.parts
            for each in part.defects
            if each.kind in NEWLY_BROKEN and each.level == level and not each.finding.known
        )

    def to_json(self) -> dict[str, Json]:
        """The comparison as JSON: `schemas/run-diff-v1.json` describes it."""
        return {
            "schema": RUN_DIFF_SCHEMA,
            "comparisons": [part.to_json() for part in self.parts],
            "left_over": {"base": list(self.left_over[0]), "revision": list(self.left_over[1])},
            "capabilities": [each.to_json() for each in self.capabilities],
            "summary": {
                "differs": self.differs,
                "defects": counted_classes(each for part in self.parts for each in part.defects),
                "behaviour": sum(len(part.behaviour) for part in self.parts),
                "new_musts": len(self.newly_broken()),
            },
        }


def counted_classes(changes: Iterable[DefectChange]) -> dict[str, Json]:
    """How many defects are of each class; every class is named."""
    kinds = [each.kind for each in changes]
    return {kind: kinds.count(kind) for kind in DEFECT_CLASSES}
