"""Faults of tool calls, whole and in fragments, and of the deprecated function calls."""

from __future__ import annotations

from collections.abc import Iterator

from aoai_emulator.faults.conditions import choices_of, has, object_in, objects_in
from aoai_emulator.faults.edits import add, map_text, remove, replace, set_text, set_to, swap
from aoai_emulator.faults.topics import Topic
from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.http.requests import AcceptedRequest

TOOLS = Topic("tool_calls")
FUNCTIONS = Topic("function_calls")
_CALL = "chat.response /choices/*/message/tool_calls/*"
_FRAGMENT = "chat.chunks /choices/*/delta/tool_calls/*"
_FUNCTION_CALL = "chat.response /choices/*/message/function_call"

# fmt: off
TOOLS.edit("tool-arguments-not-json", "The arguments of a tool call lack their closing brace.",
    at=f"{_CALL}/function/arguments", edit=map_text(lambda text: text[:-1]))
TOOLS.edit("tool-arguments-violate-schema",
    "The arguments of a tool call are JSON that violates the function's parameters.",
    at=f"{_CALL}/function/arguments", edit=set_to('{"unasked":[true]}'))
TOOLS.edit("tool-arguments-object", "The arguments of a tool call are an object instead of a string.",
    at=f"{_CALL}/function/arguments", edit=set_to({}))
TOOLS.edit("tool-name-unknown", "A tool call names a function that was not offered.",
    at=f"{_CALL}/function/name", edit=set_to("no_such_function"))
TOOLS.edit("tool-call-id-missing", "The tool calls have no `id`.", at=f"{_CALL}/id", edit=remove)
TOOLS.edit("tool-call-ids-repeated", "All tool calls have the same `id`.", at=f"{_CALL}/id",
    edit=set_to("call_0"))
TOOLS.edit("tool-call-ids-repeated", at=f"{_FRAGMENT}/id", edit=replace("call_0"))
TOOLS.edit("tool-finish-reason-stop", "A choice with tool calls has the finish reason `stop`.",
    at="chat.response /choices/*/finish_reason", edit=swap("tool_calls", "stop"))
TOOLS.edit("tool-type-wrong", "The type of a tool call is `tool`.", at=f"{_CALL}/type", edit=set_to("tool"))
TOOLS.edit("tool-name-empty", "The function name of a tool call is empty.", at=f"{_CALL}/function/name",
    edit=set_to(""))
TOOLS.edit("tool-fragment-index-jumps", "The indices of streamed tool calls start at 1.",
    at=f"{_FRAGMENT}/index", edit=add(1))
TOOLS.edit("tool-fragment-id-changes", "Each fragment of a tool call has another `id`.", at=f"{_FRAGMENT}/id",
    edit=set_text("call_{chunk}"))
TOOLS.edit("tool-fragment-index-missing", "The fragments of a tool call have no `index`.",
    at=f"{_FRAGMENT}/index", edit=remove)
TOOLS.edit("tool-fragment-id-missing", "No fragment of a tool call has an `id`.", at=f"{_FRAGMENT}/id",
    edit=remove)
TOOLS.edit("tool-fragment-arguments-cut", "The streamed arguments of a tool call lack their closing brace.",
    at=f"{_FRAGMENT}/function/arguments", edit=map_text(lambda text: text.removesuffix("}")))
# fmt: on


@TOOLS.code("tool-choice-none-ignored", at="chat.response")
def call_forbidden_tool(body: JsonObject, request: AcceptedRequest) -> None:
    """A tool is called although `tool_choice` is `none`."""
    for choice in choices_of(body) if _forbids_calls(request) else ():
        object_in(choice, "message").update(content=None, tool_calls=[_forbidden_call(request)])
        choice["finish_reason"] = "tool_calls"


@TOOLS.code("tool-choice-none-ignored", at="chat.chunks")
def stream_forbidden_call(chunks: Iterator[JsonObject], request: AcceptedRequest) -> Iterator[JsonObject]:
    """A tool is called although `tool_choice` is `none`."""
    for chunk in chunks:
        for choice in choices_of(chunk) if _forbids_calls(request) else ():
            if choice.get("finish_reason"):
                choice["finish_reason"] = "tool_calls"
            elif "role" in object_in(choice, "delta"):
                call = {"index": 0, **_forbidden_call(request)}
                choice["delta"] = {"role": "assistant", "content": None, "tool_calls": [call]}
            else:
                choice["delta"] = {}
        yield chunk


