"""Vector stores: their files, their counts, and the results of a search."""

from __future__ import annotations

from collections.abc import Iterator

from aoai_conformance.json_access import elements, members, number, objects, text, whole
from aoai_conformance.rule import FILES, VECTOR_STORES, NotApplicable, rule
from aoai_conformance.views.flows import CreatedResource, Flow
from aoai_conformance.views.resource_identity import require_requested_values
from aoai_conformance.views.response_flows import first_in_path, named_in_path
from aoai_model.verdict import Violation

_DOCUMENT = "azure-openai@v1"
_PATHS = f"{_DOCUMENT}#/paths/~1vector_stores"
_SCHEMAS = f"{_DOCUMENT}#/components/schemas"
_STORES = frozenset({"vector-store-create", "vector-store-get", "vector-store-update"})
_BATCHES = frozenset({"vector-store-batch-create", "vector-store-batch-get", "vector-store-batch-cancel"})
_FILES = frozenset({"vector-store-file-create", "vector-store-file-get", "vector-store-file-update"})
_COUNTS = ("in_progress", "completed", "failed", "cancelled")
_SEARCH = frozenset({"vector-store-search"})


class VectorStoreFlow(Flow):
    """The requests about vector stores of one flow, in order."""

    kinds = frozenset({"flow.vector-stores"})


@rule(
    "VECTOR-STORES-001",
    must="count in file_counts.total the files of all states",
    clause=f"{_SCHEMAS}/OpenAI.VectorStoreObject/properties/file_counts",
    operations=_STORES | _BATCHES,
)
def counts_add_up(reply: CreatedResource) -> Iterator[Violation]:
    """Clients wait until the completed files are as many as the total."""
    counts = members(reply.json.get("file_counts"))
    total, parts = whole(counts.get("total")), [whole(counts.get(name)) for name in _COUNTS]
    if total is None or None in parts:
        raise NotApplicable
    expected = sum(each or 0 for each in parts)
    if total != expected:
        yield reply.violates(
            "/file_counts/total",
            "The total is not the sum of the counts of all states.",
            expected=expected,
            actual=total,
            reason="sum",
        )


@rule(
    "VECTOR-STORES-002",
    must="return the vector store, file or batch that the path names",
    clause=f"{_PATHS}~1{{vector_store_id}}/get",
    operations=frozenset({"vector-store-get", "vector-store-update"})
    | frozenset({"vector-store-file-get", "vector-store-batch-get", "vector-store-batch-cancel"}),
)
def is_the_requested_one(reply: CreatedResource) -> Iterator[Violation]:
    """Compares the id in the path with the id in the response."""
    expected, actual = named_in_path(reply), text(reply.json.get("id"))
    if actual is not None and actual != expected:
        yield reply.violates(
            "/id", "The response is about another one.", expected=expected, actual=actual, reason="another"
        )


@rule(
    "VECTOR-STORES-003",
    must="return the name and the metadata of a vector store as requested",
    clause=f"{_PATHS}/post/requestBody",
    operations=frozenset({"vector-store-create", "vector-store-update"}),
)
def has_requested_values(reply: CreatedResource) -> Iterator[Violation]:
    """Programs find their stores by them."""
    requested = {name: reply.sent.get(name) or None for name in ("name", "metadata")}
    yield from require_requested_values(reply, "vector store", requested)


@rule(
    "VECTOR-STORES-004",
    must="name in a file or batch the vector store that it belongs to",
    clause=f"{_SCHEMAS}/OpenAI.VectorStoreFileObject/properties/vector_store_id",
    operations=_FILES | _BATCHES,
)
def names_its_store(reply: CreatedResource) -> Iterator[Violation]:
    """Compares it with the id in the path."""
    expected, actual = first_in_path(reply), text(reply.json.get("vector_store_id"))
    if actual is not None and actual != expected:
        yield reply.violates(
            "/vector_store_id",
            "The response names another vector store.",
            expected=expected,
            actual=actual,
            reason="another store",
        )


