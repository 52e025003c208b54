"""One difference at one place of two descriptions, before it is known which operations it reaches."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, TypedDict

from aoai_specs.comparison.effects import Effect


@dataclass(frozen=True, slots=True)
class Fact:
    """What a keyword says, and where."""

    value: Any
    pointer: str


@dataclass(frozen=True, slots=True)
class Difference:
    """A difference of a kind (`id`) between two places.

    `request` and `response` are its effects in either direction, `text` the one where the value is written
    as text (in a parameter), if that is another. `base_pointer` and `revision_pointer` lead to its place in
    either description, or to what is around it; `gone` tells that only the base has the place. `traits`
    are what an exception may ask for (`required`, `open`, …).
    """

    id: str
    message: str
    base_pointer: str
    revision_pointer: str
    base: Any = field(default=None, compare=False)
    revision: Any = field(default=None, compare=False)
    request: Effect = Effect.NOTHING
    response: Effect = Effect.NOTHING
    text: Effect | None = None
    traits: frozenset[str] = frozenset()
    gone: bool = False

    @property
    def pointer(self) -> str:
        """The place that is shown: in the revision, or in the base where only that has it."""
        return self.base_pointer if self.gone else self.revision_pointer


class BothWays(TypedDict):
    """Effects in either direction."""

    request: Effect
    response: Effect


def both_ways(effect: Effect) -> BothWays:
    """The same effect in either direction, as arguments for a Difference."""
    return {"request": effect, "response": effect}


def key_of(value: Any) -> str:
    """A text that is the same for equal JSON values only."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return json.dumps(value, sort_keys=True, default=str)
