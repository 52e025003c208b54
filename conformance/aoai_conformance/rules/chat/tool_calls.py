"""Tool calls: only what was offered, as it was asked for, and well formed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aoai_conformance.formats.json_prefix import begins_json
from aoai_conformance.formats.parameter_schemas import first_error
from aoai_conformance.json_access import dig
from aoai_conformance.rule import CHAT, rule
from aoai_conformance.views.answers import ChatAnswer, ChatChoice, ToolCall
from aoai_model.json_parsing import parse_strictly
from aoai_model.verdict import Level, Violation

_SCHEMAS = "azure-openai@2024-10-21#/components/schemas"
_REQUEST = f"{_SCHEMAS}/createChatCompletionRequest/allOf/1/properties"
_CALL = f"{_SCHEMAS}/chatCompletionMessageToolCall/properties"
_CHOICE = f"{_SCHEMAS}/chatCompletionToolChoiceOption"
#: Reasons that end a message before it has said all that it would have.
_CUT = frozenset({"length", "content_filter"})


def _calls(answer: ChatAnswer) -> Iterator[tuple[ChatChoice, ToolCall, str]]:
    for choice in answer.choices:
        for call in choice.tool_calls:
            yield choice, call, f"/message/tool_calls/{call.place}"


@rule(
    "TOOL-001",
    must="call only functions that the request's tools name",
    clause=f"{_REQUEST}/tools",
    operations=CHAT,
)
def calls_known_functions(answer: ChatAnswer) -> Iterator[Violation]:
    """A request without tools is TOOL-006's."""
    for choice, call, path in _calls(answer):
        if answer.tools and call.name is not None and call.name not in answer.tools:
            message = "The message calls a function that was not offered."
            yield choice.violates(
                f"{path}/function/name",
                message,
                expected=sorted(answer.tools),
                actual=call.name,
                reason="unknown",
            )


@rule(
    "TOOL-002",
    must="give each tool call of a message an id of its own",
    clause=f"{_CALL}/id",
    operations=CHAT,
)
def each_call_has_its_id(answer: ChatAnswer) -> Iterator[Violation]:
    """The tool message that answers a call names it by its id."""
    for choice in answer.choices:
        taken: set[str] = set()
        for call in choice.tool_calls:
            path = f"/message/tool_calls/{call.place}/id"
            if call.id is not None and not call.id:
                yield choice.violates(path, "The id of a call is empty.", expected="an id", reason="empty")
            elif call.id is None and answer.streamed:
                yield choice.violates(path, "No fragment gives the id of a call.", reason="missing")
            elif call.id in taken:
                yield choice.violates(path, "Two calls have one id.", actual=call.id, reason="twice")
            if call.id:
                taken.add(call.id)


@rule(
    "TOOL-003",
    should="give as arguments a JSON object, and must do so for a strict function",
    clause=f"{_CALL}/function/properties/arguments",
    operations=CHAT,
    note="The description warns that the model may write what is no JSON, so only strict makes it a must.",
)
def arguments_are_an_object(answer: ChatAnswer) -> Iterator[Violation]:
    """Arguments that the limit cut have to be the beginning of an object; those of no fragment are empty."""
    for choice, call, path in _calls(answer):
        written = "" if call.arguments is None and answer.streamed else call.arguments
        if written is None or choice.finish_reason == "content_filter":
            continue
        if choice.finish_reason == "length":
            lawful = begins_json(written, with_object=True)
        else:
            lawful = _empty_as_allowed(answer, call) or isinstance(_parsed(written), dict)
        if not lawful:
            yield choice.violates(
                f"{path}/function/arguments",
                "The arguments are no JSON object.",
                expected="a JSON object",
                actual=call.arguments,
                reason="no object",
                level="must" if _strict(answer, choice, call) else None,
            )


@rule(
    "TOOL-004",
    should="give arguments that the function's parameters allow, and must do so for a strict function",
    clause=f"{_SCHEMAS}/FunctionObject/properties/strict",
    operations=CHAT,
    note="The description warns that the model may make up parameters, so only strict makes it a must.",
)
def arguments_fit_the_parameters(answer: ChatAnswer) -> Iterator[Violation]:
    """Parameters whose schema is none allow everything."""
    for choice, call, path in _calls(answer):
        parameters = dig(answer.tools, f"/{call.name}/parameters") if call.name else None
        arguments = _parsed(call.arguments or "")
        if not isinstance(arguments, dict) or choice.finish_reason in _CUT:
            continue
        error = first_error(arguments, parameters)
        if error is not None:
            yield choice.violates(
                f"{path}/function/arguments",
                f"The arguments break the function's parameters at {error[0] or 'their root'}: {error[1]}",
                expected=parameters,
                actual=arguments,
                reason="parameters",
                level="must" if _strict(answer, choice, call) else None,
            )


def _parsed(arguments: str) -> Any:
    try:
        return parse_strictly(arguments)
    except ValueError:
        return None


def _strict(answer: ChatAnswer, choice: ChatChoice, call: ToolCall) -> bool:
    """Whether strict binds: not in one of several calls, nor where a stop sequence may have cut it."""
    strict = answer.tools.get(call.name or "", {}).get("strict") is True
    return strict and len(choice.tool_calls) == 1 and not answer.stops


