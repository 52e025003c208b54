"""Quirks: ways in which the real service is known to differ from its description.

A quirk is lawful here: the rules that it would break pass, and the verdict names it, so that a report shows
it as known. Each entry says what is seen, who saw it, and which rules let it pass.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aoai_conformance.ends import ends_choice
from aoai_conformance.pointing import members, objects, text, whole
from aoai_conformance.views import Chunk, JsonAnswer, Refusal, Stream

if TYPE_CHECKING:
    from aoai_conformance.exchange import Exchange
    from aoai_specs.document import Operation


@dataclass(frozen=True, slots=True)
class Quirk:
    """One known habit. `excuses` are the ids of the rules that let it pass, `fields` the members it adds."""

    id: str
    description: str
    source: str
    excuses: frozenset[str]
    seen: Callable[[Exchange, Operation], bool]
    fields: frozenset[str] = frozenset()


def is_preamble(chunk: Chunk) -> bool:
    """Whether this is the chunk of prompt filter results without choices that comes before the answer."""
    return (
        not chunk.choices
        and isinstance(chunk.json.get("prompt_filter_results", chunk.json.get("prompt_annotations")), list)
        and not chunk.json.get("id")
    )


def is_filter_note(chunk: Chunk) -> bool:
    """Whether this is a chunk of the asynchronous filter: results and offsets in a choice without a delta."""
    choices = objects(chunk.choices)
    mark = "content_filter_offsets" if chunk.json.get("id") else "content_filter_results"
    return bool(choices) and all(
        mark in choice and not choice.get("delta") and not choice.get("text") for _, choice in choices
    )


def is_service_chunk(chunk: Chunk) -> bool:
    """Whether the service added this chunk beside the model's own."""
    return is_preamble(chunk) or is_filter_note(chunk)


def usage_beside_finish(chunk: Chunk) -> bool:
    """Whether the chunk reports the usage together with the end of a choice."""
    return chunk.usage is not None and any(
        ends_choice(choice.get("finish_reason")) for _, choice in objects(chunk.choices)
    )


def mended(body: dict[str, Any]) -> dict[str, Any]:
    """The body with the habits of a filtered answer brought to the described form; itself if it has none."""
    if not any(_lost_its_content(choice) for _, choice in objects(body.get("choices"))):
        return body
    body = copy.deepcopy(body)
    for _, choice in objects(body.get("choices")):
        if _lost_its_content(choice):
            choice["message"]["content"] = None
    return body


def mended_chunk(chunk: Chunk, head: dict[str, Any], *, chat: bool) -> dict[str, Any]:
    """A chunk that the service added, what it lacks by habit taken from `head`, a chunk of the model's own.

    What is there beside, the results of the filter above all, stays as it is.
    """
    body = copy.deepcopy(chunk.json)
    body.pop("prompt_annotations", None)
    for name in ("id", "object", "created", "model"):
        if not body.get(name):
            body[name] = head.get(name)
    for _, choice in objects(body.get("choices")):
        choice.setdefault("index", 0)
        choice.setdefault("finish_reason", None)
        for name, empty in _EMPTY_CHAT.items() if chat else _EMPTY_TEXT.items():
            if not choice.get(name):
                choice[name] = empty
    return body


_EMPTY_CHAT: dict[str, Any] = {"delta": {}}
_EMPTY_TEXT: dict[str, Any] = {"text": "", "logprobs": None}


def _lost_its_content(choice: dict[str, Any]) -> bool:
    message = choice.get("message")
    return (
        choice.get("finish_reason") == "content_filter"
        and isinstance(message, dict)
        and "content" not in message
    )


def _any_chunk(is_it: Callable[[Chunk], bool]) -> Callable[[Exchange, Operation], bool]:
    def seen(exchange: Exchange, operation: Operation) -> bool:
        stream = Stream.of(exchange, operation)
        return stream is not None and any(is_it(chunk) for chunk in stream.chunks)

    return seen


def _filtered_without_content(exchange: Exchange, operation: Operation) -> bool:
    answer = JsonAnswer.of(exchange, operation)
    return answer is not None and any(
        _lost_its_content(each) for _, each in objects(answer.json.get("choices"))
    )


def _error_body(exchange: Exchange, operation: Operation) -> dict[str, Any]:
    refusal = Refusal.of(exchange, operation)
    if refusal is None or not refusal.response.is_json:
        return {}
    return members(refusal.response.json)


