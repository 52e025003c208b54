"""Constraints: each keyword of a request description that a request can break.

The clause that states a constraint identifies it. A schema that several places share is listed once, at its
first place in document order.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal, cast

from aoai_specs.schemas.keywords import ARRAY_KEYWORDS, NUMBER_KEYWORDS, OBJECT_KEYWORDS, STRING_KEYWORDS
from aoai_specs.schemas.provenance import is_from_prose, is_written_from_prose
from aoai_specs.schemas.shapes import (
    Keyword,
    Place,
    RequestSource,
    SchemaSource,
    Source,
    places,
    request_shape,
    shape_at,
)

Location = Literal["body", "query", "path", "header", "cookie"]

#: Keywords that constrain a value, in the order in which they are listed for one place.
KEYWORDS = (
    "type", "nullable", "oneOf", "anyOf", "discriminator", "enum", "const", *NUMBER_KEYWORDS,
    *STRING_KEYWORDS, "format", "items", *ARRAY_KEYWORDS, *OBJECT_KEYWORDS, "additionalProperties",
    "readOnly",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Constraint:
    """One keyword at one place of an operation's request.

    `name` is the field and the keyword (`temperature.maximum`), `value` the value of the keyword, `clause`
    its address in the document, and `source` says whether the schema or only the prose states it.
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
    """A constraint and the place it applies to. `child` names the property of a `required` constraint."""

    constraint: Constraint
    place: Place
    child: str = ""


def constraints(operation: RequestSource) -> tuple[Constraint, ...]:
    """Return the constraints of an operation's request: parameters, then the body in document order."""
    return tuple(located.constraint for located in located_constraints(operation))


def located_constraints(operation: RequestSource) -> tuple[Located, ...]:
    """Return the same constraints as `constraints`, each with the place it applies to."""
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
        if count > 1:  # two branches state the same keyword for the same field
            constraint = replace(constraint, name=f"{constraint.name}-{count}")
        found.append(Located(constraint, located.place, located.child))
    return tuple(found)


def _stated(operation: RequestSource) -> Iterator[Located]:
    document = operation.document
    for parameter in operation.parameters:
        location = cast("Location", parameter.location)
        description = document.resolve(parameter.pointer)
        schema_pointer = f"{parameter.pointer}/schema" if "schema" in description else parameter.pointer
        shape = shape_at(document, schema_pointer)
        if parameter.required:
            required = Keyword(True, f"{parameter.pointer}/required")
            place = Place(parameter.name, shape)
            yield Located(_constraint(document, parameter.name, "required", required, location), place)
        for place in places(shape, parameter.name):
            yield from _at(document, place, location)
    body = request_shape(operation)
    if body is None:
        return
    for place in places(body):
        yield from _at(document, place, "body")


def _at(document: SchemaSource, place: Place, location: Location) -> Iterator[Located]:
    shape = place.shape
    for keyword in KEYWORDS:
        stated = shape.keywords.get(keyword)
        if stated is None or (keyword == "type" and place.branch):
            continue  # the union decides the type of its branches
        yield Located(_constraint(document, place.field or "body", keyword, stated, location), place)
    for name, pointer in shape.required.items():
        child = f"{place.field}.{name}" if place.field else name
        required = Keyword(name, pointer)
        yield Located(_constraint(document, child, "required", required, location), place, name)


def _constraint(
    document: SchemaSource, field: str, keyword: str, stated: Keyword, location: Location
) -> Constraint:
    return Constraint(
        f"{field}.{keyword}",
        field,
        keyword,
        stated.value,
        document.clause(stated.pointer),
        location,
        _source(document, keyword, stated),
    )


def _source(document: SchemaSource, keyword: str, stated: Keyword) -> Source:
    """Return the marked source; in a document written from prose, everything without a source is prose."""
    if stated.source == "schema" and is_written_from_prose(document.content):
        return "prose" if is_from_prose(document, stated.pointer, keyword) else "schema"
    return stated.source
