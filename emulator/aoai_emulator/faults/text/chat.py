"""Faults of chat responses: choices, messages, finish reasons, JSON modes, ids, times and models."""

from __future__ import annotations

import json
import secrets

from aoai_emulator.content.chat.choices import stop_sequences
from aoai_emulator.faults.conditions import choices_of, has, lacks, object_in, wants_format
from aoai_emulator.faults.edits import (
    add,
    compute,
    format_text,
    map_list,
    map_text,
    map_value,
    multiply,
    number_from,
    recount,
    remove,
    set_to,
    swap,
)
from aoai_emulator.faults.topics import Topic
from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.http.requests import AcceptedRequest

CHAT = Topic("chat")
IDENTITY = Topic("identity")
_MARCH_2023 = 1_677_800_000


def _add_refusal(message: JsonObject) -> JsonObject:
    """Add a refusal to a message that has text."""
    has_text = isinstance(message.get("content"), str)
    return {**message, "refusal": "That I shall not answer."} if has_text else message


# fmt: off
CHAT.edit("chat-finish-reason-missing", "`finish_reason` is missing.",
    at="chat.response /choices/*/finish_reason", edit=remove)
CHAT.edit("chat-finish-reason-wrong", "A choice cut off at `max_tokens` has the finish reason `stop`.",
    at="chat.response /choices/*/finish_reason", edit=swap("length", "stop"))
CHAT.edit("chat-finish-reason-unknown", "The finish reason is not one that the document lists.",
    at="chat.response /choices/*/finish_reason", edit=set_to("eos_token"))
CHAT.edit("chat-usage-sum-wrong", "`total_tokens` is one more than prompt plus completion tokens.",
    at="chat.response /usage/total_tokens", edit=add(1))
CHAT.edit(
    "chat-usage-of-one-choice",
    "`usage` counts the tokens of one choice only.",
    at="chat.response /usage",
    edit=recount(
        completion=lambda place: (
            place.value.get("completion_tokens", 0) // max(place.request.fields.get("n", 1), 1)
        )
    ),
)
CHAT.edit("chat-usage-negative", "`prompt_tokens` is negative.", at="chat.response /usage",
    edit=recount(prompt=-1))
CHAT.edit("chat-usage-missing-field", "`completion_tokens` is missing from `usage`.",
    at="chat.response /usage/completion_tokens", edit=remove)
CHAT.edit("chat-n-ignored", "The response has one choice, whatever `n` is.", at="chat.response /choices",
    edit=map_list(lambda choices: choices[:1]))
CHAT.edit("chat-index-jumps", "The indices of the choices start at 1.", at="chat.response /choices/*/index",
    edit=number_from(1))
CHAT.edit("chat-index-repeated", "Every choice has the index 0.", at="chat.response /choices/*/index",
    edit=set_to(0))
CHAT.edit("chat-role-wrong", "The role of the message is `user`.", at="chat.response /choices/*/message/role",
    edit=set_to("user"))
CHAT.edit("chat-refusal-wrong-type", "`refusal` is false instead of a string or null.",
    at="chat.response /choices/*/message/refusal", edit=set_to(False))
CHAT.edit("chat-content-missing", "The message lacks the required key `content`.",
    at="chat.response /choices/*/message/content", edit=remove)
CHAT.edit("chat-logprobs-key-missing",
    "The choice lacks the required key `logprobs` when none were requested.",
    at="chat.response /choices/*/logprobs", edit=remove,
    when=lambda request: request.fields.get("logprobs") is not True)
CHAT.edit("chat-object-wrong", "`object` is `text_completion`.", at="chat.response /object",
    edit=set_to("text_completion"))
CHAT.edit("chat-created-as-text", "`created` is a string instead of a number.", at="chat.response /created",
    edit=map_value(str))
CHAT.edit("chat-fingerprint-missing", "`system_fingerprint` is missing, even with a seed.",
    at="chat.response /system_fingerprint", edit=remove)
CHAT.edit("chat-fingerprint-null", "`system_fingerprint` is null, which the document does not allow.",
    at="chat.response /system_fingerprint", edit=set_to(None))
CHAT.edit("chat-seed-ignored", "The same seed gives another text each time, under the same fingerprint.",
    at="chat.response /choices/*/message/content", edit=format_text("{request.id} {value}"))
CHAT.edit("chat-json-object-in-prose", "In JSON mode, the JSON is embedded in a sentence.",
    at="chat.response /choices/*/message/content", edit=format_text("Here you are: {value}"),
    when=wants_format("json_object"))
CHAT.edit("chat-json-schema-fenced", "With a JSON schema, the JSON is in a fenced Markdown block.",
    at="chat.response /choices/*/message/content", edit=format_text("```json\n{value}\n```"),
    when=wants_format("json_schema"))
