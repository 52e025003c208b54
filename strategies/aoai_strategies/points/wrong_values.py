"""Wrong values: for a place of a request, values of JSON types that do not belong there."""

from __future__ import annotations

from aoai_model.serialization import Json
from aoai_specs.schemas.shapes import Shape
from aoai_strategies.requests.samples import json_type

#: One value of each wrong JSON type that no lenient server could take for what is meant, most telling first.
_OF_TYPE: dict[str, tuple[tuple[str, Json], ...]] = {
    "string": (("integer", 42), ("object", {"wrong": True}), ("array", [42]), ("boolean", True)),
    "integer": (("string", "many"), ("fraction", 1.5), ("array", [1]), ("object", {"wrong": True})),
    "number": (("string", "warm"), ("array", [1]), ("object", {"wrong": True})),
    "boolean": (("string", "perhaps"), ("integer", 42), ("array", [True]), ("object", {"wrong": True})),
    "array": (("string", "wrong"), ("object", {"wrong": True}), ("integer", 42)),
    "object": (("string", "wrong"), ("array", ["wrong"]), ("integer", 42)),
}
#: The same for a union, which has no type of its own.
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
    """Each wrong JSON type of a place with a value of it; `fraction` is a number where integers belong.

    A place for anything has none, and neither has a place for a file.
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
    """The most telling of the wrong types of a place: the one to send where only one is sent."""
    return next((name for name, _ in wrong_values(shape)), "")