def is_status_code_form(status: int, body: object) -> bool:
    """Whether a body says by statusCode (the status) and message (a text) that there is no valid token."""
    found = members(body)
    return (
        status == 401
        and "error" not in found
        and whole(found.get("statusCode")) == status
        and text(found.get("message")) is not None
    )


def _status_code_form(exchange: Exchange, operation: Operation) -> bool:
    response = exchange.response
    return response is not None and is_status_code_form(response.status, _error_body(exchange, operation))


def _plain_text(exchange: Exchange, operation: Operation) -> bool:
    refusal = Refusal.of(exchange, operation)
    return refusal is not None and refusal.response.text.strip() == "Unsupported data type"


def _inner_error_in_one_word(exchange: Exchange, operation: Operation) -> bool:
    return "innererror" in members(_error_body(exchange, operation).get("error"))


def _status_in_error(exchange: Exchange, operation: Operation) -> bool:
    return "status" in members(_error_body(exchange, operation).get("error"))


def _null_in_error(exchange: Exchange, operation: Operation) -> bool:
    error = members(_error_body(exchange, operation).get("error"))
    return any(error.get(name, "") is None for name in ("code", "param", "type"))


def is_vector(pointer: str, value: object) -> bool:
    """Whether the value at this pointer is a vector written as a text."""
    return isinstance(value, str) and _VECTOR.fullmatch(pointer) is not None


def is_piece_of_audio(pointer: str, keyword: str) -> bool:
    """Whether an error is that the audio of a delta has some of its members only."""
    return keyword == "required" and _AUDIO_PIECE.fullmatch(pointer) is not None


def _has_piece_of_audio(chunk: Chunk) -> bool:
    spoken = [members(choice.get("delta")).get("audio") for _, choice in objects(chunk.choices)]
    return any(isinstance(audio, dict) and not audio.keys() >= _AUDIO_MEMBERS for audio in spoken)


def _undescribed_base64(exchange: Exchange, operation: Operation) -> bool:
    answer = JsonAnswer.of(exchange, operation)
    if answer is None or operation.kind != "embeddings" or answer.sent.get("encoding_format") != "base64":
        return False
    vectors = [entry.get("embedding") for _, entry in objects(answer.json.get("data"))]
    validator = operation.response_validator(answer.status, answer.response.media_type)
    return any(isinstance(each, str) for each in vectors) and not (
        validator is None or validator.is_valid(answer.json)
    )


def _upload_answered(status: int) -> Callable[[Exchange, Operation], bool]:
    def seen(exchange: Exchange, operation: Operation) -> bool:
        response = exchange.response
        return response is not None and operation.kind == "file-upload" and response.status == status

    return seen


def _asked_without_version(*, answered: bool) -> Callable[[Exchange, Operation], bool]:
    def seen(exchange: Exchange, operation: Operation) -> bool:
        del operation
        asked = any(
            each.id == "api-version:missing" and each.expect == "any" for each in exchange.case.points
        )
        return asked and exchange.response is not None and (exchange.response.status < 300) is answered

    return seen


_VECTOR = re.compile(r"/data/\d+/embedding")
_AUDIO_MEMBERS = frozenset({"id", "expires_at", "data", "transcript"})
_AUDIO_PIECE = re.compile(rf"/choices/\d+/delta/audio/({'|'.join(sorted(_AUDIO_MEMBERS))})")
_ISSUES = "https://github.com"

#: What the chunks that the service adds are excused from: they bear no id, time, model or usage.
_OF_CHUNKS = frozenset({"SCHEMA-002", "SCHEMA-003", "SSE-101", "SSE-102", "SSE-103", "SSE-104", "SSE-304"})

_TWO_DESCRIPTIONS = f"{_ISSUES}/Azure/azure-rest-api-specs (data-plane/AzureOpenAI: inference and authoring)"

