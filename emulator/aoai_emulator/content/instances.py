"""Small instances of JSON Schemas: such as a model that follows a schema would generate.

Supported are `type` (also a list), `const`, `enum`, `properties`, `required`, `minProperties`,
`additionalProperties`, `items`, `prefixItems`, `minItems`, `uniqueItems`, `contains`, the limits of numbers
and strings, `multipleOf`, `format`, simple `pattern`s, `anyOf`, `oneOf`, `allOf` and `$ref` within the
schema. Other keywords are ignored. The size of an instance is bounded whatever the schema says.
"""

from __future__ import annotations

import math
from itertools import islice
from random import Random
from typing import Any, TypeGuard

from aoai_emulator.content.patterns import matching
from aoai_emulator.content.prose import phrase
from aoai_emulator.http.json_text import JsonObject, write
from aoai_specs.pointers import tokens

_MAX_DEPTH = 24
_MAX_NODES = 400
_MAX_ROOM = 250_000
_MAX_WORK = 50_000
_MAX_BRANCHES = 32
_MAX_TEXT = 2000
_LEAN_DEPTH = 2
_MAX_NUMBER = 1e300

_FORMATS = {
    "date-time": "2024-10-21T09:30:00Z",
    "date": "2024-10-21",
    "time": "09:30:00Z",
    "duration": "P1D",
    "email": "ada@example.com",
    "idn-email": "ada@example.com",
    "hostname": "example.com",
    "idn-hostname": "example.com",
    "ipv4": "192.0.2.7",
    "ipv6": "2001:db8::7",
    "uri": "https://example.com/a",
    "url": "https://example.com/a",
    "uri-reference": "/a",
    "iri": "https://example.com/a",
    "uuid": "123e4567-e89b-42d3-a456-426614174000",
    "json-pointer": "/a",
    "regex": "a+",
    "byte": "YQ==",
}


def instance(schema: Any, chance: Random, *, room: int = _MAX_ROOM) -> Any:
    """Return one small instance of a schema, determined by `chance`.

    `room` is the number of characters that the caller uses; the rest need not match the schema.
    """
    return _Builder(schema, chance, min(room, _MAX_ROOM)).build(schema, 0)


def object_instance(schema: Any, chance: Random, *, room: int = _MAX_ROOM) -> JsonObject:
    """Return an instance of a function's parameters: an object, empty unless the schema requires one."""
    built = instance(schema, chance, room=room) if isinstance(schema, dict) else {}
    return built if isinstance(built, dict) else {}


