"""Fingerprints: the same for the same change, whatever the order, wording and lines of either file."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from aoai_specs.json_values import key_of
from aoai_specs.pointers import canonical, join, tokens

_LENGTH = 16
#: Lists whose order means nothing; an element is named by its content.
_UNORDERED = frozenset({"parameters", "oneOf", "anyOf", "allOf", "security", "servers", "tags", "required"})
_ENCODER = json.JSONEncoder(sort_keys=True, default=str)
_TEMPLATE = re.compile(r"\{[^/{}]*\}")


def fingerprint(*parts: Any) -> str:
    """Return 16 hexadecimal digits for JSON values; the order inside lists does not matter."""
    text = _ENCODER.encode([_ordered(each) for each in parts])
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_LENGTH]


def stable_place(content: Mapping[str, Any], pointer: str) -> str:
    """Return a place without what may change while it stays the same.

    The elements of unordered lists are named by their content instead of their index, and parameters in
    paths have no names.
    """
    value: Any = content
    parts: list[str] = []
    around = ""
    for token in tokens(pointer):
        inside = _child(value, token)
        if isinstance(value, list) and around in _UNORDERED:
            parts.append(_name(inside))
        elif around == "paths":
            parts.append(_TEMPLATE.sub("{}", token))
        else:
            parts.append(token)
        value, around = inside, token
    return join("#", *parts)


def _child(value: Any, token: str) -> Any:
    if isinstance(value, dict):
        return value.get(token)
    if isinstance(value, list) and token.isdecimal() and int(token) < len(value):
        return value[int(token)]
    return None


def _name(element: Any) -> str:
    """Name an element of an unordered list: by its reference, its name or title, or else its content."""
    if not isinstance(element, dict):
        return key_of(element)
    if isinstance(element.get("$ref"), str):
        return canonical(element["$ref"])
    if "name" in element and "in" in element:
        return f"{element['in']} {element['name']}"
    title = element.get("title")
    return title if isinstance(title, str) else fingerprint(element)


def _ordered(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return sorted((_ordered(each) for each in value), key=key_of)
    if isinstance(value, dict):
        return {str(key): _ordered(each) for key, each in value.items()}
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value
