"""Points: every value worth sending for every constraint of an operation, and for what the prose adds.

`boundaries` supplies the values and `prose` the sentences; here each of them becomes a point with the edits
that make its request. The whole request decides what is expected: a request that the description admits is
never expected to be rejected, nor the reverse.

The budget of the standard profile does not cover every point. Each point therefore has a rank, and ranks are
sent in this order:

0. what must be accepted (packed into few requests), the prose and the protocol;
1. bounds, enums, mixtures, required fields, one wrong type of each top-level field;
2. the same for nested fields, except their types; a fraction for an integer in a top-level field;
3. null in a top-level field that is not nullable, one wrong type of each nested field;
4. null in a required nested field, the other wrong types of top-level fields, further texts off a pattern;
5. within data sources: one wrong type of each field, values outside an enum, and mixtures;
6. the other wrong types, and null, in nested fields; what may be accepted or rejected.

The rest is left to the profile deep, as are the ranks from 4 of a document with more than ten operations, and
values that one branch of a union forbids and another admits; `planning.points_left_out` lists them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property

from aoai_model.case import Edit, Expectation, JsonBody, Point, Unsendable
from aoai_model.serialization import Json
from aoai_model.verdict import Level
from aoai_specs.document import Document, Operation
from aoai_specs.operations import Parameter
from aoai_specs.schemas.constraints import Located, located_constraints
from aoai_specs.schemas.shapes import places
from aoai_strategies.points.boundaries import Candidate, candidates
from aoai_strategies.points.edit_paths import EditPaths, Put
from aoai_strategies.points.field_dependencies import (
    DROP_UNDECLARED,
    NOT_FOR_CLIENTS,
    RESOURCE_FIELDS,
    SENSELESS_ALONE,
    add_dependencies,
    is_within,
)
from aoai_strategies.points.further_points import further_points
from aoai_strategies.points.known_disagreements import soften
from aoai_strategies.points.planned_point import DEEP_ONLY, PlannedPoint
from aoai_strategies.points.prose import prose_points
from aoai_strategies.points.protocol import PROTOCOL_PARAMETERS, protocol_points
from aoai_strategies.points.sendable import MOST_PLANNED, find_unsendable
from aoai_strategies.points.wrong_values import first_wrong_type
from aoai_strategies.requests.builder import UNKNOWN_RESOURCE, RequestBuilder
from aoai_strategies.requests.editing import apply_edits, body_value
from aoai_strategies.requests.forms import is_form, parameter_admits
from aoai_strategies.requests.resources import NAMING_FIELDS, UNPROMISED, UNPROMISED_ALONE, sources_of
from aoai_strategies.requests.samples import count_values

#: The most requests that the standard profile sends to one operation; for a document with many operations it
#: leaves the ranks after the last one to the profile deep.
STANDARD_REQUESTS = 321
_LAST_RANK_OF_MANY = 3
_MANY_OPERATIONS = 10
_TOO_MUCH = "the requests for earlier constraints have more values than the limit for one operation"
_CUT = "the request has more places than are examined, and this one is beyond the limit"
#: More vectors of their full length are several megabytes.
_MOST_VECTORS = 256


def points(operation: Operation) -> tuple[Point, ...]:
    """The points of an operation, in document order, followed by those of its prose and of the protocol.

    The protocol points cover the constraints of the parameters api-version and deployment.
    """
    found = OperationPoints.of(operation)
    return tuple(one.point for one in (*found.planned, *found.protocol))


def standard_budget(document: Document) -> tuple[int, int]:
    """The most requests that the standard profile sends to an operation, and the last rank that it sends."""
    many = len(document.usual_operations) > _MANY_OPERATIONS
    return STANDARD_REQUESTS, _LAST_RANK_OF_MANY if many else DEEP_ONLY - 1


class OperationPoints:
    """The points of one operation, each planned once; `requests` builds its requests."""

    def __init__(self, requests: RequestBuilder) -> None:
        self.requests = requests
        self._operation = requests.operation
        self._kind = requests.kind
        self._places = () if requests.shape is None else tuple(places(requests.shape))
        self._declared = frozenset(place.field for place in self._places)
        self._body = body_value(requests.base.body)
        self._paths = (
            None if requests.shape is None else EditPaths(requests.shape, self._body, requests.sampler)
        )
        self._located = tuple(located_constraints(requests.operation))
        self._is_form = is_form(requests.operation)

    @classmethod
    def of(cls, operation: Operation) -> OperationPoints:
        """The points of an operation."""
        return cls(RequestBuilder(operation))

    @property
    def planned(self) -> tuple[PlannedPoint, ...]:
        """The points of the operation's constraints and of its prose."""
        return self._all[0]

    @cached_property
    def protocol(self) -> tuple[PlannedPoint, ...]:
        """The protocol points of the operation."""
        return tuple(protocol_points(self.requests))

    @property
    def unsendable(self) -> tuple[Unsendable, ...]:
        """The points that no request can carry, each with the reason."""
        return self._all[1]

    @cached_property
    def _all(self) -> tuple[tuple[PlannedPoint, ...], tuple[Unsendable, ...]]:
        found: dict[str, PlannedPoint] = {}
        left_out: list[Unsendable] = []
        for one in (*self._constrained(left_out), *self._prose(), *further_points(self.requests)):
            found.setdefault(one.point.id, one)
        return tuple(found.values()), (*self._beyond_limits(), *left_out)

    def _constrained(self, left_out: list[Unsendable]) -> Iterator[PlannedPoint]:
        """The points of the constraints; those beyond the budget for values are added to `left_out`."""
        planned = 0
        for located in self._located:
            if planned > MOST_PLANNED:
                left_out.append(Unsendable(self._operation.id, f"{located.constraint.name}:any", _TOO_MUCH))
                continue
            if located.constraint.location != "body":
                if not self._is_covered_elsewhere(located):
                    yield from self._of_parameter(located)
                continue
            for candidate in candidates(located, self.requests.sampler):
                one = self._of_body(located, candidate)
                if one is not None:
                    body = one.request.body
                    planned += count_values(body.value) if isinstance(body, JsonBody) else 1
                    yield one

    def _beyond_limits(self) -> Iterator[Unsendable]:
        """The points of constraints too large to send, and of places beyond those that are examined."""
        for place in self._places:
            if place.shape.cut:
                yield Unsendable(self._operation.id, f"{place.field}:inside", _CUT)
        for located in self._located:
            found = find_unsendable(located)
            if found is None or (
                located.constraint.location != "body" and self._is_covered_elsewhere(located)
            ):
                continue
            for where in found.where:
                yield Unsendable(self._operation.id, f"{located.constraint.name}:{where}", found.reason)

    def _is_covered_elsewhere(self, located: Located) -> bool:
        """Whether the protocol points or the flows of a resource cover a parameter."""
        constraint = located.constraint
        if constraint.field in PROTOCOL_PARAMETERS:
            return True
        return constraint.location == "path" and sources_of(self._operation, "") != ()

    def _of_body(self, located: Located, candidate: Candidate) -> PlannedPoint | None:
        requests = self.requests
        if self._paths is None or (self._is_form and not _fits_form(located, candidate)):
            return None
        value = candidate.change.value if isinstance(candidate.change, Put) else None
        edits = self._paths.edits_for(located.place, candidate.change)
        edits = add_dependencies(self._kind, candidate.field, value, edits, self._declared)
        if candidate.where == "undeclared" and candidate.expect == "accept" and not located.place.steps:
            names = {f"{one.location}:{one.name}" for one in self._operation.parameters}
            edits = (DROP_UNDECLARED, *edits) if DROP_UNDECLARED.pointer in names else edits
        point = _point(located, candidate, candidate.expect, candidate.level, edits)
        request = apply_edits(requests.base, edits)
        sent = request.body.value if isinstance(request.body, JsonBody) else body_value(request.body)
        if requests.admits(sent) != (candidate.expect == "accept"):
            if "-as-" in candidate.where:
                return None  # the branch admits the fields of the other branch, so that nothing is mixed up
            if candidate.expect != "any":
                point = replace(point, expect="any", level="may")
        softened = self._soften(point, candidate.field, value)
        rank = DEEP_ONLY if self._has_long_response(value) else _rank(located, candidate, point)
        return PlannedPoint(softened, candidate.field, rank, request, softened.expect != point.expect)

    def _has_long_response(self, value: Json) -> bool:
        """Whether the response would contain many vectors whose length no field can limit."""
        many = isinstance(value, list) and len(value) > _MOST_VECTORS
        return self._kind == "embeddings" and many and "dimensions" not in self.requests.fields

    def _of_parameter(self, located: Located) -> Iterator[PlannedPoint]:
        constraint = located.constraint
        for candidate in candidates(located, self.requests.sampler):
            edit = _parameter_edit(located, candidate, self._parameter(located).name)
            if edit is None:
                continue
            expect, level = candidate.expect, candidate.level
            if constraint.location == "path":
                expect = "any"  # it names a resource, and no plan can promise that the resource exists
            elif expect == "reject" and not edit.remove and self._admits(located, str(edit.value)):
                expect, level = "any", "may"
                if constraint.keyword in _TYPE_KEYWORDS:
                    continue  # every value of a parameter is text
            point = _point(located, candidate, expect, level, (edit,))
            point = self._soften(point, candidate.field, edit.value)
            yield PlannedPoint(point, candidate.field, 1, apply_edits(self.requests.base, (edit,)))

    def _admits(self, located: Located, text: str) -> bool:
        """Whether the schema of a parameter admits a text."""
        types = located.place.shape.types
        return parameter_admits(self.requests.document, self._parameter(located), text, types)

    def _parameter(self, located: Located) -> Parameter:
        """Return the parameter with a constraint; for `include[]`, an item, that of `include`."""
        constraint = located.constraint
        named = (
            one
            for one in self._operation.parameters
            if one.location == constraint.location and constraint.field.startswith(one.name)
        )
        return max(named, key=lambda one: len(one.name))

    def _prose(self) -> Iterator[PlannedPoint]:
        known = {place.field: place.shape.pointer for place in self._places}
        for entry in prose_points(self._kind, self._declared):
            clause = self.requests.document.clause(known[entry.field])
            constraint = entry.id.partition(":")[0]
            fields = (re.split(r"[.\[]", entry.field)[0], *entry.concerns)
            expect, level, text = entry.expect, entry.level, entry.description
            point = Point(entry.id, constraint, expect, level, clause, text, entry.edits, fields)
            rank = DEEP_ONLY if entry.deep else 0
            yield PlannedPoint(point, entry.field, rank, apply_edits(self.requests.base, entry.edits))

    def _soften(self, point: Point, field: str, value: Json) -> Point:
        """The point with no more than can be expected of a conformant server.

        A plan cannot promise resources that the client would need, and service and document are known to
        disagree at some points.
        """
        point = soften(self._kind, point)
        naming = (*RESOURCE_FIELDS, *NAMING_FIELDS.get(self._kind, ()))
        unpromised = (
            self._kind in UNPROMISED | UNPROMISED_ALONE
            or any(is_within(field, name) for name in naming)
            or (field, value) in SENSELESS_ALONE
            or (self._kind, field, value) in NOT_FOR_CLIENTS
        )
        return replace(point, expect="any") if unpromised and point.expect == "accept" else point


