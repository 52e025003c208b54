"""Calls in responses: only offered tools, as tool_choice demands, with valid arguments."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aoai_conformance.formats.json_prefix import is_json_prefix
from aoai_conformance.formats.parameter_schemas import find_first_error
from aoai_conformance.json_access import members, objects, text
from aoai_conformance.rule import RESPONSE_CREATE, NotApplicable, rule
from aoai_conformance.views.response_objects import (
    CLIENT_CALLS,
    HOSTED_CALLS,
    CreatedResponse,
    OutputItem,
)
from aoai_model.json_parsing import parse_strictly
from aoai_model.verdict import Violation

_SCHEMAS = "azure-openai@v1#/components/schemas"
_REQUEST = f"{_SCHEMAS}/OpenAI.CreateResponse/properties"
_CALL = f"{_SCHEMAS}/OpenAI.OutputItemFunctionToolCall/properties"
_CHOICE = "https://www.openresponses.org/specification#tool_choice"


def _function_calls(reply: CreatedResponse) -> tuple[OutputItem, ...]:
    return tuple(item for item in reply.items if item.type == "function_call")


def _parsed(arguments: str) -> Any:
    try:
        return parse_strictly(arguments)
    except ValueError:
        return None


@rule(
    "RESPONSE-CALLS-001",
    must="call only functions and custom tools that the request offers",
    clause=f"{_REQUEST}/tools",
    operations=RESPONSE_CREATE,
    note="A prompt template, an agent, a namespace, a tool search or the input may offer further ones; such "
    "requests are not judged.",
)
def calls_offered_tools(reply: CreatedResponse) -> Iterator[Violation]:
    """Clients look the function up by its name."""
    kinds = {text(tool.get("type")) for tool in reply.tools}
    by_input = any("tools" in item for _, item in objects(reply.sent.get("input")))
    elsewhere = any(reply.sent.get(name) for name in ("prompt", "agent", "agent_reference"))
    if elsewhere or by_input or kinds & {"namespace", "tool_search"}:
        raise NotApplicable
    offered = {text(tool.get("name")) for tool in reply.tools} - {None}
    for item in reply.items:
        if item.type in ("function_call", "custom_tool_call") and item.name not in offered:
            yield item.violates(
                "/name",
                "The item calls a function that the request does not offer.",
                expected=sorted(map(str, offered)),
                actual=item.name,
                reason="unknown",
            )


@rule(
    "RESPONSE-CALLS-002",
    should="return a JSON object as arguments, and must do so for a strict function",
    clause=f"{_CALL}/arguments",
    operations=RESPONSE_CREATE,
    evidence=_function_calls,
    note="Without `strict: false`, functions of the Responses API are strict. A call that was cut off must "
    "have the beginning of an object.",
)
def arguments_are_an_object(reply: CreatedResponse, calls: tuple[OutputItem, ...]) -> Iterator[Violation]:
    """Clients parse them."""
    for item in calls:
        arguments = text(item.raw.get("arguments"))
        if arguments is None or item.status == "in_progress":
            continue
        cut = item.status == "incomplete" or reply.state != "completed"
        lawful = is_json_prefix(arguments, with_object=True) if cut else isinstance(_parsed(arguments), dict)
        if not lawful:
            yield item.violates(
                "/arguments",
                "The arguments are not a JSON object.",
                expected="a JSON object",
                actual=arguments,
                reason="no object",
                level="must" if _is_strict(reply, item) else None,
            )


@rule(
    "RESPONSE-CALLS-003",
    should="return arguments that match the function's parameters, and must do so for a strict function",
    clause=f"{_SCHEMAS}/OpenAI.FunctionTool/properties/strict",
    operations=RESPONSE_CREATE,
    evidence=_function_calls,
    note="Parameters with an invalid schema allow everything.",
)
def arguments_match_the_parameters(
    reply: CreatedResponse, calls: tuple[OutputItem, ...]
) -> Iterator[Violation]:
    """The client's function is called with them."""
    for item in calls:
        arguments = _parsed(text(item.raw.get("arguments")) or "")
        parameters = members(reply.functions.get(item.name or "")).get("parameters")
        if not isinstance(arguments, dict) or reply.state != "completed" or item.status == "incomplete":
            continue
        error = find_first_error(arguments, parameters)
        if error is not None:
            where = error[0] or "the root"
            yield item.violates(
                "/arguments",
                f"The arguments do not match the function's parameters at {where}: {error[1]}.",
                expected=parameters,
                actual=arguments,
                reason="parameters",
                level="must" if _is_strict(reply, item) else None,
            )


