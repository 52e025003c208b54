"""The vector store, the file and the batch that a path names, and how they are described."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
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
    VectorStore,
    VectorStores,
)

_STATES = ("in_progress", "completed", "failed", "cancelled")


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
    added = FileInStore(file_id, name, now, text, len(content), chunking, attributes, batch)
    store.files[file_id] = added
    store.active = now
    return added


def counts(files: Iterable[FileInStore], now: float) -> JsonObject:
    """Count files by their status."""
    found = [file.status(now) for file in files]
    return {**{state: found.count(state) for state in _STATES}, "total": len(found)}  # type: ignore[arg-type]


def described_store(store: VectorStore, now: float) -> JsonObject:
    """Describe a vector store."""
    counted = counts(store.files.values(), now)
    status = "in_progress" if counted["in_progress"] else "completed"
    return {
        "id": store.id,
        "object": "vector_store",
        "created_at": int(store.created),
        "name": store.name,
        "description": store.description,
        "usage_bytes": sum(each.size for each in store.files.values() if each.status(now) == "completed"),
        "file_counts": counted,
        "status": "expired" if store.has_expired(now) else status,
        "expires_after": store.expires_after,
        "expires_at": store.expires,
        "last_active_at": int(store.active),
        "metadata": store.metadata,
    }


def described_file(file: FileInStore, store: VectorStore, now: float) -> JsonObject:
    """Describe a file of a vector store."""
    status = file.status(now)
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


def described_batch(batch: FileBatch, store: VectorStore, now: float) -> JsonObject:
    """Describe a file batch."""
    counted = counts(files_of_batch(batch, store), now)
    status = "in_progress" if counted["in_progress"] else "completed"
    return {
        "id": batch.id,
        "object": "vector_store.files_batch",
        "created_at": int(batch.created),
        "vector_store_id": store.id,
        "status": "cancelled" if batch.is_cancelled else status,
        "file_counts": counted,
    }


def files_of_batch(batch: FileBatch, store: VectorStore) -> list[FileInStore]:
    """Return the files of a batch that the store still has."""
    return [store.files[name] for name in batch.files if name in store.files]


def polled(request: AcceptedRequest, resource: str, began: float) -> float:
    """Return the time for the state of a resource that a client polls."""
    return request.memory.poll(resource, began)
