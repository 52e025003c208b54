"""Places in a response: the paths by which faults name what they edit."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

_STEP = re.compile(r"(?P<name>[^\[/]*)(?P<conditions>(?:\[[^\]]*\])*)")
_CONDITION = re.compile(r"\[(?P<negated>!?)(?P<name>[\w.-]+)(?:=(?P<values>[^\]]*))?\]")
_SLICE = re.compile(r"(-?\d*):(-?\d*)")


@dataclass(slots=True)
class Place:
    """One member of an object, or entry of a list, with the response and the request around it.

    `ordinal` counts the places that a path matched in one body, `chunk` the chunks of a stream.
    """

    holder: Any
    key: Any
    body: Any
    request: Any
    ordinal: int = 0
    chunk: int = 0

    @property
    def exists(self) -> bool:
        """Whether the holder has this member."""
        return isinstance(self.holder, list) or self.key in self.holder

    @property
    def value(self) -> Any:
        """The value, or None where the member is missing."""
        return self.holder[self.key] if self.exists else None

    @value.setter
    def value(self, value: Any) -> None:
        self.holder[self.key] = value

    def number(self, name: str) -> int:
        """Return the integer that a member of the holder has, or 0."""
        found = self.holder.get(name)
        return found if isinstance(found, int) else 0


@dataclass(frozen=True, slots=True)
class _Condition:
    """A condition on the values that a path passes."""

    name: str
    values: tuple[str, ...] | None
    negated: bool

    def holds(self, value: Any) -> bool:
        found = value
        for name in self.name.split("."):
            found = found.get(name) if isinstance(found, dict) else None
        text = found if isinstance(found, str) else json.dumps(found)
        return (bool(found) if self.values is None else text in self.values) is not self.negated


@dataclass(frozen=True, slots=True)
class Path:
    """A path such as `/choices/*[finish_reason=stop]/message/content`.

    A step is the name of a member, an index (`0`, `-1`), a slice (`1:`), `*` for every object in a list (or
    every member of an object), or nothing for the value itself. Conditions in brackets select: `[name]`
    (neither missing nor empty), `[name=a|b]`, and either of them negated with `!`; a name may have dots.
    Values of another shape than the path expects are skipped, since another fault may have changed them.
    """

    steps: tuple[tuple[str, tuple[_Condition, ...]], ...]

    @classmethod
    def parse(cls, text: str) -> Path:
        """Parse a path. Raises ValueError for a step that cannot be read."""
        return cls(tuple(map(_step, text.removeprefix("/").split("/"))))

    def find(self, body: Any, request: Any = None, chunk: int = 0) -> list[Place]:
        """Return the places that match; the member named last need not exist."""
        values = [body]
        *inner, (last, _) = self.steps
        for name, conditions in inner:
            values = [
                holder[key]
                for value in values
                for holder, key in _members(value, name)
                if (isinstance(holder, list) or key in holder)
                and all(condition.holds(holder[key]) for condition in conditions)
            ]
        found = (member for value in values for member in _members(value, last))
        return [
            Place(holder, key, body, request, ordinal, chunk) for ordinal, (holder, key) in enumerate(found)
        ]


def _step(text: str) -> tuple[str, tuple[_Condition, ...]]:
    step = _STEP.fullmatch(text)
    if step is None:
        raise ValueError(f"cannot read the step {text!r} of a path")
    conditions = tuple(
        _Condition(
            found["name"],
            None if found["values"] is None else tuple(found["values"].split("|")),
            bool(found["negated"]),
        )
        for found in _CONDITION.finditer(step["conditions"])
    )
    return step["name"], conditions


def _members(value: Any, name: str) -> list[tuple[Any, Any]]:
    """Return what one step leads to, each as its holder and its key there."""
    if not name:
        return [({"": value}, "")]
    if isinstance(value, dict):
        return [(value, key) for key in (value if name == "*" else (name,))]
    if not isinstance(value, list):
        return []
    if name == "*":
        return [(value, index) for index, each in enumerate(value) if isinstance(each, dict)]
    if found := _SLICE.fullmatch(name):
        start, stop = (int(each) if each else None for each in found.groups())
        return [(value, index) for index in range(len(value))[start:stop]]
    index = int(name)
    return [(value, index)] if -len(value) <= index < len(value) else []
