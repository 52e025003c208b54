"""Scenarios: several requests that are judged together, such as the same question with and without a stream.

The kinds and the names of the steps are a contract with the rules that compare the answers. A scenario of a
single step is a request whose answer no other request of the plan brings out.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from aoai_specs.document import Operation
from aoai_specs.shapes import request_shape
from aoai_strategies.bases import base_request
from aoai_strategies.case import Expectation, Json, JsonBody
from aoai_strategies.companions import ASKING_FOR_JSON, FUNCTIONS, JSON_ROOM, TOOLS
from aoai_strategies.forms import admits
from aoai_strategies.media import png_data_url
from aoai_strategies.preferences import FUNCTION, PREFERRED


@dataclass(frozen=True, slots=True)
class Step:
    """One request of a scenario: its role in it, and its whole JSON body."""

    name: str
    body: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Scenario:
    """Requests whose answers are compared.

    `name` is unique among an operation's scenarios; `kind` says how the answers are compared; `serves` says
    what for, in one sentence; `needs` are fields without which there is nothing to compare; what only some
    models can do is expected to be taken or refused (`any`).
    """

    name: str
    kind: str
    serves: str
    steps: tuple[Step, ...]
    needs: frozenset[str] = frozenset()
    expect: Expectation = "accept"


Request: TypeAlias = dict[str, Json]


def _chat(text: str, more: Request) -> Request:
    message: Json = {"role": "user", "content": text}
    return {"messages": [message], "max_tokens": 16, **more}


def _chat_for(limit: int, more: Request) -> Request:
    body = _chat("Count from 1 to 50 in digits.", {"max_completion_tokens": limit, **more})
    del body["max_tokens"]
    return body


def _completion(more: Request) -> Request:
    return {"prompt": _SAY_HI, "max_tokens": 16, **more}


def _plain_and_streamed(name: str, serves: str, body: Mapping[str, Json]) -> Scenario:
    """The same request twice, the second time as a stream that tells its usage."""
    kind = f"{name.partition('.')[0]}.stream-against-plain"
    streamed: Request = {**body, "stream": True, "stream_options": {"include_usage": True}}
    return Scenario(name, kind, serves, (Step("plain", body), Step("stream", streamed)))


def _alone(
    name: str, serves: str, body: Mapping[str, Json], needs: Collection[str], *, step: str = "plain"
) -> Scenario:
    """A single request that only some models can answer."""
    return Scenario(name, "chat.alone", serves, (Step(step, body),), frozenset(needs), "any")


def _embedding(prefix: str, one: Json, other: Json) -> tuple[Scenario, ...]:
    """What embeddings of the same input must have in common, where inputs come as a list."""
    return (
        Scenario(
            f"{prefix}.float-against-base64",
            "embeddings.float-against-base64",
            "Both encodings hold the same numbers.",
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
            "An input has the same vector alone and among others, at its own index.",
            (Step("alone", {"input": [one]}), Step("batch", {"input": [one, other, one]})),
        ),
    )


def _twice(kind: str, serves: str, body: Mapping[str, Json], needs: Collection[str] = ()) -> Scenario:
    return Scenario(kind, kind, serves, (Step("first", body), Step("second", body)), frozenset(needs))


_SAY_HI = "Say hi."
_STEADY: Request = {"temperature": 0, "seed": 1}
_WARM: Request = {"temperature": 1, "seed": 7}
#: Fields that sharpen a comparison; where a document has not got them, it is made without them.
_DISPENSABLE = frozenset({"seed", "stream_options", "temperature"})
#: Fields of the base request that every step needs too.
_CARRIED = ("model", "dataSources")
#: Each property can be got wrong in its own way: left out, of another type, outside its enum, one too many.
_TELLING_SCHEMA: Json = {
    "type": "object",
    "properties": {
        "city": {"type": "string"},
        "unit": {"type": "string", "enum": ["celsius", "fahrenheit"]},
        "days": {"type": "integer"},
    },
    "required": ["city", "unit", "days"],
    "additionalProperties": False,
}
_WEATHER = "get_weather"
_WEATHER_TOOL: Json = {"type": "function", "function": {"name": _WEATHER, "parameters": _TELLING_SCHEMA}}
_NAMED: Json = {"type": "function", "function": {"name": _WEATHER}}
_TIME_TOOL: Json = {
    "type": "function",
    "function": {"name": FUNCTION, "parameters": PREFERRED["function.parameters"]},
}
_TWO_TOOLS: Json = [_TIME_TOOL, _WEATHER_TOOL]
_JSON_SCHEMA: Json = {
    "type": "json_schema",
    "json_schema": {"name": "weather", "strict": True, "schema": _TELLING_SCHEMA},
}
#: Hardly a text goes without the last one, whatever the server says, so that the last of four counts too.
_STOPS: Json = ["@@@", "###", "\n", " "]

_SENTENCE = "The rain comes in from the sea."


def _spoken(text: str, **more: Json) -> Request:
    return {"model": "tts-1", "input": text, "voice": "alloy", **more}


SCENARIOS: Mapping[str, tuple[Scenario, ...]] = {
    "chat": (
        _plain_and_streamed(
            "chat.stream-against-plain",
            "A stream carries the answer that would have been given at once.",
            _chat(_SAY_HI, _STEADY),
        ),
        _twice(
            "chat.same-seed",
            "The same seed and parameters give the same answer while the backend stays the same.",
            _chat(_SAY_HI, _WARM),
            needs={"seed"},
        ),
        _plain_and_streamed(
            "chat.n-choices",
            "As many choices come as were asked for, at once and in a stream.",
            _chat(_SAY_HI, {"n": 3, **_STEADY}),
        ),
        _plain_and_streamed(
            "chat.tool-call",
            "A tool that must be called is called, at once and in fragments.",
            _chat(
                "What is the weather in Bergen today, in celsius?",
                {"tools": _TWO_TOOLS, "tool_choice": _NAMED, **_STEADY, "max_tokens": JSON_ROOM},
            ),
        ),
        _plain_and_streamed(
            "chat.several-calls",
            "Several tools may be called at once, each call under its own id and index.",
            _chat(
                "Tell me the time, and today's weather in Bergen in celsius.",
                {
                    "tools": _TWO_TOOLS,
                    "tool_choice": "required",
                    "parallel_tool_calls": True,
                    **_STEADY,
                    "max_tokens": JSON_ROOM,
                },
            ),
        ),
        Scenario(
            "chat.one-call",
            "chat.alone",
            "One tool at most is called where calls may not be parallel.",
            (
                Step(
                    "plain",
                    _chat(
                        "Tell me the time, and today's weather in Bergen in celsius.",
                        {
                            "tools": _TWO_TOOLS,
                            "tool_choice": "required",
                            "parallel_tool_calls": False,
                            **_STEADY,
                            "max_tokens": JSON_ROOM,
                        },
                    ),
                ),
            ),
        ),
        Scenario(
            "chat.no-call",
            "chat.alone",
            "A tool that must not be called is not called.",
            (Step("plain", _chat("What time is it?", {"tools": TOOLS, "tool_choice": "none", **_STEADY})),),
        ),
        _plain_and_streamed(
            "chat.function-call",
            "A function in the deprecated form is called where it must be, at once and in fragments.",
            _chat(
                "What time is it?",
                {"functions": FUNCTIONS, "function_call": {"name": FUNCTION}, **_STEADY},
            ),
        ),
        _plain_and_streamed(
            "chat.logprobs",
            "Log probabilities come for every token, at once and in a stream.",
            _chat(_SAY_HI, {"logprobs": True, "top_logprobs": 2, **_STEADY}),
        ),
        Scenario(
            "chat.json-object",
            "chat.alone",
            "An answer is JSON where it was asked to be.",
            (
                Step(
                    "plain",
                    _chat(
                        ASKING_FOR_JSON,
                        {"response_format": {"type": "json_object"}, **_STEADY, "max_tokens": JSON_ROOM},
                    ),
                ),
            ),
        ),
        _plain_and_streamed(
            "chat.json-schema",
            "An answer fits the schema that was asked for, at once and in a stream.",
            _chat(ASKING_FOR_JSON, {"response_format": _JSON_SCHEMA, **_STEADY, "max_tokens": JSON_ROOM}),
        ),
        _plain_and_streamed(
            "chat.stop",
            "A stop sequence ends the answer and is not in it.",
            _chat("Count from 1 to 5 in digits, with spaces between.", {"stop": _STOPS, **_STEADY}),
        ),
        Scenario(
            "chat.completion-limit",
            "chat.alone",
            "An answer ends at max_completion_tokens too.",
            (Step("plain", _chat_for(8, _STEADY)),),
            frozenset({"max_completion_tokens"}),
        ),
        Scenario(
            "chat.stored",
            "chat.alone",
            "An answer may be kept, with notes of the caller's own.",
            (Step("plain", _chat(_SAY_HI, {"store": True, "metadata": {"purpose": "test"}, **_STEADY})),),
            frozenset({"store", "metadata"}),
        ),
        replace(
            _plain_and_streamed(
                "chat.prediction",
                "A prediction of the answer makes it no other.",
                _chat(
                    "Repeat after me: one two three",
                    {"prediction": {"type": "content", "content": "one two three"}, **_STEADY},
                ),
            ),
            needs=frozenset({"prediction"}),
            expect="any",
        ),
        _alone(
            "chat.reasoning-effort",
            "A model that thinks may be told how hard.",
            _chat_for(64, {"reasoning_effort": "low"}),
            {"reasoning_effort", "max_completion_tokens"},
        ),
        _alone(
            "chat.audio",
            "A model that speaks answers with sound beside text.",
            _chat(_SAY_HI, {"modalities": ["text", "audio"], "audio": {"voice": "alloy", "format": "wav"}}),
            {"modalities", "audio"},
        ),
        _alone(
            "chat.streamed-audio",
            "A model that speaks streams sound piece by piece.",
            _chat(
                _SAY_HI,
                {
                    "modalities": ["text", "audio"],
                    "audio": {"voice": "alloy", "format": "pcm16"},
                    "stream": True,
                },
            ),
            {"modalities", "audio"},
            step="stream",
        ),
    ),
    "extension-chat": (
        _plain_and_streamed(
            "extension-chat.stream-against-plain",
            "A stream carries the answer that would have been given at once, with its citations.",
            _chat("What do the documents say?", {**_STEADY, "max_tokens": 64}),
        ),
    ),
    "completions": (
        _plain_and_streamed(
            "completions.stream-against-plain",
            "A stream carries the text that would have been given at once.",
            _completion(_STEADY),
        ),
        _twice(
            "completions.same-seed",
            "The same seed and parameters give the same text while the backend stays the same.",
            _completion(_WARM),
            needs={"seed"},
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
            _completion({"stop": _STOPS, **_STEADY, "prompt": "1 2"}),
        ),
    ),
    "speech": (
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
    ),
    "embeddings": (
        Scenario(
            "embeddings.float-against-base64",
            "embeddings.float-against-base64",
            "Both encodings hold the same numbers.",
            (
                Step("float", {"input": "hi", "encoding_format": "float"}),
                Step("base64", {"input": "hi", "encoding_format": "base64"}),
            ),
        ),
        _twice("embeddings.repeated", "The same input has the same vector.", {"input": "hi"}),
        Scenario(
            "embeddings.alone-against-batch",
            "embeddings.alone-against-batch",
            "An input has the same vector alone and among others, at its own index.",
            (Step("alone", {"input": ["hi"]}), Step("batch", {"input": ["hi", "bye", "hi", "why"]})),
        ),
        *_embedding("embeddings", "hi", "bye"),
    ),
    "image-embeddings": _embedding(
        "image-embeddings", {"image": png_data_url()}, {"image": png_data_url(), "text": "A red square."}
    ),
}


def scenarios_for(operation: Operation) -> tuple[Scenario, ...]:
    """The scenarios of an operation's kind that the operation admits, without fields that it has not got.

    Of scenarios of the same name the first that is admitted counts. What the base request needs beside what
    a scenario is about (the model's name, the sources of data) is in every step.
    """
    shape = request_shape(operation)
    if shape is None:
        return ()
    known = frozenset(shape.properties)
    carried = _carried(operation)
    found: dict[str, Scenario] = {}
    for scenario in SCENARIOS.get(operation.kind, ()):
        steps = tuple(_fitted(step, known, carried) for step in scenario.steps)
        if (
            scenario.name not in found
            and scenario.needs <= known
            and all(step.body.keys() <= known and admits(operation, dict(step.body)) for step in steps)
        ):
            found[scenario.name] = replace(scenario, steps=steps)
    return tuple(found.values())


def _carried(operation: Operation) -> Request:
    body = base_request(operation).body
    value = body.value if isinstance(body, JsonBody) else None
    return {name: value[name] for name in _CARRIED if name in value} if isinstance(value, dict) else {}


def _fitted(step: Step, known: frozenset[str], carried: Request) -> Step:
    gone = _DISPENSABLE - known
    return Step(step.name, {name: value for name, value in step.body.items() if name not in gone} | carried)