CHAT.edit("chat-json-schema-violated", "With a JSON schema, the content is JSON that violates the schema.",
    at="chat.response /choices/*/message/content", edit=map_text(lambda text: json.dumps([[text]])),
    when=wants_format("json_schema"))
CHAT.edit("chat-prompt-filter-object", "`prompt_filter_results` is an object instead of a list.",
    at="chat.response /prompt_filter_results", edit=map_list(lambda found: found[0] if found else found))
CHAT.edit("chat-text-null", "A message that ended with `stop` has no content, calls or refusal.",
    at="chat.response /choices/*[finish_reason=stop]/message/content", edit=map_text(lambda _: None))
CHAT.edit("chat-choices-shuffled", "The choices are listed in reverse, each with its correct index.",
    at="chat.response /choices", edit=map_list(lambda choices: choices[::-1]))
CHAT.edit("chat-length-untrue", "A complete choice has the finish reason `length`.",
    at="chat.response /choices/*/finish_reason", edit=swap("stop", "length"))
CHAT.edit("chat-tool-calls-untrue", "A choice without tool calls has the finish reason `tool_calls`.",
    at="chat.response /choices/*[!message.tool_calls]/finish_reason", edit=swap("stop", "tool_calls"))
CHAT.edit("chat-refuses-and-answers", "The message has both content and a refusal.",
    at="chat.response /choices/*/message", edit=map_value(_add_refusal, dict))
CHAT.edit("chat-context-unasked", "The message has a context although the request has no data sources.",
    at="chat.response /choices/*/message/context", edit=set_to({"intent": "[]", "citations": []}),
    when=lacks("data_sources"))
CHAT.edit("chat-citations-missing", "The context of a response on data sources lacks `citations`.",
    at="chat.response /choices/*/message/context/citations", edit=remove)
CHAT.edit("chat-citations-without-content", "The citations of a response on data sources lack `content`.",
    at="chat.response /choices/*/message/context/citations/*/content", edit=remove)
CHAT.edit("chat-citations-without-content", at="chat.chunks /choices/*[delta.role]/delta/context",
    edit=set_to({"citations": [{"title": "A document without content"}]}), when=has("data_sources"))
CHAT.edit("chat-character-halved", "The content ends with half of a surrogate pair.",
    at="chat.response /choices/*/message/content", edit=map_text(lambda text: text + "\ud83d"))
# fmt: on


@CHAT.code("chat-max-tokens-ignored", at="chat.response")
def exceed_max_tokens(body: JsonObject, request: AcceptedRequest) -> None:
    """The content is longer than `max_tokens` allows, and `usage` says so."""
    limit = request.fields.get("max_completion_tokens", request.fields.get("max_tokens"))
    if limit is None:
        return
    usage = object_in(body, "usage")
    usage["completion_tokens"] = (limit + 10) * max(request.fields.get("n", 1), 1)
    usage["total_tokens"] = usage.get("prompt_tokens", 0) + usage["completion_tokens"]
    for choice in choices_of(body):
        message = object_in(choice, "message")
        if isinstance(message.get("content"), str):
            message["content"] += " and so on" * 5
            choice["finish_reason"] = "stop"


@CHAT.code("chat-stop-left-in", at="chat.response")
def keep_stop_sequence(body: JsonObject, request: AcceptedRequest) -> None:
    """The content ends with the stop sequence."""
    stops = stop_sequences(request.fields)
    for choice in choices_of(body):
        message = object_in(choice, "message")
        if stops and choice.get("finish_reason") == "stop" and isinstance(message.get("content"), str):
            message["content"] += stops[0]


# fmt: off
IDENTITY.edit("text-id-empty", "`id` is empty.", at="text.response /id", edit=set_to(""))
IDENTITY.edit("text-id-constant", "Every response has the same `id`.", at="text.response /id",
    edit=set_to("answer-1"))
IDENTITY.edit("text-id-constant", at="text.chunks /[id]/id", edit=set_to("answer-1"))
IDENTITY.edit("text-created-in-milliseconds", "`created` is in milliseconds.", at="text.response /created",
    edit=multiply(1000))
IDENTITY.edit("text-model-unnamed", "`model` is empty.", at="text.response /model", edit=set_to(""))
IDENTITY.edit("text-model-varies", "Each response names another model.", at="text.response /model",
    edit=compute(lambda _: f"model-{secrets.token_hex(4)}"))
IDENTITY.edit("text-created-constant", "Every response was created in March 2023.",
    at="text.response /created", edit=set_to(_MARCH_2023))
IDENTITY.edit("text-created-constant", at="text.chunks /[created]/created", edit=set_to(_MARCH_2023))
# fmt: on
