"""One walk over every value of a description: its size, and the objects that need a closer look.

A walk over a large description takes long, so this one finds what several steps of reading need.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from aoai_specs.json_values import CONTAINERS

#: Keys whose value maps names to objects, so that the keys inside it are names, not keywords.
NAME_MAPS = frozenset(
    {
        "$defs", "callbacks", "content", "definitions", "dependentSchemas", "encoding", "headers", "links",
        "mapping", "parameters", "pathItems", "paths", "patternProperties", "properties", "requestBodies",
        "responses", "schemas", "securityDefinitions", "securitySchemes", "variables", "webhooks",
    }
)  # fmt: skip
#: Keys whose value is data of the API, where `$ref` is an ordinary field.
DATA = frozenset({"const", "default", "enum", "example", "examples"})
#: Keywords of schemas that are written differently in OpenAPI 3.0 and later.
OLDER = frozenset({"nullable", "exclusiveMinimum", "exclusiveMaximum"})
_MARKING = OLDER | {"$ref", "discriminator"}


class Overview(NamedTuple):
    """How many values there are, how many of them are members of objects, and how deep they are nested.

    `marked` are the objects outside data of the API that refer to others or have keywords in `OLDER`.
    """

    values: int
    members: int
    depth: int
    marked: tuple[dict[str, Any], ...]


def overview(value: Any, deepest: int) -> Overview:
    """Walk a value, up to one level beyond the deepest that may have objects and lists."""
    values, members, depth = 1, 0, 0
    marked: list[dict[str, Any]] = []
    plain = [value] if type(value) in CONTAINERS else []
    #: Objects whose keys are names, and data.
    named: list[Any] = []
    data: list[Any] = []
    while (plain or named or data) and depth <= deepest:
        depth += 1
        inner: list[Any] = []
        inner_named: list[Any] = []
        inner_data: list[Any] = []
        for node in plain:
            values += len(node)
            if type(node) is list:
                inner += [each for each in node if type(each) in CONTAINERS]
                continue
            members += len(node)
            if not _MARKING.isdisjoint(node):
                marked.append(node)
            for key, each in node.items():
                if type(each) in CONTAINERS:
                    if key in DATA or key.startswith("x-"):
                        inner_data.append(each)
                    elif key in NAME_MAPS and type(each) is dict:
                        inner_named.append(each)
                    else:
                        inner.append(each)
        for node in named:
            values += len(node)
            members += len(node)
            inner += [each for each in node.values() if type(each) in CONTAINERS]
        for node in data:
            held = node
            values += len(node)
            if type(node) is dict:
                members += len(node)
                held = node.values()
            inner_data += [each for each in held if type(each) in CONTAINERS]
        plain, named, data = inner, inner_named, inner_data
    return Overview(values, members, depth, tuple(marked))