def _is_strict(reply: CreatedResponse, item: OutputItem) -> bool:
    """Whether the request itself makes the function strict; by default, the server may decide otherwise."""
    return members(reply.functions.get(item.name or "")).get("strict") is True


@rule(
    "RESPONSE-CALLS-004",
    must="call no tool if tool_choice is `none`, and at least one if it is `required`",
    clause=_CHOICE,
    operations=RESPONSE_CREATE,
    note="Judged for completed responses.",
)
def keeps_none_and_required(reply: CreatedResponse) -> Iterator[Violation]:
    """The default is `auto`."""
    if reply.tool_choice == "none":
        for item in reply.calls:
            message = "The response calls a tool, but tool_choice is `none`."
            yield item.violates("/type", message, expected="no call", actual=item.type, reason="none")
        return
    if reply.tool_choice != "required" or reply.state != "completed" or reply.has_refusal:
        raise NotApplicable
    if not any(_is_call(item) for item in reply.items):
        yield reply.violates(
            "/output",
            "The response calls no tool, but tool_choice is `required`.",
            expected="a call",
            actual=[item.type for item in reply.items],
            reason="required",
        )


def _is_call(item: OutputItem) -> bool:
    """Whether an item calls a tool, also of a kind that this suite does not know."""
    return item.type in CLIENT_CALLS or item.type in HOSTED_CALLS or item.type.endswith(("_call", "_request"))


@rule(
    "RESPONSE-CALLS-005",
    must="call the tool that tool_choice names, and none that it does not allow",
    clause=_CHOICE,
    operations=RESPONSE_CREATE,
    note="A named tool must be called by a completed response. Of allowed tools, none has to be called "
    "unless the mode is `required`.",
)
def keeps_named_tools(reply: CreatedResponse) -> Iterator[Violation]:
    """tool_choice is an object."""
    choice = members(reply.tool_choice)
    if not choice:
        raise NotApplicable
    allowed = list(reply.allowed_calls())
    for item, is_allowed in allowed:
        if not is_allowed:
            yield item.violates(
                "/name" if item.name else "/type",
                "The response calls a tool that tool_choice does not allow.",
                expected=dict(choice),
                actual=item.name or item.type,
                reason="not allowed",
            )
    needs_one = choice.get("type") != "allowed_tools" or choice.get("mode") == "required"
    known = choice.get("type") in ("function", "custom", "allowed_tools")
    if needs_one and known and not allowed and reply.state == "completed" and not reply.has_refusal:
        yield reply.violates(
            "/output",
            "The response does not call the tool that tool_choice demands.",
            expected=dict(choice),
            actual=[item.type for item in reply.items],
            reason="not called",
        )


@rule(
    "RESPONSE-CALLS-006",
    must="call at most one function if parallel_tool_calls is false",
    clause=f"{_REQUEST}/parallel_tool_calls",
    operations=RESPONSE_CREATE,
)
def calls_one_function_at_a_time(reply: CreatedResponse) -> Iterator[Violation]:
    """Clients that run one call at a time ask for it."""
    if reply.sent.get("parallel_tool_calls") is not False:
        raise NotApplicable
    calls = [item for item in reply.items if item.type in ("function_call", "custom_tool_call")]
    for item in calls[1:]:
        message = "The response has a second call, but parallel_tool_calls is false."
        yield item.violates("/type", message, expected="one call", actual=len(calls), reason="parallel")
        return
