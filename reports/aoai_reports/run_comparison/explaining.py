"""Which changes of a document explain a change of behaviour. A wrong link is worse than none.

A field, type or value of an answer is explained by a change on every way to it, or of the schema in which all
ways end. A limit, a status or an error is explained by a change at the very constraint that the one point of
the case is about, or on every way to its field; where a case carries several points or none, by one of the
field that the refusal names. Statuses, headers and media types are explained by their own changes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from aoai_reports.run_comparison.changes import Asked, BehaviourChange
from aoai_reports.run_comparison.places import (
    has_place,
    is_inside,
    lies_on_all,
    schema_of,
    stands_at_all_ends,
)
from aoai_reports.run_comparison.schema_ways import Way, field_tokens, request_roots, response_roots, ways
from aoai_specs.comparison.change import Change
from aoai_specs.document import Operation
from aoai_specs.pointers import tokens

#: Kinds of changes after which all that lies inside came or went.
STRUCTURAL = (
    "property-added", "property-removed", "union-branch-added", "union-branch-removed", "parameter-added",
    "parameter-removed", "body-added", "body-removed", "media-type-added", "media-type-removed",
    "schema-added", "schema-removed", "status-added", "status-removed", "items-added", "items-removed",
)  # fmt: skip
#: Kinds that no answer to a request shows.
SILENT = ("default-", "description-", "deprecated", "undeprecated", "sunset-", "stability-", "operation-id-")
_PRESENCE = ("property-", "read-only-", "write-only-")
_TYPES = ("type-", "nullable-", "union-")
_VALUES = ("enum-", "const-")
_OFTEN = ("never", "sometimes", "always")
_MORE = frozenset(
    {"property-added", "property-required", "union-branch-added", "items-added", "schema-added"}
)
_LESS = frozenset(
    {"property-removed", "property-optional", "union-branch-removed", "items-removed", "schema-removed"}
)
_ITEMS = re.compile(r"/(?:oneOf|anyOf)/\d+/items\Z")
_PARAMETER = re.compile(r"\{[^}]*\}")


@dataclass(frozen=True)
class Explaining:
    """One operation as either document describes it, and the changes of the documents that reach it."""

    base: Operation
    revision: Operation
    changes: tuple[Change, ...]

    @cached_property
    def requests(self) -> tuple[Change, ...]:
        """The changes of what it takes that a server may show."""
        return tuple(
            each for each in self.changes if not each.id.startswith(SILENT) and self.verdicts(each, "request")
        )

    @cached_property
    def responses(self) -> tuple[Change, ...]:
        """The changes of what it gives."""
        return tuple(each for each in self.changes if self.verdicts(each, "response"))

    def verdicts(self, change: Change, direction: str) -> list[str]:
        """What a change means to its requests or its responses; empty where it does not reach them."""
        paths = {path_of(self.base), path_of(self.revision)}
        return [
            each.verdict
            for each in change.operations
            if each.direction == direction and bare(each.operation) in paths
        ]

    def of_answers(self, behaviour: BehaviourChange) -> tuple[Change, ...]:
        """The changes that explain another field, type, value, header or media type of answers."""
        match behaviour.aspect:
            case "field" | "type" | "value":
                return self._of_place(behaviour)
            case "header":
                return self._of_headers(behaviour)
            case "media type":
                return self._of_media_types(behaviour)
            case _:
                return ()

    def of_case(self, behaviour: BehaviourChange, asked: Asked) -> tuple[Change, ...]:
        """The changes that explain why one case is accepted, refused or blamed otherwise."""
        if behaviour.aspect == "status":
            named = {("status-added", behaviour.after), ("status-removed", behaviour.before)}
            found = [each for each in self.responses if (each.id, _last(each)) in named]
        else:
            found = []
        if asked.point:
            sides = _sides(behaviour)
            found += [each for each in self.requests if self.concerns_point(each, asked, sides)]
        elif asked.blamed:
            field = field_tokens(asked.blamed)
            found += [each for each in self.requests if self._concerns_field(each, field)]
        return tuple(found)

    def concerns_point(self, change: Change, asked: Asked, sides: tuple[bool, bool] | None) -> bool:
        """Whether a change is of what a point is about.

        `sides` say whether either run accepts it, so that a change that goes the other way explains nothing;
        None where both refuse, in other words.
        """
        constraint, _, value = asked.point.rpartition(":")
        pointer = asked.base_pointer if change.gone else asked.revision_pointer
        field = field_tokens(constraint.rpartition(".")[0])
        if change.id.startswith(STRUCTURAL) and not change.id.startswith("union-"):
            return is_inside(pointer, change.pointer) or self._leads(change, field, pointer)
        at_keyword = has_place(change, asked.base_pointer, asked.revision_pointer)
        if change.id.startswith(("enum-value-", "const-")):
            return at_keyword and value in {str(change.base), str(change.revision)}
        at_schema = has_place(
            change, schema_of(asked.base_pointer), schema_of(asked.revision_pointer), schema_of
        )
        if change.id.startswith(("property-required", "property-optional")):
            return value == "missing" and field[-1:] == (_last(change),) and self._leaves_out(change, asked)
        if change.id.startswith("nullable-"):
            return at_schema and value == "null"
        if change.id.startswith("union-") and _of_items(change, asked):
            return sides is None or str(change.base or change.revision) == f"array of {value}"
        if change.id.startswith(("type-", "union-")):
            return at_schema and (sides is None or _concerns_type(change, value))
        is_narrower = any(verdict != "info" for verdict in self.verdicts(change, "request"))
        return at_keyword and (sides is None or is_narrower == sides[0])

    def _leaves_out(self, change: Change, asked: Asked) -> bool:
        """Whether a point leaves out just the property that is required or optional now."""
        name = _last(change)
        places = [
            f"{schema_of(each)}/properties/{name}" for each in (asked.base_pointer, asked.revision_pointer)
        ]
        return has_place(change, places[0], places[1])

    def _leads(self, change: Change, field: tuple[str, ...], pointer: str) -> bool:
        """Whether all of a field came or went: the change lies on each way that leads to the constraint."""
        found = self._ways(change, field) if field else ()
        return lies_on_all(
            change.pointer, [way for way in found if any(is_inside(pointer, end) for end in way.ends)]
        )

    def _concerns_field(self, change: Change, field: tuple[str, ...]) -> bool:
        """Whether a field, or one around it, came or went."""
        named = change.id in {"property-added", "property-removed"}
        return named and lies_on_all(change.pointer, self._ways(change, field))

    def _ways(self, change: Change, field: tuple[str, ...]) -> tuple[Way, ...]:
        operation = self.base if change.gone else self.revision
        return ways(operation.document, request_roots(operation), field)

    def _of_place(self, behaviour: BehaviourChange) -> tuple[Change, ...]:
        status_class, chunk = int(behaviour.scope[0]), behaviour.scope.endswith("chunk")
        place = tuple(tokens("#" + behaviour.place))
        old, new = (
            ways(each.document, response_roots(each, status_class, chunk=chunk), place)
            for each in (self.base, self.revision)
        )
        kinds = {"field": _PRESENCE, "type": _TYPES, "value": _VALUES}[behaviour.aspect]
        found = []
        for change in self.responses:
            through = old if change.gone else new
            inside = change.id.startswith(STRUCTURAL) and lies_on_all(change.pointer, through)
            at_end = change.id.startswith(kinds) and stands_at_all_ends(change.pointer, through)
            if (inside or at_end) and _goes_along(change, behaviour):
                found.append(change)
        return tuple(found)

    def _of_headers(self, behaviour: BehaviourChange) -> tuple[Change, ...]:
        goes = {"header-removed", "header-optional"}
        kinds = goes if behaviour.after == "not sent" else {"header-added", "header-required"}
        return tuple(
            each
            for each in self.responses
            if each.id in kinds
            and _last(each).lower() == behaviour.place.lower()
            and _of_class(each, behaviour.scope[0])
        )

    def _of_media_types(self, behaviour: BehaviourChange) -> tuple[Change, ...]:
        named = {("media-type-added", behaviour.after), ("media-type-removed", behaviour.before)}
        return tuple(
            each
            for each in self.responses
            if (each.id, _last(each).lower()) in named and _of_class(each, behaviour.scope[0])
        )


def path_of(operation: Operation) -> str:
    """`POST /path` of an operation, its parameters without their names."""
    return bare(f"{operation.method} {operation.path}")


def bare(text: str) -> str:
    """`POST /path` without the names of its parameters."""
    method, _, path = text.partition(" ")
    return f"{method.upper()} {_PARAMETER.sub('{}', path)}"


def _last(change: Change) -> str:
    return tokens(change.pointer)[-1]


def _sides(behaviour: BehaviourChange) -> tuple[bool, bool] | None:
    """Whether either run's target accepts; None where that is the same in both."""
    if behaviour.aspect not in {"limit", "status"}:
        return None
    base, revision = (word == "accepted" or word[:1] == "2" for word in (behaviour.before, behaviour.after))
    return None if base == revision else (base, revision)