@TOOLS.code("tool-choice-required-ignored", at="chat.response")
def ignore_required_call(body: JsonObject, request: AcceptedRequest) -> None:
    """No tool is called although `tool_choice` is `required`."""
    if request.fields.get("tool_choice") == "required":
        _respond_in_text(body, "tool_calls")


@TOOLS.code("tool-choice-named-ignored", at="chat.response")
def ignore_named_tool(body: JsonObject, request: AcceptedRequest) -> None:
    """No tool is called although `tool_choice` names one."""
    if isinstance(request.fields.get("tool_choice"), dict):
        _respond_in_text(body, "tool_calls")


@TOOLS.code("tool-calls-parallel-unasked", at="chat.response")
def call_in_parallel(body: JsonObject, request: AcceptedRequest) -> None:
    """Two tools are called although `parallel_tool_calls` is false."""
    for choice in choices_of(body) if request.fields.get("parallel_tool_calls") is False else ():
        message = object_in(choice, "message")
        for call in objects_in(message, "tool_calls")[:1]:
            message["tool_calls"] = [call, {**call, "id": "call_second"}]


@TOOLS.code("tool-fragment-id-late", at="chat.chunks")
def delay_fragment_id(chunks: Iterator[JsonObject]) -> Iterator[JsonObject]:
    """The `id` of a tool call comes with its second fragment."""
    ids: dict[object, object] = {}
    for chunk in chunks:
        for key, fragment in _fragments(chunk):
            if "id" in fragment:
                ids[key] = fragment.pop("id")
            elif key in ids:
                fragment["id"] = ids.pop(key)
        yield chunk


@TOOLS.code("tool-fragment-name-repeated", at="chat.chunks")
def repeat_fragment_name(chunks: Iterator[JsonObject]) -> Iterator[JsonObject]:
    """Each fragment of a tool call repeats the function name."""
    names: dict[object, str] = {}
    for chunk in chunks:
        for key, fragment in _fragments(chunk):
            function = object_in(fragment, "function")
            function["name"] = names.setdefault(key, str(function.get("name", "")))
        yield chunk


# fmt: off
FUNCTIONS.edit("function-name-unknown", "A function call names a function that was not offered.",
    at=f"{_FUNCTION_CALL}/name", edit=replace("no_such_function"))
FUNCTIONS.edit("function-arguments-not-json", "The arguments of a function call lack their closing brace.",
    at=f"{_FUNCTION_CALL}/arguments", edit=map_text(lambda text: text[:-1]))
FUNCTIONS.edit("function-finish-reason-of-tools",
    "A choice with a function call has the finish reason `tool_calls`.",
    at="chat.response /choices/*/finish_reason", edit=swap("function_call", "tool_calls"))
# fmt: on


@FUNCTIONS.code("function-call-none-ignored", at="chat.response")
def call_forbidden_function(body: JsonObject, request: AcceptedRequest) -> None:
    """A function is called although `function_call` is `none`."""
    functions = request.fields.get("functions")
    if request.fields.get("function_call") == "none" and functions:
        for choice in choices_of(body):
            call = {"name": functions[0]["name"], "arguments": "{}"}
            object_in(choice, "message").update(content=None, function_call=call)
            choice["finish_reason"] = "function_call"


@FUNCTIONS.code("function-call-named-ignored", at="chat.response")
def ignore_named_function(body: JsonObject, request: AcceptedRequest) -> None:
    """No function is called although `function_call` names one."""
    if isinstance(request.fields.get("function_call"), dict):
        _respond_in_text(body, "function_call")


def _forbids_calls(request: AcceptedRequest) -> bool:
    return request.fields.get("tool_choice") == "none" and has("tools")(request)


def _forbidden_call(request: AcceptedRequest) -> JsonObject:
    name = request.fields["tools"][0]["function"]["name"]
    return {"id": "call_uninvited", "type": "function", "function": {"name": name, "arguments": "{}"}}


def _fragments(chunk: JsonObject) -> Iterator[tuple[object, JsonObject]]:
    """Yield the fragments of tool calls, each with the indices of its choice and its call."""
    for choice in choices_of(chunk):
        for fragment in objects_in(object_in(choice, "delta"), "tool_calls"):
            yield (choice.get("index"), fragment.get("index")), fragment


def _respond_in_text(body: JsonObject, calls: str) -> None:
    for choice in choices_of(body):
        message = object_in(choice, "message")
        message.pop(calls, None)
        message["content"] = "I would rather not."
        choice["finish_reason"] = "stop"
