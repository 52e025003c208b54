"""The vector store, the file and the batch that a path names, and how they are described."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.http.rejections import Rejection, RejectionError
from aoai_emulator.http.requests import AcceptedRequest
from aoai_emulator.operations.resources.files import path_id
from aoai_emulator.operations.responses.pages import not_found
from aoai_emulator.storage.files import Storage
from aoai_emulator.storage.vector_stores import (
    USUAL_CHUNKING,
    FileBatch,
    FileInStore,
    FileStatus,
    VectorStore,
    VectorStores,
    matches_filter,
)

#: The states of files in vector stores.
STATES: tuple[FileStatus, ...] = ("in_progress", "completed", "failed", "cancelled")


def inner_id(request: AcceptedRequest) -> str:
    """Return the last id in the path: that of a file or a batch."""
    return list(request.path_values.values())[-1]


def store_exists(request: AcceptedRequest) -> Iterator[Rejection]:
    """Require that the vector store in the path exists."""
    if path_id(request) not in request.memory.store(VectorStores).all:
        yield not_found("Vector store", path_id(request))


def store_of(request: AcceptedRequest) -> VectorStore:
    """Return the vector store in the path. Raises RejectionError."""
    found = request.memory.store(VectorStores).all.get(path_id(request))
    if found is None:
        raise RejectionError(not_found("Vector store", path_id(request)))
    return found


def file_exists(request: AcceptedRequest) -> Iterator[Rejection]:
    """Require that the vector store and the file in the path exist."""
    yield from store_exists(request)
    found = request.memory.store(VectorStores).all.get(path_id(request))
    if found is not None and inner_id(request) not in found.files:
        yield not_found("File", inner_id(request))


def file_of(request: AcceptedRequest) -> FileInStore:
    """Return the file in the path. Raises RejectionError."""
    found = store_of(request).files.get(inner_id(request))
    if found is None:
        raise RejectionError(not_found("File", inner_id(request)))
    return found


def files_are_stored(request: AcceptedRequest, names: Iterable[Any], param: str) -> Iterator[Rejection]:
    """Require that files to be added were uploaded."""
    uploaded = request.memory.store(Storage).files
    for name in names:
        if name not in uploaded:
            yield not_found("File", str(name), param)


def add_file(
    request: AcceptedRequest,
    store: VectorStore,
    file_id: str,
    fields: JsonObject,
    batch: str | None = None,
) -> FileInStore:
    """Add an uploaded file to a vector store, with the chunking and attributes of some fields."""
    uploaded = request.memory.store(Storage).files.get(file_id)
    content = b"" if uploaded is None else uploaded.content
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        text = None
    wish = fields.get("chunking_strategy") or {}
    chunking = wish if wish.get("type") == "static" else USUAL_CHUNKING
    name = file_id if uploaded is None else uploaded.filename
    now = request.memory.clock()
    attributes = fields.get("attributes")
    key = f"{store.id}/{file_id}"
    added = FileInStore(file_id, key, name, now, text, len(content), chunking, attributes, batch)
    store.files[file_id] = added
    store.active = now
    return added


def status_of(request: AcceptedRequest, file: FileInStore, *, polls: bool = False) -> FileStatus:
    """Return the status of a file; if a client `polls` it, the next poll finds it advanced."""
    time_for = request.memory.poll if polls else request.memory.time_for
    return file.status(time_for(file.key, file.created))


def ready_files(request: AcceptedRequest, store: VectorStore, wanted: Any) -> list[FileInStore]:
    """Return the files of a store that can be searched and match a filter."""
    return [
        file
        for file in store.files.values()
        if status_of(request, file) == "completed" and matches_filter(file.attributes, wanted)
    ]


def _counts(states: Sequence[FileStatus]) -> JsonObject:
    counted: JsonObject = {state: states.count(state) for state in STATES}
    return {**counted, "total": len(states)}


def described_store(request: AcceptedRequest, store: VectorStore, *, polls: bool = False) -> JsonObject:
    """Describe a vector store; `polls` if a client requests this one."""
    states = {name: status_of(request, file, polls=polls) for name, file in store.files.items()}
    status = "in_progress" if "in_progress" in states.values() else "completed"
    completed = [store.files[name] for name, state in states.items() if state == "completed"]
    return {
        "id": store.id,
        "object": "vector_store",
        "created_at": int(store.created),
        "name": store.name,
        "description": store.description,
        "usage_bytes": sum(file.size for file in completed),
        "file_counts": _counts(list(states.values())),
        "status": "expired" if store.has_expired(request.memory.clock()) else status,
        "expires_after": store.expires_after,
        "expires_at": store.expires,
        "last_active_at": int(store.active),
        "metadata": store.metadata,
    }


def described_file(
    request: AcceptedRequest, file: FileInStore, store: VectorStore, *, polls: bool = False
) -> JsonObject:
    """Describe a file of a vector store; `polls` if a client requests this one."""
    status = status_of(request, file, polls=polls)
    error = {"code": "unsupported_file", "message": "The file could not be read as text."}
    return {
        "id": file.id,
        "object": "vector_store.file",
        "usage_bytes": file.size if status == "completed" else 0,
        "created_at": int(file.created),
        "vector_store_id": store.id,
        "status": status,
        "last_error": error if status == "failed" else None,
        "chunking_strategy": file.chunking,
        "attributes": file.attributes or {},
    }


def described_batch(
    request: AcceptedRequest, batch: FileBatch, store: VectorStore, *, polls: bool = False
) -> JsonObject:
    """Describe a file batch; `polls` if a client requests this one."""
    states = [status_of(request, file, polls=polls) for file in files_of_batch(batch, store)]
    status = "in_progress" if "in_progress" in states else "completed"
    return {
        "id": batch.id,
        "object": "vector_store.files_batch",
        "created_at": int(batch.created),
        "vector_store_id": store.id,
        "status": "cancelled" if batch.is_cancelled else status,
        "file_counts": _counts(states),
    }


def files_of_batch(batch: FileBatch, store: VectorStore) -> list[FileInStore]:
    """Return the files of a batch that the store still has."""
    return [store.files[name] for name in batch.files if name in store.files]
