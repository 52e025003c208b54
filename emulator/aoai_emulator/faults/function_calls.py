"""Faults of calls in the deprecated way: functions, function_call."""

from __future__ import annotations

from collections.abc import Iterator

from aoai_emulator.faults.anatomy import choices_of, part_of
from aoai_emulator.faults.registry import answer_fault
from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.http.requests import AcceptedRequest

CHAT = frozenset({"chat"})


@answer_fault("function-name-unknown", operations=CHAT)
def call_unknown_function(body: JsonObject, request: AcceptedRequest) -> None:
    """A function is called that was not offered."""
    del request
    for call in _calls(body):
        call["name"] = "no_such_function"


@answer_fault("function-arguments-not-json", operations=CHAT)
def break_arguments(body: JsonObject, request: AcceptedRequest) -> None:
    """The arguments of a function call lack their closing brace."""
    del request
    for call in _calls(body):
        call["arguments"] = str(call.get("arguments"))[:-1]


@answer_fault("function-call-none-ignored", operations=CHAT)
def call_uninvited(body: JsonObject, request: AcceptedRequest) -> None:
    """A function is called although function_call is `none`."""
    functions = request.fields.get("functions")
    if request.fields.get("function_call") == "none" and functions:
        for choice in choices_of(body):
            message = part_of(choice, "message")
            message["content"] = None
            message["function_call"] = {"name": functions[0]["name"], "arguments": "{}"}
            choice["finish_reason"] = "function_call"


@answer_fault("function-call-named-ignored", operations=CHAT)
def ignore_named_function(body: JsonObject, request: AcceptedRequest) -> None:
    """No function is called although function_call names one."""
    if isinstance(request.fields.get("function_call"), dict):
        for choice in choices_of(body):
            message = part_of(choice, "message")
            message.pop("function_call", None)
            message["content"] = "I would rather not."
            choice["finish_reason"] = "stop"


@answer_fault("function-finish-reason-of-tools", operations=CHAT)
def stop_after_call(body: JsonObject, request: AcceptedRequest) -> None:
    """A choice that calls a function says that it ended with tool_calls."""
    del request
    for choice in choices_of(body):
        if choice.get("finish_reason") == "function_call":
            choice["finish_reason"] = "tool_calls"


def _calls(body: JsonObject) -> Iterator[JsonObject]:
    for choice in choices_of(body):
        call = part_of(part_of(choice, "message"), "function_call")
        if call:
            yield call
