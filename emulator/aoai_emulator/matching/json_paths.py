"""Paths into JSON, such as `$.messages[0].content`: a small subset of RFC 9535.

A path is `$` followed by members (`.name` or `['name']`) and items (`[0]`, `[-1]`, `[*]`). The `$` may be
left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_STEP = re.compile(r"\.?(?P<name>[\w$-]{1,100})|\['(?P<quoted>[^'\]]{1,100})'\]|\[(?P<index>-?\d{1,6}|\*)\]")
_LONGEST = 500
_MOST_STEPS = 20
#: How many values a path with `[*]` yields at most.
_MOST_VALUES = 10_000

#: A member, an item by its number, or every item (None).
Step = str | int | None


class JsonPathError(ValueError):
    """A text that is not a path."""


@dataclass(frozen=True, slots=True)
class JsonPath:
    """A path into a JSON value; `text` is how it was written."""

    text: str
    steps: tuple[Step, ...]

    @classmethod
    def parse(cls, text: str) -> JsonPath:
        """Read a path. Raises JsonPathError."""
        steps: list[Step] = []
        position = 1 if text.startswith("$") and text[1:2] in ("", ".", "[") else 0
        while position < len(text) <= _LONGEST and len(steps) <= _MOST_STEPS:
            found = _STEP.match(text, position)
            is_first = position == 0
            if found is None or (not is_first and found["name"] and text[position] != "."):
                break
            steps.append(_step(found))
            position = found.end()
        if position < len(text) or not text or len(steps) > _MOST_STEPS:
            raise JsonPathError(f"{text[:80]!r} is not a path such as '$.messages[0].content'")
        return cls(text, tuple(steps))

    def find(self, value: Any) -> Iterator[Any]:
        """Yield every value at the path; none if the path leads nowhere."""
        values = [value]
        for step in self.steps:
            values = [inner for outer in values for inner in _inside(outer, step)][:_MOST_VALUES]
        yield from values


def _step(found: re.Match[str]) -> Step:
    index = found["index"]
    if index is not None:
        return None if index == "*" else int(index)
    name: str = found["name"] or found["quoted"]
    return name


def _inside(value: Any, step: Step) -> list[Any]:
    if isinstance(step, str):
        return [value[step]] if isinstance(value, dict) and step in value else []
    if not isinstance(value, list):
        return []
    if step is None:
        return value
    return [value[step]] if -len(value) <= step < len(value) else []
