"""Quirks: known differences between the real service and its description.

A quirk is allowed: the rules that it would violate pass, and the verdict names it, so that reports show it as
known. Each entry has a description, a source, and the rules that pass.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

from aoai_conformance.json_access import members, objects, text, whole
from aoai_conformance.quirks.deviations import Deviation, excused, known_deviations
from aoai_conformance.rule import Inconclusive
from aoai_conformance.views.exchange_views import Chunk, JsonReply, Refusal, Stream
from aoai_conformance.views.stream_events import ends_choice, is_filter_note, is_preamble
from aoai_model.verdict import Violation
from aoai_specs.surfaces import AI_MODEL_INFERENCE
from aoai_specs.versions import ApiVersion

if TYPE_CHECKING:
    from aoai_conformance.exchange import Exchange
    from aoai_specs.document import Operation


@dataclass(frozen=True, slots=True)
class Quirk:
    """One known quirk. `excuses` are the ids of the rules that pass, `fields` the members that it adds."""

    id: str
    description: str
    source: str
    excuses: frozenset[str]
    seen: Callable[[Exchange, Operation], bool]
    fields: frozenset[str] = frozenset()


def usage_beside_finish(chunk: Chunk) -> bool:
    """Whether the chunk reports the usage together with the end of a choice."""
    return chunk.usage is not None and any(
        ends_choice(choice.get("finish_reason")) for _, choice in objects(chunk.choices)
    )


def correct_body(body: dict[str, Any]) -> dict[str, Any]:
    """Return the body with the quirks of a filtered response corrected; itself if it has none."""
    if not any(_lost_its_content(choice) for _, choice in objects(body.get("choices"))):
        return body
    body = copy.deepcopy(body)
    for _, choice in objects(body.get("choices")):
        if _lost_its_content(choice):
            choice["message"]["content"] = None
    return body


def correct_chunk(chunk: Chunk, head: dict[str, Any], *, chat: bool) -> dict[str, Any]:
    """Return a chunk that the service added with the members that it lacks taken from `head`.

    `head` is a chunk of the model. Other members, such as filter results, do not change.
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


def declared_object(name: object, operation: Operation, *, streamed: bool) -> object:
    """Return the `object` of a chat response or chunk in the document for another value of the service."""
    if operation.kind != "chat":
        return name
    if streamed and operation.document.name.surface == AI_MODEL_INFERENCE and name in _OF_CHUNKS_THERE:
        return _OF_CHUNKS_THERE[0 if operation.document.as_published else 1]
    return _OF_ANSWERS_FROM_DATA.get(name, name) if isinstance(name, str) else name


#: Undeclared members of responses from data sources.
_OF_ANSWERS_FROM_DATA = {
    "extensions.chat.completion": "chat.completion",
    "extensions.chat.completion.chunk": "chat.completion.chunk",
}
#: The `object` of chunks in Azure AI Model Inference: as published, and as corrected.
_OF_CHUNKS_THERE = ("chat.completion", "chat.completion.chunk")


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
        return stream is not None and any(is_it(chunk) for chunk in stream.chunks.distinct)

    return seen


def _filtered_without_content(exchange: Exchange, operation: Operation) -> bool:
    reply = JsonReply.of(exchange, operation)
    return reply is not None and any(
        _lost_its_content(each) for _, each in objects(reply.json.get("choices"))
    )


def _error_body(exchange: Exchange, operation: Operation) -> dict[str, Any]:
    refusal = Refusal.of(exchange, operation)
    if refusal is None or not refusal.response.is_json:
        return {}
    return members(refusal.response.json)


#: Statuses with which a gateway before the service responds by itself, in the form of Azure API Management.
_STATUSES_OF_GATEWAYS = frozenset({401, 403, 404, 429, 500, 503})


