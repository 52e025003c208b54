"""Constraints: every keyword of a request description that a request could break, each at one place.

A constraint is identified by the clause that states it. A schema that several places share is listed once, at
the first place in document order.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from aoai_specs.schemas.provenance import is_from_prose, is_written_from_prose
from aoai_specs.schemas.shapes import Keyword, Place, Source, places, request_shape, shape_at

Location = Literal["body", "query", "path", "header", "cookie"]

#: Keywords that constrain, in the order in which they are listed for one place.
KEYWORDS = (
    "type",
    "nullable",
    "oneOf",
    "anyOf",
    "discriminator",
    "enum",
    "const",
    "minimum",
    "exclusiveMinimum",
    "maximum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "pattern",
    "format",
    "items",
    "minItems",
    "maxItems",
    "uniqueItems",
    "minProperties",
    "maxProperties",
    "additionalProperties",
    "readOnly",
)


@dataclass(frozen=True, slots=True)
class Constraint:
    """One keyword at one place of an operation's request.

    `name` is the field and the keyword (`temperature.maximum`); `value` the keyword's own value; `clause` its
    address in the document; `source` whether a schema states it or only the prose around it.
    """

    name: str
    field: str
    keyword: str
    value: Any
    clause: str
    location: Location
    source: Source


@dataclass(frozen=True, slots=True)
class Located:
    """A constraint with the place that it binds. `child` names the property of a `required` constraint."""

    constraint: Constraint
    place: Place
    child: str = ""


def constraints(operation: Any) -> tuple[Constraint, ...]:
    """Every constraint of an operation's request, parameters first, then the body in document order."""
    return tuple(located.constraint for located in located_constraints(operation))


def located_constraints(operation: Any) -> tuple[Located, ...]:
    """Like `constraints`, each with the place that it binds."""
    seen: set[tuple[str, str]] = set()
    names: dict[str, int] = {}
    found: list[Located] = []
    for located in _stated(operation):
        constraint = located.constraint
        identity = (constraint.clause, constraint.keyword)
        if identity in seen:
            continue
        seen.add(identity)
        count = names[constraint.name] = names.get(constraint.name, 0) + 1
        if count > 1:  # two branches that carry the same keyword for the same field
            renamed = f"{constraint.name}-{count}"
            constraint = Constraint(
                renamed,
                constraint.field,
                constraint.keyword,
                constraint.value,
                constraint.clause,
                constraint.location,
                constraint.source,
            )
        found.append(Located(constraint, located.place, located.child))
    return tuple(found)


def _stated(operation: Any) -> Iterator[Located]:
    document = operation.document
    for parameter in operation.parameters:
        description = document.resolve(parameter.pointer)
        schema_pointer = f"{parameter.pointer}/schema" if "schema" in description else parameter.pointer
        shape = shape_at(document, schema_pointer)
        if parameter.required:
            required = Keyword(True, f"{parameter.pointer}/required")
            place = Place(parameter.name, shape)
            yield Located(
                _constraint(document, parameter.name, "required", required, parameter.location), place
            )
        for place in places(shape, parameter.name):
            yield from _at(document, place, parameter.location)
    body = request_shape(operation)
    if body is None:
        return
    for place in places(body):
        yield from _at(document, place, "body")


def _at(document: Any, place: Place, location: Location) -> Iterator[Located]:
    shape = place.shape
    for keyword in KEYWORDS:
        stated = shape.keywords.get(keyword)
        if stated is None or (keyword == "type" and place.branch):
            continue  # the type of a branch is what its union is about
        yield Located(_constraint(document, place.field or "body", keyword, stated, location), place)
    for name, pointer in shape.required.items():
        child = f"{place.field}.{name}" if place.field else name
        required = Keyword(name, pointer)
        yield Located(_constraint(document, child, "required", required, location), place, name)


def _constraint(document: Any, field: str, keyword: str, stated: Keyword, location: Location) -> Constraint:
    return Constraint(
        f"{field}.{keyword}",
        field,
        keyword,
        stated.value,
        document.clause(stated.pointer),
        location,
        _source(document, keyword, stated),
    )


def _source(document: Any, keyword: str, stated: Keyword) -> Source:
    """As the schema marks it; in a document written from prose, what has no other source is prose too."""
    if stated.source == "schema" and is_written_from_prose(document.content):
        return "prose" if is_from_prose(document, stated.pointer, keyword) else "schema"
    return stated.source
