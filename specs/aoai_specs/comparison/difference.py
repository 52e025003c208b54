"""A difference at one place of two descriptions, before the affected operations are known."""

from __future__ import annotations

from typing import Any, NamedTuple, TypedDict

from aoai_specs.comparison.effects import Effect

#: The trait of differences that count by convention, whatever values show.
ASIDE = "by-convention"


class Fact(NamedTuple):
    """The value of a keyword, and its place."""

    value: Any
    pointer: str


class Difference(NamedTuple):
    """A difference of a kind (`id`) between two places.

    `request` and `response` are its effects by direction; `text` is the effect if the value is written as
    text (in a parameter), where it differs. `base_pointer` and `revision_pointer` are its place in either
    description, or the place around it; `gone` is set if only the base has it. `traits` are the conditions of
    exceptions (`required`, `open`, …).
    """

    id: str
    message: str
    base_pointer: str
    revision_pointer: str
    base: Any = None
    revision: Any = None
    request: Effect = Effect.NOTHING
    response: Effect = Effect.NOTHING
    text: Effect | None = None
    traits: frozenset[str] = frozenset()
    gone: bool = False

    @property
    def pointer(self) -> str:
        """The place to show: in the revision, or in the base if it is gone."""
        return self.base_pointer if self.gone else self.revision_pointer

    def aside(self) -> Difference:
        """Return the difference as one that counts by convention."""
        return self._replace(traits=self.traits | {ASIDE})


class BothWays(TypedDict):
    """The effects in both directions."""

    request: Effect
    response: Effect


def both_ways(effect: Effect) -> BothWays:
    """Return the same effect for both directions, as arguments of a Difference."""
    return {"request": effect, "response": effect}
