"""Sample values that probably match a schema.

A sample is a guess; use a validator to find out whether it matches. Samples are limited in number, depth and
breadth, and are the same every time.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from aoai_specs.schemas.patterns import matches

_MAX_DEPTH = 5
_MAX_SAMPLES = 10
_MAX_FIELDS = 40
_MAX_ITEMS = 8
_MAX_TEXT = 10_000
_UNIONS = ("oneOf", "anyOf")
_TEXTS = (
    "a", "A", "0", "1", "ab", "a-b", "a_b", "a.b", "1.0", "2024-01-01", "2024-01-01T00:00:00Z", "a@b.c",
    "https://a.b", "/a", "#fff", "aaaa", "AAAA", "0000", "AAAAAAAA", "00000000-0000-0000-0000-000000000000",
    "application/json", "en", "en-US", " ", "",
)  # fmt: skip


def samples(schema: dict[str, Any]) -> list[Any]:
    """Return values that may match a translated schema, the simplest first."""
    maker = _Maker(schema.get("$defs", {}))
    return maker.make(schema, 0)


def cross(one: Any, other: Any) -> Iterator[Any]:
    """Yield combinations of two values: objects with the fields of both, and products of integers."""
    if isinstance(one, dict) and isinstance(other, dict):
        yield _merge(one, other)
        yield _merge(other, one)
    elif _is_factor(one) and _is_factor(other):
        yield one * other


def _merge(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    both = {**one, **other}
    for name in one.keys() & other.keys():
        if isinstance(one[name], dict) and isinstance(other[name], dict):
            both[name] = _merge(one[name], other[name])
    return both


def _is_factor(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) > 1


class _Maker:
    """Makes samples of a translated schema and its definitions."""

    def __init__(self, definitions: dict[str, Any]) -> None:
        self._definitions = definitions
        self._left = 4000

    def make(self, schema: Any, depth: int) -> list[Any]:
        if schema is True:
            return ["a", {}]
        if not isinstance(schema, dict) or depth > _MAX_DEPTH or self._left <= 0:
            return []
        self._left -= 1
        parts = self._parts(schema)
        found: list[Any] = []
        for value in self._candidates(parts, depth):
            if not any(_same(value, known) for known in found):
                found.append(value)
            if len(found) == _MAX_SAMPLES:
                break
        return found

    def _parts(self, schema: dict[str, Any]) -> list[dict[str, Any]]:
        """Return the schemas that apply to the value: this one, its references, and its `allOf` members."""
        parts: list[dict[str, Any]] = []
        waiting, seen = [schema], set()
        while waiting and len(parts) < 60:
            part = waiting.pop(0)
            parts.append(part)
            target = part.get("$ref")
            if isinstance(target, str) and target not in seen:
                seen.add(target)
                named = self._definitions.get(target.removeprefix("#/$defs/"))
                waiting += [named] if isinstance(named, dict) else []
            waiting += [each for each in part.get("allOf", ()) if isinstance(each, dict)]
        return parts

    def _candidates(self, parts: list[dict[str, Any]], depth: int) -> Iterator[Any]:
        for part in parts:
            if "const" in part:
                yield part["const"]
            if isinstance(part.get("enum"), list):
                yield from part["enum"][:_MAX_SAMPLES]
        branches = [
            (union, branch)
            for part in parts
            for union in _UNIONS
            for branch in part.get(union, ())[:_MAX_SAMPLES]
            if isinstance(branch, dict)
        ]
        own = list(self._own(parts, depth))
        for _, branch in branches:
            for value in islice(self.make(branch, depth + 1), 4):
                yield value
                for each in own[:2]:
                    yield from cross(each, value)
        yield from own

    def _own(self, parts: list[dict[str, Any]], depth: int) -> Iterator[Any]:
        types = self._types(parts)
        if "string" in types:
            yield from _texts(parts)
        if types & {"integer", "number"}:
            yield from _numbers(parts)
        if "boolean" in types:
            yield True
        if "array" in types:
            yield from self._arrays(parts, depth)
        if "object" in types:
            yield from self._objects(parts, depth)
        if "null" in types:
            yield None

    def _types(self, parts: list[dict[str, Any]]) -> set[str]:
        stated: set[str] | None = None
        for part in parts:
            listed = part.get("type")
            if listed is not None:
                types = {listed} if isinstance(listed, str) else set(listed)
                stated = types if stated is None else stated & types or stated
        if stated is not None:
            return stated
        if any({"properties", "required"} & part.keys() for part in parts):
            return {"object"}
        if any("items" in part for part in parts):
            return {"array"}
        return (
            set()
            if any({"enum", "const", *_UNIONS} & part.keys() for part in parts)
            else {"string", "object"}
        )

    def _arrays(self, parts: list[dict[str, Any]], depth: int) -> Iterator[list[Any]]:
        least = max((part.get("minItems", 0) for part in parts), default=0)
        if least == 0:
            yield []
        if least > _MAX_ITEMS:
            return
        items = [part["items"] for part in parts if "items" in part]
        for value in islice(self.make(items[0], depth + 1), 4) if items else ["a"]:
            yield [value] * max(1, int(least))

    def _objects(self, parts: list[dict[str, Any]], depth: int) -> Iterator[dict[str, Any]]:
        required = [name for part in parts for name in part.get("required", ())]
        properties: dict[str, list[Any]] = {}
        for part in parts:
            for name, schema in part.get("properties", {}).items():
                properties.setdefault(name, []).append(schema)
        values = {
            name: self._field(properties.get(name, []), depth)
            for name in list(dict.fromkeys([*required, *properties]))[:_MAX_FIELDS]
        }
        least = {name: values[name][0] for name in dict.fromkeys(required) if values.get(name)}
        yield least
        for name in least:
            for other in values[name][1:4]:
                yield {**least, name: other}
        yield {name: several[0] for name, several in values.items() if several}

    def _field(self, schemas: list[Any], depth: int) -> list[Any]:
        described = [schema for schema in schemas if isinstance(schema, dict)]
        if not described:
            return [] if False in schemas else ["a"]
        return self.make(described[0] if len(described) == 1 else {"allOf": described}, depth + 1)


def _texts(parts: list[dict[str, Any]]) -> Iterator[str]:
    least = int(max((part.get("minLength", 0) for part in parts), default=0))
    patterns = [part["pattern"] for part in parts if "pattern" in part]
    if least > _MAX_TEXT:
        return
    for text in _TEXTS:
        longer = text + (text or "a")[-1] * (least - len(text))
        if all(matches(pattern, longer) for pattern in patterns):
            yield longer
            if len(text) > 2 or not patterns:
                return


def _numbers(parts: list[dict[str, Any]]) -> Iterator[float]:
    for keyword in ("minimum", "maximum"):
        yield from (part[keyword] for part in parts if keyword in part)
    yield from (part["multipleOf"] for part in parts if "multipleOf" in part)
    yield from (part["exclusiveMinimum"] + 1 for part in parts if "exclusiveMinimum" in part)
    yield from (part["exclusiveMaximum"] - 1 for part in parts if "exclusiveMaximum" in part)
    yield from (0, 1)


def _same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and bool(one == other)
