"""Makes one small valid value for a shape."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from aoai_model.serialization import Json
from aoai_specs.schemas.patterns import matches
from aoai_specs.schemas.shapes import Shape, branch_field
from aoai_strategies.requests.editing import copy_json
from aoai_strategies.requests.preferences import preferred, upload

_FORMATS = {
    "uri": "https://example.com/",
    "url": "https://example.com/",
    "date": "2024-10-21",
    "date-time": "2024-10-21T00:00:00Z",
    "email": "someone@example.com",
    "uuid": "00000000-0000-4000-8000-000000000000",
    "byte": "aGk=",
    "duration": "PT1S",
}
#: The longest text, the longest array and the widest object of a request, and the most values in all.
MOST_CHARACTERS = 2**20
MOST_ITEMS = 10_000
MOST_PROPERTIES = 10_000
MOST_VALUES = 20_000
#: An item with more values than this is not repeated.
_LARGE = 1000
_TYPE_NAMES = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}


def count_values(value: Json) -> int:
    """The number of values in a JSON value, including itself."""
    count, waiting = 1, [value]
    while waiting:
        current = waiting.pop()
        if isinstance(current, dict):
            inner: Collection[Json] = current.values()
        elif isinstance(current, list):
            inner = current
        else:
            continue
        count += len(inner)
        waiting.extend([each for each in inner if isinstance(each, dict | list)])
    return count


def json_type(value: Json) -> str:
    """The JSON type of a value; a number without a fraction is an integer."""
    if value is None:
        return "null"
    if isinstance(value, float) and value.is_integer():
        return "integer"
    return _TYPE_NAMES[type(value)]


def admits_type(shape: Shape, value: Json) -> bool:
    """Whether a value has one of the types of a shape; True for a shape without types."""
    name = json_type(value)
    return not shape.types or name in shape.types or (name == "integer" and "number" in shape.types)


def fits(shape: Shape, value: Json) -> bool:
    """Whether a shape admits a value, by type, enum, bounds and required properties of one level."""
    if value is None:
        return shape.nullable
    if shape.branches:
        return any(fits(branch.shape, value) for branch in shape.branches)
    if not admits_type(shape, value):
        return False
    if shape.enum is not None and value not in shape.enum:
        return False
    if isinstance(value, bool):
        return True
    if isinstance(value, int | float):
        return _in_bounds(shape, value)
    if isinstance(value, str):
        pattern = shape.value("pattern")
        return _length_fits(shape, len(value), "Length") and (not pattern or matches(pattern, value))
    if isinstance(value, list):
        return _length_fits(shape, len(value), "Items")
    if isinstance(value, dict):
        tags_fit = all(
            name not in value or child.enum is None or value[name] in child.enum
            for name, child in shape.properties.items()
        )
        return tags_fit and all(name in value for name in shape.required)
    return False


def _in_bounds(shape: Shape, value: float) -> bool:
    low, high = shape.value("minimum"), shape.value("maximum")
    above, below = shape.value("exclusiveMinimum"), shape.value("exclusiveMaximum")
    return (
        (low is None or value >= low)
        and (high is None or value <= high)
        and (above is None or value > above)
        and (below is None or value < below)
    )


def _length_fits(shape: Shape, length: int, what: str) -> bool:
    low, high = shape.value(f"min{what}"), shape.value(f"max{what}")
    return (low is None or length >= low) and (high is None or length <= high)


@dataclass(frozen=True, slots=True)
class Sampler:
    """Makes samples for one kind of operation; equal shapes and fields give equal values."""

    kind: str

    def sample(self, shape: Shape, field: str) -> Json:
        """A small valid value: the preferred one if the shape admits it, else one built from the schema.

        Objects have their required properties only, and arrays one item unless more are required.
        """
        preference = preferred(field, self.kind)
        if preference is not None and fits(shape, preference):
            return copy_json(preference)
        if shape.branches:
            first = shape.branches[0]
            return self.sample(first.shape, branch_field(field, shape, first.label))
        if shape.enum:
            first_value: Json = shape.enum[0]
            return copy_json(first_value)
        if shape.recursive:
            return {}
        match shape.types[0] if shape.types else "string":
            case "object":
                return {
                    name: self.sample(shape.properties[name], f"{field}.{name}" if field else name)
                    if name in shape.properties
                    else "text"
                    for name in shape.required
                    if name not in shape.properties or "readOnly" not in shape.properties[name].keywords
                }
            case "array":
                return self.items(shape, field, max(1, shape.value("minItems") or 0))
            case "boolean":
                return True
            case "integer":
                return int(self._number(shape))
            case "number":
                return self._number(shape)
            case _:
                return upload(self.kind) if shape.binary else self._text(shape)

    def items(self, shape: Shape, field: str, count: int) -> list[Json]:
        """`count` items for an array, or as many as can be sent, with different texts, names or ids."""
        count = min(count, MOST_ITEMS + 1)
        if shape.items is None:
            return ["text"] * count
        if shape.items.enum:
            return [copy_json(shape.items.enum[index % len(shape.items.enum)]) for index in range(count)]
        item = self.sample(shape.items, f"{field}[]")
        length = count_values(item)
        room = 1 if length > _LARGE else MOST_VALUES // length
        return [_numbered(item, index) for index in range(min(count, room))]

    def _number(self, shape: Shape) -> float:
        stated: Json = shape.value("default")
        if isinstance(stated, int | float) and not isinstance(stated, bool) and _in_bounds(shape, stated):
            return stated
        low = shape.value("minimum")
        if low is None and shape.value("exclusiveMinimum") is not None:
            low = shape.value("exclusiveMinimum") + 1
        high = shape.value("maximum")
        if low is not None and low > 1:
            return float(low) if isinstance(low, float) else int(low)
        return 1 if high is None or high >= 1 else int(high)

    def _text(self, shape: Shape) -> str:
        text = _FORMATS.get(shape.value("format") or "", "text")
        pattern = shape.value("pattern")
        if pattern and not matches(pattern, text):
            text = next((known for known in ("a", "A1", "1", "") if matches(pattern, known)), text)
        shortest, longest = shape.value("minLength") or 0, shape.value("maxLength")
        return text.ljust(min(shortest, MOST_CHARACTERS), "x")[:longest]


def _numbered(item: Json, index: int) -> Json:
    """A copy of an item that differs from the others in its text, name or id."""
    if index == 0 or not isinstance(item, str | dict):
        return copy_json(item)
    if isinstance(item, str):
        return f"{item}{index}"
    return {
        name: f"{value}_{index}"
        if name in ("name", "id") and isinstance(value, str)
        else _numbered(value, index)
        if isinstance(value, dict)
        else copy_json(value)
        for name, value in item.items()
    }
