"""Faults of the items of an output: messages, reasoning, and calls of functions and tools."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from aoai_emulator.content.seeding import resource_id
from aoai_emulator.faults.conditions import has, object_in, objects_in
from aoai_emulator.faults.edits import map_list, map_text, remove, replace, set_text, set_to
from aoai_emulator.faults.topics import Topic
from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.http.requests import AcceptedRequest

ITEMS = Topic("response_items", document="azure-openai@v1")
CALLS = Topic("response_calls", document="azure-openai@v1")
FORMATS = Topic("response_formats", document="azure-openai@v1")
_ANY = "response-create|response-get.response"
_NEW = "response-create.response"
_TEXT = "/output/*[type=message]/content/*[type=output_text]/text"
_CALL = "/output/*[type=function_call]"
_LOGPROBS = "message.output_text.logprobs"
_ENCRYPTED = "reasoning.encrypted_content"


def _includes(name: str) -> Callable[[AcceptedRequest], bool]:
    return lambda request: name in (request.fields.get("include") or ())


def _has_format(form: str) -> Callable[[AcceptedRequest], bool]:
    return lambda request: object_in(request.fields, "text", "format").get("type") == form


# fmt: off
ITEMS.edit("response-item-id-missing", "An item has no `id`.", at=f"{_ANY} /output/*/id", edit=remove)
ITEMS.edit("response-item-id-empty", "The `id` of an item is empty.", at=f"{_ANY} /output/*/id",
    edit=set_to(""))
ITEMS.edit("response-item-ids-repeated", "All items have the same `id`.", at=f"{_ANY} /output/*/id",
    edit=set_to("item_1"))
ITEMS.edit("response-item-twice", "The first item comes twice.", at=f"{_ANY} /[status=completed]/output",
    edit=map_list(lambda items: [*items[:1], *items]))
ITEMS.edit("response-item-ids-change", "Items have other ids when a response is retrieved.",
    at="response-get.response /output/*/id", edit=set_text("{value}0"))
ITEMS.edit("response-message-role-wrong", "The message of the model has the role `user`.",
    at=f"{_ANY} /output/*[type=message]/role", edit=set_to("user"))
ITEMS.edit("response-message-unfinished", "A message of a completed response is still `in_progress`.",
    at=f"{_ANY} /[status=completed]/output/*[type=message]/status", edit=set_to("in_progress"))
ITEMS.edit("response-message-status-missing", "A message has no `status`.",
    at=f"{_ANY} /output/*[type=message]/status", edit=remove)
ITEMS.edit("response-message-incomplete", "A message of a completed response is `incomplete`.",
    at=f"{_ANY} /[status=completed]/output/*[type=message]/status", edit=set_to("incomplete"))
ITEMS.edit("response-message-empty", "A message of a completed response has no content.",
    at=f"{_ANY} /[status=completed]/output/*[type=message]/content", edit=set_to([]))
ITEMS.edit("response-cut-item-completed", "The item at which a response was cut off is `completed`.",
    at=f"{_ANY} /[status=incomplete]/output/-1/status", edit=set_to("completed"))
ITEMS.edit("response-text-null", "The text of a message is null.", at=f"{_ANY} {_TEXT}", edit=set_to(None))
ITEMS.edit("response-annotations-missing", "A text has no `annotations`.",
    at=f"{_ANY} /output/*[type=message]/content/*[type=output_text]/annotations", edit=remove)
ITEMS.edit("response-part-type-unknown", "The text of a message is a part of the type `text`.",
    at=f"{_ANY} /output/*[type=message]/content/*[type=output_text]/type", edit=replace("text"))
ITEMS.edit("response-logprobs-missing", "A text has no `logprobs` although they were requested.",
    at=f"{_NEW} /output/*[type=message]/content/*[type=output_text]/logprobs", edit=set_to([]),
    when=_includes(_LOGPROBS))
ITEMS.edit("response-logprob-positive", "Log probabilities of a text are positive.",
    at=f"{_NEW} /output/*[type=message]/content/*/logprobs/*/logprob", edit=set_to(0.5))
ITEMS.edit("response-encrypted-content-missing",
    "Reasoning has no `encrypted_content` although it was requested.",
    at=f"{_NEW} /output/*[type=reasoning]/encrypted_content", edit=remove, when=_includes(_ENCRYPTED))
ITEMS.edit("response-encrypted-content-missing",
    at="response-create.chunks /item/[type=reasoning]/encrypted_content", edit=remove,
    when=_includes(_ENCRYPTED))
ITEMS.edit("response-encrypted-content-missing",
    at="response-create.chunks /response/output/*[type=reasoning]/encrypted_content", edit=remove,
    when=_includes(_ENCRYPTED))
CALLS.edit("response-arguments-not-json", "The arguments of a function call lack their last character.",
    at=f"{_ANY} /[status=completed]{_CALL}/arguments", edit=map_text(lambda text: text[:-1]))
CALLS.edit("response-arguments-an-object", "The arguments of a function call are an object, not a text.",
    at=f"{_ANY} {_CALL}/arguments", edit=set_to({}))
CALLS.edit("response-arguments-schema-violated",
    "The arguments of a function call do not match the parameters of the function.",
    at=f"{_ANY} /[status=completed]{_CALL}/arguments", edit=set_to('{"no_such_parameter": []}'))
CALLS.edit("response-function-unknown", "A call names a function that was not offered.",
    at=f"{_ANY} {_CALL}/name", edit=set_to("no_such_function"))
CALLS.edit("response-call-id-missing", "A function call has no `call_id`.", at=f"{_ANY} {_CALL}/call_id",
    edit=remove)
CALLS.edit("response-call-id-empty", "The `call_id` of a function call is empty.",
    at=f"{_ANY} {_CALL}/call_id", edit=set_to(""))
FORMATS.edit("response-json-schema-violated", "The text does not match the requested JSON schema.",
    at=f"{_NEW} /[status=completed]{_TEXT}", edit=set_to('{"no_such_property": true}'),
    when=_has_format("json_schema"))
FORMATS.edit("response-json-schema-fenced", "The requested JSON is fenced like code in Markdown.",
    at=f"{_NEW} /[status=completed]{_TEXT}", edit=map_text(lambda text: f"```json\n{text}\n```"),
    when=_has_format("json_schema"))
FORMATS.edit("response-json-object-in-prose", "The requested JSON object is surrounded by prose.",
    at=f"{_NEW} /[status=completed]{_TEXT}", edit=map_text(lambda text: f"Here it is: {text}"),
    when=_has_format("json_object"))
# fmt: on


def _call_to(request: AcceptedRequest) -> Iterator[JsonObject]:
    """Yield a call of the first function that a request offers."""
    for tool in objects_in(request.fields, "tools"):
        if tool.get("type") == "function":
            yield {
                "id": resource_id("fc_"),
                "type": "function_call",
                "status": "completed",
                "call_id": resource_id("call_"),
                "name": tool.get("name"),
                "arguments": "{}",
            }
            return


def _answer_in_words(body: JsonObject) -> None:
    """Replace the calls of an output by a message."""
    items = [item for item in objects_in(body, "output") if not str(item.get("type")).endswith("_call")]
    part = {"type": "output_text", "text": "I would rather not.", "annotations": [], "logprobs": []}
    message = {
        "id": resource_id("msg_"),
        "type": "message",
        "status": "completed",
        "role": "assistant",
        "content": [part],
    }
    body["output"] = [*items, message]


@CALLS.code("response-tool-choice-none-ignored", at=_NEW)
def call_forbidden_function(body: JsonObject, request: AcceptedRequest) -> None:
    """A function is called although `tool_choice` is `none`."""
    if request.fields.get("tool_choice") == "none":
        body["output"] = [*objects_in(body, "output"), *_call_to(request)]


@CALLS.code("response-tool-choice-required-ignored", at=_NEW)
def ignore_required_call(body: JsonObject, request: AcceptedRequest) -> None:
    """No tool is called although `tool_choice` is `required`."""
    if request.fields.get("tool_choice") == "required" and body.get("status") == "completed":
        _answer_in_words(body)


@CALLS.code("response-tool-choice-named-ignored", at=_NEW)
def ignore_named_function(body: JsonObject, request: AcceptedRequest) -> None:
    """No function is called although `tool_choice` names one."""
    choice = object_in(request.fields, "tool_choice")
    if choice.get("type") == "function" and body.get("status") == "completed":
        _answer_in_words(body)


@CALLS.code("response-parallel-calls-unasked", at=_NEW)
def call_in_parallel(body: JsonObject, request: AcceptedRequest) -> None:
    """Two functions are called although `parallel_tool_calls` is false."""
    if request.fields.get("parallel_tool_calls") is False and has("tools")(request):
        calls = [item for item in objects_in(body, "output") if item.get("type") == "function_call"]
        second = [{**call, "id": resource_id("fc_"), "call_id": resource_id("call_")} for call in calls[:1]]
        body["output"] = [*objects_in(body, "output"), *second]


@CALLS.code("response-tool-limit-exceeded", at=_NEW)
def exceed_tool_limit(body: JsonObject, request: AcceptedRequest) -> None:
    """The service's own tools are called more often than `max_tool_calls` allows."""
    body["output"] = [*_searches_beyond_limit(request), *objects_in(body, "output")]


