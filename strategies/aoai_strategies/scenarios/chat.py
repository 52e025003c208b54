"""Scenarios of chat: the forms of its responses, plain and streamed, and responses from data sources."""

from __future__ import annotations

from dataclasses import replace

from aoai_model.serialization import Json
from aoai_strategies.points.field_dependencies import ASKING_FOR_JSON, FUNCTIONS, JSON_ROOM, TOOLS
from aoai_strategies.requests.preferences import FUNCTION, PREFERRED
from aoai_strategies.scenarios.steps import (
    SAY_HI,
    STEADY,
    STOPS,
    WARM,
    Request,
    Scenario,
    alone,
    chat,
    optional,
    plain_and_streamed,
    twice,
)

#: Each property can be wrong in a different way: missing, of the wrong type, outside its enum, undeclared.
_WEATHER_SCHEMA: Json = {
    "type": "object",
    "properties": {
        "city": {"type": "string"},
        "unit": {"type": "string", "enum": ["celsius", "fahrenheit"]},
        "days": {"type": "integer"},
    },
    "required": ["city", "unit", "days"],
    "additionalProperties": False,
}
#: Room for a short response with audio, which is complete only if it ends by itself.
_AUDIO_ROOM: Json = 256
_WEATHER = "get_weather"
_WEATHER_TOOL: Json = {"type": "function", "function": {"name": _WEATHER, "parameters": _WEATHER_SCHEMA}}
_NAMED: Json = {"type": "function", "function": {"name": _WEATHER}}
_TIME_TOOL: Json = {
    "type": "function",
    "function": {"name": FUNCTION, "parameters": PREFERRED["function.parameters"]},
}
_TWO_TOOLS: Json = [_TIME_TOOL, _WEATHER_TOOL]
_JSON_SCHEMA: Json = {
    "type": "json_schema",
    "json_schema": {"name": "weather", "strict": True, "schema": _WEATHER_SCHEMA},
}


_BOTH_TOOLS = "Tell me the time, and today's weather in Bergen in celsius."


def _call_tools(*, parallel: bool) -> Request:
    return {
        "tools": _TWO_TOOLS,
        "tool_choice": "required",
        "parallel_tool_calls": parallel,
        **STEADY,
        "max_tokens": JSON_ROOM,
    }


def _limited_chat(limit: int, more: Request) -> Request:
    body = chat("Count from 1 to 50 in digits.", {"max_completion_tokens": limit, **more})
    del body["max_tokens"]
    return body


