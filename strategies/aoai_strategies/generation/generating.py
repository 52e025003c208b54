"""Generated requests for the profile deep: valid ones, and ones that violate a single constraint each.

A request that violates a constraint has the point of that constraint, so that a defect is reported once,
whichever request shows it. Generation varies what an operation leaves open: its body and its optional
parameters. Where nothing is open, nothing is generated, since the other cases cover the operation.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias, TypeVar, cast
from zlib import crc32

from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from hypothesis.strategies import SearchStrategy

from aoai_model.case import Edit, Expectation, PlannedRequest, Point
from aoai_model.serialization import Json
from aoai_specs.document import Operation
from aoai_specs.operations import Parameter
from aoai_specs.schemas.constraints import Located
from aoai_specs.schemas.shapes import request_media_type, shape_at
from aoai_strategies.canonical import request_key
from aoai_strategies.generation import requests as of_kind
from aoai_strategies.generation.by_schema import broken_requests, described_requests, instances
from aoai_strategies.generation.deterministic import draw_examples
from aoai_strategies.generation.fragments import fragments
from aoai_strategies.points.boundaries import Candidate
from aoai_strategies.points.coherence import DEPENDENTS, is_coherent
from aoai_strategies.points.points import OperationPoints
from aoai_strategies.points.protocol import PROTOCOL_PARAMETERS
from aoai_strategies.requests.builder import RequestBuilder
from aoai_strategies.requests.editing import apply_edits, body_value
from aoai_strategies.requests.forms import is_form, parameter_schema, schema_errors
from aoai_strategies.requests.resources import ENDING, NAMING_FIELDS, UNPROMISED, UNPROMISED_ALONE
from aoai_strategies.requests.response_limits import WRITING, limit_response

_T = TypeVar("_T")
#: The edits that make a request invalid, and the point of the constraint that it violates.
Broken: TypeAlias = tuple[tuple[Edit, ...], Point]

_OF_KIND: Mapping[str, Callable[[], SearchStrategy[Json]]] = {
    "chat": lambda: cast("SearchStrategy[Json]", of_kind.chat_requests()),
    "completions": lambda: cast("SearchStrategy[Json]", of_kind.completion_requests()),
    "embeddings": lambda: cast("SearchStrategy[Json]", of_kind.embedding_requests()),
    "images": lambda: cast("SearchStrategy[Json]", of_kind.image_requests()),
    "transcription": lambda: of_kind.transcription_requests().map(body_value),
    "translation": lambda: of_kind.translation_requests().map(body_value),
}
#: Kinds whose generated requests name missing resources or may be invalid for reasons that no schema states.
UNPROMISED_GENERATED = (
    UNPROMISED | UNPROMISED_ALONE | ENDING | NAMING_FIELDS.keys() | {"file-upload", "upload-create"}
)


@dataclass(frozen=True, slots=True)
class Generated:
    """A generated request with its point; `name` is the last segment of its case's id."""

    name: str
    request: PlannedRequest
    point: Point


def generated_requests(points: OperationPoints, seed: int, examples: int) -> Iterator[Generated]:
    """At most `examples` valid requests of an operation, and as many that violate one constraint.

    The same seed gives the same requests, all of them different. There are fewer where the description leaves
    less open.
    """
    requests = points.requests
    own_seed = crc32(f"{seed} {requests.document.name} {requests.operation.id}".encode())
    seen = {request_key(requests.base)}
    drafts = _drafts(requests)
    found: dict[str, list[Broken]] = {"valid": [], "invalid": []}
    if drafts is not None:
        for edits in _draw(drafts, own_seed, examples):
            found["valid"].append((edits, valid_point(requests.operation, edits)))
    found["invalid"] = _draw(_broken(points), own_seed + 1, examples)
    for sort, drawn in found.items():
        number = 0
        for edits, point in drawn:
            request = apply_edits(requests.base, edits)
            key = request_key(request)
            if key not in seen:
                seen.add(key)
                number += 1
                yield Generated(f"generated-{sort}-{number:03}", request, replace(point, edits=edits))


def valid_point(operation: Operation, edits: tuple[Edit, ...]) -> Point:
    """The point of a generated request that the description admits."""
    media_type = request_media_type(operation)
    pointer = operation.request_media.get(media_type or "", operation.pointer)
    expect: Expectation = "any" if operation.kind in UNPROMISED_GENERATED else "accept"
    text = "A generated request that the description admits is accepted."
    return Point(
        "generated:valid", "generated", expect, "must", operation.document.clause(pointer), text, edits
    )


def open_parameters(operation: Operation) -> list[Parameter]:
    """The optional parameters in query and headers whose values are generated."""
    return [
        each
        for each in operation.parameters
        if not each.required and each.location in ("query", "header") and each.name not in PROTOCOL_PARAMETERS
    ]


def valid_bodies(requests: RequestBuilder) -> SearchStrategy[Json]:
    """Valid bodies: from the strategy of the operation's kind, fitted to the document, or from the schema."""
    made = _OF_KIND.get(requests.kind)
    if made is None:
        return _with_known_resources(requests, described_requests(operation=requests.operation))
    return (
        made()
        .map(lambda body: fit(requests, body))
        .filter(lambda body: requests.admits(body) and is_coherent(requests.kind, body))
    )


