"""Count the boundary values of a description that recorded requests carry.

For each field of the JSON body of an operation, the values at its limits and just beyond them, each value of
its enumeration and another one, a value of another type, `null`, and its absence if it is required. Only the
keywords of the schema itself count, not those inside its alternatives. This list comes from the description
alone and is independent of how either tool plans.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

Body = Mapping[str, Any]
Covers = Callable[[Body], bool]
_TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "array": list,
    "object": dict,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
}
#: The keyword, what it limits, and the sign of a step beyond it.
_LIMITS: tuple[tuple[str, Callable[[Any], float | None], int], ...] = (
    ("minimum", lambda value: value if _is_number(value) else None, -1),
    ("maximum", lambda value: value if _is_number(value) else None, 1),
    ("minLength", lambda value: len(value) if isinstance(value, str) else None, -1),
    ("maxLength", lambda value: len(value) if isinstance(value, str) else None, 1),
    ("minItems", lambda value: len(value) if isinstance(value, list) else None, -1),
    ("maxItems", lambda value: len(value) if isinstance(value, list) else None, 1),
)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def body_schema(content: Mapping[str, Any], operation_id: str) -> dict[str, Any]:
    """Return the schema of the JSON body of an operation with the keywords of its `allOf` merged."""
    operation = next(
        operation
        for item in content["paths"].values()
        for operation in item.values()
        if isinstance(operation, dict) and operation.get("operationId") == operation_id
    )
    return _merged(content, operation["requestBody"]["content"]["application/json"]["schema"])


def _merged(content: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        target: Any = content
        for token in schema["$ref"].removeprefix("#/").split("/"):
            target = target[token]
        schema = target
    whole: dict[str, Any] = {"properties": {}, "required": []}
    for part in (*(_merged(content, each) for each in schema.get("allOf", ())), schema):
        whole["properties"] |= part.get("properties", {})
        whole["required"] += part.get("required", [])
        whole |= {key: value for key, value in part.items() if key not in ("properties", "required", "allOf")}
    return whole


def boundary_values(content: Mapping[str, Any], operation_id: str) -> Iterator[tuple[str, Covers]]:
    """Yield the name of each boundary value, and whether a body carries it."""
    schema = body_schema(content, operation_id)
    for name, field in schema["properties"].items():
        described = _merged(content, field)
        yield f"{name}:null", _is_one_of(name, [None])
        if name in schema["required"]:
            yield f"{name}:absent", _is_absent(name)
        kind = _TYPES.get(described.get("type", ""))
        if kind is not None:
            yield f"{name}:other type", _is_other(name, kind)
        for value in described.get("enum", ()):
            yield f"{name}:{value}", _is_one_of(name, [value])
        if "enum" in described:
            yield f"{name}:other value", _is_other_text(name, described["enum"])
        for keyword, measure, sign in _LIMITS:
            if keyword in described:
                limit = described[keyword]
                yield f"{name}:{keyword}", _at(name, measure, limit)
                if not (keyword in ("minLength", "minItems") and limit == 0):
                    yield f"{name}:beyond {keyword}", _beyond(name, measure, limit, sign)


def _is_absent(name: str) -> Covers:
    return lambda body: name not in body


def _is_one_of(name: str, values: list[Any]) -> Covers:
    return lambda body: name in body and body[name] in values


def _is_other_text(name: str, values: list[Any]) -> Covers:
    return lambda body: isinstance(body.get(name), str) and body[name] not in values


def _is_other(name: str, kind: type | tuple[type, ...]) -> Covers:
    def covers(body: Body) -> bool:
        value = body.get(name)
        is_number = isinstance(value, bool) and kind is not bool
        return name in body and value is not None and (is_number or not isinstance(value, kind))

    return covers


def _at(name: str, measure: Callable[[Any], float | None], limit: float) -> Covers:
    return lambda body: name in body and measure(body[name]) == limit


def _beyond(name: str, measure: Callable[[Any], float | None], limit: float, sign: int) -> Covers:
    """Just beyond: within 1 of the limit, as either tool may choose another step for fractions."""

    def covers(body: Body) -> bool:
        found = measure(body[name]) if name in body else None
        return found is not None and 0 < sign * (found - limit) <= 1

    return covers


def count_covered(content: Mapping[str, Any], bodies: Mapping[str, Iterable[Body]]) -> tuple[int, int]:
    """Return how many boundary values of operations their bodies carry, and how many there are."""
    covered = total = 0
    for operation_id, sent in bodies.items():
        known = list(sent)
        for _, covers in boundary_values(content, operation_id):
            total += 1
            covered += any(covers(body) for body in known)
    return covered, total
