"""The subset of JSONPath (RFC 9535) that overlays use.

Members (`.name`, `['name']`), elements (`[0]`, `[-1]`), wildcards (`.*`, `[*]`) and filters for one equal
value (`[?@ == 'type']`, `[?@.in == 'query']`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from aoai_specs.errors import OverlayError

_STEP = re.compile(
    r"""
      \.(?P<name>[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*)
    | \[\s*'(?P<single>(?:[^'\\]|\\.)*)'\s*\]
    | \[\s*"(?P<double>(?:[^"\\]|\\.)*)"\s*\]
    | \[\s*(?P<index>-?\d+)\s*\]
    | (?P<wildcard>\.\*|\[\s*\*\s*\])
    | \[\s*\?\s*\(?\s*@(?P<member>(?:\.[A-Za-z_][A-Za-z0-9_]*)?)\s*==\s*
        (?:'(?P<text>(?:[^'\\]|\\.)*)'|(?P<literal>-?\d+(?:\.\d+)?|true|false|null))\s*\)?\s*\]
    """,
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Found:
    """A node that a path selects: `container[key]`. The root has no container."""

    container: Any
    key: Any
    value: Any


@dataclass(frozen=True, slots=True)
class _Member:
    name: str


@dataclass(frozen=True, slots=True)
class _Element:
    index: int


@dataclass(frozen=True, slots=True)
class _Every:
    pass


@dataclass(frozen=True, slots=True)
class _Equal:
    member: str | None
    value: Any


_Step = _Member | _Element | _Every | _Equal


@dataclass(frozen=True, slots=True)
class JsonPath:
    """A parsed path.

    `parse` raises OverlayError for paths that are malformed or outside the supported subset.
    """

    text: str
    steps: tuple[_Step, ...]

    @classmethod
    def parse(cls, text: str) -> JsonPath:
        """Parse a path such as `$.paths['/chat'].post`. Raises OverlayError."""
        if not text.startswith("$"):
            raise OverlayError(f"{text!r} is not a JSONPath; a path starts with '$'.")
        steps: list[_Step] = []
        position = 1
        while position < len(text):
            match = _STEP.match(text, position)
            if match is None:
                raise OverlayError(
                    f"The JSONPath {text!r} cannot be parsed from character {position + 1} on; "
                    "members, elements, wildcards and [?@.name == 'value'] are supported."
                )
            steps.append(_parse_step(match))
            position = match.end()
        return cls(text, tuple(steps))

    def find(self, content: Any) -> list[Found]:
        """Return every node that the path selects, in document order."""
        found = [Found(None, None, content)]
        for step in self.steps:
            found = [after for before in found for after in _select(step, before.value)]
        return found


def _parse_step(match: re.Match[str]) -> _Step:
    if match["name"] is not None:
        return _Member(match["name"])
    if match["single"] is not None:
        return _Member(_unescape(match["single"]))
    if match["double"] is not None:
        return _Member(_unescape(match["double"]))
    if match["index"] is not None:
        return _Element(int(match["index"]))
    if match["wildcard"] is not None:
        return _Every()
    value = _unescape(match["text"]) if match["text"] is not None else json.loads(match["literal"])
    return _Equal(match["member"].removeprefix(".") or None, value)


def _unescape(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)


def _select(step: _Step, value: Any) -> Iterator[Found]:
    match step:
        case _Member(name):
            if isinstance(value, dict) and name in value:
                yield Found(value, name, value[name])
        case _Element(index):
            if isinstance(value, list) and -len(value) <= index < len(value):
                index %= len(value)
                yield Found(value, index, value[index])
        case _Every():
            yield from _children(value)
        case _Equal(member, wanted):
            for child in _children(value):
                held = child.value
                if member is not None:
                    held = held.get(member, _ABSENT) if isinstance(held, dict) else _ABSENT
                if type(held) is type(wanted) and held == wanted:
                    yield child


_ABSENT = object()


def _children(value: Any) -> Iterator[Found]:
    if isinstance(value, dict):
        for key, each in list(value.items()):
            yield Found(value, key, each)
    elif isinstance(value, list):
        for index, each in enumerate(list(value)):
            yield Found(value, index, each)
