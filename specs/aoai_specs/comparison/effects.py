"""What a change does to the values that are allowed, and the verdict that follows from it.

A request that is allowed less breaks who sent it; a response that is allowed more breaks who reads it.
Nothing is listed by kind of change, but for the few exceptions of `aoai_specs.comparison.exceptions`.
"""

from __future__ import annotations

from enum import Enum
from typing import Literal

Verdict = Literal["breaking", "warning", "info"]
Way = Literal["request", "response", "none"]

#: From the gravest to the lightest.
VERDICTS: tuple[Verdict, ...] = ("breaking", "warning", "info")


class Effect(Enum):
    """What a change does to the set of allowed values."""

    NOTHING = "leaves it as it is"
    NARROWS = "narrows it"
    WIDENS = "widens it"
    CHANGES = "narrows and widens it"

    def flipped(self) -> Effect:
        """The effect on what a `not` around it allows."""
        return {Effect.NARROWS: Effect.WIDENS, Effect.WIDENS: Effect.NARROWS}.get(self, self)


def derived(effect: Effect, direction: Way) -> Verdict:
    """The verdict on an effect in a direction; what concerns neither is judged as a request is."""
    if effect is Effect.NOTHING:
        return "info"
    harmless = Effect.NARROWS if direction == "response" else Effect.WIDENS
    return "info" if effect is harmless else "breaking"


def between(before: frozenset[str], after: frozenset[str]) -> Effect:
    """The effect of one set of allowed values giving way to another."""
    if before == after:
        return Effect.NOTHING
    if after < before:
        return Effect.NARROWS
    return Effect.WIDENS if after > before else Effect.CHANGES


def worst(verdicts: list[Verdict]) -> Verdict:
    """The gravest of some verdicts."""
    return min(verdicts, key=VERDICTS.index, default="info")
