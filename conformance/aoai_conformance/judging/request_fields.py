"""The top-level fields of requests, as declared by the document."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from aoai_conformance.json_access import elements, members, text

if TYPE_CHECKING:
    from aoai_specs.document import Operation

_DEEPEST = 8


def request_fields(operation: Operation) -> frozenset[str]:
    """Return the names of the top-level fields of every request body that the operation declares."""
    names: set[str] = set()
    for pointer in operation.request_media.values():
        _gather(operation, operation.document.resolve(pointer), names, _DEEPEST)
    return frozenset(names)


def _gather(operation: Operation, schema: Any, names: set[str], deepest: int) -> None:
    if deepest == 0:
        return
    reference = text(members(schema).get("$ref"))
    if reference is not None:
        schema = operation.document.resolve(reference)
    names.update(members(members(schema).get("properties")))
    for keyword in ("allOf", "oneOf", "anyOf"):
        for branch in elements(members(schema).get(keyword)):
            _gather(operation, branch, names, deepest - 1)


def split_path(path: str) -> tuple[str, ...]:
    """Return the names in a path such as `messages[0].role`, `$.messages.0.role` or `/messages/0/role`."""
    return tuple(re.findall(r"[A-Za-z_][A-Za-z0-9_-]*", path))