def _short_bodies(requests: RequestBuilder) -> SearchStrategy[Json]:
    """Valid bodies that ask for a short response."""

    def is_valid(body: Json) -> bool:
        return requests.admits(body) and is_coherent(requests.kind, body)

    bodies = valid_bodies(requests)
    if requests.kind not in WRITING:
        return bodies
    return bodies.map(lambda body: limit_response(requests.kind, requests.fields, body)).filter(is_valid)


def _drafts(requests: RequestBuilder) -> SearchStrategy[tuple[Edit, ...]] | None:
    """The edits that make valid requests from the base request; None where nothing is open."""
    parts: list[SearchStrategy[tuple[Edit, ...]]] = []
    if requests.base.body is not None:
        parts.append(_short_bodies(requests).map(lambda body: (Edit("", body),)))
    parameters = _parameters(requests)
    if parameters is not None:
        parts.append(parameters)
    if not parts:
        return None
    return st.tuples(*parts).map(lambda found: tuple(edit for edits in found for edit in edits))


def _parameters(requests: RequestBuilder) -> SearchStrategy[tuple[Edit, ...]] | None:
    """Values for the optional parameters; None where there are none."""
    optional: dict[str, SearchStrategy[Json]] = {}
    for parameter in open_parameters(requests.operation):
        shape = shape_at(requests.document, parameter_schema(requests.document, parameter))
        found = instances(shape, parameter.name, requests.kind)
        optional[f"{parameter.location}:{parameter.name}"] = found.map(_one_item).filter(fits_a_line)
    if not optional:
        return None
    return fragments(optional=optional).map(
        lambda values: tuple(Edit(place, value) for place, value in values.items())
    )


def _broken(points: OperationPoints) -> SearchStrategy[Broken]:
    """Edits that violate one constraint of the body or of a parameter, with the constraint's point."""
    requests = points.requests
    operation, base = requests.operation, requests.base
    by_id = {one.point.id: one.point for one in points.planned if one.point.expect != "accept"}
    ways: list[SearchStrategy[Broken]] = []
    if base.body is not None:

        def with_point(found: tuple[Json, Located, Candidate]) -> Broken | None:
            body, located, candidate = found
            point = by_id.get(f"{located.constraint.name}:{candidate.where}")
            return None if point is None else ((Edit("", body),), point)

        def is_broken(found: Broken | None) -> bool:
            if found is None or (is_form(operation) and not _fits_a_form(found[0][0].value)):
                return False
            return not requests.admits(body_value(apply_edits(base, found[0]).body))

        broken = broken_requests(operation=operation, valid=_short_bodies(requests))
        ways.append(cast("SearchStrategy[Broken]", broken.map(with_point).filter(is_broken)))
    rejected = [point for point in by_id.values() if _concerns_a_parameter(point)]
    if rejected:
        drafts = _drafts(requests)
        if drafts is None:
            drafts = st.just(())
        ways.append(
            st.tuples(drafts, st.sampled_from(rejected)).map(
                lambda found: ((*found[0], *found[1].edits), found[1])
            )
        )
    return st.one_of(ways) if ways else st.nothing()


def _concerns_a_parameter(point: Point) -> bool:
    return bool(point.edits) and all(edit.pointer.startswith(("query:", "header:")) for edit in point.edits)


def _with_known_resources(requests: RequestBuilder, bodies: SearchStrategy[Json]) -> SearchStrategy[Json]:
    """The bodies, with the placeholders for resources that the base request contains."""
    base = body_value(requests.base.body)
    if not isinstance(base, dict):
        return bodies
    known = {name: base[name] for name in NAMING_FIELDS.get(requests.kind, ()) if name in base}
    return bodies.map(lambda body: {**body, **copy.deepcopy(known)} if isinstance(body, dict) else body)


def fit(requests: RequestBuilder, body: Json) -> Json:
    """The body for the base request's model, without fields that the document lacks or restricts further."""
    if not isinstance(body, dict):
        return body
    fitted = {name: value for name, value in body.items() if name in requests.fields}
    base = body_value(requests.base.body)
    if isinstance(base, dict) and "model" in base:
        fitted["model"] = base["model"]  # v1 requires it; no strategy knows the deployments
    if is_form(requests.operation) or requests.admits(fitted):
        return fitted
    for error in schema_errors(requests.operation, fitted):
        name = error.pointer.split("/")[1] if "/" in error.pointer else ""
        for dropped in (name, *DEPENDENTS.get(name, ())):
            fitted.pop(dropped, None)
    return fitted


def _draw(strategy: SearchStrategy[_T], seed: int, examples: int) -> list[_T]:
    try:
        return draw_examples(strategy, seed=seed, count=examples)
    except Unsatisfiable:
        return []  # the description admits nothing that the strategy generates


def _fits_a_form(body: Json) -> bool:
    """Whether a form can express a body: text and files only."""
    values = body.values() if isinstance(body, dict) else ()
    return all(isinstance(value, str | int | float) or _is_file(value) for value in values)


def _is_file(value: Json) -> bool:
    return isinstance(value, dict) and "filename" in value


def _one_item(value: Json) -> Json:
    """The first item of a list, which a parameter sends under its own name; any other value as it is."""
    return value[0] if isinstance(value, list) and value else value


def fits_a_line(value: Json) -> bool:
    """Whether a parameter can have a value: one line of printable ASCII, not empty."""
    if isinstance(value, str):
        return value.isascii() and value.isprintable() and value == value.strip() != ""
    return isinstance(value, bool | int | float)
