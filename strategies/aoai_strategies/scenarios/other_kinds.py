"""Scenarios of completions, embeddings and speech."""

from __future__ import annotations

from aoai_model.serialization import Json
from aoai_strategies.requests.media import PNG_DATA_URL
from aoai_strategies.scenarios.steps import (
    SAY_HI,
    STEADY,
    STOPS,
    WARM,
    Request,
    Scenario,
    Step,
    plain_and_streamed,
    twice,
)


def _completion(more: Request) -> Request:
    return {"prompt": SAY_HI, "max_tokens": 16, **more}


COMPLETIONS: tuple[Scenario, ...] = (
    plain_and_streamed(
        "completions.stream-against-plain",
        "A stream has the same text as the plain response.",
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
        "An echoed prompt comes first, with log probabilities for every token.",
        _completion({"echo": True, "logprobs": 2, **STEADY, "max_tokens": 4}),
    ),
    plain_and_streamed(
        "completions.prompts-and-choices",
        "Every prompt has n choices, numbered consecutively over all prompts.",
        _completion({"n": 2, **STEADY, "prompt": ["Say hi.", "Say bye."]}),
    ),
    plain_and_streamed(
        "completions.stop",
        "A stop sequence ends the text and is not part of it.",
        _completion({"stop": STOPS, **STEADY, "prompt": "1 2"}),
    ),
)


def _embedding(prefix: str, one: Json, other: Json) -> tuple[Scenario, ...]:
    """Comparisons of the embeddings of the same input, for operations whose input is a list."""
    return (
        Scenario(
            f"{prefix}.float-against-base64",
            "embeddings.float-against-base64",
            "Both encodings have the same numbers.",
            (
                Step("float", {"input": [one], "encoding_format": "float"}),
                Step("base64", {"input": [one], "encoding_format": "base64"}),
            ),
        ),
        Scenario(
            f"{prefix}.repeated",
            "embeddings.repeated",
            "The same input has the same vector.",
            (Step("first", {"input": [one]}), Step("second", {"input": [one]})),
        ),
        Scenario(
            f"{prefix}.alone-against-batch",
            "embeddings.alone-against-batch",
            "An input has the same vector alone and in a batch, at its own index.",
            (Step("alone", {"input": [one]}), Step("batch", {"input": [one, other, one]})),
        ),
    )


EMBEDDINGS: tuple[Scenario, ...] = (
    Scenario(
        "embeddings.float-against-base64",
        "embeddings.float-against-base64",
        "Both encodings have the same numbers.",
        (
            Step("float", {"input": "hi", "encoding_format": "float"}),
            Step("base64", {"input": "hi", "encoding_format": "base64"}),
        ),
    ),
    twice("embeddings.repeated", "The same input has the same vector.", {"input": "hi"}),
    Scenario(
        "embeddings.alone-against-batch",
        "embeddings.alone-against-batch",
        "An input has the same vector alone and in a batch, at its own index.",
        (Step("alone", {"input": ["hi"]}), Step("batch", {"input": ["hi", "bye", "hi", "why"]})),
    ),
    *_embedding("embeddings", "hi", "bye"),
)

IMAGE_EMBEDDINGS: tuple[Scenario, ...] = _embedding(
    "image-embeddings", {"image": PNG_DATA_URL}, {"image": PNG_DATA_URL, "text": "A red square."}
)

_SENTENCE = "The rain comes in from the sea."


def _speech(text: str, **more: Json) -> Request:
    return {"model": "tts-1", "input": text, "voice": "alloy", **more}


SPEECH: tuple[Scenario, ...] = (
    Scenario(
        "speech.speed",
        "speech.speed",
        "At twice the speed, the audio of a text is about half as long.",
        (Step("plain", _speech(_SENTENCE)), Step("fast", _speech(_SENTENCE, speed=2))),
        frozenset({"speed"}),
    ),
    Scenario(
        "speech.texts",
        "speech.texts",
        "The audio of a text five times as long is longer.",
        (Step("short", _speech(_SENTENCE)), Step("long", _speech(" ".join([_SENTENCE] * 5)))),
    ),
)
