"""Relations between fields of chat requests that the schema does not express.

Each function checks one sentence of the document's prose, or one restriction of the real service.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import chain
from typing import Any

from aoai_emulator.checks.declared_fields import declared_names
from aoai_emulator.content.chat.conversation import (
    all_texts,
    call_ids,
    chosen_tool,
    conversation_of,
    offered_functions,
)
from aoai_emulator.content.chat.speech import requested_format
from aoai_emulator.content.cues import cued_rejections
from aoai_emulator.content.scripting.request_limits import chat_cue_rejections
from aoai_emulator.content.sound_encoding import is_writable
from aoai_emulator.content.unwritable_formats import unwritable_format
from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.http.model_capabilities import incapable
from aoai_emulator.http.rejections import Rejection, invalid_request
from aoai_emulator.http.requests import AcceptedRequest

_MOST_CHOICES = 128


def chat_relations(request: AcceptedRequest) -> Iterator[Rejection]:
    """Yield a rejection for each relation between fields that a request violates."""
    fields, conversation = request.fields, conversation_of(request)
    for relation in _relations_about(_CONCERNED.intersection(chain(conversation.roles, fields))):
        yield from relation(fields)
    if "modalities" in fields:
        yield from _modalities(request)
    if (exceeded := _context_length(request, conversation.tokens)) is not None:
        yield exceeded
    if conversation.has_cue:
        yield from cued_rejections(conversation.texts)
        yield from chat_cue_rejections(fields)


def stream_options_need_a_stream(fields: JsonObject) -> Iterator[Rejection]:
    """Document: stream options require `stream: true`."""
    if "stream_options" in fields and fields.get("stream") is not True:
        yield invalid_request(
            "The 'stream_options' parameter is only allowed when 'stream' is enabled.", param="stream_options"
        )


def _top_logprobs_need_logprobs(fields: JsonObject) -> Iterator[Rejection]:
    """Document: `top_logprobs` requires `logprobs` to be true."""
    if "top_logprobs" in fields and fields.get("logprobs") is not True:
        yield invalid_request(
            "The 'top_logprobs' parameter is only allowed when 'logprobs' is enabled.", param="top_logprobs"
        )


def _one_limit_only(fields: JsonObject) -> Iterator[Rejection]:
    """Document: one of the two is the deprecated form of the other."""
    if "max_tokens" in fields and "max_completion_tokens" in fields:
        yield invalid_request(
            "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.",
            param="max_tokens",
            code="invalid_parameter_combination",
        )


def _no_more_choices_than_fit(fields: JsonObject) -> Iterator[Rejection]:
    """Limit `n`: the newest stable document states this limit; for the others, it bounds the emulator."""
    if fields.get("n", 1) > _MOST_CHOICES:
        yield invalid_request(f"Invalid 'n': at most {_MOST_CHOICES} choices can be generated.", param="n")


def _no_negative_limit(fields: JsonObject) -> Iterator[Rejection]:
    """Require token counts of 0 or more."""
    for name in ("max_tokens", "max_completion_tokens"):
        if fields.get(name, 0) < 0:
            yield invalid_request(
                f"Invalid '{name}': expected a value of at least 0, but got {fields[name]}.",
                param=name,
                code="integer_below_min_value",
            )


def _tool_messages_follow_calls(fields: JsonObject) -> Iterator[Rejection]:
    """Document: a tool message responds to a tool call, so a call with its id must precede it."""
    called: set[str] = set()
    for index, message in enumerate(fields["messages"]):
        called.update(call_ids(message))
        if message["role"] == "tool" and message["tool_call_id"] not in called:
            yield invalid_request(
                "Messages with role 'tool' must be a response to a preceding message with 'tool_calls'.",
                param=f"messages[{index}].tool_call_id",
            )


def _assistant_says_or_calls(fields: JsonObject) -> Iterator[Rejection]:
    """Document: an assistant message has content unless it has calls."""
    for index, message in enumerate(fields["messages"]):
        if message["role"] != "assistant" or message.get("tool_calls") or message.get("function_call"):
            continue
        if message.get("content") is None:
            yield invalid_request(
                "An assistant message needs 'content' unless it has 'tool_calls' or 'function_call'.",
                param=f"messages[{index}].content",
            )


def _refusal_stands_alone(fields: JsonObject) -> Iterator[Rejection]:
    """Document: the parts of an assistant message are text, or exactly one refusal."""
    for index, message in enumerate(fields["messages"]):
        content = message.get("content")
        if message["role"] != "assistant" or not isinstance(content, list) or len(content) == 1:
            continue
        if any(part["type"] == "refusal" for part in content):
            yield invalid_request(
                "The content of an assistant message is text parts, or exactly one refusal part.",
                param=f"messages[{index}].content",
            )


_CHOICES = {"tools": ("tool_choice", "parallel_tool_calls"), "functions": ("function_call",)}


def _tool_choice_needs_tools(fields: JsonObject) -> Iterator[Rejection]:
    """Real service: `tool_choice` and `parallel_tool_calls` require tools; so do the deprecated fields."""
    for offer, names in _CHOICES.items():
        for name in names:
            if name in fields and not fields.get(offer):
                yield invalid_request(f"'{name}' is only allowed when '{offer}' are specified.", param=name)


def _chosen_tool_is_offered(fields: JsonObject) -> Iterator[Rejection]:
    """Document: a named choice forces a call of that tool, so it must be offered."""
    choice = fields.get("tool_choice")
    name = chosen_tool(choice) if isinstance(choice, dict) else None
    if name is not None and fields.get("tools"):
        yield from _must_be_offered(fields, name, "tool_choice", "tools")


def _chosen_function_is_offered(fields: JsonObject) -> Iterator[Rejection]:
    """Document: the same for the deprecated form."""
    choice = fields.get("function_call")
    if isinstance(choice, dict):
        elder = {"functions": fields.get("functions")}
        yield from _must_be_offered(elder, choice["name"], "function_call", "functions")


def _must_be_offered(fields: JsonObject, name: str, param: str, offer: str) -> Iterator[Rejection]:
    if name not in {function.name for function in offered_functions(fields)}:
        yield invalid_request(f"The function '{name}' of '{param}' was not found in '{offer}'.", param=param)


def _json_mode_is_asked_for_in_words(fields: JsonObject) -> Iterator[Rejection]:
    """Document: in JSON mode, the messages must mention JSON."""
    form: Any = fields.get("response_format")
    if form is None or form["type"] != "json_object":
        return
    if not any("json" in text.lower() for text in all_texts(fields)):
        yield invalid_request(
            "'messages' must contain the word 'json' in some form, to use 'response_format' of type "
            "'json_object'.",
            param="messages",
        )


def logit_bias_is_of_token_ids(fields: JsonObject) -> Iterator[Rejection]:
    """Document: the keys are token ids, the values from -100 to 100."""
    for key, value in fields.get("logit_bias", {}).items():
        if not (key.isascii() and key.isdigit()):
            yield invalid_request(
                f"Invalid key in 'logit_bias': {key[:80]!r} is not a token id.", param="logit_bias"
            )
        elif not -100 <= value <= 100:
            yield invalid_request(
                f"Invalid 'logit_bias': {value} for token {key[:80]} is not between -100 and 100.",
                param="logit_bias",
            )


def _at_most_128_tools(fields: JsonObject) -> Iterator[Rejection]:
    """Document: at most 128 functions are supported."""
    if len(fields.get("tools", ())) > 128:
        yield invalid_request(
            "Invalid 'tools': the array holds more than 128 items.",
            param="tools",
            code="array_above_max_length",
        )


def _modalities(request: AcceptedRequest) -> Iterator[Rejection]:
    """Documents: a response is text or audio, and audio requires a voice and a format.

    Where the document has no field for voice and format, the model uses its own.
    """
    fields = request.fields
    asked = fields.get("modalities", ())
    for modality in asked:
        if modality not in ("text", "audio"):
            yield incapable(request, "modalities", asked, f"Unknown modality: {modality[:80]}.")
    knows_audio = "audio" in declared_names(request.operation, "application/json")
    if "audio" in asked and knows_audio and "audio" not in fields:
        yield invalid_request("Modality 'audio' needs 'audio' with a voice and a format.", param="audio")
    if "audio" in asked and not is_writable(requested_format(request)):
        yield unwritable_format("audio.format", requested_format(request))


def _context_length(request: AcceptedRequest, prompt: int) -> Rejection | None:
    """Document: the model's context limits prompt plus completion."""
    fields, window = request.fields, request.deployment.context_tokens
    param = "max_completion_tokens" if "max_completion_tokens" in fields else "max_tokens"
    limit = fields.get(param, 0)
    if prompt + limit <= window:
        return None
    return invalid_request(
        f"This model's maximum context length is {window} tokens. However, you requested"
        f" {prompt + limit} tokens ({prompt} in the messages, {limit} in the completion).",
        param="messages" if prompt > window else param,
        code="context_length_exceeded",
    )