def _concerns_type(change: Change, value: str) -> bool:
    """Whether values of a type, as points name it, are what the change lets in or keeps out."""
    type_ = "number" if value == "fraction" else value
    if change.id.startswith("type-"):
        base, revision = (set(each or ()) for each in (change.base, change.revision))
        return type_ in base ^ revision
    return str(change.base or change.revision or "").split(" ")[0] == type_


def _of_items(change: Change, asked: Asked) -> bool:
    """Whether a point is about the items of one branch of the union that a change is of."""
    schemas = [schema_of(each) for each in (asked.base_pointer, asked.revision_pointer)]
    unions = [_ITEMS.sub("", each) if _ITEMS.search(each) else "" for each in schemas]
    return has_place(change, unions[0], unions[1], schema_of)


def _goes_along(change: Change, behaviour: BehaviourChange) -> bool:
    """Whether a change of answers goes the same way as that of the document, where it has one."""
    before, after = behaviour.before, behaviour.after
    if behaviour.aspect == "field":
        more = _OFTEN.index(after) > _OFTEN.index(before)
        return change.id not in (_LESS if more else _MORE)
    old, new = set(before.split(", ")), set(after.split(", "))
    if change.id in {"nullable-set", "nullable-unset"}:
        return "null" in (new - old if change.id == "nullable-set" else old - new)
    if change.id == "enum-value-added":
        return str(change.revision) in new - old
    if change.id == "enum-value-removed":
        return str(change.base) in old - new
    return True


def _of_class(change: Change, first: str) -> bool:
    """Whether a part of a response belongs to a class of statuses; `default` stands for errors."""
    parts = tokens(change.pointer)
    status = parts[parts.index("responses") + 1] if "responses" in parts[:-1] else ""
    return status[:1] == first or (status == "default" and first in "45")
