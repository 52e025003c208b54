"""Generated requests for the profile deep: valid ones, and ones that break a single constraint each.

A request that breaks a constraint carries the very point of that constraint, so that a server which takes a
temperature too high is blamed once, whichever request brings it out. What an operation leaves open is
generated: its body, and the parameters that may be left out. Where nothing is open there is nothing to
generate: the operation's other cases have asked for all there is.
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

from aoai_model.case import Edit, Expectation, Json, PlannedRequest, Point
from aoai_specs.document import Operation
from aoai_specs.schemas.constraints import Located
from aoai_specs.schemas.shapes import request_media_type, request_shape, shape_at
from aoai_strategies.generation import requests
from aoai_strategies.generation.deterministic import draw_examples
from aoai_strategies.generation.fragments import fragments
from aoai_strategies.generation.shaped import broken_requests, described_requests, instances
from aoai_strategies.planning.coherence import DEPENDENTS, is_coherent
from aoai_strategies.planning.packing import request_key
from aoai_strategies.points.boundaries import Candidate
from aoai_strategies.points.points import PROTOCOL_PARAMETERS, plan_points
from aoai_strategies.requests.bases import base_request
from aoai_strategies.requests.editing import body_value, edited
from aoai_strategies.requests.forms import admits, is_form
from aoai_strategies.requests.resources import ENDING, NAMING_FIELDS, UNPROMISED

_T = TypeVar("_T")
#: The edits that break a request, and the point of the constraint that they break.
Broken: TypeAlias = tuple[tuple[Edit, ...], Point]

_OF_KIND: Mapping[str, Callable[[], SearchStrategy[Json]]] = {
    "chat": lambda: cast("SearchStrategy[Json]", requests.chat_requests()),
    "completions": lambda: cast("SearchStrategy[Json]", requests.completion_requests()),
    "embeddings": lambda: cast("SearchStrategy[Json]", requests.embedding_requests()),
    "images": lambda: cast("SearchStrategy[Json]", requests.image_requests()),
    "transcription": lambda: requests.transcription_requests().map(body_value),
    "translation": lambda: requests.translation_requests().map(body_value),
}
#: Kinds whose generated requests name what is not there, or ask for what no schema tells from sense.
UNPROMISED_GENERATED = UNPROMISED | ENDING | NAMING_FIELDS.keys() | {"file-upload", "upload-create"}


@dataclass(frozen=True, slots=True)
class Generated:
    """A generated request, what is expected of it, and the end of its case's id."""

    name: str
    request: PlannedRequest
    point: Point


def generated_requests(operation: Operation, seed: int, examples: int) -> Iterator[Generated]:
    """At most `examples` valid requests of an operation, and as many that break one constraint.

    The same seed gives the same requests, no two of them equal. There are fewer where the description leaves
    less open.
    """
    base = base_request(operation, "")
    own_seed = crc32(f"{seed} {operation.document.name} {operation.id}".encode())
    seen = {request_key(base)}
    valid = _drafts(operation, base)
    if valid is not None:
        number = 0
        for edits in _some(valid, own_seed, examples):
            request = edited(base, edits)
            if request_key(request) not in seen:
                seen.add(request_key(request))
                number += 1
                yield Generated(f"generated-valid-{number:03}", request, valid_point(operation, edits))
    number = 0
    for edits, point in _some(_broken(operation, base), own_seed + 1, examples):
        request = edited(base, edits)
        if request_key(request) not in seen:
            seen.add(request_key(request))
            number += 1
            yield Generated(f"generated-invalid-{number:03}", request, replace(point, edits=edits))


def valid_point(operation: Operation, edits: tuple[Edit, ...]) -> Point:
    """The point of a generated request that keeps to the description."""
    media_type = request_media_type(operation)
    pointer = operation.request_media.get(media_type or "", operation.pointer)
    expect: Expectation = "any" if operation.kind in UNPROMISED_GENERATED else "accept"
    text = "A generated request that keeps to the description is accepted."
    return Point(
        "generated:valid", "generated", expect, "must", operation.document.clause(pointer), text, edits
    )


def requests_for(operation: Operation) -> SearchStrategy[Json]:
    """Valid bodies of an operation: from its kind's strategy, fitted to the document, or from its schema.

    Raises ValueError for an operation that takes no body.
    """
    shape = request_shape(operation)
    made = _OF_KIND.get(operation.kind)
    if made is None or shape is None:
        return _naming_what_is_there(operation, described_requests(operation=operation))

    def fitted(body: Json) -> Json:
        return _fitted(operation, frozenset(shape.properties), body)

    return (
        made().map(fitted).filter(lambda body: admits(operation, body) and is_coherent(operation.kind, body))
    )


