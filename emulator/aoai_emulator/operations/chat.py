"""The chat operation: one JSON response, or the equivalent stream."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from json.encoder import encode_basestring

from aoai_emulator.content.chat.choice import Call, Choice
from aoai_emulator.content.chat.choices import choices, is_json, only_text
from aoai_emulator.content.chat.conversation import conversation_of, texts
from aoai_emulator.content.chat.logprobs import chat_logprobs
from aoai_emulator.content.chat.relations import chat_relations
from aoai_emulator.content.chat.speech import recording
from aoai_emulator.content.chat.stream import Stream, chunks, waits
from aoai_emulator.content.cues import Cue, cues
from aoai_emulator.content.declared_responses import declared_chunk, declared_response
from aoai_emulator.content.filters import choice_filter_results, prompt_filter_results
from aoai_emulator.content.seeding import response_id, system_fingerprint
from aoai_emulator.content.templates import JsonShape, Value
from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.http.requests import AcceptedRequest
from aoai_emulator.operations.service import (
    JsonResponse,
    Service,
    ServiceResponse,
    ShapedResponse,
    StreamResponse,
)


async def respond_to_chat(request: AcceptedRequest) -> ServiceResponse:
    """Respond to a chat request."""
    streams = request.fields.get("stream") is True
    may_be_shaped = not streams and _WITH_MORE.isdisjoint(request.fields)
    text = only_text(request) if may_be_shaped else None
    new_id, created = response_id("chatcmpl-"), int(request.memory.clock())
    if text is not None:
        values = (new_id, created, *_origin(request), *_values_of_text(request, *text))
        return ShapedResponse(
            _TEXT, values, lambda: _body(request, choices(request), _head(request, new_id, created))
        )
    head = _head(request, new_id, created)
    composed = choices(request)
    if streams:
        stream = _stream(request, composed, head)
        return StreamResponse(chunks(stream), waits=waits(stream))
    if may_be_shaped and _is_only_text(composed):
        values = (new_id, created, *_origin(request), *_values_of_choice(request, composed[0]))
        return ShapedResponse(_TEXT, values, lambda: _body(request, composed, head))
    return JsonResponse(_body(request, composed, head))


def _head(request: AcceptedRequest, new_id: str, created: int) -> JsonObject:
    """Return what every response and chunk begins with."""
    return {
        "id": new_id,
        "created": created,
        "model": request.deployment.model,
        "system_fingerprint": system_fingerprint(request),
    }


def _origin(request: AcceptedRequest) -> tuple[Value, ...]:
    """Return the model and the fingerprint of a response of the shape `_TEXT`."""
    return _written(request.deployment.model, system_fingerprint(request))


@lru_cache(maxsize=256)
def _written(*texts: str) -> tuple[Value, ...]:
    """Return texts that many responses have as JSON in UTF-8, unless it cannot encode them."""
    try:
        return tuple(encode_basestring(text).encode() for text in texts)
    except UnicodeEncodeError:
        return texts


def _stream(request: AcceptedRequest, composed: Sequence[Choice], head: JsonObject) -> Stream:
    recordings = _recordings(request, composed, head["created"])
    may_filter_later = request.is_azure and conversation_of(request).has_cue
    return Stream(
        head={**head, "object": "chat.completion.chunk"},
        choices=composed,
        usage=_usage(request, composed) if _tells_usage(request) else None,
        top_logprobs=_top_logprobs(request),
        is_azure=request.is_azure,
        filters_later=may_filter_later and Cue.ASYNCHRONOUS_FILTER in cues(conversation_of(request).texts),
        thinks_aloud=_chunks_know(request, "reasoning_content") and request.deployment.traits.shows_reasoning,
        recordings=recordings if _chunks_know(request, "audio") else {},
        writes_too=is_json(request.fields),
    )


def _body(request: AcceptedRequest, composed: Sequence[Choice], head: JsonObject) -> JsonObject:
    """Build a response that is no stream."""
    recordings = _recordings(request, composed, head["created"])
    return {
        **head,
        "object": "chat.completion",
        "prompt_filter_results": prompt_filter_results(),
        "choices": [_choice(choice, request, recordings.get(choice.index)) for choice in composed],
        "usage": _usage(request, composed),
    }


def _is_only_text(composed: Sequence[Choice]) -> bool:
    """Return whether choices are of the shape `_TEXT`."""
    if len(composed) != 1:
        return False
    choice = composed[0]
    special = choice.tokens is None or choice.calls or choice.refusal is not None or choice.thought
    return not (special or choice.is_filtered)


def _values_of_choice(request: AcceptedRequest, choice: Choice) -> tuple[Value, ...]:
    """Return what a response of the shape `_TEXT` has at its places after the first four."""
    ending, number = choice.finish_reason, choice.token_count
    return _values_of_text(request, choice.text or "", ending, number, choice.accepted, choice.rejected)


def _values_of_text(
    request: AcceptedRequest, text: Value, ending: str, completion: int, accepted: int = 0, rejected: int = 0
) -> tuple[Value, ...]:
    conversation = conversation_of(request)
    prompt = conversation.tokens
    return (
        text,
        ending,
        prompt,
        completion,
        prompt + completion,
        conversation.heard,
        accepted,
        rejected,
        completion,
    )


def _tells_usage(request: AcceptedRequest) -> bool:
    """Return whether a stream has the usage: if requested, and on ai-model-inference always."""
    if request.document.name.surface == "ai-model-inference":
        return True
    return bool((request.fields.get("stream_options") or {}).get("include_usage"))


def _chunks_know(request: AcceptedRequest, field: str) -> bool:
    declared = declared_chunk(request.operation)
    return declared is not None and declared.knows("choices", "delta", field)


def _recordings(request: AcceptedRequest, composed: Sequence[Choice], created: int) -> dict[int, JsonObject]:
    """Return the audio of the choices, if requested and declared by the document."""
    declared = declared_response(request.operation)
    if "audio" not in request.fields.get("modalities", ()):
        return {}
    if declared is None or not declared.knows("choices", "message", "audio"):
        return {}
    return {
        choice.index: recording(choice, request, created, len(composed))
        for choice in composed
        if choice.tokens is not None and not choice.is_filtered
    }


def _choice(choice: Choice, request: AcceptedRequest, sound: JsonObject | None) -> JsonObject:
    top = _top_logprobs(request)
    logprobs = None
    if top is not None:
        content = None if choice.tokens is None else chat_logprobs(choice.tokens, top)
        refused = None if choice.refusal is None else chat_logprobs(choice.refusal, top)
        logprobs = {"content": content, "refusal": refused}
    return {
        "index": choice.index,
        "message": _message(choice, request, sound),
        "logprobs": logprobs,
        "finish_reason": choice.finish_reason,
        "content_filter_results": choice_filter_results(filtered=choice.is_filtered),
    }


def _message(choice: Choice, request: AcceptedRequest, sound: JsonObject | None) -> JsonObject:
    message: JsonObject = {"role": "assistant", "content": choice.text, "refusal": choice.refused_text}
    if choice.thought and request.deployment.traits.shows_reasoning:
        message["reasoning_content"] = "".join(choice.thought)
    if sound is not None:
        message |= {"content": None if not is_json(request.fields) else choice.text, "audio": sound}
    if choice.is_filtered and request.is_azure:
        del message["content"]  # the real service leaves it out
    calls = [_called(call) for call in choice.calls]
    if calls and choice.elder:
        message["function_call"] = calls[0]["function"]
    elif calls:
        message["tool_calls"] = calls
    if request.fields.get("data_sources"):
        message["context"] = _context(request)
    return message


def _called(call: Call) -> JsonObject:
    text = "".join(call.arguments)
    if call.is_custom:
        return {"id": call.id, "type": "custom", "custom": {"name": call.name, "input": text}}
    return {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": text}}


def _context(request: AcceptedRequest) -> JsonObject:
    """Return the documents found in the data sources as citations, and the intent of the search."""
    citations = []
    for number, source in enumerate(request.fields["data_sources"][:16], 1):
        parameters = source["parameters"]
        index = str(parameters.get("index_name", "index"))
        citations.append(
            {
                "content": f"What the index {index} holds on the question.",
                "title": f"Document {number}",
                "url": f"{request.base_url}/documents/{number}",
                "filepath": f"document-{number}.txt",
                "chunk_id": str(number - 1),
            }
        )
    asked = [
        text for message in request.fields["messages"] if message["role"] == "user" for text in texts(message)
    ]
    return {"citations": citations, "intent": json.dumps(asked[-1:])}


def _top_logprobs(request: AcceptedRequest) -> int | None:
    """Return how many likeliest tokens are requested at each position, or None without log probabilities."""
    if request.fields.get("logprobs") is not True:
        return None
    return int(request.fields.get("top_logprobs", 0))


def _usage(request: AcceptedRequest, composed: Sequence[Choice]) -> JsonObject:
    """Count prompt and completion tokens; the document decides which of the details are sent."""
    conversation = conversation_of(request)
    prompt = conversation.tokens
    completion = accepted = reasoned = rejected = written = 0
    for choice in composed:
        completion += choice.token_count
        accepted += choice.accepted
        reasoned += len(choice.thought)
        rejected += choice.rejected
        written += len(choice.tokens or ())
    spoken = "audio" in request.fields.get("modalities", ())
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "prompt_tokens_details": {"audio_tokens": conversation.heard, "cached_tokens": 0},
        "completion_tokens_details": {
            "accepted_prediction_tokens": accepted,
            "audio_tokens": written if spoken else 0,
            "reasoning_tokens": reasoned,
            "rejected_prediction_tokens": rejected,
            "total_tokens": completion,
        },
    }


#: Fields of requests whose responses have more than text.
_WITH_MORE = frozenset({"logprobs", "data_sources", "modalities"})
_DETAILS = ("usage", "completion_tokens_details")
#: A single choice that is nothing but text.
_TEXT = JsonShape(
    "text",
    (
        ("id",),
        ("created",),
        ("model",),
        ("system_fingerprint",),
        ("choices", 0, "message", "content"),
        ("choices", 0, "finish_reason"),
        ("usage", "prompt_tokens"),
        ("usage", "completion_tokens"),
        ("usage", "total_tokens"),
        ("usage", "prompt_tokens_details", "audio_tokens"),
        (*_DETAILS, "accepted_prediction_tokens"),
        (*_DETAILS, "rejected_prediction_tokens"),
        (*_DETAILS, "total_tokens"),
    ),
)
SERVICE = Service("chat", "chatCompletion", chat_relations, respond_to_chat)
