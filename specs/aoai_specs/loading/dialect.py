"""Keywords of OpenAPI 3.0 in later descriptions, which are read as their authors meant them."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator
from typing import Any

from aoai_specs.json_values import CONTAINERS
from aoai_specs.loading.text.overview import DATA, NAME_MAPS, OLDER

_BOUNDS = (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum"))
_ANNOTATIONS = frozenset(
    {"title", "description", "default", "example", "examples", "deprecated", "readOnly", "writeOnly"}
)
#: The keys around schemas.
_OF_SCHEMAS = frozenset({"schema", "itemSchema", "schemas", "$defs", "definitions"})
_NULL = {"type": "null"}


def honour_older_keywords(
    content: dict[str, Any], marked: Iterable[dict[str, Any]] | None = None
) -> tuple[dict[str, Any], int]:
    """Return a description of OpenAPI 3.1 or later whose schemas say in its own keywords what they mean.

    `nullable: true` becomes the type null, a bound with `exclusiveMinimum: true` an exclusive bound. The
    number is that of the changed schemas; without any, the description is returned as it is. `marked` are
    the objects that an overview of the content marks, if they are known.
    """
    if not str(content.get("openapi")).startswith(("3.1", "3.2")):
        return content, 0
    if marked is not None and not any(map(_is_older, marked)):
        return content, 0
    if not any(map(_is_older, _schemas(content))):
        return content, 0
    changed: dict[str, Any] = copy.deepcopy(content)
    older = [schema for schema in _schemas(changed) if _is_older(schema)]
    for schema in older:
        _renew(schema)
    return changed, len(older)


def _schemas(content: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield every schema, and the objects inside schemas, such as discriminators."""
    waiting: list[tuple[Any, bool, bool]] = [(content, False, False)]
    while waiting:
        node, names, within = waiting.pop()
        if type(node) is list:
            waiting += [(each, False, within) for each in node if type(each) in CONTAINERS]
            continue
        if within and not names:
            yield node
        for key, value in node.items():
            kind = type(value)
            if kind not in CONTAINERS:
                continue
            if names:
                waiting.append((value, False, within))
            elif key not in DATA and not key.startswith("x-"):
                named = kind is dict and key in NAME_MAPS
                waiting.append((value, named, within or key in _OF_SCHEMAS))


def _is_older(schema: dict[str, Any]) -> bool:
    if schema.keys().isdisjoint(OLDER):
        return False
    if schema.get("nullable") is True:
        return not _allows_null(schema)
    return any(isinstance(schema.get(exclusive), bool) for _, exclusive in _BOUNDS)


def _allows_null(schema: dict[str, Any]) -> bool:
    return "null" in (schema.get("type"), *_listed(schema.get("type")))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _renew(schema: dict[str, Any]) -> None:
    for bound, exclusive in _BOUNDS:
        if isinstance(schema.get(exclusive), bool) and schema.pop(exclusive) and bound in schema:
            schema[exclusive] = schema.pop(bound)
    if schema.get("nullable") is not True or _allows_null(schema):
        return
    if "type" in schema:
        stated = schema["type"]
        schema["type"] = [*stated, "null"] if isinstance(stated, list) else [stated, "null"]
        return
    inner = {key: value for key, value in schema.items() if key not in {*_ANNOTATIONS, "nullable"}}
    for key in inner:
        del schema[key]
    schema["anyOf"] = [*inner["anyOf"], dict(_NULL)] if inner.keys() == {"anyOf"} else [inner, dict(_NULL)]