@CALLS.code("response-tool-limit-exceeded", at="response-create.chunks")
def exceed_tool_limit_in_stream(
    events: Iterator[JsonObject], request: AcceptedRequest
) -> Iterator[JsonObject]:
    """The service's own tools are called more often than `max_tool_calls` allows."""
    for event in events:
        if event.get("type") == "response.completed":
            response = object_in(event, "response")
            output = [*objects_in(response, "output"), *_searches_beyond_limit(request)]
            yield {**event, "response": {**response, "output": output}}
        else:
            yield event


def _searches_beyond_limit(request: AcceptedRequest) -> list[JsonObject]:
    """Return one search more than a request allows; none if it has no limit or no tool of the service."""
    limit = request.fields.get("max_tool_calls")
    kinds = {str(tool.get("type")) for tool in objects_in(request.fields, "tools")}
    hosted = kinds & {"web_search", "web_search_preview", "file_search", "code_interpreter"}
    if isinstance(limit, int) and hosted and limit < _MOST_ADDED:
        action = {"type": "search", "query": "more", "queries": ["more"]}
        return [
            {"id": resource_id("ws_"), "type": "web_search_call", "status": "completed", "action": action}
            for _ in range(limit + 1)
        ]
    return []


#: The calls that a fault adds at most.
_MOST_ADDED = 32
