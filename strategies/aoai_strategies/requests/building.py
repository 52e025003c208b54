"""Building cases: a request with what is expected of it becomes a case, with its cost and what it takes."""

from __future__ import annotations

import re
from dataclasses import replace

from aoai_model.case import Case, Expectation, Placeholder, PlannedRequest, Point
from aoai_specs.document import Document, Operation
from aoai_strategies.requests.bases import base_request, is_promised
from aoai_strategies.requests.costs import token_estimate
from aoai_strategies.requests.naming import case_prefix, named_case
from aoai_strategies.requests.placeholders import still_taken, taken_in
from aoai_strategies.requests.resources import BASE, UNPROMISED, until_of

#: How the id of a point begins: with the field that it is about.
_FIELD = re.compile(r"[^.:\[]+")


def case_of(
    operation: Operation,
    name: str,
    request: PlannedRequest,
    expect: Expectation,
    *,
    origin: str,
    points: tuple[Point, ...] = (),
    base: PlannedRequest | None = None,
    prefix: str = "",
    takes: tuple[Placeholder, ...] | None = None,
) -> Case:
    """The case of a request. Its id is `prefix` (that of the operation, unless given) and `name`.

    What it takes is told by its marks, unless `takes` says what these may be at most.
    """
    prompt_tokens, completion_tokens = token_estimate(operation.kind, request, expect)
    return Case(
        id=f"{prefix or case_prefix(operation.document, operation)}/{name}",
        document=str(operation.document.name),
        operation=operation.id,
        kind=operation.kind,
        request=request,
        expect=expect,
        points=tuple(map(with_fields, points)),
        origin=origin,
        base=base,
        takes=taken_in(request) if takes is None else still_taken(takes, request),
        prompt_tokens=prompt_tokens,
        completion_tokens=completion_tokens,
    )


def with_fields(point: Point) -> Point:
    """The point with the top-level request fields that it changes: its own, and those of its edits."""
    own = _FIELD.match(point.id)
    edited = [edit.pointer.split("/")[1] for edit in point.edits if edit.pointer.startswith("/")]
    fields = dict.fromkeys([*point.fields, *([own[0]] if own else []), *edited])
    return replace(point, fields=tuple(fields))


def base_case(operation: Operation, name: str = BASE, *, origin: str = "base") -> Case:
    """The case of an operation's smallest valid request; its name says what for (see `resources`)."""
    request = base_request(operation, name)
    expect: Expectation = "accept"
    if operation.kind in UNPROMISED or not is_promised(operation):
        expect = "any"  # whether what it names exists is not in the document
    case = case_of(operation, name, request, expect, origin=origin, base=request)
    until = until_of(operation.kind) if name == BASE else None
    return replace(case, until=until) if case.takes else case


def preparation(document: Document, case_id: str) -> Case | None:
    """The case that a taken value comes from, made for those who take it; None for an id of another sort."""
    found = named_case(document, case_id)
    if found is None:
        return None
    operation, name = found
    return base_case(operation, name, origin="preparation")
