"""Faults of response objects: their status, usage and what they repeat of the request."""

from __future__ import annotations

from aoai_emulator.content.seeding import resource_id
from aoai_emulator.faults.conditions import has, object_in
from aoai_emulator.faults.edits import (
    add,
    compute,
    from_member,
    map_list,
    map_value,
    multiply,
    remove,
    replace,
    set_other,
    set_to,
    swap,
)
from aoai_emulator.faults.topics import Topic
from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.http.requests import AcceptedRequest

RESPONSES = Topic("responses", document="azure-openai@v1")
ECHOES = Topic("response_parameters", document="azure-openai@v1")
_ANY = "response-create|response-get.response"
_NEW = "response-create.response"
#: Another number between 0 and 1.
_OTHER = compute(lambda place: 0.321 if place.value == 0.123 else 0.123)
_ERROR = {"code": "server_error", "message": "The model failed."}


def _blocked(filters: list[JsonObject]) -> list[JsonObject]:
    return [{**each, "blocked": True} for each in filters]


# fmt: off
RESPONSES.edit("response-object-wrong", "`object` of a response is `chat.completion`.", at=f"{_ANY} /object",
    edit=set_to("chat.completion"))
RESPONSES.edit("response-id-changes", "A response has another `id` when it is retrieved.",
    at="response-get.response /id", edit=compute(lambda _: resource_id("resp_")))
RESPONSES.edit("response-status-unknown", "`status` of a response is `done`.", at=f"{_ANY} /status",
    edit=swap("completed", "done"))
RESPONSES.edit("response-incomplete-called-completed", "A response that was cut off is `completed`.",
    at=f"{_ANY} /[status=incomplete]/status", edit=replace("completed"))
RESPONSES.edit("response-incomplete-details-missing", "An incomplete response has no `incomplete_details`.",
    at=f"{_ANY} /[status=incomplete]/incomplete_details", edit=set_to(None))
RESPONSES.edit("response-incomplete-details-unasked", "A completed response has `incomplete_details`.",
    at=f"{_ANY} /[status=completed]/incomplete_details", edit=set_to({"reason": "max_output_tokens"}))
RESPONSES.edit("response-incomplete-reason-wrong",
    "A response cut off at `max_output_tokens` is incomplete for `content_filter`.",
    at=f"{_ANY} /incomplete_details/reason", edit=swap("max_output_tokens", "content_filter"))
RESPONSES.edit("response-error-while-completed", "A completed response has an `error`.",
    at=f"{_ANY} /[status=completed]/error", edit=set_to(_ERROR))
RESPONSES.edit("response-failed-without-error", "A response is `failed`, but has no `error`.",
    at=f"{_NEW} /[status=completed]/status", edit=replace("failed"), when=has("metadata"))
RESPONSES.edit("response-completed-at-early", "`completed_at` is before `created_at`.",
    at=f"{_ANY} /[completed_at]/completed_at", edit=from_member("created_at", -60))
RESPONSES.edit("response-completed-at-while-incomplete", "An incomplete response has a `completed_at`.",
    at=f"{_ANY} /[status=incomplete]/completed_at", edit=from_member("created_at"))
RESPONSES.edit("response-created-in-milliseconds", "`created_at` of a response is in milliseconds.",
    at=f"{_ANY} /created_at", edit=multiply(1000))
RESPONSES.edit("response-created-changes", "`created_at` is a day later when a response is retrieved.",
    at="response-get.response /created_at", edit=add(86_400))
RESPONSES.edit("response-output-null", "`output` of a response is null.", at=f"{_ANY} /output",
    edit=set_to(None))
RESPONSES.edit("response-output-empty", "A completed response has no output.",
    at=f"{_ANY} /[status=completed]/output", edit=set_to([]))
RESPONSES.edit("response-output-text-differs", "`output_text` has another text than the messages.",
    at=f"{_ANY} /[status=completed]/output_text", edit=set_to("Something else."))
RESPONSES.edit("response-blocked-while-completed",
    "A response is `completed` although its completion was blocked.",
    at=f"{_ANY} /[status=completed]/content_filters", edit=map_list(_blocked))
RESPONSES.edit("response-usage-missing", "A completed response has no `usage`.",
    at=f"{_ANY} /[status=completed]/usage", edit=remove)
RESPONSES.edit("response-usage-sum-wrong", "`total_tokens` of a response is one too many.",
    at=f"{_ANY} /usage/total_tokens", edit=add(1))
RESPONSES.edit("response-cached-tokens-beyond", "More tokens are cached than the input has.",
    at=f"{_ANY} /usage/input_tokens_details/cached_tokens",
    edit=compute(lambda place: 1 + int(object_in(place.body, "usage").get("input_tokens", 0))))
RESPONSES.edit("response-reasoning-tokens-beyond", "More tokens are reasoning than the output has.",
    at=f"{_ANY} /usage/output_tokens_details/reasoning_tokens",
    edit=compute(lambda place: 1 + int(object_in(place.body, "usage").get("output_tokens", 0))))
