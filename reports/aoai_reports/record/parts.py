"""How a frozen dataclass becomes JSON and comes back: members named and ordered as its fields are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any, ClassVar, Self, TypeVar

from aoai_reports.record.evidence import Json, bytes_as_json

Value = TypeVar("Value")
Decoder = Callable[[Any], object]


class Part:
    """A piece of a record line. Subclasses are dataclasses; they name only what differs from plain JSON.

    `json_names` gives the JSON member of a field where it is not the field's own name; `decoders` what
    makes a field's value of its JSON value; `omitted_when_empty` the fields that are left out where empty.
    """

    __slots__ = ()
    json_names: ClassVar[Mapping[str, str]] = {}
    decoders: ClassVar[Mapping[str, Decoder]] = {}
    omitted_when_empty: ClassVar[frozenset[str]] = frozenset()
    __dataclass_fields__: ClassVar[dict[str, Any]]

    def to_json(self) -> dict[str, Json]:
        """The part as a JSON object, as schemas/record-v1.json describes it."""
        members: dict[str, Json] = {}
        for name in _field_names(type(self)):
            value = getattr(self, name)
            if value or name not in self.omitted_when_empty:
                members[self.json_names.get(name, name)] = _encoded(value)
        return members

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The part that `to_json` gave `data`. The data has passed the schema.

        Raises ValueError for bytes that cannot be decoded, which no schema sees.
        """
        values: dict[str, Any] = {}
        for name in _field_names(cls):
            member = cls.json_names.get(name, name)
            if member in data:
                value = data[member]
                decode = cls.decoders.get(name)
                values[name] = decode(value) if decode is not None else value
        return cls(**values)


_FIELD_NAMES: dict[type[Part], tuple[str, ...]] = {}


def _field_names(part: type[Part]) -> tuple[str, ...]:
    """The fields of a dataclass; its class variables, which `__dataclass_fields__` also has, are none."""
    names = _FIELD_NAMES.get(part)
    if names is None:
        names = _FIELD_NAMES[part] = tuple(field.name for field in fields(part))
    return names


def optional(decode: Callable[[Any], Value]) -> Callable[[Any], Value | None]:
    """A decoder that leaves null alone."""
    return lambda value: None if value is None else decode(value)


def many(decode: Callable[[Any], Value]) -> Callable[[Any], tuple[Value, ...]]:
    """A decoder of an array's items."""
    return lambda values: tuple(map(decode, values))


def by_name(decode: Callable[[Any], Value]) -> Callable[[Any], dict[str, Value]]:
    """A decoder of an object's values."""
    return lambda values: {name: decode(value) for name, value in values.items()}


def _encoded(value: Any) -> Json:
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, Part):
        return value.to_json()
    if isinstance(value, bytes):
        return bytes_as_json(value)
    if isinstance(value, tuple):
        return [_encoded(item) for item in value]
    if isinstance(value, Mapping):
        return {name: _encoded(item) for name, item in value.items()}
    return value  # type: ignore[no-any-return] # a list of JSON, as it is
