"""Points: every value worth sending for every constraint of an operation, and for what the prose adds.

Where the values come from is `boundaries`' business, and where the sentences come from is `prose`'s; here
each of them becomes a point with the edits that carry it, and the whole request decides what is expected: a
request that the description admits is never expected to be refused, nor the other way round.

The standard profile cannot send everything within its budget. Every point therefore has a rank, and the
ranks are filled in this order:

0. what is to be accepted (packed into few requests), the prose and the protocol;
1. bounds, lists of values, mixtures, required fields, one wrong type of each top-level field;
2. the same of nested fields, but for their types; a fraction in a top-level field for integers;
3. null in a top-level field that may not be null, one wrong type of each nested field;
4. null in a required nested field, the other wrong types of top-level fields, further texts off a pattern;
5. within data sources: one wrong type of each field, values off a list, and mixtures;
6. the other wrong types, and null, in nested fields; what may be taken as well as refused.

What does not fit is in the profile deep; so are the ranks from 4 on of a document with more than ten
operations, and a value that is off one branch of a union and yet admitted by another; `points_left_out`
lists them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Literal

from aoai_model.case import Edit, Json, JsonBody, PlannedRequest, Point, Unsendable
from aoai_specs.document import Document, Operation
from aoai_specs.schemas.constraints import Located, located_constraints
from aoai_specs.schemas.shapes import Shape, places, request_shape
from aoai_strategies.points.boundaries import Candidate, candidates
from aoai_strategies.points.edit_paths import Put, edits_for
from aoai_strategies.points.field_dependencies import (
    LET_BE,
    NOT_FOR_CALLERS,
    RESOURCE_FIELDS,
    SENSELESS_ALONE,
    accompanied,
    within,
)
from aoai_strategies.points.further_points import further_points
from aoai_strategies.points.known_disagreements import settled
from aoai_strategies.points.prose import prose_points
from aoai_strategies.points.protocol import protocol_probes
from aoai_strategies.points.samples import Sampler
from aoai_strategies.points.sendable import MOST_PLANNED, beyond, size
from aoai_strategies.points.wrong_values import first_wrong_type
from aoai_strategies.requests.bases import DEPLOYMENT_PARAMETERS, UNKNOWN_RESOURCE, base_request
from aoai_strategies.requests.editing import body_value, edited
from aoai_strategies.requests.forms import admits, is_form, typed
from aoai_strategies.requests.resources import NAMING_FIELDS, UNPROMISED, sources_of

#: How many requests the standard profile sends to one operation at most; a document that has many operations
#: leaves the ranks after the last one to the profile deep.
STANDARD_REQUESTS = 320
_OF_MANY_RANK = 3
_MANY_OPERATIONS = 10
#: Parameters that the protocol points are about.
PROTOCOL_PARAMETERS = DEPLOYMENT_PARAMETERS | {"api-version"}
_DEEP_ONLY = 9
_TOO_MUCH = "the requests about earlier constraints hold more values than are planned for one operation"
_CUT = "the request has so many places that this one is not looked into"
#: More vectors of their full length are some megabytes.
_MOST_VECTORS = 256


@dataclass(frozen=True, slots=True)
class PlannedPoint:
    """A point with what planning needs to know of it: the field it is about, its rank, and its request.

    A `harmless` point is one that a server would accept but for what the run has not got; it may be packed.
    """

    point: Point
    field: str
    rank: int
    request: PlannedRequest
    harmless: bool = False


def points(
    document: Document, operation: Operation, *, profile: Literal["standard", "deep"] = "deep"
) -> tuple[Point, ...]:
    """The points of an operation, in document order, the prose's and the protocol's last.

    `profile` deep gives every one of them; standard those that the standard profile sends. Constraints of the
    parameters api-version and deployment are covered by the protocol points of the same names.
    """
    found = tuple(one.point for one in (*plan_points(operation), *protocol_pointed(operation)))
    if profile == "deep":
        return found
    sent = _sent_in_standard(document, operation)
    return tuple(point for point in found if point.id in sent)


def points_left_out(document: Document, operation: Operation) -> tuple[Point, ...]:
    """The points that the standard profile leaves to the profile deep."""
    sent = _sent_in_standard(document, operation)
    return tuple(point for point in points(document, operation) if point.id not in sent)


def _sent_in_standard(document: Document, operation: Operation) -> frozenset[str]:
    from aoai_strategies.planning.planning import plan  # which in turn is made of points

    planned = plan(document, profile="standard", operations=[operation.id])
    return frozenset(point.id for _, point in planned.points())


def standard_budget(document: Document) -> tuple[int, int]:
    """How many requests the standard profile sends to an operation at most, and up to which rank."""
    many = len(document.operations) > _MANY_OPERATIONS
    return STANDARD_REQUESTS, _OF_MANY_RANK if many else _DEEP_ONLY - 1


def protocol_pointed(operation: Operation) -> tuple[PlannedPoint, ...]:
    """The protocol points of an operation, with their requests."""
    probes = protocol_probes(operation, base_request(operation, ""))
    return tuple(PlannedPoint(probe.point, probe.point.constraint, 0, probe.request) for probe in probes)


def plan_points(operation: Operation) -> tuple[PlannedPoint, ...]:
    """The points of an operation's constraints and of its prose, with field, rank and request."""
    return _all_points(operation)[0]


