"""Faults of what only ai-model-inference has: extra parameters, models in bodies, info, vector formats."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from aoai_emulator.checks.declared_fields import declared_names
from aoai_emulator.checks.extra_parameters import DROP, HEADER, PASS_THROUGH
from aoai_emulator.content.vector_forms import as_floats
from aoai_emulator.faults.conditions import choices_of, object_in, objects_in
from aoai_emulator.faults.edits import (
    add,
    compute,
    from_member,
    map_list,
    map_text,
    map_value,
    number_from,
    remove,
    set_to,
    swap,
)
from aoai_emulator.faults.text.newer_chat import has_role
from aoai_emulator.faults.text.usage import all_tokens_of
from aoai_emulator.faults.topics import Topic, drop_field
from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.http.rejections import Rejection, invalid_request
from aoai_emulator.http.requests import IncomingRequest

_DOCUMENT = "ai-model-inference@2025-04-01"
INFERENCE = Topic("model_inference", document=_DOCUMENT)
MODELS = Topic("named_models", document=_DOCUMENT)
_EXTRAS = "chat|vectors.extra-parameters"
_EXTRA = invalid_request("There are extra parameters.", code="extra_parameter")
_SERVER_ERROR = Rejection(500, "InternalServerError", "The server had an error.")
_PICTURE = "data:image/gif;base64,R0lGODlhAQABAAAAACw="
_VECTOR = "vectors.response /data/*/embedding"


def _asks_to(policy: str, request: IncomingRequest) -> bool:
    """Return whether a request has fields that the document does not declare, and this policy for them."""
    if request.operation is None or request.headers.get(HEADER) != policy:
        return False
    return not request.sent.keys() <= set(declared_names(request.operation, "application/json"))


def _calls_tools(request: IncomingRequest) -> bool:
    return any("tool_calls" in message for message in objects_in(request.sent, "messages"))


# fmt: off
INFERENCE.accept("extra-parameters-ignored",
    "An unknown field is accepted although `extra-parameters` is `error`.", at=_EXTRAS,
    matching=lambda rejection: rejection.code == "extra_parameter")
INFERENCE.reject("extra-parameters-drop-refused",
    "An unknown field is rejected although `extra-parameters` is `drop`.", at=_EXTRAS,
    when=lambda request: _asks_to(DROP, request), rejection=_EXTRA)
INFERENCE.reject("extra-parameters-pass-through-refused",
    "An unknown field is rejected although `extra-parameters` is `pass-through`.", at=_EXTRAS,
    when=lambda request: _asks_to(PASS_THROUGH, request), rejection=_EXTRA)
INFERENCE.reject("extra-parameters-header-refused", "The header `extra-parameters` is rejected.", at=_EXTRAS,
    when=lambda request: HEADER in request.headers,
    rejection=invalid_request(f"Unknown header: {HEADER}.", param=HEADER))
INFERENCE.reject("known-model-refused", "A request that names a deployed model is rejected.",
    at="chat|vectors.model",
    when=lambda request: isinstance(request.sent.get("model"), str) and request.operation is not None,
    rejection=invalid_request("The model is chosen by the endpoint.", param="model"))
INFERENCE.reject("tool-calls-in-history-fail", "A conversation with tool calls fails with 500.",
    at="chat.schema", when=_calls_tools, rejection=_SERVER_ERROR)
INFERENCE.reject("developer-role-fails", "A message with the role `developer` fails with 500.",
    at="chat.schema", when=lambda request: has_role(request, "developer"), rejection=_SERVER_ERROR)
INFERENCE.edit("answer-of-another-model", "The response names another model than the request.",
    at="chat|vectors.response /model", edit=set_to("another-model"),
    when=lambda request: "model" in request.fields)
INFERENCE.edit("info-name-empty", "`model_name` is empty.", at="info.response /model_name", edit=set_to(""))
INFERENCE.edit("info-type-missing", "`model_type` is missing.", at="info.response /model_type", edit=remove)
INFERENCE.edit("info-provider-null", "`model_provider_name` is null.",
    at="info.response /model_provider_name", edit=set_to(None))
INFERENCE.edit("info-provider-empty", "`model_provider_name` is empty.",
    at="info.response /model_provider_name", edit=set_to(""))
INFERENCE.edit("image-embedding-count-wrong", "There is one embedding fewer than images.",
    at="image-embeddings.response /data", edit=map_list(lambda entries: entries[:-1]))
INFERENCE.edit("image-embedding-index-wrong", "The indices of the embeddings of images start at 1.",
    at="image-embeddings.response /data/*/index", edit=number_from(1))
INFERENCE.edit("embedding-id-as-number", "`id` of a list of embeddings is a number.",
    at="vectors.response /id", edit=set_to(1))
INFERENCE.edit("embedding-bits-unpacked",
    "A vector of bits has one number for each bit instead of one for eight.", at=_VECTOR,
    edit=map_list(lambda values: [value >> place & 1 for value in _integers(values) for place in range(8)]),
    when=lambda request: request.fields.get("encoding_format") in ("binary", "ubinary"))
INFERENCE.edit("embedding-whole-numbers-as-fractions", "A vector of integers has fractions.", at=_VECTOR,
    edit=map_list(lambda values: as_floats(array("f", [value / 255 for value in _integers(values)]))),
    when=lambda request: request.fields.get("encoding_format") in ("int8", "uint8", "binary", "ubinary"))
INFERENCE.edit("image-embedding-usage-below-prompt", "`total_tokens` is less than `prompt_tokens`.",
    at="image-embeddings.response /usage/total_tokens", edit=from_member("prompt_tokens", -1))
INFERENCE.edit("image-embedding-base64-cut", "The base64 of an image's embedding ends within a number.",
    at="image-embeddings.response /data/*/embedding", edit=map_text(lambda text: text[:-4]))
INFERENCE.edit("embedding-id-empty", "`id` of a list of embeddings is empty.", at="vectors.response /id",
    edit=set_to(""))
INFERENCE.edit("inference-role-wrong", "The role of the message is `user`.",
    at="chat.response /choices/*/message/role", edit=set_to("user"))
INFERENCE.edit("inference-finish-reason-null", "`finish_reason` is null.",
    at="chat.response /choices/*/finish_reason", edit=set_to(None))
INFERENCE.edit("inference-finish-reason-empty", "`finish_reason` is empty.",
    at="chat.response /choices/*/finish_reason", edit=set_to(""))
INFERENCE.edit("inference-finish-reason-empty",
    at="chat.chunks /choices/*[!finish_reason=null]/finish_reason", edit=set_to(""))
INFERENCE.edit("inference-finish-reason-unlisted",
    "The finish reason of a complete message is not one that the document lists.",
    at="chat.response /choices/*/finish_reason", edit=swap("stop", "end_turn"))
INFERENCE.edit("inference-streamed-usage-wrong",
    "`total_tokens` of the streamed usage is not the sum of its parts.",
    at="chat.chunks /[usage]/usage/total_tokens", edit=add(1))
INFERENCE.edit("inference-breakdown-total-exceeds",
    "`total_tokens` of the breakdown exceeds that of the usage.",
    at="chat.response /usage/completion_tokens_details/total_tokens",
    edit=all_tokens_of("total_tokens", more=1))
INFERENCE.edit("inference-audio-called-otherwise", "The audio has another format than `format` says.",
    at="chat.response /choices/*/message/audio[format]/format",
    edit=map_value(lambda form: "mp3" if form == "wav" else "wav"))
INFERENCE.edit("reasoning-content-as-list", "`reasoning_content` is a list of strings.",
    at="chat.response /choices/*/message/reasoning_content", edit=map_value(lambda content: [content]))
INFERENCE.edit("reasoning-tokens-as-text", "`reasoning_tokens` is a string.",
    at="chat.response /usage/completion_tokens_details/reasoning_tokens",
    edit=compute(lambda place: str(place.value or 0)))
MODELS.accept("unknown-model-accepted", "Another model answers for a model that is not deployed.",
    at="chat|vectors.model", matching=lambda rejection: rejection.code == "unknown_model")
MODELS.alter("unknown-model-breaks-server", "A request for a model that is not deployed fails with 500.",
    at="chat|vectors.model", matching=lambda rejection: rejection.code == "unknown_model", status=500,
    code="internalError")
# fmt: on


@INFERENCE.code("vector-dimensions-unchecked", at="vectors.model")
def accept_any_dimensions(found: Iterator[Rejection], request: IncomingRequest) -> Iterator[Rejection]:
    """`dimensions` that the model does not offer are ignored."""
    yield from found
    most = request.deployment.dimensions if request.deployment is not None else 0
    wanted = request.sent.get("dimensions")
    if isinstance(wanted, int) and not 1 <= wanted <= most:
        drop_field(request, "dimensions")


@INFERENCE.code("image-data-unchecked", at="image-embeddings.schema")
def accept_any_image(found: Iterator[Rejection], request: IncomingRequest) -> Iterator[Rejection]:
    """An image that is not an image is accepted."""
    for rejection in found:
        if not ((rejection.param or "").endswith(".image") and isinstance(rejection.actual, str)):
            yield rejection
        elif request.body is not None:
            listed = request.sent.get("input", ())
            valid = [{**each, "image": _PICTURE} if isinstance(each, dict) else each for each in listed]
            request.body = replace(request.body, fields={**request.sent, "input": valid})


@INFERENCE.code("reasoning-content-leaks", at="chat.response")
def leak_reasoning(body: JsonObject) -> None:
    """The content repeats `reasoning_content`."""
    for choice in choices_of(body):
        message = object_in(choice, "message")
        thought = message.get("reasoning_content")
        if isinstance(thought, str) and isinstance(message.get("content"), str):
            message["content"] = f"<think>{thought}</think>{message['content']}"


def _integers(values: list[Any]) -> list[int]:
    return [value for value in values if isinstance(value, int)]
