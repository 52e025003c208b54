"""Reading JSON values: walking, counting and comparing them, and quoting them in messages."""

from __future__ import annotations

import json
import marshal
from collections.abc import Iterator
from typing import Any, TypeGuard

#: The exact types of objects and lists as the parsers of JSON and YAML build them.
CONTAINERS = frozenset({dict, list})
_ATOMS = frozenset({str, bool, int})
_ENCODER = json.JSONEncoder(sort_keys=True, default=str)
#: Types whose values equal no value of another type.
_TEXTS = frozenset({str, type(None)})


def nodes(value: Any) -> Iterator[Any]:
    """Yield a value and every value inside it, in no particular order, without recursion."""
    waiting = [value]
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, dict):
            waiting.extend(node.values())
        elif isinstance(node, list):
            waiting.extend(node)


def count_values(value: Any) -> int:
    """Count a value and every value inside it."""
    return sum(1 for _ in nodes(value))


def is_deeper_than(value: Any, limit: int) -> bool:
    """Whether objects and lists are nested deeper than a limit."""
    level = [value]
    for _ in range(limit):
        level = [
            child
            for node in level
            if isinstance(node, dict | list)
            for child in (node.values() if isinstance(node, dict) else node)
        ]
        if not level:
            return False
    return True


def is_number(value: Any) -> TypeGuard[float]:
    """Whether a value is a number; booleans are not."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def as_object(value: Any) -> dict[str, Any]:
    """Return an object as it is, and an empty object for every other value."""
    return value if isinstance(value, dict) else {}


def as_list(value: Any) -> list[Any]:
    """Return a list as it is, and an empty list for every other value."""
    return value if isinstance(value, list) else []


def are_identical(one: Any, other: Any) -> bool:
    """Whether two values are equal as JSON, where `true` is not 1."""
    if one != other:
        return False
    kind = type(one)
    if kind is not dict and kind is not list:
        return isinstance(one, bool) == isinstance(other, bool)
    if _TEXTS.issuperset(map(type, one.values() if kind is dict else one)):
        return True
    if _are_serialized_alike(one, other):
        return True
    waiting = [(one, other)]
    while waiting:
        held, beside = waiting.pop()
        if isinstance(held, bool) != isinstance(beside, bool):
            return False
        if isinstance(held, dict):
            waiting.extend((each, beside[key]) for key, each in held.items())
        elif isinstance(held, list):
            waiting.extend(zip(held, beside, strict=True))
    return True


def _are_serialized_alike(one: Any, other: Any) -> bool:
    """Whether two values have the same bytes: fast to find out, but depends on the order of names."""
    try:
        return marshal.dumps(one, 2) == marshal.dumps(other, 2)
    except ValueError:  # a type that JSON does not have
        return False


def key_of(value: Any) -> str:
    """Return a text that is equal exactly for equal JSON values."""
    if value is None or type(value) in _ATOMS:
        return json.dumps(value)  # without options, which need an encoder of their own
    return _ENCODER.encode(_with_integers(value))


def _with_integers(value: Any) -> Any:
    """Return a value with 1 instead of 1.0, also inside lists and objects."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list | tuple):
        return [_with_integers(each) for each in value]
    if isinstance(value, dict):
        return {key: _with_integers(each) for key, each in value.items()}
    return value


def quote(value: Any, limit: int = 80) -> str:
    """Return a value as JSON for a message, cut off after `limit` characters."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
