"""Letting the schemas of a document allow everything from which no validator can be built."""

from __future__ import annotations

import copy
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from aoai_specs.document import Document
from aoai_specs.errors import DocumentError
from aoai_specs.json_values import as_object
from aoai_specs.loading.references import references
from aoai_specs.pointers import find, join, tokens
from aoai_specs.schemas.translation import Direction

_SCHEMAS = "#/components/schemas"
#: Among more named schemas than this, the one to blame is not searched.
_MOST_EXAMINED = 300


def unusable_schemas(document: Document) -> dict[str, str]:
    """Return the smallest schemas from which no validator can be built, each with the reason.

    They are named schemas where these are to blame, otherwise the schemas of bodies.
    """
    roots = dict(_failing(document, document.schema_pointers()))
    if not roots:
        return {}
    names = as_object(as_object(document.content.get("components")).get("schemas"))
    if len(names) > _MOST_EXAMINED:
        names = _reachable_names(document, roots)
    if len(names) > _MOST_EXAMINED:
        return roots
    found = dict(_failing(document, ((join(_SCHEMAS, name), "request") for name in names)))
    blamed = {pointer: reason for pointer, reason in found.items() if pointer in _innermost(document, found)}
    return blamed or roots


def with_permissive_schemas(content: Mapping[str, Any], pointers: Collection[str]) -> dict[str, Any]:
    """Return a copy of a description in which these schemas allow everything."""
    changed: dict[str, Any] = copy.deepcopy(dict(content))
    for pointer in pointers:
        around = find(changed, pointer.rpartition("/")[0])
        last = tokens(pointer)[-1]
        around[int(last) if isinstance(around, list) else last] = {}
    return changed


def _failing(
    document: Document, pointers: Collection[tuple[str, Direction]] | Iterator[tuple[str, Direction]]
) -> Iterator[tuple[str, str]]:
    for pointer, direction in pointers:
        try:
            document.validator(pointer, direction)
        except DocumentError as error:
            yield pointer, str(error)


def _innermost(document: Document, failing: Collection[str]) -> set[str]:
    """Return the failing schemas that refer to no failing one, except for those that refer back."""
    direct = {pointer: _targets(document, pointer) & set(failing) for pointer in failing}
    reached = {pointer: _reachable(pointer, direct) for pointer in failing}
    return {pointer for pointer in failing if all(pointer in reached[other] for other in reached[pointer])}


def _reachable_names(document: Document, roots: Collection[str]) -> dict[str, None]:
    """Return the names of the schemas that some schemas refer to, directly or not."""
    found: dict[str, None] = {}
    waiting = list(roots)
    while waiting:
        for target in _targets(document, waiting.pop()):
            name = tokens(target)[-1]
            if name not in found and target == join(_SCHEMAS, name):
                found[name] = None
                waiting.append(target)
    return found


def _targets(document: Document, pointer: str) -> set[str]:
    return {target for _, target in references({"schema": document.resolve(pointer)})}


def _reachable(start: str, direct: Mapping[str, set[str]]) -> set[str]:
    found: set[str] = set()
    waiting = [start]
    while waiting:
        for target in direct[waiting.pop()]:
            if target not in found:
                found.add(target)
                waiting.append(target)
    return found