def unsendable_at(operation: Operation) -> tuple[Unsendable, ...]:
    """The points of an operation that no request can carry."""
    return _all_points(operation)[1]


@lru_cache(maxsize=1)
def _all_points(operation: Operation) -> tuple[tuple[PlannedPoint, ...], tuple[Unsendable, ...]]:
    """The points of an operation, and those that cannot be sent."""
    pointing = _Pointing.of(operation)
    found = tuple(pointing.pointed())
    return found, (*pointing.unsendable(), *pointing.left)


@dataclass(frozen=True, slots=True)
class _Pointing:
    operation: Operation
    base: PlannedRequest
    body: Json
    shape: Shape | None
    multipart: bool
    sampler: Sampler
    declared: frozenset[str]
    left: list[Unsendable] = field(default_factory=list)

    @classmethod
    def of(cls, operation: Operation) -> _Pointing:
        base = base_request(operation, "")
        shape = request_shape(operation)
        declared = frozenset() if shape is None else frozenset(place.field for place in places(shape))
        return cls(
            operation,
            base,
            body_value(base.body),
            shape,
            is_form(operation),
            Sampler(operation.kind),
            declared,
        )

    def pointed(self) -> Iterator[PlannedPoint]:
        seen: set[str] = set()
        for one in (*self._constrained(), *self._prose(), *self._further()):
            if one.point.id not in seen:
                seen.add(one.point.id)
                yield one

    def _constrained(self) -> Iterator[PlannedPoint]:
        planned = 0
        for located in located_constraints(self.operation):
            if planned > MOST_PLANNED:
                self.left.append(Unsendable(self.operation.id, f"{located.constraint.name}:any", _TOO_MUCH))
                continue
            if located.constraint.location != "body":
                if not self._elsewhere(located):
                    yield from self._of_parameter(located)
                continue
            for candidate in candidates(located, self.sampler):
                one = self._of_body(located, candidate)
                if one is not None:
                    planned += size(one.request.body.value) if isinstance(one.request.body, JsonBody) else 1
                    yield one

    def unsendable(self) -> Iterator[Unsendable]:
        """The points of constraints that are too large to be sent, and the places beyond those looked at."""
        for place in places(self.shape) if self.shape is not None else ():
            if place.shape.cut:
                yield Unsendable(self.operation.id, f"{place.field}:inside", _CUT)
        for located in located_constraints(self.operation):
            found = beyond(located)
            if found is None or (located.constraint.location != "body" and self._elsewhere(located)):
                continue
            for where in found.where:
                yield Unsendable(self.operation.id, f"{located.constraint.name}:{where}", found.reason)

    def _elsewhere(self, located: Located) -> bool:
        """Whether a parameter is the business of the protocol points, or of the flows about a resource."""
        constraint = located.constraint
        if constraint.field in PROTOCOL_PARAMETERS:
            return True
        return constraint.location == "path" and sources_of(self.operation, "") != ()

    def _of_body(self, located: Located, candidate: Candidate) -> PlannedPoint | None:
        if self.shape is None or (self.multipart and not _in_a_form(located, candidate)):
            return None
        value = candidate.change.value if isinstance(candidate.change, Put) else None
        edits = edits_for(located.place, self.shape, self.body, candidate.change, self.sampler)
        edits = accompanied(self.operation.kind, candidate.field, value, edits, self.declared)
        if candidate.where == "undeclared" and candidate.expect == "accept" and not located.place.steps:
            edits = (*self._letting_be(), *edits)
        constraint = located.constraint
        point = Point(
            f"{constraint.name}:{candidate.where}",
            constraint.name,
            candidate.expect,
            candidate.level,
            constraint.clause,
            candidate.description,
            edits,
        )
        request = edited(self.base, edits)
        sent = request.body.value if isinstance(request.body, JsonBody) else body_value(request.body)
        if admits(self.operation, sent) != (candidate.expect == "accept"):
            if "-as-" in candidate.where:
                return None  # the fields of another branch are welcome here, so that nothing is mixed up
            if candidate.expect != "any":
                point = replace(point, expect="any", level="may")
        tempered = self._tempered(point, candidate.field, value)
        rank = _DEEP_ONLY if self._answers_at_length(value) else _rank(located, candidate, point)
        return PlannedPoint(tempered, candidate.field, rank, request, tempered.expect != point.expect)

    def _answers_at_length(self, value: Json) -> bool:
        """Whether the answer would hold very many vectors whose length no field can keep short."""
        many = isinstance(value, list) and len(value) > _MOST_VECTORS
        known = self.shape.properties if self.shape is not None else {}
        return self.operation.kind == "embeddings" and many and "dimensions" not in known

    def _letting_be(self) -> tuple[Edit, ...]:
        """The edit without which a service refuses undeclared fields, where the operation knows of one."""
        names = {f"{one.location}:{one.name}" for one in self.operation.parameters}
        return (LET_BE,) if LET_BE.pointer in names else ()

    def _of_parameter(self, located: Located) -> Iterator[PlannedPoint]:
        constraint = located.constraint
        for candidate in candidates(located, self.sampler):
            edit = _parameter_edit(located, candidate)
            if edit is None:
                continue
            expect, level = candidate.expect, candidate.level
            if constraint.location == "path":
                expect = "any"  # it names a resource, which nobody can promise
            elif expect == "reject" and not edit.remove and self._takes(located, str(edit.value)):
                expect, level = "any", "may"
                if constraint.keyword in _OF_TYPES:
                    continue  # in a parameter every value is text
            point = Point(
                f"{constraint.name}:{candidate.where}",
                constraint.name,
                expect,
                level,
                constraint.clause,
                candidate.description,
                (edit,),
            )
            point = self._tempered(point, candidate.field, edit.value)
            yield PlannedPoint(point, candidate.field, 1, edited(self.base, (edit,)))

    def _takes(self, located: Located, text: str) -> bool:
        """Whether the schema of a parameter admits a text, read as any of the types that it names."""
        field, document = located.constraint.field, self.operation.document
        whole = [one for one in self.operation.parameters if field.startswith(one.name)]
        pointer = max(whole, key=lambda one: len(one.name)).pointer
        if "schema" in document.resolve(pointer):
            pointer += "/schema"
        validator = document.validator(pointer, "request")
        return validator.is_valid(text) or validator.is_valid(typed(text, located.place.shape.types))

    def _prose(self) -> Iterator[PlannedPoint]:
        if self.shape is None:
            return
        known = {place.field: place.shape.pointer for place in places(self.shape)}
        for entry in prose_points(self.operation.kind, frozenset(known)):
            clause = self.operation.document.clause(known[entry.field])
            constraint = entry.id.partition(":")[0]
            fields = (re.split(r"[.\[]", entry.field)[0], *entry.concerns)
            point = Point(
                entry.id,
                constraint,
                entry.expect,
                entry.level,
                clause,
                entry.description,
                entry.edits,
                fields,
            )
            rank = _DEEP_ONLY if entry.deep else 0
            yield PlannedPoint(point, entry.field, rank, edited(self.base, entry.edits))

    def _further(self) -> Iterator[PlannedPoint]:
        for one in further_points(self.operation, self.base, self.shape):
            yield PlannedPoint(one.point, one.field, _DEEP_ONLY if one.deep else 0, one.request)

    def _tempered(self, point: Point, field: str, value: Json) -> Point:
        """The point as it is fair to expect it: nobody has resources of this run's, and some are disputed."""
        point = settled(self.operation.kind, point)
        naming = (*RESOURCE_FIELDS, *NAMING_FIELDS.get(self.operation.kind, ()))
        unpromised = (
            self.operation.kind in UNPROMISED
            or any(within(field, name) for name in naming)
            or (field, value) in SENSELESS_ALONE
            or (self.operation.kind, field, value) in NOT_FOR_CALLERS
        )
        return replace(point, expect="any") if unpromised and point.expect == "accept" else point


