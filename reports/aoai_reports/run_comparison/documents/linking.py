"""Links behaviour changes between two api-versions to the changes between their documents."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from aoai_reports.run_comparison.behaviour import MOST_CASES
from aoai_reports.run_comparison.changes import (
    BehaviourChange,
    CaseSubject,
    DocumentComparison,
    RunComparison,
)
from aoai_reports.run_comparison.documents.operation_changes import (
    OperationChanges,
    path_of,
    without_parameter_names,
)
from aoai_reports.run_comparison.documents.unobserved_changes import unobserved_changes
from aoai_specs.catalogue import Catalogue
from aoai_specs.comparison import Change, aligned, compare, of_document
from aoai_specs.document import Document, Operation
from aoai_specs.errors import ConformanceError

#: Aspects whose explanation may differ from case to case.
_BY_CASE = frozenset({"limit", "status", "error"})


def link_documents(comparison: RunComparison) -> RunComparison:
    """The comparison with each behaviour change linked to the document changes that explain it.

    If only some cases of a behaviour change are explained, they become an entry of their own. Parts whose
    documents are equal or not in the catalogue are returned unchanged.
    """
    return replace(comparison, parts=tuple(map(_link_part, comparison.parts)))


def _link_part(part: DocumentComparison) -> DocumentComparison:
    sides = (part.base, part.revision)
    if part.base.document == part.revision.document or any(side.own_description for side in sides):
        return part
    try:
        base, revision = (Catalogue.packaged().load(side.document) for side in sides)
        return link_to_documents(part, base, revision)
    except ConformanceError:
        return part


def link_to_documents(part: DocumentComparison, base: Document, revision: Document) -> DocumentComparison:
    """One comparison, linked to the changes between two documents. Raises DocumentError for unusable ones."""
    descriptions = aligned(of_document(base), of_document(revision))
    changes = compare(*descriptions)
    old, new = (
        {path_of(operation, described.prefix): operation for operation in document.operations.values()}
        for document, described in zip((base, revision), descriptions, strict=True)
    )
    operations = _changes_by_operation(old, new, changes.changes)
    observed: set[int] = set()
    behaviour: list[BehaviourChange] = []
    for each in part.behaviour:
        for linked, reasons in _link(each, operations.get(each.operation)):
            observed.update(map(id, reasons))
            behaviour.append(linked)
    unseen = [*_unobserved_limits(part, operations)]
    for shape in part.shapes:
        if shape.operation in operations:
            not_shown = unobserved_changes(operations[shape.operation], shape)
            unseen += [(shape.operation, change) for change in not_shown]
    messages = dict.fromkeys(
        (operation, change.message) for operation, change in unseen if id(change) not in observed
    )
    unseen_changes = tuple(sorted(messages))
    return replace(part, behaviour=tuple(behaviour), linked=True, unseen=unseen_changes, notes=changes.notes)


def _changes_by_operation(
    old: Mapping[str, Operation], new: Mapping[str, Operation], changes: Iterable[Change]
) -> Mapping[str, OperationChanges]:
    """The changes that affect each operation of both documents, by its operationId in the base.

    The operations are given by the paths by which a comparison of the documents matches them.
    """
    found: dict[str, OperationChanges] = {}
    for path, after in new.items():
        before = old.get(path)
        if before is not None:
            names = {path_of(before), path_of(after)}
            affecting = tuple(
                change
                for change in changes
                if any(without_parameter_names(one.operation) in names for one in change.operations)
            )
            found[before.id] = OperationChanges(before, after, affecting)
    return found


def _link(
    behaviour: BehaviourChange, operation: OperationChanges | None
) -> Iterator[tuple[BehaviourChange, tuple[Change, ...]]]:
    """The behaviour change, one entry for each explanation; unexplained cases come last."""
    if operation is None or behaviour.aspect == "timing":
        yield behaviour, ()
        return
    if behaviour.aspect not in _BY_CASE:
        reasons = operation.explain_responses(behaviour)
        yield replace(behaviour, documented=_messages(reasons)), reasons
        return
    cases: dict[tuple[int, ...], list[CaseSubject]] = {}
    explanations: dict[tuple[int, ...], tuple[Change, ...]] = {}
    for case in behaviour.subjects:
        reasons = operation.explain_case(behaviour, case)
        key = tuple(map(id, reasons))
        explanations[key] = reasons
        cases.setdefault(key, []).append(case)
    for key in sorted(cases, key=lambda each: not each):
        ids = tuple(each.case for each in cases[key])
        linked = replace(
            behaviour,
            documented=_messages(explanations[key]),
            cases=ids[:MOST_CASES],
            count=len(ids),
            subjects=tuple(cases[key]),
        )
        yield linked, explanations[key]


def _messages(changes: Iterable[Change]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(change.message for change in changes))


def _unobserved_limits(
    part: DocumentComparison, operations: Mapping[str, OperationChanges]
) -> Iterator[tuple[str, Change]]:
    """The changes that should have moved a limit which is the same in both runs."""
    for point in part.points:
        expected = point.base.expect, point.revision.expect
        operation = operations.get(point.operation)
        if operation is None or not point.is_compared or point.moved or set(expected) != {"accept", "reject"}:
            continue
        case = CaseSubject("", point.point, point.base.pointer, point.revision.pointer)
        accepted = (expected[0] == "accept", expected[1] == "accept")
        for change in operation.requests:
            if operation.affects_point(change, case, accepted):
                yield point.operation, change
