"""Finds the document changes that explain a behaviour change. A wrong link is worse than none.

A field, type or value of a response is explained by a change on every path to it, or of the schema in which
all paths end. A limit, a status or an error is explained by a change of the very constraint that the case
tests, or on every path to its field; if a case carries several points or none, by a change of the field that
the error names. Headers and media types are explained by their own changes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from aoai_reports.run_comparison.changes import BehaviourChange, CaseSubject
from aoai_reports.run_comparison.documents.schema_paths import (
    SchemaPath,
    contains,
    field_tokens,
    has_place,
    passes_on_all,
    request_roots,
    response_roots,
    schema_of,
    schema_paths,
    stands_at_all_ends,
)
from aoai_specs.comparison import Change
from aoai_specs.document import Operation
from aoai_specs.pointers import tokens

#: Subjects that bring or take away everything inside them when they are added or removed.
_CONTAINERS = frozenset(
    {"property", "union-branch", "parameter", "body", "media-type", "schema", "status", "items"}
)
#: Subjects that no response to a request shows.
_SILENT = frozenset(
    {"default", "description", "deprecated", "undeprecated", "sunset", "stability", "operation-id"}
)
_UNION = frozenset({"union", "union-branch"})
#: Subjects that explain a behaviour change of an aspect.
_SUBJECTS = {
    "field": frozenset({"property", "property-names", "read-only", "write-only"}),
    "type": frozenset({"type", "nullable"}) | _UNION,
    "value": frozenset({"enum", "enum-value", "const"}),
}
_PRESENCE = ("never", "sometimes", "always")
#: Kinds after which a field is present more often, or less often.
_MORE_OFTEN = frozenset(
    {"property-added", "property-required", "union-branch-added", "items-added", "schema-added"}
)
_LESS_OFTEN = frozenset(
    {"property-removed", "property-optional", "union-branch-removed", "items-removed", "schema-removed"}
)
_ITEMS = re.compile(r"/(?:oneOf|anyOf)/\d+/items\Z")
_PARAMETER = re.compile(r"\{[^}]*\}")


@dataclass(frozen=True)
class OperationChanges:
    """One operation in both documents, and the changes between the documents that affect it."""

    base: Operation
    revision: Operation
    changes: tuple[Change, ...]

    @cached_property
    def requests(self) -> tuple[Change, ...]:
        """The changes of its requests that a response could show."""
        return tuple(
            each
            for each in self.changes
            if each.subject not in _SILENT and self._verdicts(each, direction="request")
        )

    @cached_property
    def responses(self) -> tuple[Change, ...]:
        """The changes of its responses."""
        return tuple(each for each in self.changes if self._verdicts(each, direction="response"))

    def explain_responses(self, behaviour: BehaviourChange) -> tuple[Change, ...]:
        """The changes that explain a changed field, type, value, header or media type of responses."""
        match behaviour.aspect:
            case "field" | "type" | "value":
                return self._explain_place(behaviour)
            case "header":
                return self._explain_header(behaviour)
            case "media type":
                return self._explain_media_type(behaviour)
            case _:
                return ()

    def explain_case(self, behaviour: BehaviourChange, case: CaseSubject) -> tuple[Change, ...]:
        """The changes that explain a changed limit, status or error in one case."""
        found: list[Change] = []
        if behaviour.aspect == "status":
            statuses = {("status-added", behaviour.after), ("status-removed", behaviour.before)}
            found += [each for each in self.responses if (each.id, _last(each)) in statuses]
        if case.point:
            accepted = _accepted(behaviour)
            found += [each for each in self.requests if self.affects_point(each, case, accepted)]
        elif case.param:
            field = field_tokens(case.param)
            found += [each for each in self.requests if self._affects_field(each, field)]
        return tuple(found)

    def affects_point(self, change: Change, case: CaseSubject, accepted: tuple[bool, bool] | None) -> bool:
        """Whether a change is about what a point tests.

        `accepted` is whether either run accepts the point, so that a change in the opposite direction
        explains nothing; None if both reject it, with different errors.
        """
        if accepted is None and change.subject.startswith("security"):
            return False  # which credentials are accepted does not tell how others are rejected
        constraint, _, value = case.point.rpartition(":")
        pointer = case.base_pointer if change.gone else case.revision_pointer
        field = field_tokens(constraint.rpartition(".")[0])
        if _adds_or_removes(change) and change.subject not in _UNION:
            return contains(change.pointer, pointer) or self._leads_to(change, field, pointer)
        at_keyword = has_place(change, case.base_pointer, case.revision_pointer)
        if change.subject in {"enum-value", "const"}:
            return at_keyword and value in {*_listed(change.base), *_listed(change.revision)}
        at_schema = has_place(
            change, schema_of(case.base_pointer), schema_of(case.revision_pointer), schema_of
        )
        if change.id in {"property-required", "property-optional"}:
            return value == "missing" and field[-1:] == (_last(change),) and _is_left_out(change, case)
        if change.subject == "nullable":
            return at_schema and value == "null"
        if change.subject in _UNION and _is_about_items(change, case):
            return accepted is None or str(change.base or change.revision) == f"array of {value}"
        if change.subject == "type" or change.subject in _UNION:
            return at_schema and (accepted is None or _affects_type(change, value))
        is_narrower = any(verdict != "info" for verdict in self._verdicts(change, direction="request"))
        return at_keyword and (accepted is None or is_narrower == accepted[0])

    def _verdicts(self, change: Change, direction: str) -> list[str]:
        """The verdicts of a change for the requests or responses of this operation; empty if unaffected."""
        paths = {path_of(self.base), path_of(self.revision)}
        return [
            each.verdict
            for each in change.operations
            if each.direction == direction and without_parameter_names(each.operation) in paths
        ]

    def _leads_to(self, change: Change, field: tuple[str, ...], pointer: str) -> bool:
        """Whether the place of a change is on every path through the field to the constraint."""
        paths = self._request_paths(change, field) if field else ()
        return passes_on_all(
            change.pointer, [path for path in paths if any(contains(end, pointer) for end in path.ends)]
        )

    def _affects_field(self, change: Change, field: tuple[str, ...]) -> bool:
        """Whether a change adds or removes a field or an object that contains it."""
        is_property = change.subject == "property" and _adds_or_removes(change)
        return is_property and passes_on_all(change.pointer, self._request_paths(change, field))

    def _request_paths(self, change: Change, field: tuple[str, ...]) -> tuple[SchemaPath, ...]:
        operation = self.base if change.gone else self.revision
        return schema_paths(operation.document, request_roots(operation), field)

    def _explain_place(self, behaviour: BehaviourChange) -> tuple[Change, ...]:
        status_class, chunk = int(behaviour.scope[0]), behaviour.scope.endswith("chunk")
        place = tuple(tokens("#" + behaviour.place))
        old, new = (
            schema_paths(each.document, response_roots(each, status_class, chunk=chunk), place)
            for each in (self.base, self.revision)
        )
        found = []
        for change in self.responses:
            paths = old if change.gone else new
            inside = _adds_or_removes(change) and passes_on_all(change.pointer, paths)
            at_end = change.subject in _SUBJECTS[behaviour.aspect] and stands_at_all_ends(
                change.pointer, paths
            )
            if (inside or at_end) and _has_same_direction(change, behaviour):
                found.append(change)
        return tuple(found)

    def _explain_header(self, behaviour: BehaviourChange) -> tuple[Change, ...]:
        actions = {"removed", "optional"} if behaviour.after == "not sent" else {"added", "required"}
        return tuple(
            each
            for each in self.responses
            if each.subject == "header"
            and each.action in actions
            and _last(each).lower() == behaviour.place.lower()
            and _has_status_class(each, behaviour.scope[0])
        )

    def _explain_media_type(self, behaviour: BehaviourChange) -> tuple[Change, ...]:
        expected = {("media-type-added", behaviour.after), ("media-type-removed", behaviour.before)}
        return tuple(
            each
            for each in self.responses
            if (each.id, _last(each).lower()) in expected and _has_status_class(each, behaviour.scope[0])
        )


def path_of(operation: Operation, prefix: str = "") -> str:
    """`POST /path/{}` of an operation, without the prefix that its path may have."""
    return without_parameter_names(f"{operation.method} {operation.path.removeprefix(prefix)}")


def without_parameter_names(text: str) -> str:
    """`POST /path/{}` for `post /path/{name}`."""
    method, _, path = text.partition(" ")
    return f"{method.upper()} {_PARAMETER.sub('{}', path)}"


def _adds_or_removes(change: Change) -> bool:
    """Whether a change adds or removes something together with everything inside it."""
    return change.subject in _CONTAINERS and change.action in {"added", "removed"}


def _last(change: Change) -> str:
    return tokens(change.pointer)[-1]


def _is_left_out(change: Change, case: CaseSubject) -> bool:
    """Whether a point leaves out the very property that became required or optional."""
    base, revision = (
        f"{schema_of(each)}/properties/{_last(change)}" for each in (case.base_pointer, case.revision_pointer)
    )
    return has_place(change, base, revision)


def _accepted(behaviour: BehaviourChange) -> tuple[bool, bool] | None:
    """Whether either run's target accepts the request; None if both do or both do not."""
    if behaviour.aspect not in {"limit", "status"}:
        return None
    base, revision = (word == "accepted" or word[:1] == "2" for word in (behaviour.before, behaviour.after))
    return None if base == revision else (base, revision)


