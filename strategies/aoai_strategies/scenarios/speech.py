"""Scenarios of speech: how long a text takes, at which speed."""

from __future__ import annotations

from aoai_model.case import Json
from aoai_strategies.scenarios.steps import Request, Scenario, Step

_SENTENCE = "The rain comes in from the sea."


def _spoken(text: str, **more: Json) -> Request:
    return {"model": "tts-1", "input": text, "voice": "alloy", **more}


SPEECH: tuple[Scenario, ...] = (
    Scenario(
        "speech.speed",
        "speech.speed",
        "A text at twice the speed takes about half the time.",
        (Step("plain", _spoken(_SENTENCE)), Step("fast", _spoken(_SENTENCE, speed=2))),
        frozenset({"speed"}),
    ),
    Scenario(
        "speech.texts",
        "speech.texts",
        "A text five times as long takes longer.",
        (Step("short", _spoken(_SENTENCE)), Step("long", _spoken(" ".join([_SENTENCE] * 5)))),
    ),
)
