"""Rows of the requests: each keyword with its points, each default with what covers it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aoai_conformance.coverage.reading import Exemption, default_exemptions, keyword_exemptions
from aoai_conformance.coverage.row import NOTHING, Cover, Row
from aoai_specs.document import Document, Operation
from aoai_specs.errors import DocumentError
from aoai_specs.pointers import join
from aoai_specs.schemas.constraints import constraints
from aoai_specs.schemas.provenance import MAX_BYTES_OF_FILE
from aoai_specs.schemas.shapes import Place, places, request_media_type, request_shape, shape_at
from aoai_strategies.points.points import points
from aoai_strategies.points.prose import prose_points


@dataclass(slots=True)
class RequestRows:
    """The rows of the requests of one document.

    `covered` maps the clause of each keyword to what covers it, and `planned` an operation to the ids of its
    points. `used` has the exemptions that matched a keyword or a default.
    """

    document: Document
    rows: list[Row] = field(default_factory=list)
    covered: dict[str, Cover] = field(default_factory=dict)
    planned: dict[str, frozenset[str]] = field(default_factory=dict)
    used: set[Exemption] = field(default_factory=set)


def request_rows(document: Document) -> RequestRows:
    """Return every keyword and default of every request of a document, in document order."""
    found = RequestRows(document)
    for operation in document.operations.values():
        named: dict[str, list[str]] = {}
        for point in points(operation):
            named.setdefault(point.constraint, []).append(point.id)
        found.planned[operation.id] = frozenset(name for names in named.values() for name in names)
        body = _body_places(operation)
        _keywords(found, operation, named)
        _sizes_of_files(found, operation, body, named)
        _relations(found, operation, body)
        _defaults(found, operation, body)
    return found


def _keywords(found: RequestRows, operation: Operation, named: Mapping[str, list[str]]) -> None:
    for constraint in constraints(operation):
        cover = Cover(points=tuple(named.get(constraint.name, ())))
        if not cover.points:
            cover = _exempt(found, operation, keyword_exemptions(), constraint.name)
        _add(
            found,
            operation,
            "keyword",
            constraint.clause,
            f"{constraint.name} {_short(constraint.value)}",
            cover,
        )


def _sizes_of_files(
    found: RequestRows, operation: Operation, body: Sequence[Place], named: Mapping[str, list[str]]
) -> None:
    for place in body:
        pointer, described = _schema(found.document, place)
        if MAX_BYTES_OF_FILE in described:
            clause = found.document.clause(join(pointer, MAX_BYTES_OF_FILE))
            cover = Cover(points=tuple(named.get(f"{place.field}.max-bytes", ())))
            if not cover.points:
                cover = _exempt(found, operation, keyword_exemptions(), f"{place.field}.max-bytes")
            _add(found, operation, "limit", clause, f"{place.field} has a maximum size", cover)


def _relations(found: RequestRows, operation: Operation, body: Sequence[Place]) -> None:
    """Add the sentences that are planned as points: relations between fields, and requirements of files."""
    at = {place.field: place.shape.pointer for place in body}
    for point in prose_points(operation.kind, frozenset(at)):
        clause = found.document.clause(at[point.field])
        cover = Cover(points=(point.id,))
        row = Row(
            str(found.document.name), operation.id, "relation", clause, point.description.rstrip("."), cover
        )
        found.rows.append(row)


def _defaults(found: RequestRows, operation: Operation, body: Sequence[Place]) -> None:
    seen: set[str] = set()
    in_body = ((place.field, place) for place in body)
    for name, place in (*_parameter_places(found.document, operation), *in_body):
        stated = place.shape.keywords.get("default")
        pointer, value = (
            (stated.pointer, stated.value)
            if stated is not None
            else _default_of_schema(found.document, place)
        )
        if pointer is None or pointer in seen:
            continue
        seen.add(pointer)
        cover = _exempt(found, operation, default_exemptions(), name)
        clause = found.document.clause(pointer)
        _add(found, operation, "default", clause, f"{name} is {_short(value)} by default", cover)


def _default_of_schema(document: Document, place: Place) -> tuple[str | None, Any]:
    """Return the default that the shape of a place lacks: one beside a union, or the value false."""
    pointer, schema = _schema(document, place)
    return (join(pointer, "default"), schema["default"]) if "default" in schema else (None, None)


def _schema(document: Document, place: Place) -> tuple[str, dict[str, Any]]:
    """Return the schema of a place; empty for the discriminator of a branch, which only a mapping states."""
    try:
        pointer, schema = document.follow(place.shape.pointer)
    except DocumentError:
        return place.shape.pointer, {}
    return pointer, schema if isinstance(schema, dict) else {}


def _parameter_places(document: Document, operation: Operation) -> Iterator[tuple[str, Place]]:
    for parameter in operation.parameters:
        described = document.resolve(parameter.pointer)
        pointer = join(parameter.pointer, "schema") if "schema" in described else parameter.pointer
        for place in places(shape_at(document, pointer), parameter.name):
            yield f"{parameter.location}:{place.field}", place


def _body_places(operation: Operation) -> tuple[Place, ...]:
    shape = request_shape(operation, request_media_type(operation))
    return () if shape is None else tuple(places(shape))


def _exempt(found: RequestRows, operation: Operation, entries: tuple[Exemption, ...], name: str) -> Cover:
    for entry in entries:
        if entry.matches(str(found.document.name), operation.kind, name):
            found.used.add(entry)
            return entry.cover
    return NOTHING


def _add(found: RequestRows, operation: Operation, kind: str, clause: str, text: str, cover: Cover) -> None:
    found.rows.append(Row(str(found.document.name), operation.id, kind, clause, text, cover))
    known = found.covered.get(clause, NOTHING)
    found.covered[clause] = known.joined(cover)


def _short(value: Any) -> str:
    """Shorten a keyword's value; empty for values that contain objects or lists."""
    if isinstance(value, dict):
        return ""
    text = ", ".join(map(str, value)) if isinstance(value, list | tuple) and _plain(value) else str(value)
    if isinstance(value, list | tuple) and not _plain(value):
        return ""
    return text if len(text) <= 60 else f"{text[:59]}…"


def _plain(values: list[Any] | tuple[Any, ...]) -> bool:
    return not any(isinstance(each, dict | list) for each in values)
