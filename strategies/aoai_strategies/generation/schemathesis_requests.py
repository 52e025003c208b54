"""Requests that Schemathesis generates, positive and negative ones.

Bodies and optional parameters are used as generated. Deployment, key, api-version and the resources that a
path names come from the base request: values generated for these would only lead to 404.

Schemathesis knows only the schema, so that a positive request may still violate a relation that only the
prose states: its response must follow the rules, but the server may accept or reject it. Our own validators
decide whether a request is invalid; it then has the point of the constraint that it violates.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, cast
from zlib import crc32

from aoai_model.case import Edit, PlannedRequest, Point
from aoai_model.serialization import Json
from aoai_model.verdict import Level
from aoai_specs.document import Document, Operation
from aoai_specs.schemas.shapes import request_shape
from aoai_specs.schemas.validators import SchemaError
from aoai_strategies.canonical import request_key
from aoai_strategies.generation.example_cache import UNSET, ExampleCache, example_cache
from aoai_strategies.generation.generating import Generated, fits_a_line, open_parameters, valid_point
from aoai_strategies.generation.schemathesis_draws import MODES, Draw, SchemathesisDraws
from aoai_strategies.points.points import OperationPoints
from aoai_strategies.requests.builder import RequestBuilder
from aoai_strategies.requests.editing import apply_edits, body_value, file_value
from aoai_strategies.requests.forms import is_form, parameter_admits, schema_errors
from aoai_strategies.requests.media import MediaFile
from aoai_strategies.requests.response_limits import limit_response

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


class SchemathesisSource:
    """Generates requests of a document with Schemathesis; raises ModuleNotFoundError without it."""

    def __init__(self, document: Document, cache: ExampleCache | None = None) -> None:
        self._draws = SchemathesisDraws(document, example_cache() if cache is None else cache)

    def requests(self, points: OperationPoints, seed: int, examples: int) -> Iterator[Generated]:
        """At most `examples` positive requests of an operation, and as many negative ones.

        The same seed gives the same requests, all different from each other and from the base request.
        """
        requests = points.requests
        operation = requests.operation
        if requests.shape is None and not open_parameters(operation):
            return
        own_seed = crc32(f"{seed} schemathesis {requests.document.name} {operation.id}".encode())
        parameters = [(each.location, each.name) for each in open_parameters(operation)]
        rejected = [one.point for one in points.planned if one.point.expect == "reject"]
        seen = {request_key(requests.base)}
        for offset, mode in enumerate(MODES):
            number = 0
            for draw in self._draws.draw(operation.id, mode, own_seed + offset, examples, parameters):
                edits = _edits(requests, draw)
                if edits is None:
                    continue
                request = apply_edits(requests.base, edits)
                key = request_key(request)
                if key in seen:
                    continue
                seen.add(key)
                number += 1
                point = _point(operation, rejected, request, edits)
                yield Generated(f"schemathesis-{mode}-{number:03}", request, point)


def _edits(requests: RequestBuilder, draw: Draw) -> tuple[Edit, ...] | None:
    """The edits that turn the base request into what was drawn; None if it cannot be sent."""
    operation = requests.operation
    edits: list[Edit] = []
    if request_shape(operation) is not None:
        if draw.body is UNSET:
            return None
        body = _form(draw.body) if is_form(operation) else draw.body
        if not (_is_sendable_form(body) if is_form(operation) else _is_json(body)):
            return None
        edits.append(Edit("", limit_response(requests.kind, requests.fields, cast("Json", body))))
    for parameter in open_parameters(operation):
        place = f"{parameter.location}:{parameter.name}"
        value = draw.parameters.get(place)
        if value is not None and fits_a_line(value):
            edits.append(Edit(place, value))
    return tuple(edits)


def _form(body: Any) -> Any:
    """The fields of a form, with bytes as files."""
    if not isinstance(body, dict):
        return body
    return {name: _field(value) for name, value in body.items()}


def _field(value: Any) -> Any:
    if isinstance(value, bytes):
        return file_value(MediaFile("generated.bin", "application/octet-stream", value))
    if isinstance(value, list):
        return [_field(each) for each in value]
    return value


def _is_sendable_form(body: Any) -> bool:
    """Whether a form can express a body: printable field names and ASCII text."""
    if not _is_json(body) or not isinstance(body, dict):
        return False
    text = "".join([*body, *(value for value in body.values() if isinstance(value, str))])
    return all(name.isprintable() and name for name in body) and text.isascii()


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
    """The point of a request: the most severe violation of the description, or one without expectation."""
    errors = schema_errors(operation, body_value(request.body), at_most=_MOST_ERRORS)
    broken = [
        *(_point_of(points, error) for error in errors),
        *_violated_by_parameters(operation, points, edits),
    ]
    if not broken:
        text = "The response to a request that Schemathesis generates follows the description."
        valid = valid_point(operation, edits)
        return replace(valid, id="generated:schemathesis", expect="any", level="may", description=text)
    worst = min(broken, key=lambda point: _STRENGTHS.index(point.level))
    return replace(worst, edits=edits)


def _point_of(points: list[Point], error: SchemaError) -> Point:
    """The point of the violated constraint: the one of the same wrong type, or else the first."""
    if error.overlap:  # the value is valid
        return Point("generated:overlap", "generated", "any", "may", error.clause, error.message)
    alike = [point for point in points if point.clause == error.clause]
    kind = _JSON_TYPES.get(type(error.actual), "")
    fitting = [point for point in alike if point.id.rpartition(":")[2] == kind]
    if fitting or alike:
        return (fitting or alike)[0]
    level: Level = "should" if error.actual is None else "must"
    return Point("generated:outside", "generated", "reject", level, error.clause, error.message)


def _violated_by_parameters(
    operation: Operation, points: list[Point], edits: tuple[Edit, ...]
) -> Iterator[Point]:
    parameters = {f"{each.location}:{each.name}": each for each in operation.parameters}
    for edit in edits:
        if edit.pointer in parameters and not parameter_admits(
            operation.document, parameters[edit.pointer], str(edit.value)
        ):
            yield from (point for point in points if [one.pointer for one in point.edits] == [edit.pointer])
