"""Scenarios of completions: the text at once and in a stream."""

from __future__ import annotations

from aoai_strategies.scenarios.steps import (
    SAY_HI,
    STEADY,
    STOPS,
    WARM,
    Request,
    Scenario,
    plain_and_streamed,
    twice,
)


def _completion(more: Request) -> Request:
    return {"prompt": SAY_HI, "max_tokens": 16, **more}


COMPLETIONS: tuple[Scenario, ...] = (
    plain_and_streamed(
        "completions.stream-against-plain",
        "A stream carries the text that would have been given at once.",
        _completion(STEADY),
    ),
    twice(
        "completions.same-seed",
        "The same seed and parameters give the same text while the backend stays the same.",
        _completion(WARM),
        needs={"seed"},
    ),
    plain_and_streamed(
        "completions.echo",
        "An echoed prompt begins the text, with log probabilities for every token.",
        _completion({"echo": True, "logprobs": 2, **STEADY, "max_tokens": 4}),
    ),
    plain_and_streamed(
        "completions.prompts-and-choices",
        "Every prompt is completed n times, and the choices are numbered through.",
        _completion({"n": 2, **STEADY, "prompt": ["Say hi.", "Say bye."]}),
    ),
    plain_and_streamed(
        "completions.stop",
        "A stop sequence ends the text and is not in it.",
        _completion({"stop": STOPS, **STEADY, "prompt": "1 2"}),
    ),
)
