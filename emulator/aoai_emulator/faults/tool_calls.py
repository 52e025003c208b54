"""Faults of tool calls, unstreamed and in fragments."""

from __future__ import annotations

from collections.abc import Iterator

from aoai_emulator.faults.anatomy import choices_of, part_of, tool_calls_of
from aoai_emulator.faults.registry import answer_fault, chunks_fault
from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.http.requests import AcceptedRequest

CHAT = frozenset({"chat"})


@answer_fault("tool-arguments-not-json", operations=CHAT)
def break_arguments(body: JsonObject, request: AcceptedRequest) -> None:
    """The arguments of a tool call lack their closing brace."""
    del request
    for function in _functions(body):
        function["arguments"] = str(function.get("arguments"))[:-1]


@answer_fault("tool-arguments-violate-schema", operations=CHAT)
def violate_parameters(body: JsonObject, request: AcceptedRequest) -> None:
    """The arguments of a tool call are JSON, but lack what the parameters require."""
    del request
    for function in _functions(body):
        function["arguments"] = '{"unasked":[true]}'


@answer_fault("tool-arguments-object", operations=CHAT)
def unwrap_arguments(body: JsonObject, request: AcceptedRequest) -> None:
    """The arguments of a tool call are an object instead of a text."""
    del request
    for function in _functions(body):
        function["arguments"] = {}


@answer_fault("tool-name-unknown", operations=CHAT)
def call_unknown_tool(body: JsonObject, request: AcceptedRequest) -> None:
    """A function is called that was not offered."""
    del request
    for function in _functions(body):
        function["name"] = "no_such_function"


@answer_fault("tool-call-id-missing", operations=CHAT)
def drop_call_id(body: JsonObject, request: AcceptedRequest) -> None:
    """The tool calls have no id."""
    del request
    for call in _calls(body):
        call.pop("id", None)


@answer_fault("tool-call-ids-repeated", operations=CHAT)
def repeat_call_id(body: JsonObject, request: AcceptedRequest) -> None:
    """All tool calls have the same id."""
    del request
    for call in _calls(body):
        call["id"] = "call_0"


@chunks_fault("tool-call-ids-repeated", operations=CHAT)
def repeat_streamed_call_id(chunks: Iterator[JsonObject], request: AcceptedRequest) -> Iterator[JsonObject]:
    """All streamed tool calls have the same id."""
    del request
    for chunk in chunks:
        for fragment in _fragments(chunk):
            if "id" in fragment:
                fragment["id"] = "call_0"
        yield chunk


@answer_fault("tool-finish-reason-stop", operations=CHAT)
def stop_after_calls(body: JsonObject, request: AcceptedRequest) -> None:
    """A choice that calls tools says that it ended with `stop`."""
    del request
    for choice in choices_of(body):
        if choice.get("finish_reason") == "tool_calls":
            choice["finish_reason"] = "stop"


@answer_fault("tool-choice-none-ignored", operations=CHAT)
def call_uninvited(body: JsonObject, request: AcceptedRequest) -> None:
    """A tool is called although tool_choice is `none`."""
    for choice in choices_of(body) if _forbids_calls(request) else ():
        message = part_of(choice, "message")
        message["content"] = None
        message["tool_calls"] = [_uninvited_call(request)]
        choice["finish_reason"] = "tool_calls"


@chunks_fault("tool-choice-none-ignored", operations=CHAT)
def stream_call_uninvited(chunks: Iterator[JsonObject], request: AcceptedRequest) -> Iterator[JsonObject]:
    """A tool is called in a stream although tool_choice is `none`."""
    forbidden = _forbids_calls(request)
    for chunk in chunks:
        for choice in choices_of(chunk) if forbidden else ():
            if choice.get("finish_reason"):
                choice["finish_reason"] = "tool_calls"
            elif "role" in part_of(choice, "delta"):
                call = {"index": 0, **_uninvited_call(request)}
                choice["delta"] = {"role": "assistant", "content": None, "tool_calls": [call]}
            else:
                choice["delta"] = {}
        yield chunk


@answer_fault("tool-choice-required-ignored", operations=CHAT)
def answer_in_words(body: JsonObject, request: AcceptedRequest) -> None:
    """No tool is called although tool_choice is `required`."""
    if request.fields.get("tool_choice") == "required":
        _in_words(body)


@answer_fault("tool-choice-named-ignored", operations=CHAT)
def ignore_named_tool(body: JsonObject, request: AcceptedRequest) -> None:
    """No tool is called although tool_choice names one."""
    if isinstance(request.fields.get("tool_choice"), dict):
        _in_words(body)


@answer_fault("tool-calls-parallel-unasked", operations=CHAT)
def call_in_parallel(body: JsonObject, request: AcceptedRequest) -> None:
    """Two tools are called at once although parallel_tool_calls is false."""
    if request.fields.get("parallel_tool_calls") is not False:
        return
    for choice in choices_of(body):
        message = part_of(choice, "message")
        calls = tool_calls_of(message)
        if calls:
            message["tool_calls"] = [calls[0], {**calls[0], "id": "call_second"}]


