"""Vector stores: created from files, listed, described, updated, deleted and searched."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from aoai_emulator.content.seeding import resource_id
from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.http.rejections import Rejection, invalid_request
from aoai_emulator.http.requests import AcceptedRequest
from aoai_emulator.operations.responses.pages import metadata_rejections, page_of, page_rejections
from aoai_emulator.operations.service import JsonResponse, Service, ServiceResponse
from aoai_emulator.operations.vector_stores.finding import (
    add_file,
    described_store,
    files_are_stored,
    ready_files,
    store_exists,
    store_of,
)
from aoai_emulator.storage.vector_stores import (
    MOST_FILES,
    Found,
    VectorStore,
    VectorStores,
    search,
)

_USUAL_RESULTS = 10


def _creates(request: AcceptedRequest) -> Iterator[Rejection]:
    yield from metadata_rejections(request.fields)
    names = request.fields.get("file_ids", ())
    if len(names) > MOST_FILES:
        yield invalid_request(
            f"Invalid 'file_ids': expected at most {MOST_FILES} files, but got {len(names)}.",
            param="file_ids",
            code="array_above_max_length",
        )
    yield from files_are_stored(request, names, "file_ids")


async def _create(request: AcceptedRequest) -> ServiceResponse:
    fields, now = request.fields, request.memory.clock()
    store = VectorStore(
        resource_id("vs_"),
        fields.get("name", ""),
        now,
        fields.get("metadata", {}),
        fields.get("expires_after"),
        fields.get("description"),
        now,
    )
    for name in fields.get("file_ids", ()):
        add_file(request, store, name, {"chunking_strategy": fields.get("chunking_strategy")})
    request.memory.store(VectorStores).keep(store)
    return JsonResponse(described_store(request, store))


async def _list(request: AcceptedRequest) -> ServiceResponse:
    stores = request.memory.store(VectorStores).all.values()
    return JsonResponse(page_of([described_store(request, each) for each in stores], request))


def _lists(request: AcceptedRequest) -> Iterator[Rejection]:
    yield from page_rejections(request.query)


async def _get(request: AcceptedRequest) -> ServiceResponse:
    store = store_of(request)
    return JsonResponse(described_store(request, store, polls=True))


def _updates(request: AcceptedRequest) -> Iterator[Rejection]:
    yield from store_exists(request)
    yield from metadata_rejections(request.fields)


async def _update(request: AcceptedRequest) -> ServiceResponse:
    store, fields = store_of(request), request.fields
    store.name = fields.get("name", store.name)
    store.expires_after = fields.get("expires_after", store.expires_after)
    store.metadata = fields.get("metadata", store.metadata)
    store.active = request.memory.clock()
    return JsonResponse(described_store(request, store))


async def _delete(request: AcceptedRequest) -> ServiceResponse:
    store = store_of(request)
    del request.memory.store(VectorStores).all[store.id]
    return JsonResponse({"id": store.id, "object": "vector_store.deleted", "deleted": True})


async def _search(request: AcceptedRequest) -> ServiceResponse:
    """Return the best chunks of the files that were processed and match the filters."""
    store, fields = store_of(request), request.fields
    store.active = request.memory.clock()
    query = fields.get("query", "")
    queries = [query] if isinstance(query, str) else list(query)
    files = ready_files(request, store, fields.get("filters"))
    least = (fields.get("ranking_options") or {}).get("score_threshold") or 0
    most = fields.get("max_num_results", _USUAL_RESULTS)
    found = [each for each in search(files, queries, most) if each.score >= least]
    return JsonResponse(
        {
            "object": "vector_store.search_results.page",
            "search_query": queries,
            "data": [result(each) for each in found],
            "has_more": False,
            "next_page": None,
        }
    )


def result(found: Found) -> JsonObject:
    """Describe a chunk that a search found."""
    return {
        "file_id": found.file.id,
        "filename": found.file.filename,
        "score": found.score,
        "attributes": found.file.attributes or {},
        "content": [{"type": "text", "text": found.text}],
    }


SERVICES: Iterable[Service] = (
    Service("vector-store-list", "listVectorStores", _lists, _list),
    Service("vector-store-create", "createVectorStore", _creates, _create),
    Service("vector-store-get", "getVectorStore", store_exists, _get),
    Service("vector-store-update", "modifyVectorStore", _updates, _update),
    Service("vector-store-delete", "deleteVectorStore", store_exists, _delete),
    Service("vector-store-search", "searchVectorStore", store_exists, _search),
)
