"""Classifies each defect of two runs: new, fixed, flaky and so on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from aoai_reports.results.collected.verdicts import VerdictCollector
from aoai_reports.results.findings import LEVELS, Finding, Known, findings
from aoai_reports.run_comparison.changes import DEFECT_CLASSES, DefectChange, TestedChange
from aoai_reports.run_comparison.repeats import DefectKey, Repeats, repeats_across, repeats_in
from aoai_reports.run_comparison.sides import Side

_NOISE = "it also differs between the noise runs"
_REPEATED = "it differs between identical requests within one run"
Tried = Literal["judged", "inconclusive", "untried"]


@dataclass(frozen=True)
class Defects:
    """The defects of one side, and what its rules judged."""

    side: Side
    #: Maps operations of this side to their names on the other side, where these differ.
    names: dict[str, str]
    known: Known | None = None

    @cached_property
    def found(self) -> dict[DefectKey, Finding]:
        """The defects by key."""
        return {self.key(finding): finding for finding in findings(self.side.record, self.known)}

    def key(self, finding: Finding) -> DefectKey:
        """Identifies the defect in any run."""
        operation = self.names.get(finding.operation, finding.operation)
        return (finding.rule, operation, finding.place, finding.violation.reason)

    @cached_property
    def verdicts(self) -> dict[tuple[str, str], Counter[str]]:
        """The verdicts of each rule on each operation, counted."""
        verdicts: dict[tuple[str, str], Counter[str]] = {}
        for (_, own, rule), each in self.side.record.collected(VerdictCollector).results().items():
            if each.first is not None:
                operation = self.names.get(own, own)
                verdicts.setdefault((rule, operation), Counter()).update(each.outcomes)
        return verdicts

    @cached_property
    def points(self) -> dict[tuple[str, str], bool]:
        """Whether each point that was sent got a response."""
        points: dict[tuple[str, str], bool] = {}
        for line in self.side.record.exchanges:
            operation = self.names.get(line.operation, line.operation)
            for point in line.points:
                key = (operation, point.id)
                points[key] = points.get(key, False) or line.response is not None
        return points

    @cached_property
    def unsteady(self) -> frozenset[DefectKey]:
        """The defects that every request of this run that shows them also passes."""
        return repeats_in(self.side, self.names).unsteady()

    @cached_property
    def repeats(self) -> Repeats:
        """What the requests of this run showed, for comparison with another run of the same target."""
        return repeats_across(self.side, self.names)

    def tried(self, finding: Finding, key: DefectKey) -> Tried:
        """Whether this side could have shown a defect that the other side shows."""
        rule, operation, _, _ = key
        point = finding.violation.point
        if point is not None and (operation, point) in self.points:
            if not self.points[operation, point]:
                return "inconclusive"
            return "judged" if (rule, operation) in self.verdicts else "untried"
        if point is not None:
            return "untried"
        counts = self.verdicts.get((rule, operation), Counter())
        if counts["pass"] or counts["violation"]:
            return "judged"
        return "inconclusive" if counts["inconclusive"] else "untried"


def defect_changes(
    base: Defects, revision: Defects, noise: Iterable[tuple[Defects, Defects]] = ()
) -> tuple[DefectChange, ...]:
    """Each defect of either side once, with its class; the worst class and level first.

    `noise` holds pairs of runs between which nothing changed; a defect that only one run of a pair shows is
    flaky.
    """
    unsteady = {key for one, other in noise for key in one.repeats.differing(other.repeats)}
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
    """Pairs a defect that only the revision shows with one that only the base shows at the same place."""
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
        elif key in revision.unsteady:
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
                    yield DefectChange("inconclusive", finding, why="inconclusive in the first run")
                case "untried":
                    yield DefectChange("newly tested", finding, why="not tested in the first run")


def _shown_by_base_only(
    base: Defects, revision: Defects, unsteady: set[DefectKey], paired: frozenset[DefectKey]
) -> Iterable[DefectChange]:
    for key, finding in base.found.items():
        if key in revision.found or key in paired:
            continue
        if key in unsteady:
            yield DefectChange("flaky", finding, why=_NOISE)
        elif key in base.unsteady:
            yield DefectChange("flaky", finding, why=_REPEATED)
        else:
            match revision.tried(finding, key):
                case "judged":
                    yield DefectChange("fixed", finding)
                case "inconclusive":
                    yield DefectChange("inconclusive", finding, why="inconclusive in the second run")
                case "untried":
                    yield DefectChange("no longer tested", finding, why="not tested in the second run")


def tested_changes(base: Defects, revision: Defects) -> tuple[TestedChange, ...]:
    """The rules that only one of the runs tested, by operation."""
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
    return {key for key, counts in side.verdicts.items() if counts["pass"] or counts["violation"]}
