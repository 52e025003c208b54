"""Requests that Schemathesis generates, positive and negative ones, as requests of ours.

Its bodies and the parameters that may be left out are taken as they come. Deployment, key, api-version and
the resources that a path names are ours: what it makes up for these is answered 404, which tells nothing.

Schemathesis knows the schema and nothing else, so that what it takes for valid may break a relation that
only the prose states: nothing is expected of such a request but that its answer keeps the rules. Whether a
request is outside the description is asked of our own validators, and where it is, it carries the point of
the constraint that it breaks, so that one defect stays one.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any, TypeAlias, cast
from zlib import crc32

import schemathesis
from hypothesis.errors import Unsatisfiable
from schemathesis.config import SchemathesisConfig
from schemathesis.core import NOT_SET
from schemathesis.generation import GenerationMode

from aoai_model.case import Edit, Json, Level, PlannedRequest, Point
from aoai_specs.document import Document, Operation
from aoai_specs.schemas.schema_errors import SchemaError
from aoai_specs.schemas.shapes import request_media_type, request_shape, shape_at
from aoai_strategies.generation.deterministic import draw_examples
from aoai_strategies.generation.generating import Generated, fits_a_line, valid_point
from aoai_strategies.planning.packing import request_key
from aoai_strategies.points.points import PROTOCOL_PARAMETERS, plan_points
from aoai_strategies.requests.bases import base_request
from aoai_strategies.requests.editing import body_value, edited, file_value
from aoai_strategies.requests.forms import is_form, typed, typed_form
from aoai_strategies.requests.media import MediaFile

_STRENGTHS = ("must", "should", "may")
_JSON_TYPES: Mapping[type, str] = {
    bool: "boolean",
    int: "integer",
    float: "fraction",
    str: "string",
    list: "array",
    dict: "object",
    type(None): "null",
}
_MOST_ERRORS = 8

SchemathesisCase: TypeAlias = "schemathesis.Case[Any]"


def schemathesis_requests(operation: Operation, seed: int, examples: int) -> Iterator[Generated]:
    """At most `examples` positive requests of an operation as Schemathesis makes them, and as many negative.

    The same seed gives the same requests, no two of them equal, and none that is the base request itself.
    """
    if not _leaves_something_open(operation):
        return
    base = base_request(operation, "")
    own_seed = crc32(f"{seed} schemathesis {operation.document.name} {operation.id}".encode())
    described = _schema_of(operation.document).find_operation_by_id(operation.id)
    points = [one.point for one in plan_points(operation) if one.point.expect == "reject"]
    seen = {request_key(base)}
    for offset, mode in enumerate((GenerationMode.POSITIVE, GenerationMode.NEGATIVE)):
        number = 0
        try:
            found = draw_examples(
                described.as_strategy(generation_mode=mode), seed=own_seed + offset, count=examples
            )
        except Unsatisfiable:
            continue  # it finds nothing that is outside a description which allows everything
        for case in found:
            edits = _edits(operation, case)
            if edits is None:
                continue
            request = edited(base, edits)
            key = request_key(request)
            if key in seen:
                continue
            seen.add(key)
            number += 1
            point = _point(operation, points, request, edits)
            yield Generated(f"schemathesis-{mode.value}-{number:03}", request, point)


def _leaves_something_open(operation: Operation) -> bool:
    return request_shape(operation) is not None or any(_is_open(each) for each in operation.parameters)


def _is_open(parameter: Any) -> bool:
    return (
        not parameter.required
        and parameter.location in ("query", "header")
        and parameter.name not in PROTOCOL_PARAMETERS
    )


@lru_cache(maxsize=16)
def _schema_of(document: Document) -> Any:
    """The description as Schemathesis loads it, whatever configuration lies about in the folder."""
    return schemathesis.openapi.from_dict(copy.deepcopy(dict(document.content)), config=SchemathesisConfig())


def _edits(operation: Operation, case: SchemathesisCase) -> tuple[Edit, ...] | None:
    """The edits that make a case of Schemathesis of our base request; None for what cannot be sent so."""
    edits: list[Edit] = []
    if request_shape(operation) is not None:
        if case.body is NOT_SET:
            return None
        body = _form(case.body) if is_form(operation) else case.body
        if not (_is_form_of_parts(body) if is_form(operation) else _is_json(body)):
            return None
        edits.append(Edit("", cast("Json", body)))
    given = {"query": case.query or {}, "header": case.headers or {}}
    for parameter in filter(_is_open, operation.parameters):
        value = given[parameter.location].get(parameter.name)
        if value is not None and fits_a_line(value):
            edits.append(Edit(f"{parameter.location}:{parameter.name}", value))
    return tuple(edits)


def _form(body: Any) -> Any:
    """The fields of a form: bytes are a file, whatever else is not text is written as JSON."""
    if not isinstance(body, dict):
        return body
    return {name: _field(value) for name, value in body.items()}


def _field(value: Any) -> Any:
    if isinstance(value, bytes):
        return file_value(MediaFile("generated.bin", "application/octet-stream", value))
    if isinstance(value, list):
        return [_field(each) for each in value]
    return value


def _is_form_of_parts(body: Any) -> bool:
    """Whether a form can carry a body: fields with plain names, and text that UTF-8 can say."""
    if not _is_json(body) or not isinstance(body, dict):
        return False
    told = "".join([*body, *(value for value in body.values() if isinstance(value, str))])
    return all(name.isprintable() and name for name in body) and told.isascii()


def _is_json(value: Any) -> bool:
    if isinstance(value, dict):
        return all(isinstance(name, str) and _is_json(each) for name, each in value.items())
    if isinstance(value, list):
        return all(map(_is_json, value))
    if isinstance(value, float):
        return value == value and abs(value) != float("inf")
    return value is None or isinstance(value, str | int | bool)


def _point(
    operation: Operation, points: list[Point], request: PlannedRequest, edits: tuple[Edit, ...]
) -> Point:
    """What is expected of a request: a refusal where it breaks the description, else nothing of the kind."""
    broken = [
        *_broken_by_the_body(operation, points, request),
        *_broken_by_parameters(operation, points, edits),
    ]
    if not broken:
        text = "What Schemathesis makes of the description is answered as the description says."
        promised = valid_point(operation, edits)
        return replace(promised, id="generated:schemathesis", expect="any", level="may", description=text)
    worst = min(broken, key=lambda point: _STRENGTHS.index(point.level))
    return replace(worst, edits=edits)


def _broken_by_the_body(
    operation: Operation, points: list[Point], request: PlannedRequest
) -> Iterator[Point]:
    media_type = request_media_type(operation)
    validator = operation.request_validator(media_type) if media_type else None
    if validator is None:
        return
    body = body_value(request.body)
    value = typed_form(body, request_shape(operation)) if is_form(operation) else body
    if validator.is_valid(value):
        return
    for error in validator.errors(value, at_most=_MOST_ERRORS):
        yield _point_of(points, error)


def _point_of(points: list[Point], error: SchemaError) -> Point:
    """The point of the constraint that an error is about: of the wrong type at hand, or else its first."""
    if error.overlap:  # nothing in the value is wrong
        return Point("generated:overlap", "generated", "any", "may", error.clause, error.message)
    alike = [point for point in points if point.clause == error.clause]
    kind = _JSON_TYPES.get(type(error.actual), "")
    fitting = [point for point in alike if point.id.rpartition(":")[2] == kind]
    if fitting or alike:
        return (fitting or alike)[0]
    level: Level = "should" if error.actual is None else "must"
    return Point("generated:outside", "generated", "reject", level, error.clause, error.message)


def _broken_by_parameters(
    operation: Operation, points: list[Point], edits: tuple[Edit, ...]
) -> Iterator[Point]:
    for edit in edits:
        location, colon, name = edit.pointer.partition(":")
        if colon and not _takes(operation, location, name, str(edit.value)):
            yield from (point for point in points if [one.pointer for one in point.edits] == [edit.pointer])


def _takes(operation: Operation, location: str, name: str, text: str) -> bool:
    """Whether the schema of a parameter admits a text, read as any of the types that it names."""
    document = operation.document
    pointer = next(
        each.pointer for each in operation.parameters if (each.location, each.name) == (location, name)
    )
    if "schema" in document.resolve(pointer):
        pointer += "/schema"
    validator = document.validator(pointer, "request")
    return validator.is_valid(text) or validator.is_valid(typed(text, shape_at(document, pointer).types))
