"""Scenarios of responses: their forms, plain and streamed, and what only some models and services have."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from aoai_model.serialization import Json
from aoai_strategies.requests.preferences import FUNCTION, PREFERRED
from aoai_strategies.scenarios.steps import SAY_HI, Request, Scenario, Step, alone, optional

#: The kind of the scenario that sends the same key in both ways.
CREDENTIALS = "responses.credentials"
_ROOM: Json = 64
_STEADY: Request = {"temperature": 0}
_WEATHER = "get_weather"
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
_WEATHER_TOOL: Json = {"type": "function", "name": _WEATHER, "parameters": _WEATHER_SCHEMA, "strict": True}
_TIME_TOOL: Json = {
    "type": "function",
    "name": FUNCTION,
    "parameters": PREFERRED["function.parameters"],
    "strict": False,
}
_TWO_TOOLS: Json = [_TIME_TOOL, _WEATHER_TOOL]
_CUSTOM_TOOL: Json = {"type": "custom", "name": "note", "description": "Takes down a note."}
_JSON_SCHEMA: Json = {
    "format": {"type": "json_schema", "name": "weather", "strict": True, "schema": _WEATHER_SCHEMA}
}
_BERGEN = "What is the weather in Bergen today, in celsius?"
_BOTH = "Tell me the time, and today's weather in Bergen in celsius."
_AS_JSON = "Answer in JSON: what is the weather in Bergen?"


def _request(input_: Json, **more: Json) -> Request:
    return {"input": input_, "max_output_tokens": _ROOM, **more}


def _both(name: str, summary: str, body: Mapping[str, Json], needs: Collection[str] = ()) -> Scenario:
    """The same request without and with a stream."""
    steps = (Step("plain", body), Step("stream", {**body, "stream": True}))
    return Scenario(name, "responses.stream-against-plain", summary, steps, frozenset(needs))


def _hosted(name: str, summary: str, tool: Json, text: str, **more: Json) -> Scenario:
    """A streamed request with a tool of the service, which not every resource has."""
    body = _request(text, tools=[tool], stream=True, **more)
    return optional(name, summary, body, {"tools"}, step="stream")


RESPONSES: tuple[Scenario, ...] = (
    _both(
        "responses.stream-against-plain",
        "A stream ends with the plain response.",
        _request(SAY_HI, **_STEADY),
    ),
    Scenario(
        "responses.credentials",
        CREDENTIALS,
        "A key is accepted in its own header and as a bearer token.",
        (
            Step("api-key", _request(SAY_HI), "key-in-header"),
            Step("bearer", _request(SAY_HI), "key-as-bearer"),
        ),
    ),
    _both(
        "responses.tool-call",
        "A required function is called, in a plain response and in fragments.",
        _request(_BERGEN, tools=_TWO_TOOLS, tool_choice={"type": "function", "name": _WEATHER}, **_STEADY),
    ),
    _both(
        "responses.several-calls",
        "Calls of several functions have different ids.",
        _request(_BOTH, tools=_TWO_TOOLS, tool_choice="required", parallel_tool_calls=True, **_STEADY),
    ),
    alone(
        "responses.one-call",
        "At most one function is called if parallel_tool_calls is false.",
        _request(_BOTH, tools=_TWO_TOOLS, tool_choice="required", parallel_tool_calls=False, **_STEADY),
    ),
    alone(
        "responses.no-call",
        "No function is called if tool_choice is none.",
        _request("What time is it?", tools=[_TIME_TOOL], tool_choice="none", **_STEADY),
    ),
    alone(
        "responses.allowed-tools",
        "Only allowed functions are called.",
        _request(
            _BOTH,
            tools=_TWO_TOOLS,
            tool_choice={
                "type": "allowed_tools",
                "mode": "required",
                "tools": [{"type": "function", "name": FUNCTION}],
            },
            **_STEADY,
        ),
    ),
    _both(
        "responses.json-schema",
        "The text is valid under the schema in text.format.",
        _request(_AS_JSON, text=_JSON_SCHEMA, **_STEADY),
    ),
    alone(
        "responses.json-object",
        "The text is JSON if text.format is json_object.",
        _request(_AS_JSON, text={"format": {"type": "json_object"}}, **_STEADY),
    ),
    _both(
        "responses.limit",
        "A response that reaches max_output_tokens is incomplete.",
        {"input": "Count from 1 to 50 in digits.", "max_output_tokens": 16, **_STEADY},
    ),
    _both(
        "responses.logprobs",
        "Log probabilities are included if the request asks for them.",
        _request(SAY_HI, include=["message.output_text.logprobs"], top_logprobs=2, **_STEADY),
        {"include", "top_logprobs"},
    ),
    alone(
        "responses.parameters",
        "A response repeats the parameters of its request.",
        _request(
            SAY_HI,
            instructions="Be brief.",
            metadata={"purpose": "test"},
            truncation="auto",
            temperature=0.5,
            top_p=0.5,
            user="user-1",
            store=True,
        ),
    ),
    alone(
        "responses.not-padded",
        "The deltas of a stream are not padded if the request says so.",
        _request(SAY_HI, stream=True, stream_options={"include_obfuscation": False}),
        {"stream_options"},
    ),
    alone(
        "responses.messages",
        "The input is a list of messages of each role.",
        _request(
            [
                {"role": "developer", "content": "Be brief."},
                {"role": "user", "content": [{"type": "input_text", "text": SAY_HI}]},
                {"role": "assistant", "content": [{"type": "output_text", "text": "Hi.", "annotations": []}]},
                {"type": "message", "role": "user", "content": "Say it again."},
            ]
        ),
    ),
    optional(
        "responses.custom-tool",
        "A custom tool is called with plain text.",
        _request("Take down a note: rain.", tools=[_CUSTOM_TOOL], tool_choice="required", stream=True),
        {"tools"},
        step="stream",
    ),
    optional(
        "responses.reasoning",
        "A reasoning model streams a summary of its reasoning.",
        {
            "input": "What is 17 times 3?",
            "max_output_tokens": 512,
            "reasoning": {"effort": "low", "summary": "auto"},
            "include": ["reasoning.encrypted_content"],
            "store": False,
            "stream": True,
        },
        {"reasoning", "include"},
        step="stream",
    ),
    _hosted(
        "responses.web-search",
        "A search of the web is reported, and at most as often as allowed.",
        {"type": "web_search"},
        "What is the weather in Bergen?",
        max_tool_calls=1,
    ),
    _hosted(
        "responses.code-interpreter",
        "The code that a response runs is streamed.",
        {"type": "code_interpreter", "container": {"type": "auto"}},
        "Compute 17 times 3 in Python.",
        include=["code_interpreter_call.outputs"],
    ),
)
