"""Data as JSON inside a page: compact, and harmless whatever its texts contain."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any

from aoai_model.serialization import Json
from aoai_reports.formats.machine.json_text import inert_json

#: HTML ends or changes the state of a script element at these; ASCII output escapes all others.
_MARKUP = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"}


def json_of(value: object) -> Json:
    """A value as JSON: dataclasses as objects without their empty fields, tuples as arrays.

    Raises TypeError for any other object.
    """
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if is_dataclass(value) and not isinstance(value, type):
        pairs = ((name, getattr(value, name)) for name in _field_names(type(value)))
        return {name: json_of(item) for name, item in pairs if not _is_empty(item)}
    if isinstance(value, Mapping):
        return {str(key): json_of(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [json_of(item) for item in value]
    raise TypeError(f"{type(value).__name__} has no JSON form")


@cache
def _field_names(kind: type[Any]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


def compact_json(value: Json) -> str:
    """JSON text without spaces, in ASCII."""
    return json.dumps(value, separators=(",", ":"))


def embedded(value: Json) -> str:
    """JSON text for a script element that is not executed: no markup, line separator or log command."""
    text = compact_json(value)
    for character, escape in _MARKUP.items():
        text = text.replace(character, escape)
    return inert_json(text)


def _is_empty(value: object) -> bool:
    return value is None or value is False or value in ("", (), {})
