"""Scenarios of chat: its forms of answers, at once and in a stream."""

from __future__ import annotations

from dataclasses import replace

from aoai_model.case import Json
from aoai_strategies.points.field_dependencies import ASKING_FOR_JSON, FUNCTIONS, JSON_ROOM, TOOLS
from aoai_strategies.points.preferences import FUNCTION, PREFERRED
from aoai_strategies.scenarios.steps import (
    SAY_HI,
    STEADY,
    STOPS,
    WARM,
    Request,
    Scenario,
    Step,
    alone,
    chat,
    plain_and_streamed,
    twice,
)

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
#: Room for a short answer with its sound: only one that ends by itself has all that belongs to it.
_SPOKEN_ROOM: Json = 256
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


def _chat_for(limit: int, more: Request) -> Request:
    body = chat("Count from 1 to 50 in digits.", {"max_completion_tokens": limit, **more})
    del body["max_tokens"]
    return body


CHAT: tuple[Scenario, ...] = (
    plain_and_streamed(
        "chat.stream-against-plain",
        "A stream carries the answer that would have been given at once.",
        chat(SAY_HI, STEADY),
    ),
    twice(
        "chat.same-seed",
        "The same seed and parameters give the same answer while the backend stays the same.",
        chat(SAY_HI, WARM),
        needs={"seed"},
    ),
    plain_and_streamed(
        "chat.n-choices",
        "As many choices come as were asked for, at once and in a stream.",
        chat(SAY_HI, {"n": 3, **STEADY}),
    ),
    plain_and_streamed(
        "chat.tool-call",
        "A tool that must be called is called, at once and in fragments.",
        chat(
            "What is the weather in Bergen today, in celsius?",
            {"tools": _TWO_TOOLS, "tool_choice": _NAMED, **STEADY, "max_tokens": JSON_ROOM},
        ),
    ),
    plain_and_streamed(
        "chat.several-calls",
        "Several tools may be called at once, each call under its own id and index.",
        chat(
            "Tell me the time, and today's weather in Bergen in celsius.",
            {
                "tools": _TWO_TOOLS,
                "tool_choice": "required",
                "parallel_tool_calls": True,
                **STEADY,
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
                chat(
                    "Tell me the time, and today's weather in Bergen in celsius.",
                    {
                        "tools": _TWO_TOOLS,
                        "tool_choice": "required",
                        "parallel_tool_calls": False,
                        **STEADY,
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
        (Step("plain", chat("What time is it?", {"tools": TOOLS, "tool_choice": "none", **STEADY})),),
    ),
    plain_and_streamed(
        "chat.function-call",
        "A function in the deprecated form is called where it must be, at once and in fragments.",
        chat(
            "What time is it?",
            {"functions": FUNCTIONS, "function_call": {"name": FUNCTION}, **STEADY},
        ),
    ),
    plain_and_streamed(
        "chat.logprobs",
        "Log probabilities come for every token, at once and in a stream.",
        chat(SAY_HI, {"logprobs": True, "top_logprobs": 2, **STEADY}),
    ),
    Scenario(
        "chat.json-object",
        "chat.alone",
        "An answer is JSON where it was asked to be.",
        (
            Step(
                "plain",
                chat(
                    ASKING_FOR_JSON,
                    {"response_format": {"type": "json_object"}, **STEADY, "max_tokens": JSON_ROOM},
                ),
            ),
        ),
    ),
    plain_and_streamed(
        "chat.json-schema",
        "An answer fits the schema that was asked for, at once and in a stream.",
        chat(ASKING_FOR_JSON, {"response_format": _JSON_SCHEMA, **STEADY, "max_tokens": JSON_ROOM}),
    ),
    plain_and_streamed(
        "chat.stop",
        "A stop sequence ends the answer and is not in it.",
        chat("Count from 1 to 5 in digits, with spaces between.", {"stop": STOPS, **STEADY}),
    ),
    Scenario(
        "chat.completion-limit",
        "chat.alone",
        "An answer ends at max_completion_tokens too.",
        (Step("plain", _chat_for(8, STEADY)),),
        frozenset({"max_completion_tokens"}),
    ),
    Scenario(
        "chat.stored",
        "chat.alone",
        "An answer may be kept, with notes of the caller's own.",
        (Step("plain", chat(SAY_HI, {"store": True, "metadata": {"purpose": "test"}, **STEADY})),),
        frozenset({"store", "metadata"}),
    ),
    replace(
        plain_and_streamed(
            "chat.prediction",
            "A prediction of the answer makes it no other.",
            chat(
                "Repeat after me: one two three",
                {"prediction": {"type": "content", "content": "one two three"}, **STEADY},
            ),
        ),
        needs=frozenset({"prediction"}),
        expect="any",
    ),
    alone(
        "chat.reasoning-effort",
        "A model that thinks may be told how hard.",
        _chat_for(64, {"reasoning_effort": "low"}),
        {"reasoning_effort", "max_completion_tokens"},
    ),
    alone(
        "chat.audio",
        "A model that speaks answers with sound beside text.",
        chat(SAY_HI, {"modalities": ["text", "audio"], "audio": {"voice": "alloy", "format": "wav"}}),
        {"modalities", "audio"},
    ),
    alone(
        "chat.streamed-audio",
        "A model that speaks streams sound piece by piece.",
        chat(
            SAY_HI,
            {
                "modalities": ["text", "audio"],
                "audio": {"voice": "alloy", "format": "pcm16"},
                "stream": True,
                "max_tokens": _SPOKEN_ROOM,
            },
        ),
        {"modalities", "audio"},
        step="stream",
    ),
)
