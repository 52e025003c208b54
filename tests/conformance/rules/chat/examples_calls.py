"""Examples for the rules about tool calls, function calls, JSON modes and probabilities."""

from __future__ import annotations

from typing import Any

from chat_by_hand import (
    COLOUR,
    Example,
    body,
    call,
    calling,
    calls_streamed,
    choice,
    fragment,
    named,
    opening,
    plain,
    probability,
    schema_format,
    scored,
    token,
    tool,
)

from aoai_conformance.exchange import Exchange

OFFERED: dict[str, Any] = {"tools": [tool("look"), tool("paint", COLOUR), tool("dye", COLOUR, strict=True)]}
RED, BLUE = {"colour": "red"}, {"colour": "blue"}
FUNCTIONS: dict[str, Any] = {"functions": [{"name": "look"}, {"name": "paint", "parameters": COLOUR}]}


def asked(*choices: dict[str, Any], **sent: Any) -> Exchange:
    return plain(body(*choices), **{**OFFERED, **sent})


def function(
    name: str = "look", arguments: str = "{}", finish_reason: str = "function_call"
) -> dict[str, Any]:
    return choice(None, finish_reason=finish_reason, function_call={"name": name, "arguments": arguments})


def old(*choices: dict[str, Any], **sent: Any) -> Exchange:
    return plain(body(*choices), **{**FUNCTIONS, **sent})


def json_mode(content: str, **more: Any) -> Exchange:
    return plain(body(choice(content, **more)), response_format={"type": "json_object"})


def probable(*tokens: dict[str, Any], top: int | None = None, content: str | None = None) -> Exchange:
    sent = {"logprobs": True} if top is None else {"logprobs": True, "top_logprobs": top}
    return plain(body(scored(*tokens, content=content)), **sent)


HALF, QUARTER = probability(0.5), probability(0.25)

#: A call that no fragment gives arguments.
UNSAID = {"index": 0, "id": "call_1", "type": "function", "function": {"name": "look"}}