CHAT: tuple[Scenario, ...] = (
    plain_and_streamed(
        "chat.stream-against-plain",
        "A stream has the same content as the plain response.",
        chat(SAY_HI, STEADY),
    ),
    twice(
        "chat.same-seed",
        "The same seed and parameters give the same response while the backend stays the same.",
        chat(SAY_HI, WARM),
        needs={"seed"},
    ),
    plain_and_streamed(
        "chat.n-choices",
        "Plain responses and streams have n choices.",
        chat(SAY_HI, {"n": 3, **STEADY}),
    ),
    plain_and_streamed(
        "chat.tool-call",
        "A required tool is called, in a plain response and in fragments.",
        chat(
            "What is the weather in Bergen today, in celsius?",
            {"tools": _TWO_TOOLS, "tool_choice": _NAMED, **STEADY, "max_tokens": JSON_ROOM},
        ),
    ),
    plain_and_streamed(
        "chat.several-calls",
        "Parallel tool calls have different ids and indexes.",
        chat(_BOTH_TOOLS, _call_tools(parallel=True)),
    ),
    alone(
        "chat.calls-of-choices",
        "Parallel tool calls of several choices have different ids.",
        chat(_BOTH_TOOLS, {**_call_tools(parallel=True), "n": 2}),
    ),
    alone(
        "chat.one-call",
        "At most one tool is called if parallel_tool_calls is false.",
        chat(_BOTH_TOOLS, _call_tools(parallel=False)),
    ),
    alone(
        "chat.no-call",
        "No tool is called if tool_choice is none.",
        chat("What time is it?", {"tools": TOOLS, "tool_choice": "none", **STEADY}),
    ),
    plain_and_streamed(
        "chat.function-call",
        "A required function in the deprecated form is called, in a plain response and in fragments.",
        chat("What time is it?", {"functions": FUNCTIONS, "function_call": {"name": FUNCTION}, **STEADY}),
    ),
    plain_and_streamed(
        "chat.logprobs",
        "Plain responses and streams have log probabilities for every token.",
        chat(SAY_HI, {"logprobs": True, "top_logprobs": 2, **STEADY}),
    ),
    alone(
        "chat.json-object",
        "The content is JSON if response_format is json_object.",
        chat(
            ASKING_FOR_JSON,
            {"response_format": {"type": "json_object"}, **STEADY, "max_tokens": JSON_ROOM},
        ),
    ),
    plain_and_streamed(
        "chat.json-schema",
        "The content is valid under the schema in response_format.",
        chat(ASKING_FOR_JSON, {"response_format": _JSON_SCHEMA, **STEADY, "max_tokens": JSON_ROOM}),
    ),
    plain_and_streamed(
        "chat.stop",
        "A stop sequence ends the content and is not part of it.",
        chat("Count from 1 to 5 in digits, with spaces between.", {"stop": STOPS, **STEADY}),
    ),
    alone(
        "chat.completion-limit",
        "The content ends at max_completion_tokens.",
        _limited_chat(8, STEADY),
        {"max_completion_tokens"},
    ),
    alone(
        "chat.stored",
        "A request may store its response, with metadata.",
        chat(SAY_HI, {"store": True, "metadata": {"purpose": "test"}, **STEADY}),
        {"store", "metadata"},
    ),
    replace(
        plain_and_streamed(
            "chat.prediction",
            "A prediction does not change the content.",
            chat(
                "Repeat after me: one two three",
                {"prediction": {"type": "content", "content": "one two three"}, **STEADY},
            ),
        ),
        needs=frozenset({"prediction"}),
        expect="any",
    ),
    optional(
        "chat.reasoning-effort",
        "A reasoning model accepts reasoning_effort.",
        _limited_chat(64, {"reasoning_effort": "low"}),
        {"reasoning_effort", "max_completion_tokens"},
    ),
    optional(
        "chat.audio",
        "A model that produces audio responds with audio and its transcript.",
        chat(SAY_HI, {"modalities": ["text", "audio"], "audio": {"voice": "alloy", "format": "wav"}}),
        {"modalities", "audio"},
    ),
    optional(
        "chat.streamed-audio",
        "A model that produces audio streams it in fragments.",
        chat(
            SAY_HI,
            {
                "modalities": ["text", "audio"],
                "audio": {"voice": "alloy", "format": "pcm16"},
                "stream": True,
                "max_tokens": _AUDIO_ROOM,
            },
        ),
        {"modalities", "audio"},
        step="stream",
    ),
)

_QUESTION = "What do the documents say?"
_ENDPOINT = "https://example.search.windows.net"
_SEARCH: Json = {
    "type": "azure_search",
    "parameters": {
        "authentication": {"type": "api_key", "key": "no-key"},
        "endpoint": _ENDPOINT,
        "index_name": "documents",
    },
}
_ROOM: Request = {**STEADY, "max_tokens": 64}


def _data_source(**more: Json) -> Json:
    """A data source in the older form, with further parameters."""
    parameters: Json = {"endpoint": _ENDPOINT, "key": "no-key", "indexName": "documents", **more}
    return {"type": "AzureCognitiveSearch", "parameters": parameters}


EXTENSION_CHAT: tuple[Scenario, ...] = (
    plain_and_streamed(
        "extension-chat.stream-against-plain",
        "A stream has the same content and citations as the plain response.",
        chat(_QUESTION, _ROOM),
    ),
    optional(
        "extension-chat.one-document",
        "A response cites one document at most if the request limits it to one.",
        chat(_QUESTION, {**_ROOM, "dataSources": [_data_source(topNDocuments=1)]}),
        {"dataSources"},
    ),
)

CHAT_ON_DATA: tuple[Scenario, ...] = (
    optional(
        "chat.streamed-data",
        "A stream from data sources cites whole documents, as a plain response does.",
        chat(_QUESTION, {**_ROOM, "data_sources": [_SEARCH], "stream": True}),
        {"data_sources"},
        step="stream",
    ),
)