@rule(
    "VECTOR-STORES-005",
    must="return at most as many results of a search as requested",
    clause=f"{_PATHS}~1{{vector_store_id}}~1search/post",
    operations=_SEARCH,
)
def keeps_the_limit(reply: CreatedResource) -> Iterator[Violation]:
    """The schema has the range of their scores."""
    results = objects(reply.json.get("data"))
    limit = whole(reply.sent.get("max_num_results"))
    if limit is not None and len(results) > limit:
        yield reply.violates(
            "/data", "There are more results than requested.", expected=limit, actual=len(results),
            reason="too many",
        )  # fmt: skip


@rule(
    "VECTOR-STORES-006",
    should="list the results of a search with the best first, and repeat the query",
    clause=f"{_PATHS}~1{{vector_store_id}}~1search/post",
    operations=_SEARCH,
    note="A query may be rewritten, so only its absence is judged.",
)
def results_are_sorted(reply: CreatedResource) -> Iterator[Violation]:
    """Clients take the first results."""
    scores = [number(each.get("score")) for _, each in objects(reply.json.get("data"))]
    known = [score for score in scores if score is not None]
    if known != sorted(known, reverse=True):
        yield reply.violates(
            "/data", "The results are not sorted by their scores.", actual=known, reason="order"
        )
    if "search_query" in reply.json and not elements(reply.json["search_query"]):
        yield reply.violates(
            "/search_query",
            "The results lack the query.",
            expected=[reply.sent.get("query")],
            actual=reply.json["search_query"],
            reason="query",
        )


@rule(
    "VECTOR-STORES-007",
    must="find only files of the vector store",
    clause=f"{_PATHS}~1{{vector_store_id}}~1search/post",
    operations=VECTOR_STORES,
    flows_from=FILES,
    note="Judged if every file of the store was added in the same flow.",
)
def finds_its_own_files(flow: VectorStoreFlow) -> Iterator[Violation]:
    """Compares the file ids of the results with those that were added."""
    added: dict[str, set[str]] = {}
    for step in flow.sequence:
        if not step.succeeded:
            continue
        store = step.id if step.kind == "vector-store-create" else first_in_path(step)
        if step.kind in ("vector-store-create", "vector-store-batch-create"):
            ids = {each for each in elements(step.sent.get("file_ids")) if isinstance(each, str)}
            added.setdefault(store or "", set()).update(ids)
        elif step.kind == "vector-store-file-create":
            added.setdefault(store or "", set()).add(text(step.sent.get("file_id")) or "")
        elif step.kind == "vector-store-search" and store in added:
            for place, each in objects(step.json.get("data")):
                id_ = text(each.get("file_id"))
                if id_ is not None and id_ not in added[store]:
                    yield step.violates(
                        f"/data/{place}/file_id",
                        "The search finds a file that the store does not have",
                        expected=sorted(added[store]),
                        actual=id_,
                        reason="foreign",
                    )
                    return


@rule(
    "VECTOR-STORES-008",
    may="end the processing of a file or batch while it is polled",
    clause=f"{_SCHEMAS}/OpenAI.VectorStoreFileObject/properties/status",
    operations=VECTOR_STORES,
    flows_from=FILES,
    note="A slow service is no violation, so this is only a MAY.",
)
def files_are_processed(flow: VectorStoreFlow) -> Iterator[Violation]:
    """Judged for the last response about each file and batch."""
    last = {
        step.id: step
        for step in flow.done(*_FILES, *_BATCHES)
        if step.kind in ("vector-store-file-get", "vector-store-batch-get")
    }
    for step in last.values():
        if step.json.get("status") == "in_progress":
            yield step.violates(
                "/status",
                "The processing has not ended when it is retrieved for the last time",
                expected="completed",
                actual="in_progress",
                reason="not ended",
            )
