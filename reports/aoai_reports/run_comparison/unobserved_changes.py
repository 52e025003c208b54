"""Changes of a document that the answers of both runs show not to have been made."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from aoai_reports.run_comparison.explaining import Explaining
from aoai_reports.run_comparison.places import schema_of
from aoai_reports.run_comparison.schema_ways import response_roots, ways
from aoai_reports.run_comparison.shapes import SeenShape
from aoai_specs.comparison.change import Change
from aoai_specs.document import Operation
from aoai_specs.pointers import tokens

_NAME = "/properties/"


def kept_in_answers(explaining: Explaining, shape: SeenShape) -> Iterator[Change]:
    """The changes of answers of which a run would have shown something.

    A property that came, where its object was answered and never has it; one that went, where it is answered
    still; null that was allowed, and a type that changed, where the field has the types that it had; null
    that was forbidden, where it is answered still. What neither run had a chance to show is not told.
    """
    old, new = _places(explaining.base, shape), _places(explaining.revision, shape)
    for change in explaining.responses:
        name = tokens(change.pointer)[-1:]
        holder = change.pointer.rpartition(_NAME)[0]
        if change.id == "property-added" and holder in new and name:
            if not any(shape.revision.fields[f"{place}/{_written(change)}"] for place in new[holder]) and any(
                shape.revision.objects[place] for place in new[holder]
            ):
                yield change
        elif change.id == "property-removed" and change.pointer in old:
            if any(shape.revision.fields[place] for place in old[change.pointer]):
                yield change
        elif change.id.startswith(("type-", "nullable-")):
            places = (old if change.gone else new).get(schema_of(change.pointer), ())
            seen = [(shape.base.types.get(place), shape.revision.types.get(place)) for place in places]
            if any(before and before == after and _tells(change, after) for before, after in seen):
                yield change


def _tells(change: Change, types: Collection[str] | None) -> bool:
    """Whether types that stayed say something: null that was forbidden has to be answered still."""
    return change.id != "nullable-unset" or "null" in (types or ())


def _written(change: Change) -> str:
    """The name of the property as a place has it."""
    return change.pointer.rpartition(_NAME)[2]


def _places(operation: Operation, shape: SeenShape) -> Mapping[str, list[str]]:
    """The places that were answered, by the pointers of their schemas in a document."""
    chunk = shape.scope.endswith("chunk")
    roots = response_roots(operation, int(shape.scope[0]), chunk=chunk)
    found: dict[str, list[str]] = {}
    for place in dict.fromkeys((*shape.base.types, *shape.revision.types)):
        for way in ways(operation.document, roots, tokens("#" + place)):
            for end in way.ends:
                if place not in found.setdefault(end, []):
                    found[end].append(place)
    return found