class _Builder:
    """Builds one instance within a budget; values get smaller with depth."""

    def __init__(self, root: Any, chance: Random, room: int) -> None:
        self._root = root
        self._chance = chance
        self._room = room
        self._nodes = 0
        self._work = 0

    def build(self, schema: Any, depth: int) -> Any:
        self._nodes += 1
        if self._room < 0 or depth > _MAX_DEPTH or self._nodes > _MAX_NODES:
            return None
        if not isinstance(schema, dict):
            return None if schema is False else phrase(self._chance)
        schema = self._settled(schema, depth)
        if "const" in schema:
            return self._given(schema["const"])
        enum = schema.get("enum")
        if isinstance(enum, list) and enum:
            return self._given(self._chance.choice(enum))
        match self._type(schema, depth):
            case "object":
                return self._object(schema, depth)
            case "array":
                return self._array(schema, depth)
            case "string":
                return self._given(_text(schema, self._chance))
            case "integer":
                return _number(schema, whole=True)
            case "number":
                return _number(schema, whole=False)
            case "boolean":
                return self._chance.random() < 0.5
            case _:
                return None

    def _given(self, value: Any) -> Any:
        """Use a value as it is, and count its size."""
        self._room -= len(value) if isinstance(value, str) else len(write(value))
        return value

    def _settled(self, schema: JsonObject, depth: int) -> JsonObject:
        """Resolve references and choose branches until plain keywords are left, or the budget is spent."""
        for _ in range(16):
            self._work += len(schema)
            if self._work > _MAX_WORK:
                return {}
            if isinstance(schema.get("$ref"), str):
                target = self._resolve(schema["$ref"])
                schema = self._merge({key: value for key, value in schema.items() if key != "$ref"}, target)
            elif isinstance(schema.get("allOf"), list):
                rest = {key: value for key, value in schema.items() if key != "allOf"}
                for part in schema["allOf"][:_MAX_BRANCHES]:
                    rest = self._merge(rest, part)
                schema = rest
            elif any(isinstance(schema.get(name), list) and schema[name] for name in ("anyOf", "oneOf")):
                name = "anyOf" if isinstance(schema.get("anyOf"), list) and schema["anyOf"] else "oneOf"
                rest = {key: value for key, value in schema.items() if key != name}
                schema = self._merge(rest, self._branch(schema[name][:_MAX_BRANCHES], depth))
            else:
                return schema
        return schema

    def _merge(self, schema: JsonObject, other: Any) -> JsonObject:
        for part in (schema, other):
            if isinstance(part, dict):
                self._work += sum(
                    len(value) if isinstance(value, dict | list) else 1 for value in part.values()
                )
        return _merged(schema, other) if self._work <= _MAX_WORK else schema

    def _branch(self, branches: list[Any], depth: int) -> Any:
        """Choose a branch: any near the root, a short one further down."""
        if depth > _LEAN_DEPTH:
            return min(branches, key=_weight)
        wanted = [
            branch for branch in branches if not (isinstance(branch, dict) and branch.get("type") == "null")
        ]
        return self._chance.choice(wanted or branches)

    def _resolve(self, reference: str) -> Any:
        if not reference.startswith("#"):
            return {}
        target = self._root
        for name in tokens(reference):
            if isinstance(target, dict):
                target = target.get(name)
            elif isinstance(target, list) and name.isdigit() and int(name) < len(target):
                target = target[int(name)]
            else:
                return {}
        return target

    def _type(self, schema: JsonObject, depth: int) -> str:
        declared = schema.get("type")
        if isinstance(declared, list):
            names = [name for name in declared if isinstance(name, str)]
            if depth > _LEAN_DEPTH and "null" in names:
                return "null"
            declared = next((name for name in names if name != "null"), "null")
        if isinstance(declared, str):
            return declared
        for name, keywords in _TELLTALES.items():
            if any(keyword in schema for keyword in keywords):
                return name
        return "string"

    def _object(self, schema: JsonObject, depth: int) -> JsonObject:
        properties = schema.get("properties")
        declared: JsonObject = properties if isinstance(properties, dict) else {}
        required = schema.get("required")
        listed = required[:_MAX_NODES] if isinstance(required, list) else []
        names = dict.fromkeys(name for name in listed if isinstance(name, str))
        wanted = min(_whole(schema.get("minProperties"), 0), 16)
        if not names and depth <= _LEAN_DEPTH:
            wanted = max(wanted, 1 if declared else 0)
        for name in islice(declared, _MAX_NODES):
            if len(names) >= wanted:
                break
            names[name] = None
        built: JsonObject = {}
        for name in names:
            self._room -= len(name)
            built[name] = self.build(declared.get(name, True), depth + 1)
        extra = schema.get("additionalProperties", True)
        while len(built) < wanted and extra is not False:
            built[f"extra{len(built)}"] = self.build(extra, depth + 1)
        return built

    def _array(self, schema: JsonObject, depth: int) -> list[Any]:
        prefix = schema.get("prefixItems")
        built = [self.build(item, depth + 1) for item in prefix[:32]] if isinstance(prefix, list) else []
        least = min(_whole(schema.get("minItems"), 0), 64)
        most = _whole(schema.get("maxItems"), 64)
        if "contains" in schema:
            built.append(self.build(schema["contains"], depth + 1))
        items = schema.get("items", True)
        wanted = max(least, 1 if depth <= _LEAN_DEPTH and items is not False else 0)
        attempts = 0
        while len(built) < min(wanted, most) and attempts < 128 and self._room >= 0:
            attempts += 1
            item = self.build(items, depth + 1)
            if schema.get("uniqueItems") is True:
                item = _made_unique(item, built)
            built.append(item)
        return built


_TELLTALES = {
    "object": ("properties", "required", "additionalProperties", "minProperties", "maxProperties"),
    "array": ("items", "prefixItems", "minItems", "maxItems", "uniqueItems", "contains"),
    "number": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
    "string": ("minLength", "maxLength", "pattern", "format"),
}


def _merged(schema: JsonObject, other: Any) -> JsonObject:
    """Return a schema that requires what both require, as far as their keywords can be combined."""
    if not isinstance(other, dict):
        return schema
    merged = dict(schema)
    for key, value in other.items():
        present = merged.get(key)
        if key not in merged:
            merged[key] = value
        elif key == "required" and isinstance(present, list) and isinstance(value, list):
            merged[key] = [*present, *value]
        elif key == "properties" and isinstance(present, dict) and isinstance(value, dict):
            merged[key] = {**present, **{name: _joined(present.get(name), value[name]) for name in value}}
        elif key == "enum" and isinstance(present, list) and isinstance(value, list):
            merged[key] = [entry for entry in present[:_MAX_BRANCHES] if entry in value] or present
        elif key in _LARGEST and _is_number(present) and _is_number(value):
            merged[key] = max(present, value)
        elif key in _SMALLEST and _is_number(present) and _is_number(value):
            merged[key] = min(present, value)
        elif key in ("allOf", "anyOf", "oneOf") and isinstance(present, list) and isinstance(value, list):
            merged[key] = [*present, *value] if key == "allOf" else present
    return merged