QUIRKS: tuple[Quirk, ...] = (
    Quirk(
        "preamble-chunk",
        "A stream begins with a chunk of prompt filter results, without choices, its id and object empty.",
        f"{_ISSUES}/langfuse/langfuse/issues/2833",
        _OF_CHUNKS,
        _any_chunk(is_preamble),
    ),
    Quirk(
        "filter-note-chunk",
        "The asynchronous filter sends chunks of results and offsets whose choice has no delta.",
        f"{_ISSUES}/openai/openai-python/issues/1677",
        _OF_CHUNKS | {"SSE-201", "SSE-303"},
        _any_chunk(is_filter_note),
    ),
    Quirk(
        "usage-beside-finish",
        "The usage stands in the chunk that ends the last choice, asked for or not, and not in its own "
        "chunk.",
        f"{_ISSUES}/SAP/ai-sdk-java (a stream recorded on 2024-08-28)",
        frozenset({"SSE-301", "SSE-302"}),
        _any_chunk(usage_beside_finish),
    ),
    Quirk(
        "filtered-without-content",
        "The message of a choice that the filter ended has no content.",
        f"{_ISSUES}/microsoft/semantic-kernel/issues/5240",
        frozenset({"SCHEMA-001"}),
        _filtered_without_content,
    ),
    Quirk(
        "audio-in-pieces",
        "A spoken answer is streamed in pieces: words, sound and the time of its end, each in other deltas.",
        f"{_ISSUES}/openai/openai-openapi/issues/577",
        frozenset({"SCHEMA-002"}),
        _any_chunk(_has_piece_of_audio),
    ),
    Quirk(
        "base64-vector",
        "A vector asked for as base64 comes so, though the description has arrays of numbers only.",
        f"{_ISSUES}/openai/openai-python (which asks for base64 unless told otherwise)",
        frozenset({"SCHEMA-001"}),
        _undescribed_base64,
    ),
    Quirk(
        "status-code-form",
        "A request without a valid token is answered with statusCode and message, not with an error object.",
        f"{_ISSUES}/FlowiseAI/Flowise/issues/710",
        frozenset({"SCHEMA-003", "ERROR-001", "ERROR-003"}),
        _status_code_form,
        frozenset({"/statusCode", "/message"}),
    ),
    Quirk(
        "plain-text-error",
        "A body of the wrong media type is refused in a line of plain text.",
        f"{_ISSUES}/langchain-ai/langchain/issues/5867",
        frozenset({"ERROR-001", "ERROR-003", "ERROR-004"}),
        _plain_text,
    ),
    Quirk(
        "inner-error-in-one-word",
        "The inner error of a filtered prompt is called innererror, and holds content_filter_result.",
        f"{_ISSUES}/microsoft/TinyTroupe/issues/85",
        frozenset({"SCHEMA-003", "ERROR-008"}),
        _inner_error_in_one_word,
        frozenset({"/error/innererror"}),
    ),
    Quirk(
        "status-in-error",
        "An error object repeats the HTTP status.",
        f"{_ISSUES}/microsoft/TinyTroupe/issues/85",
        frozenset({"SCHEMA-003", "ERROR-007"}),
        _status_in_error,
        frozenset({"/error/status"}),
    ),
    Quirk(
        "null-in-error",
        "code, param and type of an error are null where the service has nothing to say.",
        f"{_ISSUES}/Mintplex-Labs/anything-llm/issues/184",
        frozenset({"SCHEMA-001", "SCHEMA-004", "ERROR-003", "ERROR-006"}),
        _null_in_error,
    ),
    Quirk(
        "upload-answered-200",
        "The upload of a file is answered with 200, as one of two descriptions of the api-version has it.",
        _TWO_DESCRIPTIONS,
        frozenset({"DESCRIPTIONS-001"}),
        _upload_answered(200),
    ),
    Quirk(
        "upload-answered-201",
        "The upload of a file is answered with 201, as the other of two descriptions has it.",
        _TWO_DESCRIPTIONS,
        frozenset({"DESCRIPTIONS-001"}),
        _upload_answered(201),
    ),
    Quirk(
        "version-not-needed",
        "Files, uploads and batches answer without an api-version, as one of two descriptions has it.",
        _TWO_DESCRIPTIONS,
        frozenset({"DESCRIPTIONS-002"}),
        _asked_without_version(answered=True),
    ),
    Quirk(
        "version-needed",
        "Files, uploads and batches refuse a request without api-version, as the other description has it.",
        _TWO_DESCRIPTIONS,
        frozenset({"DESCRIPTIONS-002"}),
        _asked_without_version(answered=False),
    ),
)


def quirks_seen(exchange: Exchange, operation: Operation) -> tuple[Quirk, ...]:
    """The quirks that this exchange shows, in the order of the table."""
    return tuple(quirk for quirk in QUIRKS if quirk.seen(exchange, operation))
