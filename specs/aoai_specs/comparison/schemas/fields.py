"""Places in a schema as people write them: `choices[].message.role`."""

from __future__ import annotations

from aoai_specs.pointers import tokens

_ROOTS = ("schema", "itemSchema", "contentSchema")
_LISTS = ("oneOf", "anyOf", "allOf")
_NAMED = ("properties", "patternProperties", "dependentSchemas")


def place_within(pointer: str, *, owner: bool = False) -> str:
    """Return the fields that lead to a place from its schema; "" for the schema itself.

    `owner` leaves out the last property, for changes that are reported for the object around it.
    """
    parts = tokens(pointer)
    if parts[:2] == ["components", "schemas"]:
        parts = parts[3:]
    else:
        starts = [index for index, part in enumerate(parts) if part in _ROOTS]
        parts = parts[starts[0] + 1 :] if starts else []
    return _fields(parts, owner=owner)


def _fields(parts: list[str], *, owner: bool) -> str:
    path: list[str] = []
    index = 0
    while index < len(parts):
        part = parts[index]
        named = part in _NAMED or part in _LISTS or part == "prefixItems"
        if part in _NAMED and index + 1 < len(parts):
            path.append(f".{parts[index + 1]}")
        elif part == "items":
            path.append("[]")
        elif part == "prefixItems" and index + 1 < len(parts):
            path.append(f"[{parts[index + 1]}]")
        elif part == "additionalProperties" and index + 1 < len(parts):
            path.append(".*")
        index += 2 if named else 1
    if owner and path and path[-1].startswith("."):
        path.pop()
    return "".join(path).removeprefix(".")
