"""Compares two records."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import get_args

from aoai_reports.record.reader import Record
from aoai_reports.results.findings import Known
from aoai_reports.run_comparison.behaviour import ResponsePairs, response_changes
from aoai_reports.run_comparison.capability_changes import capability_changes
from aoai_reports.run_comparison.cause_changes import cause_changes
from aoai_reports.run_comparison.changes import (
    Aspect,
    BehaviourChange,
    DocumentComparison,
    Matched,
    RunComparison,
    RunSide,
    Timing,
)
from aoai_reports.run_comparison.compared_points import ComparedPoint
from aoai_reports.run_comparison.defects import Defects, defect_changes, tested_changes
from aoai_reports.run_comparison.limits import compared_points, limit_changes
from aoai_reports.run_comparison.shape_changes import seen_shapes, shape_changes
from aoai_reports.run_comparison.shapes import SeenShape
from aoai_reports.run_comparison.sides import (
    Pairing,
    Side,
    left_over_documents,
    paired_sides,
    pairing_of,
    side_of,
)
from aoai_reports.run_comparison.timing import timing_changes, timings

_ASPECTS = get_args(Aspect)


def compare_runs(
    base: Record, revision: Record, noise: Sequence[Record] = (), known: Known | None = None
) -> RunComparison:
    """Compare two runs.

    `noise` are further runs of either target, between which nothing changed: differences to them are masked,
    and a defect that comes and goes there is flaky. `known` accepts findings, as in a summary.
    """
    parts = tuple(_compare(old, new, noise, known) for old, new in paired_sides(base, revision))
    return RunComparison(parts, left_over_documents(base, revision), capability_changes(base, revision))


def compare_documents_of(record: Record, known: Known | None = None) -> RunComparison:
    """Compare the documents of one run, each with the next in the order of the record."""
    sides = [side_of(record, name) for name in record.header.documents]
    return RunComparison(tuple(_compare(old, new, (), known) for old, new in pairwise(sides)))


def _compare(base: Side, revision: Side, noise: Sequence[Record], known: Known | None) -> DocumentComparison:
    names = _same_operations(base, revision)
    matched = pairing_of(base, revision)
    found = _behaviour(base, revision, names, matched)
    unchanged = list(_noise_pairs(base, revision, noise))
    masked: set[tuple[str, ...]] = set()
    for one, other in unchanged:
        renamed = names if one is revision else {}
        for change in _behaviour(one, other, {}, pairing_of(one, other)).changes:
            masked.add(replace(change, operation=renamed.get(change.operation, change.operation)).key)
    unmasked = [change for change in found.changes if change.key not in masked]
    old, new = Defects(base, {}, known), Defects(revision, names, known)
    noise_defects = [
        (Defects(one, names if one is revision else {}), Defects(other, names if one is revision else {}))
        for one, other in unchanged
    ]
    defects = defect_changes(old, new, noise_defects)
    return DocumentComparison(
        base=_facts(base),
        revision=_facts(revision),
        matched=Matched(
            same=len(matched.same),
            altered=matched.altered,
            only_base=matched.only_base,
            only_revision=matched.only_revision,
            unanswered=tuple(
                id_ for id_, one, other in matched.same if (one.response is None) != (other.response is None)
            ),
        ),
        defects=defects,
        causes=cause_changes(defects, base.record, revision.record, new.found.values()),
        behaviour=tuple(sorted(unmasked, key=_order)),
        tested=tested_changes(old, new),
        timings=found.timings,
        masked=len(found.changes) - len(unmasked),
        points=found.points,
        shapes=found.shapes,
    )


@dataclass(frozen=True, slots=True)
class _Behaviour:
    """The behaviour of two sides and its changes."""

    points: tuple[ComparedPoint, ...]
    shapes: tuple[SeenShape, ...]
    timings: tuple[Timing, ...]
    changes: tuple[BehaviourChange, ...]


def _behaviour(base: Side, revision: Side, names: dict[str, str], matched: Pairing) -> _Behaviour:
    pairs = ResponsePairs.of(matched.same, names)
    points = compared_points(base, revision, names)
    limits = limit_changes(points)
    moved = frozenset((change.operation, change.place) for change in limits)
    measured, seen = timings(pairs), seen_shapes(pairs, (base, revision))
    changes = (
        *limits,
        *response_changes(pairs, moved),
        *(change for shape, group in seen for change in shape_changes(shape, group)),
        *timing_changes(measured),
    )
    return _Behaviour(points, tuple(shape for shape, _ in seen), measured, changes)


def _same_operations(base: Side, revision: Side) -> dict[str, str]:
    """Operations with another name in the base, by name: those that are the only ones of their kind."""
    old, new = _by_kind(base), _by_kind(revision)
    names: dict[str, str] = {}
    for kind, operations in new.items():
        before = old.get(kind, [])
        if kind != "other" and len(operations) == len(before) == 1 and operations != before:
            names[operations[0]] = before[0]
    return names


def _by_kind(side: Side) -> dict[str, list[str]]:
    kinds: dict[str, list[str]] = {}
    for operation, kind in side.operation_kinds.items():
        kinds.setdefault(kind, []).append(operation)
    return kinds


def _noise_pairs(base: Side, revision: Side, noise: Iterable[Record]) -> Iterator[tuple[Side, Side]]:
    """Each noise run with the side that it repeats: that with the same target and document, else the base."""
    for record in noise:
        candidates = [
            side
            for side in (base, revision)
            if side.document in record.header.documents and side.record.header.target == record.header.target
        ] or [side for side in (base, revision) if side.document in record.header.documents]
        for side in candidates[:1]:
            yield side, side_of(record, side.document)


def _facts(side: Side) -> RunSide:
    header = side.record.header
    record = side.record
    return RunSide(
        header.target,
        side.document,
        header.started,
        header.tool,
        own_description=bool(header.options.get("specs")),
        complete=not record.interrupted,
    )


def _order(change: BehaviourChange) -> tuple[str, int, str, str]:
    return (change.operation, _ASPECTS.index(change.aspect), change.scope, change.place)
