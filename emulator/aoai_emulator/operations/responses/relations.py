"""What a request for a response must fulfil beyond its schema."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from aoai_emulator.content.cues import cued_rejections
from aoai_emulator.content.responses.chat_fields import (
    chosen_type,
    function_tools,
    mode,
    tool_types,
)
from aoai_emulator.content.responses.input_items import CALLS, OUTPUTS, open_calls
from aoai_emulator.content.scripting.request_limits import chat_cue_rejections
from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.http.rejections import Rejection, invalid_request
from aoai_emulator.http.requests import AcceptedRequest
from aoai_emulator.operations.responses.context import context_of, conversation_id
from aoai_emulator.operations.responses.pages import metadata_rejections, not_found
from aoai_emulator.storage.responses import Conversations, Responses
from aoai_emulator.storage.vector_stores import VectorStores
from aoai_specs.json_values import as_list, as_object, is_number

#: The limits of numbers that documents state in prose: the least and the most.
_LIMITS: dict[str, tuple[float, float | None]] = {
    "max_output_tokens": (1, None),
    "max_tool_calls": (1, None),
    "temperature": (0, 2),
    "top_logprobs": (0, 20),
    "top_p": (0, 1),
}
_STARTS = ("input", "previous_response_id", "prompt", "conversation")


def response_relations(request: AcceptedRequest) -> Iterator[Rejection]:
    """Yield a rejection for each relation that a request violates."""
    yield from _earlier(request)
    for relation in _RELATIONS:
        yield from relation(request.fields)
    yield from metadata_rejections(request.fields)
    yield from _vector_stores(request)
    yield from _items(request)
    yield from _context_length(request)
    yield from _cues(request)


def _starts_from_something(fields: JsonObject) -> Iterator[Rejection]:
    if not any(fields.get(name) is not None for name in _STARTS):
        yield invalid_request(
            'One of "input" or "previous_response_id" or "prompt" or "conversation" must be provided.',
            param="input",
            code="missing_required_parameter",
        )


def _within_limits(fields: JsonObject) -> Iterator[Rejection]:
    for name, (least, most) in _LIMITS.items():
        value = fields.get(name)
        if not is_number(value):
            continue
        if value < least:
            bound, code = f">= {least}", "integer_below_min_value"
        elif most is not None and value > most:
            bound, code = f"<= {most}", "decimal_above_max_value"
        else:
            continue
        yield invalid_request(
            f"Invalid '{name}': expected a value {bound}, but got {value} instead.", param=name, code=code
        )


def _one_history(fields: JsonObject) -> Iterator[Rejection]:
    if fields.get("previous_response_id") is not None and fields.get("conversation") is not None:
        yield invalid_request(
            "Mutually exclusive parameters: 'previous_response_id' and 'conversation'.",
            param="previous_response_id",
            code="mutually_exclusive_parameters",
        )


def _background_is_stored(fields: JsonObject) -> Iterator[Rejection]:
    if fields.get("background") is True and fields.get("store") is False:
        yield invalid_request("Background mode requires 'store' to be true.", param="background")


def _stream_options_need_a_stream(fields: JsonObject) -> Iterator[Rejection]:
    if "stream_options" in fields and fields.get("stream") is not True:
        yield invalid_request(
            "The 'stream_options' parameter is only allowed when 'stream' is enabled.", param="stream_options"
        )


def _choice_is_offered(fields: JsonObject) -> Iterator[Rejection]:
    choice: Any = fields.get("tool_choice")
    if choice is None or choice in ("auto", "none"):
        return
    if not fields.get("tools"):
        yield invalid_request(
            "Tool choices other than 'auto' and 'none' require 'tools'.", param="tool_choice"
        )
        return
    kind = chosen_type(fields)
    if kind in ("function", "custom"):
        name = as_object(choice).get("name")
        if name not in {tool["name"] for tool in function_tools(fields)}:
            yield invalid_request(
                f"Tool choice '{name}' not found in 'tools' parameter.", param="tool_choice"
            )
    elif kind is not None and not any(_same_tool(kind, each) for each in tool_types(fields)):
        yield invalid_request(f"Tool choice '{kind}' not found in 'tools' parameter.", param="tool_choice")
    elif mode(fields) not in ("auto", "none", "required"):
        yield invalid_request(f"Unknown tool choice '{mode(fields)[:80]}'.", param="tool_choice")


def _same_tool(first: str, second: str) -> bool:
    return first == second or (first.startswith("web_search") and second.startswith("web_search"))


def _json_mode_is_asked_for_in_words(fields: JsonObject) -> Iterator[Rejection]:
    form = as_object(as_object(fields.get("text")).get("format"))
    if form.get("type") == "json_object" and "json" not in str(fields.get("input", "")).lower():
        yield invalid_request(
            "Response input messages must contain the word 'json' in some form to use 'text.format' of type "
            "'json_object'.",
            param="input",
        )


def _earlier(request: AcceptedRequest) -> Iterator[Rejection]:
    """Require that the earlier response or the conversation exists."""
    previous = request.fields.get("previous_response_id")
    found = request.memory.store(Responses).all.get(previous) if isinstance(previous, str) else None
    if previous is not None and found is None:
        yield invalid_request(
            f"Previous response with id '{str(previous)[:100]}' not found.",
            param="previous_response_id",
            code="previous_response_not_found",
        )
    named = conversation_id(request.fields)
    if named is not None and named not in request.memory.store(Conversations).all:
        yield not_found("Conversation", named)


def _vector_stores(request: AcceptedRequest) -> Iterator[Rejection]:
    known = request.memory.store(VectorStores).all
    for tool in map(as_object, as_list(request.fields.get("tools"))):
        if tool.get("type") == "file_search":
            for name in as_list(tool.get("vector_store_ids")):
                if name not in known:
                    yield not_found("Vector store", str(name), "tools")


def _items(request: AcceptedRequest) -> Iterator[Rejection]:
    """Require that references lead somewhere, and that calls and their results belong together."""
    context = context_of(request)
    if context.missing is not None:
        yield not_found("Item", context.missing, "input")
    known = {item.get("call_id") for item in context.items if item.get("type") in CALLS}
    for item in context.inputs:
        if item["type"] in OUTPUTS and item.get("call_id") not in known:
            what = str(item["type"]).removesuffix("_output").replace("_", " ")
            yield invalid_request(
                f"No tool call found for {what} output with call_id {str(item.get('call_id'))[:100]}.",
                param="input",
                code=None,
            )
    for call in open_calls(context.items)[:1]:
        yield invalid_request(
            f"No tool output found for function call {call[:100]}.", param="input", code=None
        )


def _context_length(request: AcceptedRequest) -> Iterator[Rejection]:
    window = request.deployment.context_tokens
    tokens = context_of(request).read.tokens
    wanted = int(request.fields.get("max_output_tokens") or 0)
    if tokens > window or (tokens + wanted > window and request.fields.get("truncation") != "auto"):
        yield invalid_request(
            "Your input exceeds the context window of this model. Please adjust your input and try again.",
            param="input",
            code="context_length_exceeded",
        )


def _cues(request: AcceptedRequest) -> Iterator[Rejection]:
    context = context_of(request)
    if context.read.has_cue:
        yield from cued_rejections(context.read.texts, fails=False)
        for rejection in chat_cue_rejections(context.chat):
            yield invalid_request(rejection.message, param="input", code=rejection.code)


_RELATIONS: Sequence[Callable[[JsonObject], Iterator[Rejection]]] = (
    _starts_from_something,
    _within_limits,
    _one_history,
    _background_is_stored,
    _stream_options_need_a_stream,
    _choice_is_offered,
    _json_mode_is_asked_for_in_words,
)
