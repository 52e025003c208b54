"""The result of comparing two records, as data; `to_json` gives its public form."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal, get_args

from aoai_model.serialization import Json
from aoai_model.verdict import Level
from aoai_reports.record.evidence import shortened, storable
from aoai_reports.results.cause_kinds import cause_id
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
#: In the order of reports.
DEFECT_CLASSES: tuple[DefectClass, ...] = get_args(DefectClass)
#: Defects that the revision shows and the base, as far as known, did not.
NEWLY_BROKEN: frozenset[DefectClass] = frozenset({"new", "changed reason", "newly tested"})

CauseClass = Literal["new", "changed", "fixed", "unchanged"]
#: In the order of reports.
CAUSE_CLASSES: tuple[CauseClass, ...] = get_args(CauseClass)

#: In the order of reports.
Aspect = Literal[
    "limit", "status", "error", "media type", "stream", "field", "type", "value", "header", "timing"
]


@dataclass(frozen=True, slots=True)
class DefectChange:
    """One defect and its class.

    `finding` is the defect in the revision, or in the base if the revision does not show it. `before` is what
    the base showed at the same place if the reason changed. `why` explains the class if that is not obvious.
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
        """The defect in the public form."""
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
            "cause": storable(cause_id(self.finding.identity)),
        }


@dataclass(frozen=True, slots=True)
class CauseChange:
    """A cause with its defects in both runs.

    `kind` is new if every defect is newly broken, fixed if every one is fixed, unchanged if every one is
    still failing, otherwise changed. `title` has the numbers of the revision, or of the base if the revision
    does not show the cause. `counts` has the number of defects of each class.
    """

    id: str
    title: str
    level: Level
    kind: CauseClass
    counts: tuple[tuple[DefectClass, int], ...]

    @property
    def counts_sentence(self) -> str:
        """`3 new, 1 fixed`."""
        return ", ".join(f"{count:,} {kind}" for kind, count in self.counts)

    def to_json(self) -> dict[str, Json]:
        """The public form."""
        return {
            "id": storable(self.id),
            "title": storable(self.title),
            "level": self.level,
            "class": self.kind,
            "defects": dict(self.counts),
        }


@dataclass(frozen=True, slots=True)
class CaseSubject:
    """The subject of a case that shows a behaviour change, for linking it to changes of the documents.

    `point` is the id of the only point that it carries, with the pointers of its constraint in the two
    documents. Each is empty if the case carries no point or several in that run, since different documents
    plan different points for the same request. `param` is the field that an error names.
    """

    case: str
    point: str = ""
    base_pointer: str = ""
    revision_pointer: str = ""
    param: str = ""


@dataclass(frozen=True, slots=True)
class BehaviourChange:
    """A difference in behaviour, whether or not it violates a rule.

    `scope` is where it was seen: `answer` (a whole response), `request`, or a status class such as
    `2xx body`, `2xx chunk` or `4xx answer`. `place` is a pointer, a header, a point, or empty. `before` and
    `after` are text. `cases` are the ids of the first cases that show it; `count` is the number of all.
    """

    aspect: Aspect
    operation: str
    scope: str
    place: str
    before: str
    after: str
    cases: tuple[str, ...] = ()
    count: int = 1
    #: The messages of the document changes that explain it.
    documented: tuple[str, ...] = ()
    #: The subject of each case; not part of the public form.
    subjects: tuple[CaseSubject, ...] = field(default=(), repr=False)

    @property
    def key(self) -> tuple[str, ...]:
        """Equal for the same change between two other runs, whatever its values before and after."""
        return (self.aspect, self.operation, self.scope, self.place)

    def to_json(self) -> dict[str, Json]:
        """The change in the public form."""
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
    """A distribution of seconds: the count, the quartiles and the 95th percentile."""

    count: int
    lower: float
    median: float
    upper: float
    high: float

    def to_json(self) -> dict[str, Json]:
        """The public form, in seconds."""
        return {
            "count": self.count,
            "p25": self.lower,
            "median": self.median,
            "p75": self.upper,
            "p95": self.high,
        }


@dataclass(frozen=True, slots=True)
class Timing:
    """How long one operation took in both runs: until the first byte, or between chunks."""

    operation: str
    measure: Literal["first byte", "between chunks"]
    base: Spread
    revision: Spread

    def to_json(self) -> dict[str, Json]:
        """The public form."""
        return {
            "operation": self.operation,
            "measure": self.measure,
            "base": self.base.to_json(),
            "revision": self.revision.to_json(),
        }


