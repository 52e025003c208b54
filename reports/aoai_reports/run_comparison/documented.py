"""Lays what a target does otherwise at another api-version beside what its document says otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from aoai_reports.run_comparison.behaviour import MOST_CASES
from aoai_reports.run_comparison.changes import Asked, BehaviourChange, DocumentComparison, RunComparison
from aoai_reports.run_comparison.explaining import Explaining, bare, path_of
from aoai_reports.run_comparison.unobserved_changes import kept_in_answers
from aoai_specs.catalogue import Catalogue
from aoai_specs.comparison import compare, of_document
from aoai_specs.comparison.change import Change
from aoai_specs.document import Document
from aoai_specs.errors import ConformanceError

#: Aspects that each case may have for a reason of its own.
_BY_CASE = frozenset({"limit", "status", "error"})


def explained(comparison: RunComparison) -> RunComparison:
    """The comparison with each change of behaviour linked to the changes of the documents that explain it.

    Where only some of the cases that show a change are explained, these become an entry of their own.
    Documents that the catalogue does not hold, or the same on both sides, explain nothing: their parts are
    returned as they are.
    """
    return replace(comparison, parts=tuple(map(_explained, comparison.parts)))


def _explained(part: DocumentComparison) -> DocumentComparison:
    sides = (part.base, part.revision)
    if part.base.document == part.revision.document or any(side.own_description for side in sides):
        return part
    try:
        base, revision = (Catalogue.packaged().load(side.document) for side in sides)
        return link_to_documents(part, base, revision)
    except ConformanceError:
        return part


def link_to_documents(part: DocumentComparison, base: Document, revision: Document) -> DocumentComparison:
    """One comparison, linked to what two documents differ in. Raises DocumentError for unusable ones."""
    changes = compare(of_document(base), of_document(revision)).changes
    explaining = _by_operation(base, revision, changes)
    shown: set[int] = set()
    behaviour: list[BehaviourChange] = []
    for each in part.behaviour:
        for linked, why in _linked(each, explaining.get(each.operation)):
            shown.update(map(id, why))
            behaviour.append(linked)
    unseen = [*_unseen_in_limits(part, explaining)]
    for shape in part.shapes:
        if shape.operation in explaining:
            kept = kept_in_answers(explaining[shape.operation], shape)
            unseen += [(shape.operation, change) for change in kept]
    words = dict.fromkeys((operation, each.message) for operation, each in unseen if id(each) not in shown)
    return replace(part, behaviour=tuple(behaviour), linked=True, unseen=tuple(sorted(words)))


def _by_operation(
    base: Document, revision: Document, changes: tuple[Change, ...]
) -> Mapping[str, Explaining]:
    """What explains behaviour, by operationId; where the documents differ in it, the base's counts."""
    old = {path_of(each): each for each in base.operations.values()}
    found: dict[str, Explaining] = {}
    for each in revision.operations.values():
        before = old.get(path_of(each))
        if before is not None:
            path = path_of(each)
            reaching = tuple(
                change for change in changes if any(bare(one.operation) == path for one in change.operations)
            )
            found[before.id] = Explaining(before, each, reaching)
    return found


def _linked(
    behaviour: BehaviourChange, explaining: Explaining | None
) -> Iterator[tuple[BehaviourChange, tuple[Change, ...]]]:
    """The change of behaviour, in as many parts as its cases have explanations; the unexplained come last."""
    if explaining is None or behaviour.aspect == "timing":
        yield behaviour, ()
        return
    if behaviour.aspect not in _BY_CASE:
        why = explaining.of_answers(behaviour)
        yield replace(behaviour, documented=_messages(why)), why
        return
    parts: dict[tuple[int, ...], list[Asked]] = {}
    reasons: dict[tuple[int, ...], tuple[Change, ...]] = {}
    for asked in behaviour.asked:
        why = explaining.of_case(behaviour, asked)
        key = tuple(map(id, why))
        reasons[key] = why
        parts.setdefault(key, []).append(asked)
    for key in sorted(parts, key=lambda each: not each):
        cases = tuple(asked.case for asked in parts[key])
        yield (
            replace(
                behaviour,
                documented=_messages(reasons[key]),
                cases=cases[:MOST_CASES],
                count=len(cases),
                asked=tuple(parts[key]),
            ),
            reasons[key],
        )


def _messages(changes: Iterable[Change]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(change.message for change in changes))


def _unseen_in_limits(
    part: DocumentComparison, explaining: Mapping[str, Explaining]
) -> Iterator[tuple[str, Change]]:
    """The changes that should have moved a limit which both targets have where it was."""
    for point in part.points:
        wanted = point.base.expect, point.revision.expect
        if point.is_compared and not point.moved and set(wanted) == {"accept", "reject"}:
            asked = Asked("", point.point, point.base.pointer, point.revision.pointer)
            sides = (wanted[0] == "accept", wanted[1] == "accept")
            known = explaining.get(point.operation)
            for change in () if known is None else known.requests:
                if known is not None and known.concerns_point(change, asked, sides):
                    yield point.operation, change