#: Each relation after fields and roles of messages that it is about: it holds without any of them.
_RELATIONS: tuple[tuple[tuple[str, ...], Callable[[JsonObject], Iterator[Rejection]]], ...] = (
    (("stream_options",), stream_options_need_a_stream),
    (("top_logprobs",), _top_logprobs_need_logprobs),
    (("max_completion_tokens",), _one_limit_only),
    (("n",), _no_more_choices_than_fit),
    (("max_tokens", "max_completion_tokens"), _no_negative_limit),
    (("tool",), _tool_messages_follow_calls),
    (("assistant",), _assistant_says_or_calls),
    (("assistant",), _refusal_stands_alone),
    (("tools",), _at_most_128_tools),
    (("tool_choice", "parallel_tool_calls", "function_call"), _tool_choice_needs_tools),
    (("tool_choice",), _chosen_tool_is_offered),
    (("function_call",), _chosen_function_is_offered),
    (("response_format",), _json_mode_is_asked_for_in_words),
    (("logit_bias",), logit_bias_is_of_token_ids),
)
_CONCERNED = frozenset(name for names, _ in _RELATIONS for name in names)


@lru_cache(maxsize=256)
def _relations_about(present: frozenset[str]) -> tuple[Callable[[JsonObject], Iterator[Rejection]], ...]:
    """Return the relations of these fields and roles."""
    return tuple(relation for names, relation in _RELATIONS if not present.isdisjoint(names))
