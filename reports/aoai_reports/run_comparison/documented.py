"""Links what a target does otherwise at another api-version to what its document says otherwise.

A change of a field, type or value in an answer is explained by a change of the same property in the responses
of the operation; a limit that moved, by a change of the same field in its requests.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from aoai_reports.run_comparison.changes import BehaviourChange, DocumentComparison, RunComparison
from aoai_specs.catalogue import Catalogue
from aoai_specs.comparison.change import Change
from aoai_specs.comparison.comparing import compare
from aoai_specs.comparison.subjects import of_document
from aoai_specs.document import Document
from aoai_specs.errors import ConformanceError

_PROPERTY = re.compile(r"/properties/([^/]+)")
_PARAMETER = re.compile(r"\{[^}]*\}")
_OF_ANSWERS = frozenset({"field", "type", "value"})
#: Kinds of changes that answers show, if the target follows them.
_SHOWING = ("property-added", "property-removed", "type-", "nullable-")


def explained(comparison: RunComparison) -> RunComparison:
    """The comparison with each change of behaviour linked to the changes of the documents that explain it.

    Documents that the catalogue does not hold, or the same on both sides, explain nothing: their parts are
    returned as they are.
    """
    return replace(comparison, parts=tuple(map(_explained, comparison.parts)))


def _explained(part: DocumentComparison) -> DocumentComparison:
    sides = (part.base, part.revision)
    if part.base.document == part.revision.document or any(side.own_description for side in sides):
        return part
    try:
        documents = [Catalogue.packaged().load(side.document) for side in sides]
        changes = compare(*map(of_document, documents)).changes
    except ConformanceError:
        return part
    paths = _paths(documents)
    used: set[int] = set()
    behaviour: list[BehaviourChange] = []
    for each in part.behaviour:
        found = [
            place
            for place, change in enumerate(changes)
            if _explains(change, each, paths.get(each.operation, ""))
        ]
        used.update(found)
        words = dict.fromkeys(changes[place].message for place in found)
        behaviour.append(replace(each, documented=tuple(words)))
    asked = {timing.operation for timing in part.timings}
    unseen = [
        (operation, change.message)
        for operation in sorted(asked)
        for place, change in enumerate(changes)
        if place not in used and _shows(change) and _reaches(change, paths.get(operation, ""), "response")
    ]
    return replace(part, behaviour=tuple(behaviour), linked=True, unseen=tuple(unseen))


def _paths(documents: list[Document]) -> Mapping[str, str]:
    """`POST /path` by operationId, its parameters without their names; the base's come first."""
    return {
        operation.id: _bare(f"{operation.method} {operation.path}")
        for document in reversed(documents)
        for operation in document.operations.values()
    }


def _explains(change: Change, behaviour: BehaviourChange, path: str) -> bool:
    if behaviour.aspect in _OF_ANSWERS:
        name = behaviour.place.rpartition("/")[2]
        if name == "*":
            name = behaviour.place.removesuffix("/*").rpartition("/")[2]
        return _property(change) == name and _reaches(change, path, "response")
    if behaviour.aspect == "limit":
        names = set(re.split(r"[.\[\]:]+", behaviour.place))
        return _property(change) in names and _reaches(change, path, "request")
    return False


def _shows(change: Change) -> bool:
    return change.id.startswith(_SHOWING) and _property(change) is not None


def _property(change: Change) -> str | None:
    """The innermost property that a change is about."""
    names = _PROPERTY.findall(change.pointer)
    return str(names[-1]).replace("~1", "/").replace("~0", "~") if names else None


def _reaches(change: Change, path: str, direction: str) -> bool:
    return any(each.direction == direction and _bare(each.operation) == path for each in change.operations)


def _bare(text: str) -> str:
    method, _, path = text.partition(" ")
    return f"{method.upper()} {_PARAMETER.sub('{}', path)}"
