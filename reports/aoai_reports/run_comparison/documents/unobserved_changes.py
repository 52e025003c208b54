"""Finds changes of a document that the responses of both runs prove not to be implemented."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from aoai_reports.run_comparison.documents.operation_changes import OperationChanges
from aoai_reports.run_comparison.documents.schema_paths import response_roots, schema_of, schema_paths
from aoai_reports.run_comparison.shapes import SeenShape
from aoai_specs.comparison import Change
from aoai_specs.document import Operation
from aoai_specs.pointers import tokens

_PROPERTIES = "/properties/"


def unobserved_changes(operation: OperationChanges, shape: SeenShape) -> Iterator[Change]:
    """The changes of responses that the runs should have shown but did not.

    These are: an added property that its object never has; a removed property that is still present; a
    changed type, or newly allowed null, where the field has the same types as before; forbidden null that is
    still present. Changes that neither run could have shown are omitted.
    """
    old, new = _places(operation.base, shape), _places(operation.revision, shape)
    for change in operation.responses:
        holder, _, name = change.pointer.rpartition(_PROPERTIES)
        match change.subject, change.action:
            case "property", "added":
                places = new.get(holder, [])
                is_present = any(shape.revision.fields[f"{place}/{name}"] for place in places)
                if not is_present and any(shape.revision.objects[place] for place in places):
                    yield change
            case "property", "removed":
                if any(shape.revision.fields[place] for place in old.get(change.pointer, ())):
                    yield change
            case "type" | "nullable", _:
                schema = schema_of(change.pointer)
                places = (old if change.gone else new).get(schema, [])
                if any(_keeps_types(change, shape, place) for place in places):
                    yield change


def _keeps_types(change: Change, shape: SeenShape, place: str) -> bool:
    """Whether a place has the same types in both runs although the change should have made a difference."""
    before, after = shape.base.types.get(place), shape.revision.types.get(place)
    if not before or before != after:
        return False
    return change.id != "nullable-unset" or "null" in after


def _places(operation: Operation, shape: SeenShape) -> Mapping[str, list[str]]:
    """The places seen in responses, by the pointers of their schemas in a document."""
    chunk = shape.scope.endswith("chunk")
    roots = response_roots(operation, int(shape.scope[0]), chunk=chunk)
    found: dict[str, list[str]] = {}
    for place in dict.fromkeys((*shape.base.types, *shape.revision.types)):
        for path in schema_paths(operation.document, roots, tokens("#" + place)):
            for end in path.ends:
                if place not in found.setdefault(end, []):
                    found[end].append(place)
    return found
