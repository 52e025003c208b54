"""The deprecated function_call, which servers must still support."""

from __future__ import annotations

from collections.abc import Iterator

from aoai_conformance.formats.parameter_schemas import find_first_error
from aoai_conformance.json_access import dig, text
from aoai_conformance.rule import CHAT, rule
from aoai_conformance.rules.chat.tool_calls import level_without_a_call
from aoai_conformance.views.responses import ChatReply
from aoai_model.json_parsing import parse_strictly
from aoai_model.verdict import Violation

_SCHEMAS = "azure-openai@2024-10-21#/components/schemas"
_REQUEST = f"{_SCHEMAS}/createChatCompletionRequest/allOf/1/properties"
_CUT = frozenset({"length", "content_filter"})


@rule(
    "FUNCTION-001",
    must="call only a function that the request's functions name",
    clause=f"{_REQUEST}/functions",
    operations=CHAT,
)
def calls_a_known_function(reply: ChatReply) -> Iterator[Violation]:
    """FUNCTION-003 covers requests without functions."""
    for choice in reply.choices:
        name = text(dig(choice.function_call, "/name"))
        if reply.functions and name is not None and name not in reply.functions:
            message = "The message calls a function that the request does not offer."
            yield choice.violates(
                "/message/function_call/name",
                message,
                expected=sorted(reply.functions),
                actual=name,
                reason="unknown",
            )


@rule(
    "FUNCTION-002",
    should="return a JSON object that matches the function's parameters as arguments",
    clause=f"{_SCHEMAS}/chatCompletionFunctionCall/properties/arguments",
    operations=CHAT,
    note="The document warns that the model may generate invalid JSON or invent parameters.",
)
def function_arguments_match(reply: ChatReply) -> Iterator[Violation]:
    """The arguments of a truncated choice may be incomplete."""
    for choice in reply.choices:
        arguments = text(dig(choice.function_call, "/arguments"))
        function = reply.functions.get(text(dig(choice.function_call, "/name")) or "", {})
        if arguments is None or choice.finish_reason in _CUT:
            continue
        if not arguments and not dig(function, "/parameters/properties"):
            continue
        path = "/message/function_call/arguments"
        try:
            parsed = parse_strictly(arguments)
        except ValueError:
            parsed = None
        if not isinstance(parsed, dict):
            message = "The arguments are not a JSON object."
            yield choice.violates(
                path, message, expected="a JSON object", actual=arguments, reason="no object"
            )
        elif error := find_first_error(parsed, function.get("parameters")):
            message = (
                f"The arguments do not match the function's parameters at {error[0] or 'the root'}: "
                f"{error[1]}"
            )
            yield choice.violates(path, message, actual=parsed, reason="parameters")


@rule(
    "FUNCTION-003",
    must="call no function if function_call is `none` or the request has no functions",
    clause=f"{_REQUEST}/function_call",
    operations=CHAT,
)
def calls_nothing_unless_allowed(reply: ChatReply) -> Iterator[Violation]:
    """Without functions, `none` is the default; calls of tools are in tool_calls."""
    if reply.functions and reply.sent.get("function_call") != "none":
        return
    for choice in reply.choices:
        if choice.function_call is not None:
            message = "The message calls a function, but the request allows no calls."
            yield choice.violates(
                "/message/function_call", message, actual=choice.function_call, reason="called"
            )


@rule(
    "FUNCTION-004",
    must="call the function that function_call names",
    clause=f"{_SCHEMAS}/chatCompletionFunctionCallOption",
    operations=CHAT,
)
def calls_the_named_function(reply: ChatReply) -> Iterator[Violation]:
    """A truncated, filtered or refused choice needs no call, unless it has other content."""
    named = text(dig(reply.sent.get("function_call"), "/name"))
    if named not in reply.functions:
        return
    for choice in reply.choices:
        called = text(dig(choice.function_call, "/name"))
        missing = level_without_a_call(choice)
        if choice.function_call is None and missing:
            message = "The request forces a call, but the message has none."
            yield choice.violates(
                "/message/function_call", message, expected=named, reason="no call", level=missing
            )
        elif called in reply.functions and called != named:
            message = "The message calls a different function than function_call names."
            yield choice.violates(
                "/message/function_call/name",
                message,
                expected=named,
                actual=called,
                reason="other function",
            )