def _parameter_edit(located: Located, candidate: Candidate) -> Edit | None:
    """The edit of a parameter; None for what cannot be said in one: null, an object, a path cut short."""
    constraint, change = located.constraint, candidate.change
    address = f"{constraint.location}:{constraint.field}"
    if not isinstance(change, Put):
        return None if constraint.location == "path" else Edit(address, remove=True)
    if isinstance(change.value, bool) or not isinstance(change.value, str | int | float):
        return None
    return Edit(address, UNKNOWN_RESOURCE if constraint.location == "path" else str(change.value))


def _in_a_form(located: Located, candidate: Candidate) -> bool:
    """Whether a candidate can be told in a form, where every value is text and nothing is null."""
    change = candidate.change
    if not isinstance(change, Put):
        return True
    if not located.place.steps:
        return False  # a form is always an object
    if change.value is None or isinstance(change.value, dict) != located.place.shape.binary:
        return False
    if candidate.expect == "reject" and located.constraint.keyword == "type":
        return isinstance(change.value, str) and not _textual(located)
    return not isinstance(change.value, list) or "array" in located.place.shape.types


def _textual(located: Located) -> bool:
    return located.place.shape.types in ((), ("string",))


#: Points that say again what another point of the same constraint says first.
_FURTHER = frozenset({"empty", "letter", "sign"})
#: Keywords that say of which types a value may be.
_OF_TYPES = frozenset({"type", "oneOf", "anyOf", "discriminator"})
_WRONG_TYPES = frozenset({"string", "integer", "fraction", "boolean", "object", "array"})


def _rank(located: Located, candidate: Candidate, point: Point) -> int:
    """The rank of a point: see the head of this module."""
    if point.expect == "accept" or candidate.expect == "accept":
        return 0
    place, keyword, where = located.place, located.constraint.keyword, candidate.where
    nested = place.depth > 1 or any(step.kind in ("item", "value") for step in place.steps)
    resources = nested and any(within(place.field, name) for name in RESOURCE_FIELDS)
    if where == "null":
        return 3 if not nested else 4 if place.required and not resources else 6
    if where == "fraction" and not nested:
        return 2
    if where in _WRONG_TYPES and (keyword == "type" or place.shape.branches):
        if where != first_wrong_type(place.shape):
            return 6 if nested else 4
        return 5 if resources else 3 if nested else 1
    if point.expect == "any":
        return _DEEP_ONLY if candidate.expect == "reject" else 6
    if keyword == "pattern" and where in _FURTHER:
        return 4
    if resources and (keyword in ("enum", "format") or "-as-" in where):
        return 5
    return 2 if nested else 1