@answer_fault("tool-type-wrong", operations=CHAT)
def mistype_call(body: JsonObject, request: AcceptedRequest) -> None:
    """The type of a tool call is tool."""
    del request
    for call in _calls(body):
        call["type"] = "tool"


@answer_fault("tool-name-empty", operations=CHAT)
def unname_tool(body: JsonObject, request: AcceptedRequest) -> None:
    """The name of the function that a tool call is for is empty."""
    del request
    for function in _functions(body):
        function["name"] = ""


@chunks_fault("tool-fragment-index-jumps", operations=CHAT)
def skip_fragment_index(chunks: Iterator[JsonObject], request: AcceptedRequest) -> Iterator[JsonObject]:
    """The streamed tool calls of a message are numbered from 1."""
    del request
    for chunk in chunks:
        for fragment in _fragments(chunk):
            if isinstance(fragment.get("index"), int):
                fragment["index"] += 1
        yield chunk


@chunks_fault("tool-fragment-id-late", operations=CHAT)
def delay_fragment_id(chunks: Iterator[JsonObject], request: AcceptedRequest) -> Iterator[JsonObject]:
    """The id of a tool call comes with its second fragment."""
    del request
    ids: dict[object, object] = {}
    for chunk in chunks:
        for choice in choices_of(chunk):
            for fragment in tool_calls_of(part_of(choice, "delta")):
                key = (choice.get("index"), fragment.get("index"))
                if "id" in fragment:
                    ids[key] = fragment.pop("id")
                elif key in ids:
                    fragment["id"] = ids.pop(key)
        yield chunk


@chunks_fault("tool-fragment-id-changes", operations=CHAT)
def change_fragment_id(chunks: Iterator[JsonObject], request: AcceptedRequest) -> Iterator[JsonObject]:
    """Every fragment of a tool call brings another id."""
    del request
    for number, chunk in enumerate(chunks):
        for fragment in _fragments(chunk):
            fragment["id"] = f"call_{number}"
        yield chunk


@chunks_fault("tool-fragment-index-missing", operations=CHAT)
def drop_fragment_index(chunks: Iterator[JsonObject], request: AcceptedRequest) -> Iterator[JsonObject]:
    """The fragments of a tool call do not say which call they belong to."""
    del request
    for chunk in chunks:
        for fragment in _fragments(chunk):
            fragment.pop("index", None)
        yield chunk


@chunks_fault("tool-fragment-id-missing", operations=CHAT)
def drop_fragment_id(chunks: Iterator[JsonObject], request: AcceptedRequest) -> Iterator[JsonObject]:
    """No fragment of a tool call brings its id."""
    del request
    for chunk in chunks:
        for fragment in _fragments(chunk):
            fragment.pop("id", None)
        yield chunk


@chunks_fault("tool-fragment-name-repeated", operations=CHAT)
def repeat_fragment_name(chunks: Iterator[JsonObject], request: AcceptedRequest) -> Iterator[JsonObject]:
    """Every fragment of a tool call brings the name again, so that joined it reads wrong."""
    del request
    names: dict[object, str] = {}
    for chunk in chunks:
        for choice in choices_of(chunk):
            for fragment in tool_calls_of(part_of(choice, "delta")):
                function = part_of(fragment, "function")
                key = (choice.get("index"), fragment.get("index"))
                names.setdefault(key, str(function.get("name", "")))
                function["name"] = names[key]
        yield chunk


@chunks_fault("tool-fragment-arguments-cut", operations=CHAT)
def cut_fragments(chunks: Iterator[JsonObject], request: AcceptedRequest) -> Iterator[JsonObject]:
    """The streamed arguments of a tool call lack their closing brace."""
    del request
    for chunk in chunks:
        for fragment in _fragments(chunk):
            function = part_of(fragment, "function")
            if str(function.get("arguments", "")).endswith("}"):
                function["arguments"] = function["arguments"][:-1]
        yield chunk


def _forbids_calls(request: AcceptedRequest) -> bool:
    return request.fields.get("tool_choice") == "none" and bool(request.fields.get("tools"))


def _uninvited_call(request: AcceptedRequest) -> JsonObject:
    name = request.fields["tools"][0]["function"]["name"]
    return {"id": "call_uninvited", "type": "function", "function": {"name": name, "arguments": "{}"}}


def _calls(body: JsonObject) -> Iterator[JsonObject]:
    for choice in choices_of(body):
        yield from tool_calls_of(part_of(choice, "message"))


def _functions(body: JsonObject) -> Iterator[JsonObject]:
    for call in _calls(body):
        yield part_of(call, "function")


def _fragments(chunk: JsonObject) -> Iterator[JsonObject]:
    for choice in choices_of(chunk):
        yield from tool_calls_of(part_of(choice, "delta"))


def _in_words(body: JsonObject) -> None:
    for choice in choices_of(body):
        message = part_of(choice, "message")
        message.pop("tool_calls", None)
        message["content"] = "I would rather not."
        choice["finish_reason"] = "stop"