@dataclass(frozen=True, slots=True)
class TestedChange:
    """Rules that were tested on an operation in one of the runs only."""

    kind: Literal["newly tested", "no longer tested"]
    operation: str
    rules: tuple[str, ...]

    def to_json(self) -> dict[str, Json]:
        """The public form."""
        return {"class": self.kind, "operation": self.operation, "rules": list(self.rules)}


@dataclass(frozen=True, slots=True)
class Matched:
    """How the cases of the two runs were matched.

    `same` counts the requests that both runs sent. The rest are case ids: `altered` for different requests
    under the same id, `only_base` and `only_revision` for requests of one run, `unanswered` for requests to
    which only one run got a response.
    """

    same: int = 0
    altered: tuple[str, ...] = ()
    only_base: tuple[str, ...] = ()
    only_revision: tuple[str, ...] = ()
    unanswered: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Json]:
        """The public form."""
        return {
            "same": self.same,
            "altered": list(self.altered),
            "only_base": list(self.only_base),
            "only_revision": list(self.only_revision),
            "unanswered": list(self.unanswered),
        }


@dataclass(frozen=True, slots=True)
class RunSide:
    """One of the two runs."""

    target: str
    document: str
    started: str
    tool: str
    #: Whether the run was judged by the user's own API description, whatever its name.
    own_description: bool = False
    #: Whether the run finished.
    complete: bool = True

    def to_json(self) -> dict[str, Json]:
        """The public form."""
        return {
            "target": self.target,
            "document": self.document,
            "started": self.started,
            "tool": self.tool,
            "complete": self.complete,
        }


@dataclass(frozen=True, slots=True)
class DocumentComparison:
    """Two runs compared for one pair of documents. `masked` counts changes that a noise run shows too."""

    base: RunSide
    revision: RunSide
    matched: Matched
    defects: tuple[DefectChange, ...] = ()
    behaviour: tuple[BehaviourChange, ...] = ()
    tested: tuple[TestedChange, ...] = ()
    timings: tuple[Timing, ...] = ()
    masked: int = 0
    #: The results of both runs for each point.
    points: tuple[ComparedPoint, ...] = ()
    #: The shapes of the responses to the same requests; not part of the public form.
    shapes: tuple[SeenShape, ...] = field(default=(), repr=False)
    #: Whether behaviour was linked to the changes between the documents.
    linked: bool = False
    #: Changes of the documents that no behaviour change shows: (operation, message).
    unseen: tuple[tuple[str, str], ...] = ()
    #: Sentences about the documents: which of them is partial.
    notes: tuple[str, ...] = ()
    #: The defects by cause.
    causes: tuple[CauseChange, ...] = ()

    @property
    def undocumented(self) -> tuple[BehaviourChange, ...]:
        """The behaviour changes that no document explains; empty unless they were linked."""
        return tuple(each for each in self.behaviour if self.linked and not each.documented)

    @property
    def differs(self) -> bool:
        """Whether the runs differ in anything but defects that both show."""
        moved = any(each.kind != "still failing" for each in self.defects)
        matched = self.matched
        unmatched = bool(matched.altered or matched.only_base or matched.only_revision or matched.unanswered)
        return moved or bool(self.behaviour or self.tested) or unmatched

    def to_json(self) -> dict[str, Json]:
        """The public form."""
        return {
            "base": self.base.to_json(),
            "revision": self.revision.to_json(),
            "cases": self.matched.to_json(),
            "causes": [each.to_json() for each in self.causes],
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
            "notes": list(self.notes),
        }


@dataclass(frozen=True, slots=True)
class RunComparison:
    """Two records compared.

    `left_over` are the documents of each record without a match in the other; `capabilities` are what the
    deployments support in one of them only.
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
        """What the deployments support in the base but not in the revision."""
        return tuple(each for each in self.capabilities if each.lost)

    @property
    def fails(self) -> bool:
        """Whether the revision has a new MUST violation or lost a capability."""
        return bool(self.newly_broken() or self.lost_capabilities)

    def newly_broken(self, level: Level = "must") -> tuple[DefectChange, ...]:
        """The new defects of a level in the revision, without accepted ones."""
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
                "defects": count_classes(each for part in self.parts for each in part.defects),
                "behaviour": sum(len(part.behaviour) for part in self.parts),
                "new_musts": len(self.newly_broken()),
            },
        }


def count_classes(changes: Iterable[DefectChange]) -> dict[str, Json]:
    """The number of defects of each class, including classes without any."""
    kinds = [each.kind for each in changes]
    return {kind: kinds.count(kind) for kind in DEFECT_CLASSES}