def _affects_type(change: Change, value: str) -> bool:
    """Whether a change allows or forbids a type, named as in the id of a point."""
    type_ = "number" if value == "fraction" else value
    if change.subject == "type":
        base, revision = (set(each or ()) for each in (change.base, change.revision))
        return type_ in base ^ revision
    return str(change.base or change.revision or "").split(" ")[0] == type_


def _is_about_items(change: Change, case: CaseSubject) -> bool:
    """Whether a point tests the items of a branch of the union that changed."""
    schemas = [schema_of(each) for each in (case.base_pointer, case.revision_pointer)]
    unions = [_ITEMS.sub("", each) if _ITEMS.search(each) else "" for each in schemas]
    return has_place(change, unions[0], unions[1], schema_of)


def _has_same_direction(change: Change, behaviour: BehaviourChange) -> bool:
    """Whether the document and the responses changed in the same direction, if they have one."""
    before, after = behaviour.before, behaviour.after
    if behaviour.aspect == "field":
        more = _PRESENCE.index(after) > _PRESENCE.index(before)
        return change.id not in (_LESS_OFTEN if more else _MORE_OFTEN)
    old, new = set(before.split(", ")), set(after.split(", "))
    match change.subject, change.action:
        case "nullable", "set":
            return "null" in new - old
        case "nullable", "unset":
            return "null" in old - new
        case "enum-value", "added":
            return bool(_listed(change.revision) & (new - old))
        case "enum-value", "removed":
            return bool(_listed(change.base) & (old - new))
        case _:
            return True


def _listed(value: object) -> set[str]:
    """Return one value of an enumeration, or several in a list, as text."""
    return {str(each) for each in (value if isinstance(value, list) else [value])}


def _has_status_class(change: Change, first: str) -> bool:
    """Whether a part of a response belongs to a status class; `default` stands for errors."""
    parts = tokens(change.pointer)
    status = parts[parts.index("responses") + 1] if "responses" in parts[:-1] else ""
    return status[:1] == first or (status == "default" and first in "45")
