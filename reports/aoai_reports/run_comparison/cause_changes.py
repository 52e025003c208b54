"""Groups the defects of a comparison by cause."""

from __future__ import annotations

from collections.abc import Iterable

from aoai_reports.record.reader import Record
from aoai_reports.results.cause_kinds import cause_id
from aoai_reports.results.causes import group_by_cause
from aoai_reports.results.findings import LEVELS, Finding
from aoai_reports.run_comparison.changes import (
    CAUSE_CLASSES,
    DEFECT_CLASSES,
    NEWLY_BROKEN,
    CauseChange,
    CauseClass,
    DefectChange,
)


def cause_changes(
    changes: Iterable[DefectChange], base: Record, revision: Record, shown: Iterable[Finding]
) -> tuple[CauseChange, ...]:
    """Group defects by cause; the class first, then the order of the report of the run.

    `shown` are the findings of the revision; all others are those of the base.
    """
    in_revision = {id(finding) for finding in shown}
    groups: dict[str, list[DefectChange]] = {}
    for change in changes:
        groups.setdefault(cause_id(change.finding.identity), []).append(change)
    findings = [change.finding for members in groups.values() for change in members]
    newer = group_by_cause((each for each in findings if id(each) in in_revision), revision)
    older = group_by_cause((each for each in findings if id(each) not in in_revision), base)
    titles = {cause.id: cause.title for cause in (*older, *newer)}
    order = {cause.id: place for place, cause in enumerate((*newer, *older))}
    found = (
        CauseChange(
            id_,
            titles[id_],
            min((each.level for each in members), key=LEVELS.index),
            _class_of(members),
            tuple(
                (kind, count)
                for kind in DEFECT_CLASSES
                if (count := sum(each.kind == kind for each in members))
            ),
        )
        for id_, members in groups.items()
    )
    return tuple(sorted(found, key=lambda each: (CAUSE_CLASSES.index(each.kind), order[each.id])))


def _class_of(members: Iterable[DefectChange]) -> CauseClass:
    kinds = {each.kind for each in members}
    if kinds <= NEWLY_BROKEN:
        return "new"
    if kinds == {"fixed"}:
        return "fixed"
    return "unchanged" if kinds == {"still failing"} else "changed"
