"""Values of wrong JSON types for a place of a request."""

from __future__ import annotations

from aoai_model.serialization import Json
from aoai_specs.schemas.shapes import Shape
from aoai_strategies.requests.samples import json_type

#: Values of each wrong JSON type that even a lenient server cannot convert, the most useful first.
_OF_TYPE: dict[str, tuple[tuple[str, Json], ...]] = {
    "string": (("integer", 42), ("object", {"wrong": True}), ("array", [42]), ("boolean", True)),
    "integer": (("string", "many"), ("fraction", 1.5), ("array", [1]), ("object", {"wrong": True})),
    "number": (("string", "warm"), ("array", [1]), ("object", {"wrong": True})),
    "boolean": (("string", "perhaps"), ("integer", 42), ("array", [True]), ("object", {"wrong": True})),
    "array": (("string", "wrong"), ("object", {"wrong": True}), ("integer", 42)),
    "object": (("string", "wrong"), ("array", ["wrong"]), ("integer", 42)),
}
#: The same for a union, which has no single type.
_OFF_UNION: tuple[tuple[str, Json], ...] = (
    ("integer", 42),
    ("string", "wrong"),
    ("object", {"wrong": True}),
    ("array", [42]),
    ("boolean", True),
)
FORMAT_OUTSIDE: dict[str, Json] = {
    "uri": "not a uri",
    "int32": 2**31,
    "int64": 2**63,
    "date": "yesterday",
    "date-time": "yesterday",
    "uuid": "not-a-uuid",
    "email": "not an address",
}


def wrong_values(shape: Shape) -> tuple[tuple[str, Json], ...]:
    """The wrong JSON types of a place, each with a value; `fraction` is a number in place of an integer.

    There are none where any type is allowed, and none for files.
    """
    if shape.branches:
        if not all(branch.shape.types for branch in shape.branches):
            return ()
        allowed = {kind for branch in shape.branches for kind in branch.shape.types}
        found = _OFF_UNION
    elif shape.types and not shape.binary:
        allowed = {*shape.types}
        found = _OF_TYPE.get(shape.types[0], ())
    else:
        return ()
    if "number" in allowed:
        allowed.add("integer")
    return tuple((name, value) for name, value in found if json_type(value) not in allowed)


def first_wrong_type(shape: Shape) -> str:
    """The wrong type to send where only one is sent; empty where there is none."""
    return next((name for name, _ in wrong_values(shape)), "")
