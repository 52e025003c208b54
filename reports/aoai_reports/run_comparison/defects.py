"""What became of each defect between two runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeAlias

from aoai_reports.findings import LEVELS, Finding, Known, findings
from aoai_reports.lines import ExchangeLine, ScenarioLine
from aoai_reports.run_comparison.changes import DEFECT_CLASSES, DefectChange, TestedChange
from aoai_reports.run_comparison.sides import Side

#: Rule, operation, place, reason: what one defect is, whatever the document.
DefectKey: TypeAlias = tuple[str, str, str, str]
_NOISE = "two runs between which nothing changed differ in it"
_REPEATED = "the same request of one run shows it and does not"
Tried = Literal["judged", "inconclusive", "untried"]


@dataclass(frozen=True)
class Defects:
    """The defects of one side, and what its rules were asked."""

    side: Side
    #: The operations of this side under the names of the side that it is compared with.
    names: dict[str, str]
    known: Known | None = None

    @cached_property
    def found(self) -> dict[DefectKey, Finding]:
        """Each defect by its key."""
        return {self.key(finding): finding for finding in findings(self.side.record, self.known)}

    def key(self, finding: Finding) -> DefectKey:
        """What tells this defect from another, in any run."""
        operation = self.names.get(finding.operation, finding.operation)
        return (finding.rule, operation, finding.place, finding.violation.reason)

    @cached_property
    def said(self) -> dict[tuple[str, str], Counter[str]]:
        """How often each rule said what at each operation."""
        said: dict[tuple[str, str], Counter[str]] = {}
        lines: list[ExchangeLine | ScenarioLine] = [*self.side.record.exchanges, *self.side.record.scenarios]
        for line in lines:
            operation = self.names.get(line.operation, line.operation)
            for rule, outcome in line.verdicts.items():
                said.setdefault((rule, operation), Counter())[outcome] += 1
        return said

    @cached_property
    def points(self) -> dict[tuple[str, str], bool]:
        """Whether each point that was carried got an answer."""
        points: dict[tuple[str, str], bool] = {}
        for line in self.side.record.exchanges:
            operation = self.names.get(line.operation, line.operation)
            for point in line.points:
                key = (operation, point.id)
                points[key] = points.get(key, False) or line.response is not None
        return points

    @cached_property
    def wavering(self) -> frozenset[tuple[str, str]]:
        """The (rule, hash) of requests that were sent more than once and judged both ways."""
        outcomes: dict[tuple[str, str], set[str]] = {}
        for id_, line in self.side.cases.items():
            for rule, outcome in line.verdicts.items():
                outcomes.setdefault((rule, self.side.hashes[id_]), set()).add(outcome)
        return frozenset(key for key, seen in outcomes.items() if {"pass", "violation"} <= seen)

    def wavers(self, finding: Finding) -> bool:
        """Whether the request that shows a defect was sent again in this run and did not show it."""
        id_ = finding.case.removeprefix(f"{self.side.document}:")
        return finding.scenario is None and (finding.rule, self.side.hashes.get(id_, "")) in self.wavering

    def tried(self, finding: Finding, key: DefectKey) -> Tried:
        """Whether this side could have shown a defect that the other one shows."""
        rule, operation, _, _ = key
        point = finding.violation.point
        if point is not None and (operation, point) in self.points:
            if not self.points[operation, point]:
                return "inconclusive"
            return "judged" if (rule, operation) in self.said else "untried"
        if point is not None:
            return "untried"
        said = self.said.get((rule, operation), Counter())
        if said["pass"] or said["violation"]:
            return "judged"
        return "inconclusive" if said["inconclusive"] else "untried"


def defect_changes(
    base: Defects, revision: Defects, noise: Iterable[tuple[Defects, Defects]] = ()
) -> tuple[DefectChange, ...]:
    """Each defect of either side once, with its class; the worst class and level first.

    `noise` holds pairs of runs between which nothing changed: a defect that one of a pair shows is flaky.
    """
    unsteady = {
        key
        for one, other in noise
        for key in one.found.keys() ^ other.found.keys()
        if _both_tried(key, one, other)
    }
    renamed = _changed_reasons(base, revision, unsteady)
    changes = [
        *_shown_by_revision(base, revision, unsteady, renamed),
        *_shown_by_base_only(base, revision, unsteady, frozenset(renamed.values())),
    ]
    return tuple(
        sorted(
            changes,
            key=lambda each: (
                DEFECT_CLASSES.index(each.kind),
                LEVELS.index(each.level),
                revision.key(each.finding),
            ),
        )
    )


def _changed_reasons(
    base: Defects, revision: Defects, unsteady: set[DefectKey]
) -> dict[DefectKey, DefectKey]:
    """Defects that only the revision shows, with one that only the base shows at the same place."""
    gone: dict[tuple[str, ...], list[DefectKey]] = {}
    for key in sorted(base.found):
        if key not in revision.found and key not in unsteady:
            gone.setdefault(key[:3], []).append(key)
    pairs: dict[DefectKey, DefectKey] = {}
    for key in sorted(revision.found):
        if key not in base.found and key not in unsteady and gone.get(key[:3]):
            pairs[key] = gone[key[:3]].pop(0)
    return pairs


def _shown_by_revision(
    base: Defects, revision: Defects, unsteady: set[DefectKey], renamed: dict[DefectKey, DefectKey]
) -> Iterable[DefectChange]:
    for key, finding in revision.found.items():
        before = base.found.get(key)
        if key in unsteady:
            yield DefectChange("flaky", finding, before, _NOISE)
        elif revision.wavers(finding) or (before is not None and base.wavers(before)):
            yield DefectChange("flaky", finding, before, _REPEATED)
        elif before is not None:
            yield DefectChange("still failing", finding, before)
        elif key in renamed:
            yield DefectChange("changed reason", finding, base.found[renamed[key]])
        else:
            match base.tried(finding, key):
                case "judged":
                    yield DefectChange("new", finding)
                case "inconclusive":
                    yield DefectChange("inconclusive", finding, why="the first run could not judge it")
                case "untried":
                    yield DefectChange("newly tested", finding, why="the first run did not try it")


def _shown_by_base_only(
    base: Defects, revision: Defects, unsteady: set[DefectKey], told: frozenset[DefectKey]
) -> Iterable[DefectChange]:
    for key, finding in base.found.items():
        if key in revision.found or key in told:
            continue
        if key in unsteady:
            yield DefectChange("flaky", finding, why=_NOISE)
        elif base.wavers(finding):
            yield DefectChange("flaky", finding, why=_REPEATED)
        else:
            match revision.tried(finding, key):
                case "judged":
                    yield DefectChange("fixed", finding)
                case "inconclusive":
                    yield DefectChange("inconclusive", finding, why="the second run could not judge it")
                case "untried":
                    yield DefectChange("no longer tested", finding, why="the second run did not try it")


def _both_tried(key: DefectKey, one: Defects, other: Defects) -> bool:
    shown, hidden = (one, other) if key in one.found else (other, one)
    return hidden.tried(shown.found[key], key) == "judged"


def tested_changes(base: Defects, revision: Defects) -> tuple[TestedChange, ...]:
    """The rules that one of the runs judged at an operation and the other did not, by operation."""
    old, new = _judged(base), _judged(revision)
    changes: list[TestedChange] = []
    for operation in sorted({operation for _, operation in old | new}):
        before = {rule for rule, each in old if each == operation}
        after = {rule for rule, each in new if each == operation}
        if after - before:
            changes.append(TestedChange("newly tested", operation, tuple(sorted(after - before))))
        if before - after:
            changes.append(TestedChange("no longer tested", operation, tuple(sorted(before - after))))
    return tuple(changes)


def _judged(side: Defects) -> set[tuple[str, str]]:
    return {key for key, counts in side.said.items() if counts["pass"] or counts["violation"]}
