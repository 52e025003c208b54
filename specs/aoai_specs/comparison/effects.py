"""Effects of changes on the allowed values, and the verdicts that follow.

Allowing less in a request breaks clients that send it; allowing more in a response breaks clients that read
it. Verdicts are not listed by kind of change, except in `aoai_specs.comparison.exceptions`.
"""

from __future__ import annotations

from enum import Enum
from typing import Literal

Verdict = Literal["breaking", "warning", "info"]
#: The direction of content, and of any change.
ContentWay = Literal["request", "response"]
Way = Literal["request", "response", "none"]

#: From the most severe to the least.
VERDICTS: tuple[Verdict, ...] = ("breaking", "warning", "info")


class Effect(Enum):
    """What a change does to the set of allowed values."""

    NOTHING = "leaves it unchanged"
    NARROWS = "narrows it"
    WIDENS = "widens it"
    CHANGES = "narrows and widens it"

    #: Members are compared by identity; the method of Enum is written in Python.
    __hash__ = object.__hash__

    def flipped(self) -> Effect:
        """Return the effect on the values that a surrounding `not` allows."""
        return {Effect.NARROWS: Effect.WIDENS, Effect.WIDENS: Effect.NARROWS}.get(self, self)


def derived(effect: Effect, direction: Way) -> Verdict:
    """Return the verdict for an effect in a direction; without a direction, as for a request."""
    if effect is Effect.NOTHING:
        return "info"
    harmless = Effect.NARROWS if direction == "response" else Effect.WIDENS
    return "info" if effect is harmless else "breaking"


def between(before: frozenset[str], after: frozenset[str]) -> Effect:
    """Return the effect of replacing one set of allowed values by another."""
    if before == after:
        return Effect.NOTHING
    if after < before:
        return Effect.NARROWS
    return Effect.WIDENS if after > before else Effect.CHANGES