def is_status_code_form(status: int, body: object) -> bool:
    """Whether a body has statusCode (the status) and message (a string), as a gateway writes them."""
    found = members(body)
    return (
        status in _STATUSES_OF_GATEWAYS
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
    """Whether the value at this pointer is a vector encoded as a string."""
    return isinstance(value, str) and _VECTOR.fullmatch(pointer) is not None


def is_piece_of_audio(pointer: str, keyword: str) -> bool:
    """Whether an error is that the audio of a delta has only some of its members."""
    return keyword == "required" and _AUDIO_PIECE.fullmatch(pointer) is not None


def _has_piece_of_audio(chunk: Chunk) -> bool:
    spoken = [members(choice.get("delta")).get("audio") for _, choice in objects(chunk.choices)]
    return any(isinstance(audio, dict) and not audio.keys() >= _AUDIO_MEMBERS for audio in spoken)


def _is_of_answer_from_data(exchange: Exchange, operation: Operation) -> bool:
    if operation.kind != "chat" or exchange.response is None:
        return False
    reply, stream = JsonReply.of(exchange, operation), Stream.of(exchange, operation)
    named = [chunk.json.get("object") for chunk in stream.chunks.distinct] if stream else []
    whole = [reply.json.get("object")] if reply else []
    return any(text(name) in _OF_ANSWERS_FROM_DATA for name in [*named, *whole])


def _chunks_named_as_answers(exchange: Exchange, operation: Operation) -> bool:
    stream = Stream.of(exchange, operation)
    return (
        stream is not None
        and operation.kind == "chat"
        and operation.document.name.surface == AI_MODEL_INFERENCE
        and any(chunk.json.get("object") == _OF_CHUNKS_THERE[0] for chunk in stream.chunks.distinct)
    )


def _undescribed_base64(exchange: Exchange, operation: Operation) -> bool:
    reply = JsonReply.of(exchange, operation)
    if reply is None or operation.kind != "embeddings" or reply.sent.get("encoding_format") != "base64":
        return False
    vectors = [entry.get("embedding") for _, entry in objects(reply.json.get("data"))]
    validator = operation.response_validator(reply.status, reply.response.media_type)
    return any(isinstance(each, str) for each in vectors) and not (
        validator is None or validator.is_valid(reply.json)
    )


#: From this api-version on, two publications describe files, uploads and batches.
_TWICE_DESCRIBED = ApiVersion("2025-01-01-preview")


def _upload_answered(status: int) -> Callable[[Exchange, Operation], bool]:
    def seen(exchange: Exchange, operation: Operation) -> bool:
        response = exchange.response
        concerned = operation.kind == "file-upload" and operation.document.name.version >= _TWICE_DESCRIBED
        return response is not None and concerned and response.status == status

    return seen


def _asked_without_version(*, answered: bool) -> Callable[[Exchange, Operation], bool]:
    def seen(exchange: Exchange, operation: Operation) -> bool:
        del operation
        concerned = any(
            each.id == "api-version:missing" and each.expect == "any" for each in exchange.case.points
        )
        return concerned and exchange.response is not None and (exchange.response.status < 300) is answered

    return seen


_VECTOR = re.compile(r"/data/\d+/embedding")
_AUDIO_MEMBERS = frozenset({"id", "expires_at", "data", "transcript"})
_AUDIO_PIECE = re.compile(rf"/choices/\d+/delta/audio/({'|'.join(sorted(_AUDIO_MEMBERS))})")
_ISSUES = "https://github.com"

#: The rules that pass for chunks that the service adds: they have no id, time, model or usage.
_OF_CHUNKS = frozenset({"SCHEMA-002", "SCHEMA-003", "SSE-101", "SSE-102", "SSE-103", "SSE-104", "SSE-304"})

_TWO_DESCRIPTIONS = f"{_ISSUES}/Azure/azure-rest-api-specs (data-plane/AzureOpenAI: inference and authoring)"

QUIRKS: tuple[Quirk, ...] = (
    Quirk(
        "preamble-chunk",
        "A stream starts with a chunk of prompt filter results that has no choices and an empty id and "
        "object.",
        f"{_ISSUES}/langfuse/langfuse/issues/2833",
        _OF_CHUNKS,
        _any_chunk(is_preamble),
    ),
    Quirk(
        "filter-note-chunk",
        "The asynchronous filter sends chunks with results and offsets, whose choices have no delta.",
        f"{_ISSUES}/openai/openai-python/issues/1677",
        _OF_CHUNKS | {"SSE-201", "SSE-303"},
        _any_chunk(is_filter_note),
    ),
    Quirk(
        "usage-beside-finish",
        "The chunk that ends the last choice reports the usage, requested or not, instead of a separate "
        "chunk.",
        f"{_ISSUES}/SAP/ai-sdk-java (a stream recorded on 2024-08-28)",
        frozenset({"SSE-301", "SSE-302"}),
        _any_chunk(usage_beside_finish),
    ),
    Quirk(
        "filtered-without-content",
        "The message of a filtered choice has no content.",
        f"{_ISSUES}/microsoft/semantic-kernel/issues/5240",
        frozenset({"SCHEMA-001"}),
        _filtered_without_content,
    ),
    Quirk(
        "audio-in-pieces",
        "Audio is streamed in fragments: transcript, data and expiry are in separate deltas.",
        f"{_ISSUES}/openai/openai-openapi/issues/577",
        frozenset({"SCHEMA-002"}),
        _any_chunk(_has_piece_of_audio),
    ),
    Quirk(
        "object-of-answers-from-data",
        "Responses from data sources have the object extensions.chat.completion, and their chunks "
        "extensions.chat.completion.chunk.",
        f"{_ISSUES}/Azure/azure-sdk-assets (recorded at 2024-10-21)",
        frozenset({"SCHEMA-001", "SCHEMA-002"}),
        _is_of_answer_from_data,
    ),
    Quirk(
        "chunks-named-as-answers",
        "Chunks of Azure AI Model Inference have the object chat.completion, as in the published document.",
        f"{_ISSUES}/Azure/azure-rest-api-specs (specification/ai/ModelClient)",
        frozenset({"SCHEMA-002"}),
        _chunks_named_as_answers,
    ),
    Quirk(
        "base64-vector",
        "Vectors are returned as base64 on request, although the document declares only arrays of numbers.",
        f"{_ISSUES}/openai/openai-python (which requests base64 by default)",
        frozenset({"SCHEMA-001"}),
        _undescribed_base64,
    ),
    Quirk(
        "status-code-form",
        "The error of the gateway, as for a request without a valid token, has statusCode and message "
        "instead of an error object.",
        f"{_ISSUES}/FlowiseAI/Flowise/issues/710",
        frozenset({"SCHEMA-003", "ERROR-001", "ERROR-003"}),
        _status_code_form,
        frozenset({"/statusCode", "/message"}),
    ),
    Quirk(
        "plain-text-error",
        "The rejection of a body with the wrong media type is a line of plain text.",
        f"{_ISSUES}/langchain-ai/langchain/issues/5867",
        frozenset({"ERROR-001", "ERROR-003", "ERROR-004"}),
        _plain_text,
    ),
    Quirk(
        "inner-error-in-one-word",
        "The inner error of a filtered prompt is named innererror, and contains content_filter_result.",
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
        "code, param and type of an error are null if they have no value.",
        f"{_ISSUES}/Mintplex-Labs/anything-llm/issues/184",
        frozenset({"SCHEMA-001", "SCHEMA-004", "ERROR-003", "ERROR-006"}),
        _null_in_error,
    ),
    Quirk(
        "upload-answered-200",
        "Uploading a file returns 200, as declared by one of the two documents of the api-version.",
        _TWO_DESCRIPTIONS,
        frozenset({"DESCRIPTIONS-001"}),
        _upload_answered(200),
    ),
    Quirk(
        "upload-answered-201",
        "Uploading a file returns 201, as declared by the other of the two documents.",
        _TWO_DESCRIPTIONS,
        frozenset({"DESCRIPTIONS-001"}),
        _upload_answered(201),
    ),
    Quirk(
        "version-not-needed",
        "Files, uploads and batches do not require an api-version, as declared by one of the two documents.",
        _TWO_DESCRIPTIONS,
        frozenset({"DESCRIPTIONS-002"}),
        _asked_without_version(answered=True),
    ),
    Quirk(
        "version-needed",
        "Files, uploads and batches require an api-version, as declared by the other of the two documents.",
        _TWO_DESCRIPTIONS,
        frozenset({"DESCRIPTIONS-002"}),
        _asked_without_version(answered=False),
    ),
)


@dataclass(frozen=True, slots=True)
class QuirkTable:
    """The quirks that pass.

    Rules allow `habits` themselves, and verdicts only name them; `deviations` are applied when judging.
    """

    habits: tuple[Quirk, ...] = QUIRKS
    deviations: tuple[Deviation, ...] = ()

    def seen(self, exchange: Exchange, operation: Operation) -> tuple[Quirk, ...]:
        """Return the habits that an exchange shows, in the order of the table."""
        return tuple(quirk for quirk in self.habits if _is_seen(quirk, exchange, operation))

    def excuse(
        self, rule_id: str, violation: Violation, operation: Operation, exchange: Exchange | None
    ) -> Deviation | None:
        """Return the deviation that a violation matches, if any."""
        return excused(self.deviations, rule_id, violation, operation, exchange)

    def having(self, further: Iterable[Deviation]) -> QuirkTable:
        """Return the table with further deviations, which come first."""
        return replace(self, deviations=(*further, *self.deviations))

    def __iter__(self) -> Iterator[Quirk | Deviation]:
        yield from self.habits
        yield from self.deviations


def quirks_seen(exchange: Exchange, operation: Operation) -> tuple[Quirk, ...]:
    """Return the habits of the real service that this exchange shows, in the order of the table."""
    return known_quirks().seen(exchange, operation)


@cache
def known_quirks() -> QuirkTable:
    """Return the quirks of the real service."""
    return QuirkTable(QUIRKS, known_deviations())


def _is_seen(quirk: Quirk, exchange: Exchange, operation: Operation) -> bool:
    try:
        return quirk.seen(exchange, operation)
    except Inconclusive:
        return False
