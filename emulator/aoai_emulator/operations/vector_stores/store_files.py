"""The files of vector stores, added one by one or in batches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from aoai_emulator.content.seeding import resource_id
from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.http.rejections import Rejection, RejectionError, invalid_request
from aoai_emulator.http.requests import AcceptedRequest
from aoai_emulator.operations.responses.pages import not_found, page_of, page_rejections
from aoai_emulator.operations.service import JsonResponse, Service, ServiceResponse
from aoai_emulator.operations.vector_stores.finding import (
    STATES,
    add_file,
    described_batch,
    described_file,
    file_exists,
    file_of,
    files_are_stored,
    files_of_batch,
    inner_id,
    status_of,
    store_exists,
    store_of,
)
from aoai_emulator.operations.vector_stores.stores import result
from aoai_emulator.storage.vector_stores import FileBatch, FileInStore, Found, VectorStores
from aoai_specs.json_values import as_list, as_object


def _adds(request: AcceptedRequest) -> Iterator[Rejection]:
    yield from store_exists(request)
    yield from files_are_stored(request, [request.fields.get("file_id")], "file_id")


async def _add(request: AcceptedRequest) -> ServiceResponse:
    store = store_of(request)
    added = add_file(request, store, str(request.fields.get("file_id")), request.fields)
    return JsonResponse(described_file(request, added, store))


def _lists(request: AcceptedRequest) -> Iterator[Rejection]:
    yield from store_exists(request)
    yield from _pages(request)


def _pages(request: AcceptedRequest) -> Iterator[Rejection]:
    yield from page_rejections(request.query)
    if request.query.get("filter", "completed") not in STATES:
        yield invalid_request(f"Invalid 'filter': expected one of {', '.join(STATES)}.", param="filter")


async def _list(request: AcceptedRequest) -> ServiceResponse:
    return _page(request, list(store_of(request).files.values()))


def _page(request: AcceptedRequest, files: Iterable[FileInStore]) -> ServiceResponse:
    wanted = request.query.get("filter")
    shown = [each for each in files if wanted in (None, status_of(request, each))]
    store = store_of(request)
    return JsonResponse(page_of([described_file(request, each, store) for each in shown], request))


async def _get(request: AcceptedRequest) -> ServiceResponse:
    return JsonResponse(described_file(request, file_of(request), store_of(request), polls=True))


async def _update(request: AcceptedRequest) -> ServiceResponse:
    file, store = file_of(request), store_of(request)
    file.attributes = request.fields.get("attributes")
    return JsonResponse(described_file(request, file, store))


async def _delete(request: AcceptedRequest) -> ServiceResponse:
    file = file_of(request)
    del store_of(request).files[file.id]
    return JsonResponse({"id": file.id, "object": "vector_store.file.deleted", "deleted": True})


async def _content(request: AcceptedRequest) -> ServiceResponse:
    """Return the text of a file in its chunks."""
    file = file_of(request)
    return JsonResponse(
        {
            "object": "vector_store.search_results.page",
            "search_query": [],
            "data": [result(Found(file, 1.0, chunk)) for chunk in file.chunks()],
            "has_more": False,
            "next_page": None,
        }
    )


def _files_of(fields: JsonObject) -> list[JsonObject]:
    """Return the files of a new batch, each with its chunking and attributes."""
    shared = {name: fields.get(name) for name in ("chunking_strategy", "attributes")}
    named = [{**shared, "file_id": name} for name in as_list(fields.get("file_ids"))]
    return [*named, *map(as_object, as_list(fields.get("files")))]


def _begins(request: AcceptedRequest) -> Iterator[Rejection]:
    yield from store_exists(request)
    files = _files_of(request.fields)
    if not files:
        yield invalid_request("One of 'file_ids' or 'files' must be provided.", param="file_ids")
    yield from files_are_stored(request, [each.get("file_id") for each in files], "file_ids")


async def _begin(request: AcceptedRequest) -> ServiceResponse:
    store = store_of(request)
    batch_id = resource_id("vsfb_")
    added = [
        add_file(request, store, str(each.get("file_id")), each, batch_id)
        for each in _files_of(request.fields)
    ]
    batch = FileBatch(batch_id, request.memory.clock(), tuple(dict.fromkeys(each.id for each in added)))
    store.batches[batch.id] = batch
    return JsonResponse(described_batch(request, batch, store))


def _batch_exists(request: AcceptedRequest) -> Iterator[Rejection]:
    yield from store_exists(request)
    name = _batch_id(request)
    found = request.memory.store(VectorStores).all.get(next(iter(request.path_values.values()), ""))
    if found is not None and name not in found.batches:
        yield not_found("File batch", name)


def _batch_id(request: AcceptedRequest) -> str:
    return inner_id(request)


def _batch(request: AcceptedRequest) -> FileBatch:
    found = store_of(request).batches.get(_batch_id(request))
    if found is None:
        raise RejectionError(not_found("File batch", _batch_id(request)))
    return found


async def _get_batch(request: AcceptedRequest) -> ServiceResponse:
    batch, store = _batch(request), store_of(request)
    return JsonResponse(described_batch(request, batch, store, polls=True))


async def _cancel_batch(request: AcceptedRequest) -> ServiceResponse:
    """Cancel the files of a batch that are still processed; a batch that has ended stays as it is."""
    batch, store = _batch(request), store_of(request)
    running = [each for each in files_of_batch(batch, store) if status_of(request, each) == "in_progress"]
    for file in running:
        file.is_cancelled = batch.is_cancelled = True
    return JsonResponse(described_batch(request, batch, store))


def _lists_batch(request: AcceptedRequest) -> Iterator[Rejection]:
    yield from _batch_exists(request)
    yield from _pages(request)


async def _batch_files(request: AcceptedRequest) -> ServiceResponse:
    return _page(request, files_of_batch(_batch(request), store_of(request)))


SERVICES: Iterable[Service] = (
    Service("vector-store-file-list", "listVectorStoreFiles", _lists, _list),
    Service("vector-store-file-create", "createVectorStoreFile", _adds, _add),
    Service("vector-store-file-get", "getVectorStoreFile", file_exists, _get),
    Service("vector-store-file-update", "updateVectorStoreFileAttributes", file_exists, _update),
    Service("vector-store-file-delete", "deleteVectorStoreFile", file_exists, _delete),
    Service("vector-store-file-content", "retrieveVectorStoreFileContent", file_exists, _content),
    Service("vector-store-batch-create", "createVectorStoreFileBatch", _begins, _begin),
    Service("vector-store-batch-get", "getVectorStoreFileBatch", _batch_exists, _get_batch),
    Service("vector-store-batch-cancel", "cancelVectorStoreFileBatch", _batch_exists, _cancel_batch),
    Service("vector-store-batch-files", "listFilesInVectorStoreBatch", _lists_batch, _batch_files),
)