RESPONSES.edit("response-usage-negative", "`output_tokens` of a response is negative.",
    at=f"{_ANY} /usage/output_tokens", edit=map_value(lambda tokens: -1 - tokens, int))
RESPONSES.edit("response-input-not-counted", "`input_tokens` of a response is 0.", at=f"{_ANY} /usage",
    edit=map_value(lambda usage: {**usage, "input_tokens": 0, "total_tokens": usage["output_tokens"]}, dict))
ECHOES.edit("response-model-other", "A response names another model than the request.", at=f"{_ANY} /model",
    edit=set_to("some-other-model"))
ECHOES.edit("response-temperature-changed", "`temperature` of a response is not the requested one.",
    at=f"{_NEW} /temperature", edit=_OTHER, when=has("temperature"))
ECHOES.edit("response-top-p-changed", "`top_p` of a response is not the requested one.", at=f"{_NEW} /top_p",
    edit=_OTHER, when=has("top_p"))
ECHOES.edit("response-instructions-dropped", "A response lacks the `instructions` of the request.",
    at=f"{_NEW} /instructions", edit=set_to(None), when=has("instructions"))
ECHOES.edit("response-metadata-dropped", "A response lacks the `metadata` of the request.",
    at=f"{_NEW} /metadata", edit=set_to({}), when=has("metadata"))
ECHOES.edit("response-tools-dropped", "A response lacks the `tools` of the request.", at=f"{_NEW} /tools",
    edit=set_to([]), when=has("tools"))
ECHOES.edit("response-tool-choice-changed", "`tool_choice` of a response is not the requested one.",
    at=f"{_NEW} /tool_choice", edit=set_other("auto", "none"), when=has("tool_choice"))
ECHOES.edit("response-output-limit-dropped", "A response lacks the `max_output_tokens` of the request.",
    at=f"{_NEW} /max_output_tokens", edit=set_to(None), when=has("max_output_tokens"))
ECHOES.edit("response-tool-limit-dropped", "A response lacks the `max_tool_calls` of the request.",
    at=f"{_NEW} /max_tool_calls", edit=set_to(None), when=has("max_tool_calls"))
ECHOES.edit("response-tool-limit-dropped",
    at="response-create.chunks /[type=response.completed]/response/max_tool_calls", edit=set_to(None),
    when=has("max_tool_calls"))
ECHOES.edit("response-previous-id-dropped", "A response lacks the `previous_response_id` of the request.",
    at=f"{_NEW} /previous_response_id", edit=set_to(None), when=has("previous_response_id"))
ECHOES.edit("response-truncation-changed", "`truncation` of a response is not the requested one.",
    at=f"{_NEW} /truncation", edit=set_other("auto", "disabled"), when=has("truncation"))
ECHOES.edit("response-parallel-calls-changed",
    "`parallel_tool_calls` of a response is not the requested one.",
    at=f"{_NEW} /parallel_tool_calls", edit=compute(lambda place: not place.value),
    when=lambda request: "parallel_tool_calls" in request.fields)
ECHOES.edit("response-format-changed", "`text.format` of a response is text although JSON was requested.",
    at=f"{_NEW} /text/format", edit=set_to({"type": "text"}),
    when=lambda request: object_in(request.fields, "text", "format").get("type") not in (None, "text"))
ECHOES.edit("response-background-denied", "A response in the background says that it is not.",
    at=f"{_ANY} /background", edit=set_to(False))
ECHOES.edit("response-store-changed", "`store` of a response is not the requested one.", at=f"{_NEW} /store",
    edit=compute(lambda place: not place.value), when=lambda request: "store" in request.fields)
ECHOES.edit("response-conversation-dropped", "A response lacks the `conversation` of the request.",
    at=f"{_NEW} /conversation", edit=set_to(None), when=has("conversation"))
ECHOES.edit("response-effort-changed", "`reasoning.effort` of a response is not the requested one.",
    at=f"{_NEW} /reasoning/effort", edit=set_other("low", "high"),
    when=lambda request: object_in(request.fields, "reasoning").get("effort") is not None)
ECHOES.edit("response-top-logprobs-changed", "`top_logprobs` of a response is not the requested one.",
    at=f"{_NEW} /top_logprobs", edit=map_value(lambda number: number + 1, int), when=has("top_logprobs"))
# fmt: on


@RESPONSES.code("response-limit-exceeded", at=_NEW)
def exceed_limit(body: JsonObject, request: AcceptedRequest) -> None:
    """A response has more output tokens than `max_output_tokens` allows."""
    limit, usage = request.fields.get("max_output_tokens"), object_in(body, "usage")
    if isinstance(limit, int) and usage:
        usage["output_tokens"] = limit + 5
        usage["total_tokens"] = usage.get("input_tokens", 0) + limit + 5