EXAMPLES = [
    Example(
        "FINISH-003",
        "tool_calls for tool calls",
        asked(calling()),
        asked(calling(finish_reason="stop")),
        "/choices/0/finish_reason",
    ),
    Example(
        "FINISH-003",
        "stop is a should where a call is required",
        asked(calling(), tool_choice="required"),
        asked(calling(finish_reason="stop"), tool_choice="required"),
        "/choices/0/finish_reason",
        level="should",
    ),
    Example(
        "FINISH-004",
        "stop for a message without calls",
        asked(choice(tool_calls=[])),
        asked(choice(finish_reason="tool_calls")),
        "/choices/0/message/tool_calls",
    ),
    Example(
        "FINISH-004",
        "in a stream",
        calls_streamed(opening(arguments="{}")),
        calls_streamed(),
        "/choices/0/delta/tool_calls",
        1,
    ),
    Example(
        "FINISH-005",
        "function_call for a function call",
        old(function()),
        old(function(finish_reason="stop")),
        "/choices/0/finish_reason",
    ),
    Example(
        "FINISH-005",
        "no function_call without one",
        old(choice()),
        old(choice(finish_reason="function_call")),
        "/choices/0/message/function_call",
    ),
    Example(
        "TOOL-001",
        "an offered function",
        asked(calling(call("look"))),
        asked(calling(call("listen"))),
        "/choices/0/message/tool_calls/0/function/name",
    ),
    Example(
        "TOOL-002",
        "two calls, two ids",
        asked(calling(call(), call(id="call_2"))),
        asked(calling(call(), call())),
        "/choices/0/message/tool_calls/1/id",
    ),
    Example(
        "TOOL-002",
        "an id in some fragment",
        calls_streamed(opening(), fragment(0, "{}")),
        calls_streamed(
            {"index": 0, "type": "function", "function": {"name": "look", "arguments": ""}}, fragment(0, "{}")
        ),
        "/choices/0/delta/tool_calls/0/id",
        3,
    ),
    Example(
        "TOOL-003",
        "arguments in JSON",
        asked(calling(call("paint", RED))),
        asked(calling(call("paint", "{'colour': 'red'}"))),
        "/choices/0/message/tool_calls/0/function/arguments",
    ),
    Example(
        "TOOL-003",
        "must be for a strict function",
        asked(calling(call("dye", RED))),
        asked(calling(call("dye", "[]"))),
        "/choices/0/message/tool_calls/0/function/arguments",
        level="must",
    ),
    Example(
        "TOOL-003",
        "put together from fragments",
        calls_streamed(opening(), fragment(0, "{"), fragment(0, "}")),
        calls_streamed(opening(arguments="{"), fragment(0, "{"), fragment(0, "}")),
        "/choices/0/delta/tool_calls/0/function/arguments",
        4,
    ),
    Example(
        "TOOL-003",
        "no fragment gives any, to a function that takes nothing",
        calls_streamed(UNSAID),
        calls_streamed(UNSAID, tools=[tool(parameters=COLOUR)]),
        "/choices/0/delta/tool_calls/0/function/arguments",
        2,
    ),
    Example(
        "TOOL-003",
        "a beginning of an object where the limit cut it",
        asked(calling(call("dye", '{"colo'), finish_reason="length")),
        asked(calling(call("dye", "colour: r"), finish_reason="length")),
        "/choices/0/message/tool_calls/0/function/arguments",
        level="must",
    ),
    Example(
        "TOOL-004",
        "arguments that the parameters allow",
        asked(calling(call("paint", RED))),
        asked(calling(call("paint", BLUE))),
        "/choices/0/message/tool_calls/0/function/arguments",
    ),
    Example(
        "TOOL-004",
        "must be for a strict function",
        asked(calling(call("dye", RED))),
        asked(calling(call("dye", {"colour": "red", "shade": 1}))),
        "/choices/0/message/tool_calls/0/function/arguments",
        level="must",
    ),
    Example(
        "TOOL-005",
        "the named function, with stop as the reason",
        asked(calling(call("paint", RED), finish_reason="stop"), tool_choice=named("paint")),
        asked(calling(call("look"), finish_reason="stop"), tool_choice=named("paint")),
        "/choices/0/message/tool_calls/0/function/name",
    ),
    Example(
        "TOOL-005",
        "a call at all",
        asked(calling(call("paint", RED)), tool_choice=named("paint")),
        asked(choice(), tool_choice=named("paint")),
        "/choices/0/message/tool_calls",
    ),
    Example(
        "TOOL-006",
        "no call for none",
        asked(choice(), tool_choice="none"),
        asked(calling(), tool_choice="none"),
        "/choices/0/message/tool_calls",
    ),
    Example(
        "TOOL-006",
        "no call without tools",
        plain(),
        plain(body(calling())),
        "/choices/0/message/tool_calls",
    ),
    Example(
        "TOOL-007",
        "a call for required",
        asked(calling(), tool_choice="required"),
        asked(choice(), tool_choice="required"),
        "/choices/0/message/tool_calls",
    ),
    Example(
        "TOOL-007",
        "a call for required, where a cut answer says something else",
        asked(choice("", finish_reason="length"), tool_choice="required"),
        asked(choice("It is", finish_reason="length"), tool_choice="required"),
        "/choices/0/message/tool_calls",
        level="should",
    ),
    Example(
        "TOOL-008",
        "one call when not parallel",
        asked(calling(), parallel_tool_calls=False),
        asked(calling(call(), call(id="call_2")), parallel_tool_calls=False),
        "/choices/0/message/tool_calls",
    ),
    Example(
        "TOOL-009",
        "type function",
        asked(calling()),
        asked(calling(call(type="retrieval"))),
        "/choices/0/message/tool_calls/0/type",
        also=frozenset({"SCHEMA-005"}),
    ),
    Example(
        "TOOL-010",
        "a name in some fragment",
        calls_streamed(opening(arguments="{}")),
        calls_streamed({"index": 0, "id": "call_1", "type": "function", "function": {"arguments": "{}"}}),
        "/choices/0/delta/tool_calls/0/function/name",
        2,
    ),
    Example(
        "TOOL-011",
        "ids of their own over two choices",
        asked(calling(), calling(call(id="call_2"), index=1), n=2),
        asked(calling(), calling(index=1), n=2),
        "/choices/1/message/tool_calls",
    ),
    Example(
        "FUNCTION-001",
        "an offered function",
        old(function("look")),
        old(function("listen")),
        "/choices/0/message/function_call/name",
    ),
    Example(
        "FUNCTION-002",
        "arguments that the parameters allow",
        old(function("paint", '{"colour": "green"}')),
        old(function("paint", '{"colour": 1}')),
        "/choices/0/message/function_call/arguments",
    ),
    Example(
        "FUNCTION-003",
        "no call for none",
        old(choice(), function_call="none"),
        old(function(), function_call="none"),
        "/choices/0/message/function_call",
    ),
    Example(
        "FUNCTION-004",
        "the named function, with stop as the reason",
        old(function("look", finish_reason="stop"), function_call={"name": "look"}),
        old(choice(), function_call={"name": "look"}),
        "/choices/0/message/function_call",
    ),
    Example(
        "FUNCTION-004",
        "the named function, where a cut answer says something else",
        old(choice("", finish_reason="length"), function_call={"name": "look"}),
        old(choice("It is", finish_reason="length"), function_call={"name": "look"}),
        "/choices/0/message/function_call",
        level="should",
    ),
    Example(
        "JSON-001",
        "JSON, with space around it",
        json_mode(' {"fruits": ["apple"]}\n'),
        json_mode('{"fruits": ["apple"]} and more'),
        "/choices/0/message/content",
    ),
    Example(
        "JSON-001",
        "an object",
        json_mode("{}"),
        json_mode("[]"),
        "/choices/0/message/content",
        level="should",
    ),
    Example(
        "JSON-001",
        "a beginning of an object where the limit cut it",
        json_mode('{"fruits": ["app', finish_reason="length"),
        json_mode('Here are: {"fruits": ["app', finish_reason="length"),
        "/choices/0/message/content",
    ),
    Example(
        "JSON-002",
        "JSON under a strict schema",
        plain(body(choice('{"colour": "red"}')), response_format=schema_format()),
        plain(body(choice("red")), response_format=schema_format()),
        "/choices/0/message/content",
    ),
    Example(
        "JSON-003",
        "an instance of the schema",
        plain(body(choice('{"colour": "red"}')), response_format=schema_format()),
        plain(body(choice('{"colour": "blue"}')), response_format=schema_format()),
        "/choices/0/message/content",
    ),
    Example(
        "JSON-003",
        "a may without strict",
        plain(body(choice('{"colour": "red"}')), response_format=schema_format(strict=None)),
        plain(body(choice("{}")), response_format=schema_format(strict=None)),
        "/choices/0/message/content",
        level="may",
    ),
    Example(
        "LOGPROBS-001",
        "there when asked for",
        probable(token("A"), token("pple.")),
        plain(body(choice("Apple.")), logprobs=True),
        "/choices/0/logprobs",
    ),
    Example(
        "LOGPROBS-002",
        "an empty object lists none",
        plain(body(choice("Apple.", logprobs={"content": None, "refusal": None}))),
        plain(body(scored(token("Apple.")))),
        "/choices/0/logprobs",
    ),
    Example(
        "LOGPROBS-003",
        "a part of a character is no text",
        probable(
            token("\N{REPLACEMENT CHARACTER}", bytes=[0xE2, 0x82]),
            token("\N{EURO SIGN}", bytes=[0xAC]),
            content="\N{EURO SIGN}",
        ),
        probable(token("Apple.", bytes=list(b"Pear.."))),
        "/choices/0/logprobs/content/0/bytes",
    ),
    Example(
        "LOGPROBS-003",
        "the bytes of a whole text are UTF-8",
        probable(token("né"), content="né"),
        probable(token("né", bytes=list("né".encode("latin-1"))), content="né"),
        "/choices/0/logprobs/content/0/bytes",
    ),
    Example(
        "LOGPROBS-004",
        "bytes are bytes",
        probable(token("Apple.")),
        probable(token("A", bytes=[321]), token("pple.")),
        "/choices/0/logprobs/content/0/bytes/0",
    ),
    Example(
        "LOGPROBS-005",
        "tokens that make the text",
        probable(token("Apple,"), token(" pear.")),
        probable(token("Apple,"), token(" plum."), content="Apple, pear."),
        "/choices/0/logprobs/content",
    ),
    Example(
        "LOGPROBS-006",
        "logarithms of probabilities",
        probable(token("Apple.", 0.0)),
        probable(token("Apple.", 0.5)),
        "/choices/0/logprobs/content/0/logprob",
    ),
    Example(
        "LOGPROBS-007",
        "at most as many alternatives as asked",
        probable(token("Apple.", HALF, [("Apple.", HALF)]), top=2),
        probable(token("Apple.", HALF, [("Apple.", HALF), ("A", QUARTER)]), top=1),
        "/choices/0/logprobs/content/0/top_logprobs",
    ),
    Example(
        "LOGPROBS-007",
        "none unless asked",
        probable(token("Apple.")),
        probable(token("Apple.", HALF, [("Apple.", HALF)])),
        "/choices/0/logprobs/content/0/top_logprobs",
        level="should",
    ),
    Example(
        "LOGPROBS-008",
        "the likeliest first, the sampled one need not be",
        probable(token("Pear.", QUARTER, [("Apple.", HALF), ("Pear.", QUARTER)]), top=2),
        probable(token("Apple.", HALF, [("Pear.", QUARTER), ("Apple.", HALF)]), top=2),
        "/choices/0/logprobs/content/0/top_logprobs",
    ),
    Example(
        "LOGPROBS-009",
        "alternatives when asked",
        probable(token("Apple,", HALF, [("Apple,", HALF)]), token(" pear."), top=1),
        probable(token("Apple."), top=1),
        "/choices/0/logprobs/content",
    ),
    Example(
        "LOGPROBS-010",
        "probabilities below one",
        probable(token("Apple.", HALF, [("Apple.", HALF), ("A", HALF)]), top=2),
        probable(token("Apple.", -0.1, [("Apple.", -0.1), ("A", -0.2)]), top=2),
        "/choices/0/logprobs/content/0/top_logprobs",
    ),
    Example(
        "LOGPROBS-011",
        "one token, one probability",
        probable(token("Apple.", HALF, [("Apple.", HALF)]), top=1),
        probable(token("Apple.", QUARTER, [("Apple.", HALF)]), top=1),
        "/choices/0/logprobs/content/0/top_logprobs/0/logprob",
    ),
    Example(
        "LOGPROBS-012",
        "the alternatives of this token, not of the first one",
        probable(
            token("App", -0.05, [("App", -0.05), ("P", -3.5)]),
            token("le.", -4, [("ly.", -0.1), (".", -3)]),
            top=2,
        ),
        probable(
            token("App", -0.05, [("App", -0.05), ("P", -3.5)]),
            token("le.", -0.02, [("App", -0.05), ("P", -3.5)]),
            top=2,
        ),
        "/choices/0/logprobs/content/1/top_logprobs",
    ),
]
