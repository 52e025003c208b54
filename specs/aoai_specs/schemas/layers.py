"""What the layers of one schema (the schema and the members of its `allOf`) state together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

from aoai_specs.pointers import join
from aoai_specs.schemas.shape_tree import Keyword, Shape, Source

Schema: TypeAlias = Mapping[str, Any]
Layer: TypeAlias = tuple[Schema, str]
#: Marks a layer that holds the known values of an open enumeration.
OPEN_ENUM = "x-aoai-open"

#: Bounds that several layers may state, with the function that selects the tighter one.
_TIGHTER = {
    "minimum": max,
    "exclusiveMinimum": max,
    "minLength": max,
    "minItems": max,
    "minProperties": max,
    "maximum": min,
    "exclusiveMaximum": min,
    "maxLength": min,
    "maxItems": min,
    "maxProperties": min,
}
_PLAIN = ("const", "pattern", "format", "multipleOf", "uniqueItems", "readOnly", "default", "contentEncoding")
#: A schema with none of these constrains the value only through its union.
STRUCTURAL = frozenset(
    {*_TIGHTER, *_PLAIN, "type", "enum", "properties", "required", "items", "additionalProperties"}
) - {"default"}


def without_all_of(layer: Layer) -> Layer:
    """Return a layer without its `allOf`, whose members are layers of their own."""
    schema, pointer = layer
    return {key: value for key, value in schema.items() if key != "allOf"}, pointer


def open_enumeration(schema: Schema) -> int | None:
    """Return the index of the `anyOf` branch that lists the values of an open enumeration, or None."""
    branches = schema.get("anyOf")
    if not isinstance(branches, list) or any(
        not isinstance(branch, Mapping) or branch.get("type") != "string" for branch in branches
    ):
        return None
    lists = [index for index, branch in enumerate(branches) if "enum" in branch]
    return lists[0] if len(lists) == 1 and any(not _bounds_text(branch) for branch in branches) else None


def _bounds_text(schema: Schema) -> bool:
    """Whether a string schema has any further constraint."""
    return bool(schema.keys() & {"enum", "const", "pattern", "format", "minLength", "maxLength", "not"})


def merged_keywords(layers: Sequence[Layer]) -> dict[str, Keyword]:
    """Return the keywords of all layers by name: tighter bounds win, enumerations are intersected."""
    found: dict[str, Keyword] = {}
    for original, pointer in layers:
        schema = dict(original)
        for side in ("Minimum", "Maximum"):  # a boolean in OpenAPI 3.0
            if schema.get(f"exclusive{side}") is True:
                schema[f"exclusive{side}"] = schema.pop(side.lower(), None)
            elif schema.get(f"exclusive{side}") is False:
                del schema[f"exclusive{side}"]
        if "type" in schema:
            found["type"] = state(schema, pointer, "type")
        if "enum" in schema:
            listed = found["enum"].value if "enum" in found else schema["enum"]
            common = listed if listed is schema["enum"] else _common(schema["enum"], listed)
            found["enum"] = replace(state(schema, pointer, "enum"), value=common)
        for name, tighter in _TIGHTER.items():
            if schema.get(name) is None:
                continue
            bound = schema[name]
            if name not in found or tighter(bound, found[name].value) == bound:
                found[name] = state(schema, pointer, name)
        for name in _PLAIN:
            if name in schema and schema[name] is not False:
                found[name] = state(schema, pointer, name)
    return found


def _common(values: Sequence[Any], listed: Sequence[Any]) -> list[Any]:
    """Return the values that both lists contain, in the order of the first."""
    if all(isinstance(each, str) for each in (*values, *listed)):
        known = set(listed)
        return [value for value in values if value in known]
    return [value for value in values if value in listed]


def merged_types(layers: Sequence[Layer]) -> tuple[str, ...]:
    """Return the JSON types that every layer allows, null aside; empty for any type."""
    allowed: tuple[str, ...] = ()
    for schema, _ in layers:
        stated = schema.get("type")
        if stated is None:
            continue
        listed = tuple(name for name in ([stated] if isinstance(stated, str) else stated) if name != "null")
        if not listed and stated:
            listed = ("null",)
        allowed = tuple(name for name in listed if _admitted(name, allowed)) if allowed else listed
    if allowed:
        return allowed
    members = ({"properties", "required", "additionalProperties"}, "object"), ({"items"}, "array")
    for keys, implied in members:
        if any(keys & schema.keys() for schema, _ in layers):
            return (implied,)
    listed_values = [value for schema, _ in layers for value in schema.get("enum") or ()]
    return ("string",) if listed_values and all(isinstance(value, str) for value in listed_values) else ()


def _admitted(name: str, allowed: Sequence[str]) -> bool:
    return name in allowed or (name == "integer" and "number" in allowed)


def merged_nullability(layers: Sequence[Layer], branches: Sequence[Shape]) -> tuple[bool, Keyword | None]:
    """Return whether null is allowed, and the keyword that allows it."""
    votes: list[Keyword | None] = []
    for schema, pointer in layers:
        if schema.get("nullable") is True:
            votes.append(state(schema, pointer, "nullable"))
        elif isinstance(schema.get("type"), list) and "null" in schema["type"]:
            votes.append(replace(state(schema, pointer, "type"), value=True))
        elif "type" in schema or None not in (schema.get("enum") or (None,)):
            votes.append(None)
    for branch in branches:
        if branch.types == ("null",):
            return True, Keyword(True, branch.pointer)
        if branch.nullable and not votes:
            return True, branch.keywords["nullable"]
    if not votes or None in votes:
        return False, None
    return True, votes[-1]


def state(schema: Schema, pointer: str, keyword: str) -> Keyword:
    """Return a keyword of a schema with its pointer and source."""
    source: Source = "prose" if keyword in (schema.get("x-aoai-prose") or ()) else "schema"
    return Keyword(schema[keyword], join(pointer, keyword), source)
