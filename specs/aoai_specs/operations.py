"""What a description says of its operations: kinds, parameters, media types and responses, as plain data."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple, TypeVar

_Described = TypeVar("_Described")

EVENT_STREAM = "text/event-stream"
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")

#: The end of a path, and the kind of its operations by method; the first match counts.
_KINDS: tuple[tuple[str, Mapping[str, str]], ...] = (
    ("/extensions/chat/completions", {"POST": "extension-chat"}),
    ("/chat/completions", {"POST": "chat"}),
    ("/images/embeddings", {"POST": "image-embeddings"}),
    ("/images/generations", {"POST": "images"}),
    ("/images/generations:submit", {"POST": "image-submit"}),
    ("/operations/images/{}", {"GET": "image-status", "DELETE": "image-delete"}),
    ("/audio/transcriptions", {"POST": "transcription"}),
    ("/audio/translations", {"POST": "translation"}),
    ("/audio/speech", {"POST": "speech"}),
    ("/embeddings", {"POST": "embeddings"}),
    ("/deployments/{}/completions", {"POST": "completions"}),
    ("/responses", {"POST": "response-create"}),
    ("/responses/{}", {"GET": "response-get", "DELETE": "response-delete"}),
    ("/responses/{}/cancel", {"POST": "response-cancel"}),
    ("/responses/{}/input_items", {"GET": "response-input-items"}),
    ("/conversations", {"POST": "conversation-create"}),
    (
        "/conversations/{}",
        {"GET": "conversation-get", "POST": "conversation-update", "DELETE": "conversation-delete"},
    ),
    ("/conversations/{}/items", {"GET": "conversation-item-list", "POST": "conversation-item-create"}),
    ("/conversations/{}/items/{}", {"GET": "conversation-item-get", "DELETE": "conversation-item-delete"}),
    ("/vector_stores", {"GET": "vector-store-list", "POST": "vector-store-create"}),
    (
        "/vector_stores/{}",
        {"GET": "vector-store-get", "POST": "vector-store-update", "DELETE": "vector-store-delete"},
    ),
    ("/vector_stores/{}/search", {"POST": "vector-store-search"}),
    ("/vector_stores/{}/files", {"GET": "vector-store-file-list", "POST": "vector-store-file-create"}),
    (
        "/vector_stores/{}/files/{}",
        {
            "GET": "vector-store-file-get",
            "POST": "vector-store-file-update",
            "DELETE": "vector-store-file-delete",
        },
    ),
    ("/vector_stores/{}/files/{}/content", {"GET": "vector-store-file-content"}),
    ("/vector_stores/{}/file_batches", {"POST": "vector-store-batch-create"}),
    ("/vector_stores/{}/file_batches/{}", {"GET": "vector-store-batch-get"}),
    ("/vector_stores/{}/file_batches/{}/cancel", {"POST": "vector-store-batch-cancel"}),
    ("/vector_stores/{}/file_batches/{}/files", {"GET": "vector-store-batch-files"}),
    ("/files", {"GET": "file-list", "POST": "file-upload"}),
    ("/files/import", {"POST": "file-import"}),
    ("/files/{}", {"GET": "file-get", "DELETE": "file-delete"}),
    ("/files/{}/content", {"GET": "file-content"}),
    ("/uploads", {"POST": "upload-create"}),
    ("/uploads/{}/parts", {"POST": "upload-part"}),
    ("/uploads/{}/complete", {"POST": "upload-complete"}),
    ("/uploads/{}/cancel", {"POST": "upload-cancel"}),
    ("/batches", {"GET": "batch-list", "POST": "batch-create"}),
    ("/batches/{}", {"GET": "batch-get"}),
    ("/batches/{}/cancel", {"POST": "batch-cancel"}),
    ("/ingestion-jobs", {"GET": "ingestion-list"}),
    ("/ingestion-jobs/{}", {"PUT": "ingestion-start", "GET": "ingestion-status"}),
    ("/models", {"GET": "model-list"}),
    ("/models/{}", {"GET": "model-get", "DELETE": "model-delete"}),
    ("/fine_tuning/jobs", {"GET": "fine-tuning-list", "POST": "fine-tuning-create"}),
    ("/fine_tuning/jobs/{}", {"GET": "fine-tuning-get", "DELETE": "fine-tuning-delete"}),
    ("/fine_tuning/jobs/{}/events", {"GET": "fine-tuning-events"}),
    ("/fine_tuning/jobs/{}/checkpoints", {"GET": "fine-tuning-checkpoints"}),
    ("/fine_tuning/jobs/{}/cancel", {"POST": "fine-tuning-cancel"}),
    ("/deployments", {"GET": "deployment-list"}),
    ("/info", {"GET": "info"}),
)
#: Every kind of operation that has a name.
OPERATION_KINDS: frozenset[str] = frozenset(kind for _, kinds in _KINDS for kind in kinds.values())
#: Kinds of operations on resources that do not lie within another one, unlike the files of a container.
_TOP_LEVEL = (
    "batch-",
    "conversation-create",
    "deployment-list",
    "file-",
    "ingestion-",
    "model-list",
    "response-create",
    "upload-",
    "vector-store-create",
    "vector-store-list",
)
_PARAMETER = re.compile(r"\{[^/{}]*\}")


def operation_kind(path: str, method: str = "POST") -> str:
    """Return the kind of an operation from its path and method: `chat`, `file-get`, …, or `other`."""
    bare = _PARAMETER.sub("{}", path)
    if bare == "/completions":
        bare = "/deployments/{}/completions"
    for ending, kinds in _KINDS:
        if bare.endswith(ending):
            kind = kinds.get(method.upper(), "other")
            within = "{}" in bare.removesuffix(ending)
            return "other" if within and kind.startswith(_TOP_LEVEL) else kind
    return "other"


class Parameter(NamedTuple):
    """A parameter. `location` is path, query, header or cookie."""

    name: str
    location: str
    required: bool
    pointer: str


class MediaDescription(NamedTuple):
    """The schemas of a body of one media type.

    `schema_pointer` is the place of the schema of the whole body, `item_schema_pointer` that of one item of a
    sequence; for server-sent events, an item is the JSON data of an event.
    """

    media_type: str
    schema_pointer: str | None
    item_schema_pointer: str | None


class ResponseDescription(NamedTuple):
    """One described response. `status` is `200`, a range such as `4XX`, or `default`."""

    status: str
    pointer: str
    headers: Mapping[str, str]
    media: Mapping[str, MediaDescription]

    def media_for(self, media_type: str) -> MediaDescription | None:
        """Return the description of a media type, ignoring parameters; an exact match wins over a range."""
        return media_match(self.media, media_type)


def media_match(described: Mapping[str, _Described], media_type: str) -> _Described | None:
    """Return the value for a media type: by the exact type, or by a range such as `text/*` or `*/*`."""
    wanted = media_type.partition(";")[0].strip().lower()
    if (found := described.get(wanted)) is not None:
        return found
    by_type = {key.partition(";")[0].strip().lower(): value for key, value in described.items()}
    for candidate in (wanted, f"{wanted.partition('/')[0]}/*", "*/*"):
        if candidate in by_type:
            return by_type[candidate]
    return None
