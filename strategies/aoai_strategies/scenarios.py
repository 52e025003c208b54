"""Scenarios: several requests that are judged together, such as the same question with and without a stream.

The kinds and the names of the steps are a contract with the rules that compare the answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from aoai_specs.document import Operation
from aoai_specs.shapes import request_media_type, request_shape
from aoai_strategies.case import Json
from aoai_strategies.companions import ASKING_FOR_JSON, JSON_ROOM, TOOLS
from aoai_strategies.preferences import FUNCTION, PREFERRED


@dataclass(frozen=True, slots=True)
class Step:
    """One request of a scenario: its role in it, and its whole JSON body."""

    name: str
    body: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Scenario:
    """Requests whose answers are compared. `serves` says what for, in one sentence."""

    kind: str
    serves: str
    steps: tuple[Step, ...]


Request: TypeAlias = dict[str, Json]


def _chat(text: str, more: Request) -> Request:
    message: Json = {"role": "user", "content": text}
    return {"messages": [message], "max_tokens": 16, **more}


def _completion(more: Request) -> Request:
    return {"prompt": _SAY_HI, "max_tokens": 16, **more}


def _streamed(body: Mapping[str, Json], more: Mapping[str, Json]) -> Request:
    return {**body, "stream": True, **more}


def _plain_and_streamed(kind: str, serves: str, body: Mapping[str, Json]) -> Scenario:
    return Scenario(kind, serves, (Step("plain", body), Step("stream", _streamed(body, {}))))


_SAY_HI = "Say hi."
_STEADY: Request = {"temperature": 0, "seed": 1}
_WARM: Request = {"temperature": 1, "seed": 7}
_WITH_USAGE: Request = {"stream_options": {"include_usage": True}}
_NAMED: Json = {"type": "function", "function": {"name": FUNCTION}}
_JSON_SCHEMA: Json = {"type": "json_schema", "json_schema": PREFERRED["json_schema"]}

SCENARIOS: Mapping[str, tuple[Scenario, ...]] = {
    "chat": (
        _plain_and_streamed(
            "chat.stream-against-plain",
            "A stream carries the answer that would have been given at once.",
            _chat(_SAY_HI, _STEADY),
        ),
        Scenario(
            "chat.same-seed",
            "The same seed and parameters give the same answer while the backend stays the same.",
            (
                Step("first", _chat(_SAY_HI, _WARM)),
                Step("second", _chat(_SAY_HI, _WARM)),
            ),
        ),
        _plain_and_streamed(
            "chat.n-choices",
            "As many choices come as were asked for, at once and in a stream.",
            _chat(_SAY_HI, {"n": 3, **_STEADY}),
        ),
        Scenario(
            "chat.usage-in-stream",
            "A stream tells its usage where it was asked to: that of the same answer given at once.",
            (
                Step("plain", _chat(_SAY_HI, _STEADY)),
                Step("stream", _streamed(_chat(_SAY_HI, _STEADY), _WITH_USAGE)),
            ),
        ),
        _plain_and_streamed(
            "chat.tool-call",
            "A tool that must be called is called, at once and in fragments.",
            _chat("What time is it?", {"tools": TOOLS, "tool_choice": _NAMED, **_STEADY}),
        ),
        _plain_and_streamed(
            "chat.logprobs",
            "Log probabilities come for every token, at once and in a stream.",
            _chat(_SAY_HI, {"logprobs": True, "top_logprobs": 2, **_STEADY}),
        ),
        _plain_and_streamed(
            "chat.json-schema",
            "An answer fits the schema that was asked for, at once and in a stream.",
            _chat(ASKING_FOR_JSON, {"response_format": _JSON_SCHEMA, **_STEADY, "max_tokens": JSON_ROOM}),
        ),
        _plain_and_streamed(
            "chat.stop",
            "A stop sequence ends the answer and is not in it.",
            _chat("Count from 1 to 5 in digits.", {"stop": ["3", " 3"], **_STEADY}),
        ),
    ),
    "completions": (
        _plain_and_streamed(
            "completions.stream-against-plain",
            "A stream carries the text that would have been given at once.",
            _completion(_STEADY),
        ),
        Scenario(
            "completions.same-seed",
            "The same seed and parameters give the same text while the backend stays the same.",
            (
                Step("first", _completion(_WARM)),
                Step("second", _completion(_WARM)),
            ),
        ),
        _plain_and_streamed(
            "completions.echo",
            "An echoed prompt begins the text, with log probabilities for every token.",
            _completion({"echo": True, "logprobs": 2, **_STEADY, "max_tokens": 4}),
        ),
        _plain_and_streamed(
            "completions.prompts-and-choices",
            "Every prompt is completed n times, and the choices are numbered through.",
            _completion({"n": 2, **_STEADY, "prompt": ["Say hi.", "Say bye."]}),
        ),
        _plain_and_streamed(
            "completions.stop",
            "A stop sequence ends the text and is not in it.",
            _completion({"stop": ["3", " 3"], **_STEADY, "prompt": "1 2"}),
        ),
    ),
    "embeddings": (
        Scenario(
            "embeddings.float-against-base64",
            "Both encodings hold the same numbers.",
            (
                Step("float", {"input": "hi", "encoding_format": "float"}),
                Step("base64", {"input": "hi", "encoding_format": "base64"}),
            ),
        ),
        Scenario(
            "embeddings.repeated",
            "The same input has the same vector.",
            (Step("first", {"input": "hi"}), Step("second", {"input": "hi"})),
        ),
        Scenario(
            "embeddings.alone-against-batch",
            "An input has the same vector alone and among others, at its own index.",
            (Step("alone", {"input": ["hi"]}), Step("batch", {"input": ["hi", "bye", "hi"]})),
        ),
    ),
}


def scenarios_for(operation: Operation) -> tuple[Scenario, ...]:
    """The scenarios whose every request uses only fields that the operation has, and in an admitted way."""
    shape = request_shape(operation)
    media_type = request_media_type(operation)
    if shape is None or media_type is None:
        return ()
    validator = operation.request_validator(media_type)
    return tuple(
        scenario
        for scenario in SCENARIOS.get(operation.kind, ())
        if all(
            step.body.keys() <= shape.properties.keys()
            and (validator is None or validator.is_valid(dict(step.body)))
            for step in scenario.steps
        )
    )
