"""Faults of the list of batches: its pages, its ends, its order."""

from __future__ import annotations

from aoai_emulator.content.identity import resource_id
from aoai_emulator.faults.anatomy import listed_in
from aoai_emulator.faults.registry import answer_fault
from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.http.requests import AcceptedRequest
from aoai_emulator.storage.batch_store import Batches

_LIST = frozenset({"batch-list"})


def _show(body: JsonObject, data: list[JsonObject]) -> None:
    """Show other batches, with the ends that fit them."""
    body["data"] = data
    if data:
        body["first_id"], body["last_id"] = data[0].get("id"), data[-1].get("id")


def _all(request: AcceptedRequest) -> list[JsonObject]:
    newest = request.memory.store(Batches).newest()
    return [batch.described(with_nulls=request.is_azure) for batch in newest]


@answer_fault("batch-list-ignores-limit", operations=_LIST)
def ignores_limit(body: JsonObject, request: AcceptedRequest) -> None:
    """A page has more batches than the limit allows."""
    if "limit" in request.query and "after" not in request.query:
        _show(body, _all(request))
        body["has_more"] = False


@answer_fault("batch-list-ignores-after", operations=_LIST)
def ignores_after(body: JsonObject, request: AcceptedRequest) -> None:
    """Every page begins with the newest batch."""
    if "after" in request.query:
        _show(body, _all(request)[: max(1, len(listed_in(body)))])


@answer_fault("batch-list-includes-cursor", operations=_LIST)
def includes_cursor(body: JsonObject, request: AcceptedRequest) -> None:
    """A page begins with the batch that it should begin after."""
    cursor = request.memory.store(Batches).all.get(request.query.get("after", ""))
    if cursor is not None:
        _show(body, [cursor.described(with_nulls=request.is_azure), *listed_in(body)][: len(listed_in(body))])


@answer_fault("batch-list-more-promised", operations=_LIST)
def more_promised(body: JsonObject, request: AcceptedRequest) -> None:
    """The last page says that more follows."""
    del request
    body["has_more"] = True


@answer_fault("batch-list-more-denied", operations=_LIST)
def more_denied(body: JsonObject, request: AcceptedRequest) -> None:
    """A page that others follow says that it is the last."""
    del request
    body["has_more"] = False


@answer_fault("batch-list-first-id-wrong", operations=_LIST)
def first_id_wrong(body: JsonObject, request: AcceptedRequest) -> None:
    """The first id of a page is that of no batch on it."""
    del request
    body["first_id"] = resource_id("batch_")


@answer_fault("batch-list-last-id-wrong", operations=_LIST)
def last_id_wrong(body: JsonObject, request: AcceptedRequest) -> None:
    """The last id of a page is that of no batch on it."""
    del request
    body["last_id"] = resource_id("batch_")


@answer_fault("batch-list-ends-swapped", operations=_LIST)
def ends_swapped(body: JsonObject, request: AcceptedRequest) -> None:
    """The first and the last id of a page are swapped."""
    del request
    body["first_id"], body["last_id"] = body.get("last_id"), body.get("first_id")


@answer_fault("batch-list-eldest-first", operations=_LIST)
def eldest_first(body: JsonObject, request: AcceptedRequest) -> None:
    """A page shows its eldest batch first."""
    del request
    _show(body, listed_in(body)[::-1])


@answer_fault("batch-list-repeats", operations=_LIST)
def repeats(body: JsonObject, request: AcceptedRequest) -> None:
    """A batch stands on a page twice."""
    del request
    _show(body, [*listed_in(body), *listed_in(body)[-1:]])


@answer_fault("batch-list-lacks-newest", operations=_LIST)
def lacks_newest(body: JsonObject, request: AcceptedRequest) -> None:
    """The batch that was created last is not listed."""
    if "after" not in request.query:
        _show(body, listed_in(body)[1:])


@answer_fault("batch-list-wrong-object", operations=_LIST)
def wrong_object(body: JsonObject, request: AcceptedRequest) -> None:
    """The object of the list of batches is batches."""
    del request
    body["object"] = "batches"


@answer_fault("batch-list-status-stale", operations=_LIST)
def status_stale(body: JsonObject, request: AcceptedRequest) -> None:
    """In a list every batch is still validating."""
    del request
    for batch in listed_in(body):
        batch["status"] = "validating"


@answer_fault("batch-list-times-in-milliseconds", operations=_LIST)
def times_in_milliseconds(body: JsonObject, request: AcceptedRequest) -> None:
    """The list tells in milliseconds until when its batches last."""
    del request
    for each in listed_in(body):
        if isinstance(each.get("expires_at"), int):
            each["expires_at"] *= 1000
