"""Tool calls: only offered functions, as tool_choice requires, with valid ids and arguments."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aoai_conformance.formats.json_prefix import is_json_prefix
from aoai_conformance.formats.parameter_schemas import find_first_error
from aoai_conformance.json_access import dig, objects, text
from aoai_conformance.rule import CHAT, rule
from aoai_conformance.views.responses import ChatChoice, ChatReply, ToolCall
from aoai_model.json_parsing import parse_strictly
from aoai_model.verdict import Level, Violation

_SCHEMAS = "azure-openai@2024-10-21#/components/schemas"
_REQUEST = f"{_SCHEMAS}/createChatCompletionRequest/allOf/1/properties"
_CALL = f"{_SCHEMAS}/chatCompletionMessageToolCall/properties"
_CHOICE = f"{_SCHEMAS}/chatCompletionToolChoiceOption"
#: The finish reasons of truncated messages.
_CUT = frozenset({"length", "content_filter"})


def _offered_types(reply: ChatReply) -> frozenset[str]:
    """Return the types of the tools that the request offers."""
    listed = (text(tool.get("type")) for _, tool in objects(reply.sent.get("tools")))
    return frozenset(kind for kind in listed if kind)


def _calls(reply: ChatReply) -> Iterator[tuple[ChatChoice, ToolCall, str]]:
    for choice in reply.choices:
        for call in choice.tool_calls:
            yield choice, call, f"/message/tool_calls/{call.place}"


@rule(
    "TOOL-001",
    must="call only functions that the request's tools name",
    clause=f"{_REQUEST}/tools",
    operations=CHAT,
)
def calls_known_functions(reply: ChatReply) -> Iterator[Violation]:
    """TOOL-006 covers requests without tools."""
    for choice, call, path in _calls(reply):
        if reply.tools and call.name is not None and call.name not in reply.tools:
            message = "The message calls a function that the request does not offer."
            yield choice.violates(
                f"{path}/function/name",
                message,
                expected=sorted(reply.tools),
                actual=call.name,
                reason="unknown",
            )


@rule(
    "TOOL-002",
    must="give each tool call of a message a unique id",
    clause=f"{_CALL}/id",
    operations=CHAT,
)
def tool_call_ids_are_unique(reply: ChatReply) -> Iterator[Violation]:
    """The tool message with the result of a call refers to its id."""
    for choice in reply.choices:
        taken: set[str] = set()
        for call in choice.tool_calls:
            path = f"/message/tool_calls/{call.place}/id"
            if call.id is not None and not call.id:
                yield choice.violates(path, "The id of the call is empty.", expected="an id", reason="empty")
            elif call.id is None and reply.streamed:
                yield choice.violates(path, "No fragment of the call has an id.", reason="missing")
            elif call.id in taken:
                yield choice.violates(path, "Two calls have the same id.", actual=call.id, reason="twice")
            if call.id:
                taken.add(call.id)


@rule(
    "TOOL-003",
    should="return a JSON object as arguments, and must do so for a strict function",
    clause=f"{_CALL}/function/properties/arguments",
    operations=CHAT,
    note="The document warns that the model may generate invalid JSON, so it is a MUST only with `strict`.",
)
def arguments_are_an_object(reply: ChatReply) -> Iterator[Violation]:
    """Truncated arguments must be the beginning of an object; without any fragment, they are empty."""
    for choice, call, path in _calls(reply):
        written = "" if call.arguments is None and reply.streamed else call.arguments
        if call.type == "custom":
            continue  # its input is text of any form
        if written is None or choice.finish_reason == "content_filter":
            continue
        if choice.finish_reason == "length":
            lawful = is_json_prefix(written, with_object=True)
        else:
            lawful = _empty_as_allowed(reply, call) or isinstance(_parsed(written), dict)
        if not lawful:
            yield choice.violates(
                f"{path}/function/arguments",
                "The arguments are not a JSON object.",
                expected="a JSON object",
                actual=call.arguments,
                reason="no object",
                level="must" if _strict(reply, choice, call) else None,
            )


@rule(
    "TOOL-004",
    should="return arguments that match the function's parameters, and must do so for a strict function",
    clause=f"{_SCHEMAS}/FunctionObject/properties/strict",
    operations=CHAT,
    note="The document warns that the model may invent parameters, so it is a MUST only with `strict`.",
)
def arguments_match_the_parameters(reply: ChatReply) -> Iterator[Violation]:
    """Parameters with an invalid schema allow everything."""
    for choice, call, path in _calls(reply):
        parameters = dig(reply.tools, f"/{call.name}/parameters") if call.name else None
        arguments = _parsed(call.arguments or "")
        if not isinstance(arguments, dict) or choice.finish_reason in _CUT:
            continue
        error = find_first_error(arguments, parameters)
        if error is not None:
            yield choice.violates(
                f"{path}/function/arguments",
                f"The arguments do not match the function's parameters at {error[0] or 'the root'}: "
                f"{error[1]}",
                expected=parameters,
                actual=arguments,
                reason="parameters",
                level="must" if _strict(reply, choice, call) else None,
            )


def _parsed(arguments: str) -> Any:
    try:
        return parse_strictly(arguments)
    except ValueError:
        return None


def _strict(reply: ChatReply, choice: ChatChoice, call: ToolCall) -> bool:
    """Whether `strict` applies: not to one of several calls, nor if a stop sequence may have truncated it."""
    strict = reply.tools.get(call.name or "", {}).get("strict") is True
    return strict and len(choice.tool_calls) == 1 and not reply.stops


def _empty_as_allowed(reply: ChatReply, call: ToolCall) -> bool:
    """Whether the arguments are empty and the function has no parameters."""
    return not call.arguments and not dig(reply.tools.get(call.name or ""), "/parameters/properties")


def level_without_a_call(choice: ChatChoice) -> Level | None:
    """Return the level at which a choice without a required call is a violation; None if it is excused.

    A message that was truncated after other content is only a SHOULD violation, because text before a call is
    allowed.
    """
    if choice.refusal or choice.finish_reason == "content_filter":
        return None
    if choice.finish_reason == "length":
        return "should" if (choice.content or "").strip() else None
    return "must"


@rule(
    "TOOL-005",
    must="call the function that tool_choice names, and no other",
    clause=_CHOICE,
    operations=CHAT,
)
def calls_the_named_function(reply: ChatReply) -> Iterator[Violation]:
    """A truncated, filtered or refused choice needs no call, unless it has other content."""
    named = reply.named_tool
    if named is None:
        return
    for choice in reply.choices:
        missing = level_without_a_call(choice)
        if not choice.tool_calls and missing:
            message = "The request forces a call, but the message has none."
            yield choice.violates(
                "/message/tool_calls", message, expected=named, reason="no call", level=missing
            )
        for call in choice.tool_calls:
            if call.name in reply.tools and call.name != named:
                message = "The message calls a different function than tool_choice names."
                yield choice.violates(
                    f"/message/tool_calls/{call.place}/function/name",
                    message,
                    expected=named,
                    actual=call.name,
                    reason="other function",
                )


@rule(
    "TOOL-006",
    must="call no tool if tool_choice is `none` or the request has no tools",
    clause=_CHOICE,
    operations=CHAT,
)
def calls_nothing_unless_allowed(reply: ChatReply) -> Iterator[Violation]:
    """Without tools, `none` is the default."""
    if reply.tool_choice != "none" and (reply.tools or "custom" in _offered_types(reply)):
        return
    for choice in reply.choices:
        if choice.tool_calls:
            message = "The message calls a tool, but the request allows no calls."
            called = [call.name for call in choice.tool_calls]
            yield choice.violates(
                "/message/tool_calls", message, expected="no call", actual=called, reason="called"
            )


@rule(
    "TOOL-007",
    must="call at least one tool if tool_choice is `required`",
    clause=_CHOICE,
    operations=CHAT,
)
def calls_a_tool_if_required(reply: ChatReply) -> Iterator[Violation]:
    """A truncated, filtered or refused choice needs no call, unless it has other content."""
    if reply.tool_choice != "required" or not (reply.tools or "custom" in _offered_types(reply)):
        return
    for choice in reply.choices:
        missing = level_without_a_call(choice)
        if not choice.tool_calls and missing:
            message = "The request requires a tool call, but the message has none."
            yield choice.violates(
                "/message/tool_calls", message, expected="a tool call", reason="no call", level=missing
            )


@rule(
    "TOOL-008",
    must="call at most one tool if parallel_tool_calls is false",
    clause=f"{_SCHEMAS}/ParallelToolCalls",
    operations=CHAT,
)
def one_call_unless_parallel(reply: ChatReply) -> Iterator[Violation]:
    """Parallel calls are on by default."""
    if reply.sent.get("parallel_tool_calls") is not False:
        return
    for choice in reply.choices:
        if len(choice.tool_calls) > 1:
            message = "The message has parallel calls, which the request disables."
            yield choice.violates(
                "/message/tool_calls", message, expected=1, actual=len(choice.tool_calls), reason="parallel"
            )


@rule(
    "TOOL-009",
    must="set the type of each tool call to `function`, or to another type that the request offers",
    clause=f"{_SCHEMAS}/toolCallType",
    operations=CHAT,
    note="In dated api-versions only functions can be offered, in v1 custom tools as well.",
)
def every_call_is_of_a_function(reply: ChatReply) -> Iterator[Violation]:
    """In a stream, at least one fragment of the call must have it."""
    known = {None, "function"} | (_offered_types(reply) & {"custom"})
    for choice, call, path in _calls(reply):
        if call.type not in known:
            message = "The type of the call cannot be offered."
            yield choice.violates(
                f"{path}/type", message, expected="function", actual=call.type, reason="other type"
            )
        elif call.type is None and reply.streamed:
            message = "No fragment of the call has a type."
            yield choice.violates(f"{path}/type", message, expected="function", reason="missing")


@rule(
    "TOOL-010",
    must="name the function of each tool call",
    clause=f"{_CALL}/function/properties/name",
    operations=CHAT,
)
def every_call_names_its_function(reply: ChatReply) -> Iterator[Violation]:
    """In a stream, at least one fragment must have it; elsewhere, the schema rule reports absent names."""
    for choice, call, path in _calls(reply):
        if call.name == "" or (call.name is None and reply.streamed and call.type != "custom"):
            message = "The call names no function."
            yield choice.violates(f"{path}/function/name", message, expected="a name", reason="no name")


@rule(
    "TOOL-011",
    may="give the tool calls of all choices unique ids",
    clause=f"{_CALL}/id",
    operations=CHAT,
    note="A client responds to the calls of one choice, so ids only need to be unique within one: a MAY.",
)
def calls_of_all_choices_differ(reply: ChatReply) -> Iterator[Violation]:
    """TOOL-002 reports duplicates within a message."""
    taken: set[str] = set()
    for choice in reply.choices:
        own = {call.id for call in choice.tool_calls if call.id}
        if own & taken:
            message = "Calls of two choices have the same id."
            yield choice.violates("/message/tool_calls", message, actual=sorted(own & taken), reason="twice")
        taken |= own