_LARGEST = frozenset({"minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"})
_SMALLEST = frozenset({"maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"})


def _joined(first: Any, second: Any) -> Any:
    return _merged(first, second) if isinstance(first, dict) else second


def _weight(branch: Any) -> int:
    """Estimate how much a branch requires: the shortest one ends a recursion soonest."""
    if not isinstance(branch, dict):
        return 0
    if (
        "const" in branch
        or "enum" in branch
        or branch.get("type") in ("null", "boolean", "integer", "number")
    ):
        return 0
    if branch.get("type") == "string":
        return 1
    return 2 + len(branch.get("required") or ()) + (2 if "$ref" in branch else 0)


def _number(schema: JsonObject, *, whole: bool) -> float | int:
    """Return a number near 1 within the limits, in the keywords of draft 4 or of later ones."""
    low, above = _limit(schema, "minimum"), _limit(schema, "exclusiveMinimum")
    high, below = _limit(schema, "maximum"), _limit(schema, "exclusiveMaximum")
    floor = max((number for number in (low, above) if number is not None), default=-math.inf)
    ceiling = min((number for number in (high, below) if number is not None), default=math.inf)
    open_low = schema.get("exclusiveMinimum") is True or floor == above
    open_high = schema.get("exclusiveMaximum") is True or ceiling == below
    step = _limit(schema, "multipleOf")
    if step is not None and step > 0:
        return _multiple(step, floor, open_low=open_low, whole=whole)
    if whole:
        return _integer(floor, ceiling, open_low=open_low, open_high=open_high)
    if floor < 1.5 < ceiling:
        return 1.5
    if math.isinf(ceiling):
        return floor + max(0.5, abs(floor) / 1e6)
    if math.isinf(floor):
        return ceiling - max(0.5, abs(ceiling) / 1e6)
    return floor + (ceiling - floor) / 2


def _integer(floor: float, ceiling: float, *, open_low: bool, open_high: bool) -> int:
    if floor < 1 < ceiling:
        return 1
    if not math.isinf(floor) and floor >= 1:
        return math.floor(floor) + 1 if open_low else math.ceil(floor)
    return math.ceil(ceiling) - 1 if open_high else math.floor(ceiling)


def _multiple(step: float, floor: float, *, open_low: bool, whole: bool) -> float | int:
    """Return the first multiple of `step` above the floor (0 without a floor)."""
    quotient = floor / step
    if not abs(quotient) < _MAX_NUMBER:
        return 0
    times = math.ceil(quotient)
    if open_low and times * step <= floor:
        times += 1
    value = times * step
    return round(value) if whole or float(value).is_integer() else value


def _text(schema: JsonObject, chance: Random) -> str:
    shape = schema.get("format")
    least = min(_whole(schema.get("minLength"), 0), _MAX_TEXT)
    most = min(_whole(schema.get("maxLength"), _MAX_TEXT), _MAX_TEXT)
    pattern = schema.get("pattern")
    made = matching(pattern, least, most) if isinstance(pattern, str) else None
    if made is not None:
        return made
    if isinstance(shape, str) and shape in _FORMATS:
        return _FORMATS[shape]
    text = phrase(chance)
    if len(text) < least:
        text = (text + " ") * (least // len(text) + 1)
        text = text[:least]
    return text[:most]


def _made_unique(item: Any, others: list[Any]) -> Any:
    """Change a simple item until it differs from the others."""
    for number in range(len(others) + 1):
        if item not in others or (isinstance(item, str) and len(item) > _MAX_TEXT):
            return item
        if isinstance(item, str):
            item = f"{item} {number + 2}"
        elif isinstance(item, int | float) and not isinstance(item, bool):
            item += 1
    return item


def _limit(schema: JsonObject, keyword: str) -> float | int | None:
    value = schema.get(keyword)
    return value if _is_number(value) else None


def _whole(value: Any, default: int) -> int:
    """Return a count in a schema, or the default if it is not a valid one."""
    return int(value) if _is_number(value) and value >= 0 else default


def _is_number(value: Any) -> TypeGuard[float | int]:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= _MAX_NUMBER


def compact(value: Any) -> str:
    """Write an instance as compact JSON text, as a model would."""
    return write(value).decode()
