"""Reading a match from JSON or YAML, and from `NAME=VALUE` pairs of an option or a query."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from aoai_emulator.matching.json_paths import JsonPath, JsonPathError
from aoai_emulator.matching.request_match import RequestMatch
from aoai_specs.document import OPERATION_KINDS
from aoai_specs.errors import ConformanceError, UnknownNameError
from aoai_specs.json_values import count_values, is_deeper_than, quote

_LONGEST_TEXT = 10_000
_MOST_CONDITIONS = 50
_MOST_VALUES = 1000
_MOST_DEPTH = 20
_STRINGS = ("operation", "deployment", "model", "method", "path", "text")

#: The names of the conditions.
CONDITIONS = (*_STRINGS, "headers", "json")
_PREFIXES = MappingProxyType({"header.": "headers", "json.": "json"})


class MatchError(ConformanceError):
    """A match that cannot be read; the message is one sentence."""


def parse_match(value: Any) -> RequestMatch:
    """Read a match from a JSON or YAML object. Raises MatchError or UnknownNameError."""
    if not isinstance(value, Mapping):
        raise MatchError(f"A match must be an object such as {{'operation': 'chat'}}, not {quote(value)}.")
    for name in value:
        if name not in CONDITIONS:
            raise UnknownNameError("condition", str(name)[:80], CONDITIONS, list_known=True)
    texts = {name: _text(name, value[name]) for name in _STRINGS if value.get(name) is not None}
    if "method" in texts:
        texts["method"] = texts["method"].upper()
    if "operation" in texts:
        _require_operation(texts["operation"])
    return RequestMatch(**texts, headers=_headers(value.get("headers")), json=_json(value.get("json")))


def parse_conditions(pairs: Iterable[tuple[str, str]]) -> RequestMatch:
    """Read a match from pairs such as `operation`, `chat`; `header.NAME` and `json.PATH` name the others.

    The value at a JSON path is JSON, or else a string. Raises MatchError or UnknownNameError.
    """
    value: dict[str, Any] = {}
    for name, text in pairs:
        prefix = next((each for each in _PREFIXES if name.startswith(each)), None)
        if prefix is None:
            if name in value:
                raise MatchError(f"The condition {name!r} is given twice.")
            if name in _PREFIXES.values():
                raise MatchError(f"Write {name.removesuffix('s')}.NAME=VALUE instead of {name}=….")
            value[name] = text
        else:
            key = name.removeprefix(prefix)
            value.setdefault(_PREFIXES[prefix], {})[key] = _json_or_text(text) if prefix == "json." else text
    return parse_match(value)


def is_condition(name: str) -> bool:
    """Return whether `parse_conditions` knows a name."""
    return name in CONDITIONS or name.startswith(tuple(_PREFIXES))


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str) or not value or len(value) > _LONGEST_TEXT:
        raise MatchError(f"{name} must be a string of 1 to {_LONGEST_TEXT} characters, not {quote(value)}.")
    return value


def _require_operation(name: str) -> None:
    """Require a kind of operation; ids of operations, which have capitals or underscores, are not checked."""
    if name == name.lower() and "_" not in name and name not in OPERATION_KINDS:
        raise UnknownNameError("operation", name[:80], sorted(OPERATION_KINDS))


def _headers(value: Any) -> Mapping[str, str]:
    if value is None:
        return MappingProxyType({})
    _require_object("headers", value)
    return MappingProxyType(
        {str(name).lower(): _text(f"The header {str(name)[:80]}", text) for name, text in value.items()}
    )


def _json(value: Any) -> tuple[tuple[JsonPath, Any], ...]:
    if value is None:
        return ()
    _require_object("json", value)
    if is_deeper_than(value, _MOST_DEPTH) or count_values(value) > _MOST_VALUES:
        raise MatchError(f"json must have at most {_MOST_VALUES} values in {_MOST_DEPTH} levels.")
    try:
        return tuple((JsonPath.parse(str(path)), expected) for path, expected in value.items())
    except JsonPathError as error:
        raise MatchError(f"{error}.") from error


def _require_object(name: str, value: Any) -> None:
    if not isinstance(value, Mapping) or len(value) > _MOST_CONDITIONS:
        raise MatchError(f"{name} must be an object of at most {_MOST_CONDITIONS} entries.")


def _json_or_text(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
