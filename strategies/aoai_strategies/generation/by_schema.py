"""Hypothesis strategies from a description: requests that it admits, and requests that violate it.

`described_requests` works for any operation of any document; where fields depend on each other in ways that
only the prose states, prefer the strategies of `requests`. `broken_requests` violates one constraint in each
of its valid requests.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import cast

from hypothesis import assume
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from aoai_model.serialization import Json
from aoai_specs.document import Operation
from aoai_specs.schemas.constraints import Located, located_constraints
from aoai_specs.schemas.shapes import Shape, branch_field, request_media_type, request_shape
from aoai_strategies.errors import NoRequestBodyError
from aoai_strategies.generation.fragments import fragments
from aoai_strategies.generation.parameters import texts
from aoai_strategies.points.boundaries import Candidate, candidates
from aoai_strategies.points.edit_paths import EditPaths
from aoai_strategies.requests.editing import file_value, put
from aoai_strategies.requests.forms import admits
from aoai_strategies.requests.media import MediaFile
from aoai_strategies.requests.preferences import upload
from aoai_strategies.requests.samples import Sampler, fits

_MOST_OPTIONAL_DEPTH = 3


def described_requests(*, operation: Operation) -> SearchStrategy[Json]:
    """Bodies that the operation's description admits; a form is an object of its fields.

    Shrinks to the required fields, each as small as its schema allows. Raises NoRequestBodyError for
    an operation without a body.
    """
    shape = _shape_of(operation)
    return _instances(shape, "", operation.kind, 0).filter(lambda body: admits(operation, body))


def broken_requests(
    *, operation: Operation, valid: SearchStrategy[Json] | None = None
) -> SearchStrategy[tuple[Json, Located, Candidate]]:
    """Bodies that violate one constraint, with the constraint and the change that violates it.

    `valid` generates the bodies that are changed (None: `described_requests`). Shrinks to a violation of the
    description's first constraint in the smallest valid body. Raises NoRequestBodyError for an
    operation without a body.
    """
    shape = _shape_of(operation)
    sampler = Sampler(operation.kind)
    ways = tuple(
        (located, candidate)
        for located in located_constraints(operation)
        if located.constraint.location == "body" and located.place.steps
        for candidate in candidates(located, sampler)
        if candidate.expect == "reject"
    )
    bodies = described_requests(operation=operation) if valid is None else valid

    @st.composite
    def broken(draw: DrawFn) -> tuple[Json, Located, Candidate]:
        body = copy.deepcopy(draw(bodies))
        located, candidate = ways[draw(st.integers(0, len(ways) - 1))]
        for edit in EditPaths(shape, body, sampler).edits_for(located.place, candidate.change):
            body = put(body, edit)
        assume(not admits(operation, body))
        return body, located, candidate

    return broken()


def instances(shape: Shape, field: str, kind: str) -> SearchStrategy[Json]:
    """Values that a shape allows for a field of an operation of this kind."""
    return _instances(shape, field, kind, 0)


def _shape_of(operation: Operation) -> Shape:
    shape = request_shape(operation)
    if shape is None or request_media_type(operation) is None:
        raise NoRequestBodyError(f"The operation {operation.id} has no request body.")
    return shape


def _instances(shape: Shape, field: str, kind: str, depth: int) -> SearchStrategy[Json]:
    found = _non_null(shape, field, kind, depth)
    return st.one_of(found, st.none()) if shape.nullable else found


def _non_null(shape: Shape, field: str, kind: str, depth: int) -> SearchStrategy[Json]:
    if shape.binary:
        return _uploads(kind)
    if shape.branches:
        return st.one_of(
            [
                _instances(branch.shape, branch_field(field, shape, branch.label), kind, depth)
                for branch in shape.branches
            ]
        )
    if shape.enum:
        return st.sampled_from(shape.enum).map(copy.deepcopy)
    if shape.recursive:
        return st.builds(dict)
    makers: dict[str, Callable[[Shape, str, str, int], SearchStrategy[Json]]] = {
        "object": _objects,
        "array": _arrays,
        "integer": _integers,
        "number": _numbers,
        "boolean": lambda *_: st.booleans(),
    }
    return makers.get(shape.types[0] if shape.types else "string", _strings)(shape, field, kind, depth)


def _uploads(kind: str) -> SearchStrategy[Json]:
    """Files that an operation accepts; a part of an upload may be any bytes."""
    if kind != "upload-part":
        return st.just(upload(kind)).map(copy.deepcopy)
    contents = st.binary(min_size=1, max_size=64)
    return contents.map(
        lambda content: file_value(MediaFile("part.bin", "application/octet-stream", content))
    )


def _objects(shape: Shape, field: str, kind: str, depth: int) -> SearchStrategy[Json]:
    known = {
        name: _instances(child, f"{field}.{name}" if field else name, kind, depth + 1)
        for name, child in shape.properties.items()
        if "readOnly" not in child.keywords and (name in shape.required or depth < _MOST_OPTIONAL_DEPTH)
    }
    required = {name: known.get(name, texts()) for name in shape.required if name not in shape.properties}
    required |= {name: found for name, found in known.items() if name in shape.required}
    optional = {name: found for name, found in known.items() if name not in shape.required}
    declared = fragments(required=required, optional=optional)
    if shape.values is None:
        return cast("SearchStrategy[Json]", declared)
    keys = st.integers(min_value=0, max_value=999).map(str)
    entries = st.dictionaries(keys, _instances(shape.values, f"{field}.*", kind, depth + 1), max_size=2)
    return st.builds(lambda some, more: {**more, **some}, declared, entries)


def _arrays(shape: Shape, field: str, kind: str, depth: int) -> SearchStrategy[Json]:
    least = shape.value("minItems") or 0
    most = min(shape.value("maxItems") or least + 2, least + 2)
    items = _instances(shape.items, f"{field}[]", kind, depth + 1) if shape.items is not None else texts()
    return cast("SearchStrategy[Json]", st.lists(items, min_size=least, max_size=most))


def _integers(shape: Shape, _field: str, _kind: str, _depth: int) -> SearchStrategy[Json]:
    low, high = shape.value("minimum"), shape.value("maximum")
    if low is None and high is None:
        low, high = 1, 32
    elif low is None:
        low = high - 32
    elif high is None:
        high = low + 32
    return st.integers(min_value=int(low), max_value=int(high)).filter(lambda value: fits(shape, value))


def _numbers(shape: Shape, _field: str, _kind: str, _depth: int) -> SearchStrategy[Json]:
    low = shape.value("minimum") or shape.value("exclusiveMinimum") or 0
    high = shape.value("maximum") or shape.value("exclusiveMaximum")
    high = max(low, 1) if high is None else high
    numbers = st.floats(min_value=min(low, high), max_value=high, allow_nan=False)
    return numbers.filter(lambda value: fits(shape, value))


def _strings(shape: Shape, field: str, kind: str, _depth: int) -> SearchStrategy[Json]:
    if shape.value("pattern") or shape.value("format"):
        return st.just(Sampler(kind).sample(shape, field)).map(copy.deepcopy)
    most = shape.value("maxLength")
    least = shape.value("minLength") or min(1, 1 if most is None else most)
    return texts(min_size=least, max_size=least + 20 if most is None else min(most, least + 20))