def _point(
    located: Located, candidate: Candidate, expect: Expectation, level: Level, edits: tuple[Edit, ...]
) -> Point:
    name = located.constraint.name
    clause, text = located.constraint.clause, candidate.description
    return Point(f"{name}:{candidate.where}", name, expect, level, clause, text, edits)


def _parameter_edit(located: Located, candidate: Candidate, name: str) -> Edit | None:
    """The edit of a parameter; None for what no parameter can express: null, an object, a shortened path."""
    constraint, change = located.constraint, candidate.change
    address = f"{constraint.location}:{name}"
    if not isinstance(change, Put):
        return None if constraint.location == "path" else Edit(address, remove=True)
    if isinstance(change.value, bool) or not isinstance(change.value, str | int | float):
        return None
    return Edit(address, UNKNOWN_RESOURCE if constraint.location == "path" else str(change.value))


def _fits_form(located: Located, candidate: Candidate) -> bool:
    """Whether a form can express a candidate: every value of a form is text, and nothing is null."""
    change = candidate.change
    if not isinstance(change, Put):
        return True
    if not located.place.steps:
        return False  # a form is always an object
    if change.value is None or isinstance(change.value, dict) != located.place.shape.binary:
        return False
    if candidate.expect == "reject" and located.constraint.keyword == "type":
        return isinstance(change.value, str) and located.place.shape.types not in ((), ("string",))
    return not isinstance(change.value, list) or "array" in located.place.shape.types


