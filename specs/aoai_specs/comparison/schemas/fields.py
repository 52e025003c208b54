"""Places inside a schema, in the form in which people write them: `choices[].message.role`."""

from __future__ import annotations

from aoai_specs.pointers import tokens

_ROOTS = ("schema", "itemSchema", "contentSchema")
_LISTS = ("oneOf", "anyOf", "allOf")
_NAMED = ("properties", "patternProperties", "dependentSchemas")


def place_within(pointer: str, *, owner: bool = False) -> str:
    """The fields that lead to a place, from the schema that it lies in; "" for the schema itself.

    With `owner`, the last property is left out, since what is told is told of the object around it.
    """
    parts = tokens(pointer)
    if parts[:2] == ["components", "schemas"]:
        parts = parts[3:]
    else:
        starts = [index for index, part in enumerate(parts) if part in _ROOTS]
        parts = parts[starts[0] + 1 :] if starts else []
    return _fields(parts, owner=owner)


def _fields(parts: list[str], *, owner: bool) -> str:
    told: list[str] = []
    index = 0
    while index < len(parts):
        part = parts[index]
        named = part in _NAMED or part in _LISTS or part == "prefixItems"
        if part in _NAMED and index + 1 < len(parts):
            told.append(f".{parts[index + 1]}")
        elif part == "items":
            told.append("[]")
        elif part == "prefixItems" and index + 1 < len(parts):
            told.append(f"[{parts[index + 1]}]")
        elif part == "additionalProperties" and index + 1 < len(parts):
            told.append(".*")
        index += 2 if named else 1
    if owner and told and told[-1].startswith("."):
        told.pop()
    return "".join(told).removeprefix(".")
