"""Convert frozen dataclasses to JSON and back; members are named and ordered like the fields."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from functools import cache
from typing import Any, ClassVar, Self, TypeAlias, TypeVar

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
Value = TypeVar("Value")
Decoder = Callable[[Any], object]


def bytes_as_json(content: bytes) -> dict[str, Json]:
    """Encode bytes as `{"text": …}` if they are UTF-8, else as `{"base64": …}`."""
    try:
        return {"text": content.decode("utf-8")}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(content).decode("ascii")}


def bytes_from_json(value: dict[str, str]) -> bytes:
    """Decode what `bytes_as_json` returned. Raises ValueError if it cannot be decoded."""
    if "text" in value:
        return value["text"].encode("utf-8")
    return base64.b64decode(value["base64"], validate=True)


class Serializable:
    """Base of dataclasses that are written as JSON objects. Subclasses declare only what differs.

    `json_names` maps a field to its JSON member if the names differ; `decoders` maps a field to a function
    from its JSON value to its Python value; the fields in `omitted_when_empty` are written only if they are
    not empty; those in `unwritten` are never written.
    """

    __slots__ = ()
    json_names: ClassVar[Mapping[str, str]] = {}
    decoders: ClassVar[Mapping[str, Decoder]] = {}
    omitted_when_empty: ClassVar[frozenset[str]] = frozenset()
    unwritten: ClassVar[frozenset[str]] = frozenset()
    __dataclass_fields__: ClassVar[dict[str, Any]]

    def to_json(self) -> dict[str, Json]:
        """Return the object as JSON, as the record's schema describes it."""
        members: dict[str, Json] = {}
        kind: Any = type(self)
        for name, member, is_omitted in _written(kind):
            value = getattr(self, name)
            if value or not is_omitted:
                members[member] = value if type(value) in _PLAIN else _encoded(value)
        return members

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Create the object from JSON that matches the record's schema.

        Raises ValueError for bytes that cannot be decoded; the schema does not check them.
        """
        values: dict[str, Any] = {}
        kind: Any = cls
        decoders = cls.decoders
        for name, member, _ in _written(kind):
            if member in data:
                value = data[member]
                values[name] = decoders[name](value) if name in decoders else value
        return cls(**values)


@cache
def _written(kind: type[Any]) -> tuple[tuple[str, str, bool], ...]:
    """The fields that are written, their members, and whether they are omitted when empty.

    `fields` leaves out class variables.
    """
    return tuple(
        (field.name, kind.json_names.get(field.name, field.name), field.name in kind.omitted_when_empty)
        for field in fields(kind)
        if field.name not in kind.unwritten
    )


def optional(decode: Callable[[Any], Value]) -> Callable[[Any], Value | None]:
    """Extend a decoder to accept null, which stays None."""
    return lambda value: None if value is None else decode(value)


def tuple_of(decode: Callable[[Any], Value]) -> Callable[[Any], tuple[Value, ...]]:
    """Return a decoder for an array, given the decoder of its items."""
    return lambda values: tuple(map(decode, values))


def mapping_of(decode: Callable[[Any], Value]) -> Callable[[Any], dict[str, Value]]:
    """Return a decoder for an object, given the decoder of its values."""
    return lambda values: {name: decode(value) for name, value in values.items()}


#: The types of most values, which are JSON as they are.
_PLAIN = frozenset({str, int, bool, float, type(None)})


def _encoded(value: Any) -> Json:
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, Serializable):
        return value.to_json()
    if isinstance(value, bytes):
        return bytes_as_json(value)
    if isinstance(value, Sequence) and not isinstance(value, list):
        return [item if type(item) in _PLAIN else _encoded(item) for item in value]
    if isinstance(value, Mapping):
        return {name: item if type(item) in _PLAIN else _encoded(item) for name, item in value.items()}
    return value  # type: ignore[no-any-return] # a list of JSON, as it is
