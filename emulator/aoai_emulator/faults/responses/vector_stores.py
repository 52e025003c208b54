"""Faults of vector stores: their descriptions, files and searches."""

from __future__ import annotations

from collections.abc import Iterator

from aoai_emulator.content.seeding import resource_id
from aoai_emulator.faults.conditions import objects_in, path_id
from aoai_emulator.faults.edits import add, compute, map_list, replace, set_to
from aoai_emulator.faults.topics import Topic
from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.http.rejections import Rejection
from aoai_emulator.http.requests import AcceptedRequest, IncomingRequest
from aoai_emulator.storage.vector_stores import VectorStore, VectorStores

STORES = Topic("vector_stores", document="azure-openai@v1")
_ONE = "vector-store-create|vector-store-get|vector-store-update.response"
_FILE = "vector-store-file-create|vector-store-file-get.response"
_BATCH = "vector-store-batch-create|vector-store-batch-get.response"
_SEARCH = "vector-store-search.response"
_BY_ID = "vector-store-get|vector-store-delete|vector-store-search|vector-store-file-list"
_MOST_REMEMBERED = 50


class _Removed:
    """The vector stores that were deleted since a fault began."""

    def __init__(self) -> None:
        self.stores: dict[str, VectorStore] = {}


# fmt: off
STORES.edit("vector-store-object-wrong", "`object` of a vector store is `store`.", at=f"{_ONE} /object",
    edit=set_to("store"))
STORES.edit("vector-store-id-changes", "A vector store has another `id` when it is retrieved.",
    at="vector-store-get.response /id", edit=compute(lambda _: resource_id("vs_")))
STORES.edit("vector-store-name-changed", "`name` of a vector store is not the one that was sent.",
    at=f"{_ONE} /name", edit=set_to("another name"))
STORES.edit("vector-store-status-unknown", "`status` of a vector store is `ready`.", at=f"{_ONE} /status",
    edit=replace("ready"))
STORES.edit("vector-store-files-miscounted", "`file_counts.total` of a vector store is one too many.",
    at=f"{_ONE} /file_counts/total", edit=add(1))
STORES.edit("vector-store-delete-denied", "`deleted` is false after a successful deletion.",
    at="vector-store-delete.response /deleted", edit=set_to(False))
STORES.respond("vector-store-unknown-found",
    "The id of an unknown vector store is answered with 200 and `{}`.", at=f"{_BY_ID}.reply:404", status=200)
STORES.edit("vector-store-file-of-another", "A file names another vector store.",
    at=f"{_FILE} /vector_store_id", edit=compute(lambda _: resource_id("vs_")))
STORES.edit("vector-store-file-status-unknown", "`status` of a file in a vector store is `indexed`.",
    at=f"{_FILE} /status", edit=replace("indexed"))
STORES.edit("vector-store-file-never-ends", "A file in a vector store stays in progress.",
    at="vector-store-file-get.response /status", edit=replace("in_progress"))
STORES.edit("vector-store-batch-miscounted", "`file_counts.total` of a file batch is one too many.",
    at=f"{_BATCH} /file_counts/total", edit=add(1))
STORES.edit("vector-store-search-object-wrong", "`object` of the results is `list`.", at=f"{_SEARCH} /object",
    edit=set_to("list"))
STORES.edit("vector-store-search-score-beyond-one", "Scores of a search are above 1.",
    at=f"{_SEARCH} /data/*/score", edit=add(1))
STORES.edit("vector-store-search-unsorted", "The best result of a search comes last.", at=f"{_SEARCH} /data",
    edit=map_list(lambda found: [{**each, "score": (place + 1) / (len(found) + 1)}
                                 for place, each in enumerate([*found, *found])]))
STORES.edit("vector-store-search-query-dropped", "The results of a search lack the query.",
    at=f"{_SEARCH} /search_query", edit=set_to([]))
STORES.edit("vector-store-search-foreign-file", "A search finds a file that the store does not have.",
    at=f"{_SEARCH} /data/*/file_id", edit=set_to("file-unknown"))
# fmt: on


@STORES.code("vector-store-search-limit-exceeded", at=_SEARCH)
def exceed_limit(body: JsonObject, request: AcceptedRequest) -> None:
    """A search returns one result more than `max_num_results` allows."""
    limit, found = request.fields.get("max_num_results"), objects_in(body, "data")
    if isinstance(limit, int) and found:
        body["data"] = [*found, *found[-1:] * (limit + 1 - len(found))]


@STORES.code("vector-store-deleted-still-found", at="vector-store-delete.relations")
def remember_deleted(found: Iterator[Rejection], request: IncomingRequest) -> Iterator[Rejection]:
    """A deleted vector store can still be retrieved."""
    store = request.memory.store(VectorStores).all.get(path_id(request))
    removed = request.memory.store(_Removed).stores
    if store is not None and len(removed) < _MOST_REMEMBERED:
        removed[store.id] = store
    return found


@STORES.code("vector-store-deleted-still-found", at="vector-store-delete.response")
def undo_deletion(body: JsonObject, request: AcceptedRequest) -> None:
    """A deleted vector store can still be retrieved."""
    if removed := request.memory.store(_Removed).stores.get(str(body.get("id"))):
        request.memory.store(VectorStores).keep(removed)