def _drafts(operation: Operation, base: PlannedRequest) -> SearchStrategy[tuple[Edit, ...]] | None:
    """The edits that make valid requests of the base request; None where nothing is open."""
    parts: list[SearchStrategy[tuple[Edit, ...]]] = []
    if base.body is not None:
        parts.append(requests_for(operation).map(lambda body: (Edit("", body),)))
    parameters = _parameters(operation)
    if parameters is not None:
        parts.append(parameters)
    if not parts:
        return None
    return st.tuples(*parts).map(lambda found: tuple(edit for edits in found for edit in edits))


def _parameters(operation: Operation) -> SearchStrategy[tuple[Edit, ...]] | None:
    """Values for the parameters that may be left out; None where there are none."""
    optional: dict[str, SearchStrategy[Json]] = {}
    for parameter in operation.parameters:
        if parameter.required or parameter.location not in ("query", "header"):
            continue
        if parameter.name in PROTOCOL_PARAMETERS:
            continue
        described = operation.document.resolve(parameter.pointer)
        pointer = f"{parameter.pointer}/schema" if "schema" in described else parameter.pointer
        found = instances(shape_at(operation.document, pointer), parameter.name, operation.kind)
        optional[f"{parameter.location}:{parameter.name}"] = found.filter(fits_a_line)
    if not optional:
        return None
    return fragments(optional=optional).map(
        lambda values: tuple(Edit(place, value) for place, value in values.items())
    )


def _broken(operation: Operation, base: PlannedRequest) -> SearchStrategy[Broken]:
    """Edits that break one constraint of the body or of a parameter, with the constraint's point."""
    points = {one.point.id: one.point for one in plan_points(operation) if one.point.expect != "accept"}
    ways: list[SearchStrategy[Broken]] = []
    if base.body is not None:

        def pointed(found: tuple[Json, Located, Candidate]) -> Broken | None:
            body, located, candidate = found
            point = points.get(f"{located.constraint.name}:{candidate.where}")
            return None if point is None else ((Edit("", body),), point)

        def is_broken(found: Broken | None) -> bool:
            if found is None or (is_form(operation) and not _told_in_a_form(found[0][0].value)):
                return False
            return not admits(operation, body_value(edited(base, found[0]).body))

        broken = broken_requests(operation=operation, valid=requests_for(operation))
        ways.append(cast("SearchStrategy[Broken]", broken.map(pointed).filter(is_broken)))
    refused = [point for point in points.values() if _is_a_parameters(point)]
    if refused:
        drafts = _drafts(operation, base)
        if drafts is None:
            drafts = st.just(())
        ways.append(
            st.tuples(drafts, st.sampled_from(refused)).map(
                lambda found: ((*found[0], *found[1].edits), found[1])
            )
        )
    return st.one_of(ways) if ways else st.nothing()


def _is_a_parameters(point: Point) -> bool:
    return bool(point.edits) and all(edit.pointer.startswith(("query:", "header:")) for edit in point.edits)


def _naming_what_is_there(operation: Operation, bodies: SearchStrategy[Json]) -> SearchStrategy[Json]:
    """The bodies, with the names of resources that the base request takes from earlier answers."""
    named = body_value(base_request(operation, "").body)
    if not isinstance(named, dict):
        return bodies
    kept = {name: named[name] for name in NAMING_FIELDS.get(operation.kind, ()) if name in named}
    return bodies.map(lambda body: {**body, **copy.deepcopy(kept)} if isinstance(body, dict) else body)


def _fitted(operation: Operation, known: frozenset[str], body: Json) -> Json:
    """A body without the fields that the document does not have, or has with narrower limits."""
    if not isinstance(body, dict):
        return body
    kept = {name: value for name, value in body.items() if name in known}
    media_type = request_media_type(operation)
    validator = operation.request_validator(media_type) if media_type else None
    if validator is None or is_form(operation) or validator.is_valid(kept):
        return kept
    for error in validator.errors(kept):
        name = error.pointer.split("/")[1] if "/" in error.pointer else ""
        for gone in (name, *DEPENDENTS.get(name, ())):
            kept.pop(gone, None)
    return kept


def _some(strategy: SearchStrategy[_T], seed: int, examples: int) -> list[_T]:
    try:
        return draw_examples(strategy, seed=seed, count=examples)
    except Unsatisfiable:
        return []  # the description admits nothing that the strategy makes, so that there is nothing to send


def _told_in_a_form(body: Json) -> bool:
    """Whether a form can carry a body at all: it has text and files only."""
    values = body.values() if isinstance(body, dict) else ()
    return all(isinstance(value, str | int | float) or _is_file(value) for value in values)


def _is_file(value: Json) -> bool:
    return isinstance(value, dict) and "filename" in value


def fits_a_line(value: Json) -> bool:
    """Whether a parameter can carry a value: in one line of plain characters, and not without any."""
    if isinstance(value, str):
        return value.isascii() and value.isprintable() and value == value.strip() != ""
    return isinstance(value, bool | int | float)