#: Points that repeat what another point of the same constraint shows first.
_FURTHER = frozenset({"empty", "letter", "sign"})
#: Keywords that restrict the type of a value.
_TYPE_KEYWORDS = frozenset({"type", "oneOf", "anyOf", "discriminator"})
_WRONG_TYPES = frozenset({"string", "integer", "fraction", "boolean", "object", "array"})


def _rank(located: Located, candidate: Candidate, point: Point) -> int:
    """The rank of a point: see the docstring of this module."""
    if point.expect == "accept" or candidate.expect == "accept":
        return 0
    place, keyword, where = located.place, located.constraint.keyword, candidate.where
    nested = place.depth > 1 or any(step.kind in ("item", "value") for step in place.steps)
    resources = nested and any(is_within(place.field, name) for name in RESOURCE_FIELDS)
    if where == "null":
        return 3 if not nested else 4 if place.required and not resources else 6
    if where == "fraction" and not nested:
        return 2
    if where in _WRONG_TYPES and (keyword == "type" or place.shape.branches):
        if where != first_wrong_type(place.shape):
            return 6 if nested else 4
        return 5 if resources else 3 if nested else 1
    if point.expect == "any":
        return DEEP_ONLY if candidate.expect == "reject" else 6
    if keyword == "pattern" and where in _FURTHER:
        return 4
    if resources and (keyword in ("enum", "format") or "-as-" in where):
        return 5
    return 2 if nested else 1