def _empty_as_allowed(answer: ChatAnswer, call: ToolCall) -> bool:
    """Whether nothing is given to a function that takes nothing."""
    return not call.arguments and not dig(answer.tools.get(call.name or ""), "/parameters/properties")


def blame_without_a_call(choice: ChatChoice) -> Level | None:
    """How much a choice is to blame that makes no call although one was forced; None where it has a reason.

    An answer that was cut while it said something else said what was not asked for: a should, since words
    before a call are not ruled out.
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
def calls_the_named_function(answer: ChatAnswer) -> Iterator[Violation]:
    """A choice that was cut, filtered or refused need not have come to it, unless it went on about else."""
    named = answer.named_tool
    if named is None:
        return
    for choice in answer.choices:
        missing = blame_without_a_call(choice)
        if not choice.tool_calls and missing:
            message = "The request forces a call and the message has none."
            yield choice.violates(
                "/message/tool_calls", message, expected=named, reason="no call", level=missing
            )
        for call in choice.tool_calls:
            if call.name in answer.tools and call.name != named:
                message = "The message calls another function than the forced one."
                yield choice.violates(
                    f"/message/tool_calls/{call.place}/function/name",
                    message,
                    expected=named,
                    actual=call.name,
                    reason="other function",
                )


@rule(
    "TOOL-006",
    must="call no tool where tool_choice is none or the request has no tools",
    clause=_CHOICE,
    operations=CHAT,
)
def calls_nothing_when_told_so(answer: ChatAnswer) -> Iterator[Violation]:
    """Without tools, none is the default."""
    if answer.tool_choice != "none" and answer.tools:
        return
    for choice in answer.choices:
        if choice.tool_calls:
            message = "The message calls a tool, and none may be called."
            called = [call.name for call in choice.tool_calls]
            yield choice.violates(
                "/message/tool_calls", message, expected="no call", actual=called, reason="called"
            )


@rule(
    "TOOL-007",
    must="call at least one tool where tool_choice is required",
    clause=_CHOICE,
    operations=CHAT,
)
def calls_something_when_required(answer: ChatAnswer) -> Iterator[Violation]:
    """A choice that was cut, filtered or refused need not have come to it, unless it went on about else."""
    if answer.tool_choice != "required" or not answer.tools:
        return
    for choice in answer.choices:
        missing = blame_without_a_call(choice)
        if not choice.tool_calls and missing:
            message = "A tool call is required and the message has none."
            yield choice.violates(
                "/message/tool_calls", message, expected="a tool call", reason="no call", level=missing
            )


@rule(
    "TOOL-008",
    must="call at most one tool where parallel_tool_calls is false",
    clause=f"{_SCHEMAS}/ParallelToolCalls",
    operations=CHAT,
)
def one_call_unless_parallel(answer: ChatAnswer) -> Iterator[Violation]:
    """Parallel calls are on by default."""
    if answer.sent.get("parallel_tool_calls") is not False:
        return
    for choice in answer.choices:
        if len(choice.tool_calls) > 1:
            message = "The message has parallel calls, which the request turns off."
            yield choice.violates(
                "/message/tool_calls", message, expected=1, actual=len(choice.tool_calls), reason="parallel"
            )


@rule(
    "TOOL-009",
    must="give each tool call the type function",
    clause=f"{_SCHEMAS}/toolCallType",
    operations=CHAT,
    note="The list of types is open for later versions; in this one only functions can be offered.",
)
def every_call_is_of_a_function(answer: ChatAnswer) -> Iterator[Violation]:
    """In a stream some fragment of the call has to give it."""
    for choice, call, path in _calls(answer):
        if call.type not in (None, "function"):
            message = "The type of a call is none that can be offered."
            yield choice.violates(
                f"{path}/type", message, expected="function", actual=call.type, reason="other type"
            )
        elif call.type is None and answer.streamed:
            message = "No fragment gives the type of a call."
            yield choice.violates(f"{path}/type", message, expected="function", reason="missing")


@rule(
    "TOOL-010",
    must="name the function of each tool call",
    clause=f"{_CALL}/function/properties/name",
    operations=CHAT,
)
def every_call_names_its_function(answer: ChatAnswer) -> Iterator[Violation]:
    """In a stream some fragment has to; in a body the schema rule blames an absent name."""
    for choice, call, path in _calls(answer):
        if call.name == "" or (call.name is None and answer.streamed):
            message = "A call names no function."
            yield choice.violates(f"{path}/function/name", message, expected="a name", reason="no name")


@rule(
    "TOOL-011",
    may="give the tool calls of all choices ids of their own",
    clause=f"{_CALL}/id",
    operations=CHAT,
    note="A client answers the calls of one choice, so that ids only have to differ within one: a may.",
)
def calls_of_all_choices_differ(answer: ChatAnswer) -> Iterator[Violation]:
    """Two calls of one message are TOOL-002's."""
    taken: set[str] = set()
    for choice in answer.choices:
        own = {call.id for call in choice.tool_calls if call.id}
        if own & taken:
            message = "Calls of two choices have one id."
            yield choice.violates("/message/tool_calls", message, actual=sorted(own & taken), reason="twice")
        taken |= own
