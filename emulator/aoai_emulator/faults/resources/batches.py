"""Faults of batches: their states, times, counts and errors, what is accepted, and the list of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aoai_emulator.content.seeding import resource_id
from aoai_emulator.faults.conditions import objects_in
from aoai_emulator.faults.edits import (
    Edit,
    add,
    compute,
    copy_member,
    from_member,
    map_place,
    map_value,
    multiply,
    remove,
    replace,
    set_other,
    set_to,
    swap,
    swap_with,
    update,
)
from aoai_emulator.faults.places import Place
from aoai_emulator.faults.topics import Topic
from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.http.requests import AcceptedRequest
from aoai_emulator.storage.batch_store import Batches

BATCHES = Topic("batches")
STATES = Topic("batch_states")
LISTS = Topic("batch_lists")
_GET = "batch-get.response"
_ONE = "batch-create|batch-get|batch-cancel.response"
_LIST = "batch-list.response"
_ENDED = "[status=completed|failed|cancelled|expired]"
_DAY = 86_400
_NO_REQUESTS = {"total": 0, "completed": 0, "failed": 0}


class _Shown:
    """How often each batch was shown in each state."""

    def __init__(self) -> None:
        self.times: dict[tuple[str, str], int] = {}

    def count(self, body: JsonObject) -> int:
        """Return how often a state was shown before this time."""
        key = (str(body.get("id")), str(body.get("status")))
        self.times[key] = self.times.get(key, -1) + 1
        return self.times[key]


def _was_shown(place: Place) -> int:
    shown: _Shown = place.request.memory.store(_Shown)
    return shown.count(place.body)


def _map_times(function: Callable[[int], object]) -> Edit:
    """Replace the times of a batch."""

    def edit(place: Place) -> None:
        if str(place.key).endswith("_at"):
            map_value(function, int)(place)

    return edit


def _move_end(place: Place) -> None:
    later = _was_shown(place)
    if isinstance(end := place.body.get(f"{place.value}_at"), int):
        place.body[f"{place.value}_at"] = end + later


# fmt: off
BATCHES.edit("batch-wrong-object", "`object` of a batch is `job`.", at=f"{_ONE} /object", edit=set_to("job"))
BATCHES.edit("batch-id-changes", "`id` of a batch changes with each request.", at=f"{_GET} /id",
    edit=compute(lambda _: resource_id("batch_")))
BATCHES.edit("batch-input-file-changes", "`input_file_id` is not that of the created batch.",
    at=f"{_GET} /input_file_id", edit=compute(lambda _: resource_id("file-")))
BATCHES.edit("batch-endpoint-changes", "`endpoint` is not that of the created batch.", at=f"{_GET} /endpoint",
    edit=set_other("/embeddings", "/completions"))
BATCHES.edit("batch-metadata-lost", "`metadata` is lost.", at=f"{_ONE} /metadata", edit=set_to({}))
BATCHES.edit("batch-status-unknown", "The status of a completed batch is not one that the document lists.",
    at=f"{_GET} /status", edit=swap("completed", "succeeded"))
BATCHES.edit("batch-begins-in-progress", "A new batch is in progress, and validating only afterwards.",
    at="batch-create.response /status", edit=set_to("in_progress"))
BATCHES.edit("batch-status-goes-back", "A batch that was in progress is validating again.",
    at=f"{_GET} /status", edit=swap("finalizing", "validating"))
BATCHES.edit("batch-ended-goes-on", "A batch that has ended is in progress again.",
    at=f"{_GET} /{_ENDED}/status",
    edit=map_place(lambda place: "in_progress" if _was_shown(place) else place.value))
BATCHES.edit("batch-ended-fails-later", "A completed batch has failed later.",
    at=f"{_GET} /[status=completed]/status",
    edit=map_place(lambda place: "failed" if _was_shown(place) else place.value))
BATCHES.edit("batch-ended-moves-its-times", "The time at which a batch ended changes with each request.",
    at=f"{_GET} /{_ENDED}/status", edit=_move_end)
BATCHES.edit("batch-never-ends", "A batch stays in progress forever.",
    at="batch-get|batch-list.response /[status=finalizing|completed]/status", edit=set_to("in_progress"))
BATCHES.edit("batch-never-ends",
    at="batch-get|batch-list.response /data/*[status=finalizing|completed]/status",
    edit=set_to("in_progress"))
BATCHES.edit("batch-counts-above-total", "`completed` exceeds `total`.",
    at=f"{_GET} /request_counts/completed", edit=from_member("total", 1))
BATCHES.edit("batch-counts-one-short", "The counts of a completed batch add up to one less than `total`.",
    at=f"{_GET} /[status=completed]/request_counts/total", edit=add(1))
BATCHES.edit("batch-counts-go-back", "The counts of a batch decrease.",
    at=f"{_GET} /[status=finalizing]/request_counts", edit=update({"completed": 0, "failed": 0}))
BATCHES.edit("batch-failures-uncounted", "Failed requests are counted as completed.",
    at=f"{_GET} /request_counts/completed",
    edit=compute(lambda place: place.number("completed") + place.number("failed")))
BATCHES.edit("batch-failures-uncounted", at=f"{_GET} /request_counts/failed", edit=set_to(0))
BATCHES.edit("batch-ended-before-it-began", "`completed_at` is before `created_at`.",
    at=f"{_GET} /[completed_at]/completed_at", edit=from_member("created_at", -60))
BATCHES.edit("batch-finalizing-before-progress", "`finalizing_at` is before `in_progress_at`.",
    at=f"{_GET} /[finalizing_at]/in_progress_at", edit=from_member("finalizing_at", 60))
BATCHES.edit("batch-time-of-end-missing", "A batch that has ended lacks the time at which it did.",
    at=f"{_GET} /{_ENDED}/status", edit=lambda place: place.body.pop(f"{place.value}_at", None))
BATCHES.edit("batch-time-of-what-never-was", "A completed batch has `failed_at`.",
    at=f"{_GET} /[status=completed]/failed_at", edit=copy_member("completed_at"))
BATCHES.edit("batch-times-in-milliseconds", "The times of a batch are in milliseconds.", at=f"{_ONE} /*",
    edit=_map_times(lambda time: time * 1000))
BATCHES.edit("batch-times-as-text", "The times of a batch are strings.", at=f"{_ONE} /*",
    edit=_map_times(str))
BATCHES.edit("batch-created-changes", "`created_at` is a day earlier than in the response to the creation.",
    at=f"{_GET} /created_at", edit=add(-_DAY))
BATCHES.edit("batch-expires-before-it-began", "`expires_at` is before `created_at`.",
    at=f"{_ONE} /expires_at", edit=from_member("created_at", -1))
BATCHES.edit("batch-expires-within-a-minute",
    "A batch expires a minute after its creation, whatever its window is.", at=f"{_ONE} /expires_at",
    edit=from_member("created_at", 60))
BATCHES.edit("batch-window-of-an-hour", "`completion_window` is `1h`, whatever was requested.",
    at=f"{_ONE} /completion_window", edit=set_to("1h"))
BATCHES.edit("batch-created-with-202", "A new batch is answered with 202, which no document declares.",
    at="batch-create.reply:200|201 /status", edit=set_to(202))
BATCHES.edit("batch-mistakes-untold", "A failed batch has no `errors`.", at=f"{_GET} /errors", edit=remove)
BATCHES.edit("batch-mistakes-without-a-list", "`errors` is a bare list.", at=f"{_GET} /errors",
    edit=map_value(lambda errors: errors.get("data") or errors, dict))
BATCHES.edit("batch-cancelled-still-validating", "A cancelled batch is validating.",
    at="batch-cancel.response /status", edit=set_to("validating"))
BATCHES.accept("batch-unknown-file-accepted", "An unknown input file is accepted.",
    at="batch-create.relations input_file_id:unknown")
BATCHES.accept("batch-any-window-accepted", "Another window than `24h` is accepted.",
    at="batch-create.schema completion_window:enum")
BATCHES.accept("batch-any-window-accepted", at="batch-create.relations completion_window:enum")
BATCHES.accept("batch-empty-file-id-accepted", "An empty `input_file_id` is accepted.",
    at="batch-create.schema input_file_id:minLength")
BATCHES.accept("batch-empty-file-id-accepted", at="batch-create.relations input_file_id:unknown",
    when=lambda request: request.sent.get("input_file_id") == "")
BATCHES.accept("batch-cancelled-after-its-end", "A batch that has ended can be cancelled.",
    at="batch-cancel.relations status")
BATCHES.respond("batch-unknown-found", "The id of an unknown batch is answered with 200 and an empty object.",
    at="batch-get|batch-cancel.reply:404", status=200)
# fmt: on


def _alter_batch(fault_id: str, summary: str, *, at: str, **changes: Any) -> None:
    """Add a fault that changes a batch itself, not what a response says of it."""

    @BATCHES.code(fault_id, summary, at=at)
    def alter(body: JsonObject, request: AcceptedRequest) -> None:
        batch = request.memory.store(Batches).all.get(str(body.get("id")))
        for name, value in changes.items() if batch is not None else ():
            setattr(batch, name, value)


# fmt: off
_alter_batch("batch-invalid-lines-accepted", "Invalid lines are skipped instead of failing the batch.",
    at="batch-create.response", lenient=True)
_alter_batch("batch-cancelled-completes", "A batch that is being cancelled completes.",
    at="batch-cancel.response", status="finalizing")
# fmt: on

_WORKING = "[status=in_progress|finalizing|cancelling|cancelled]"
_ERROR = {"code": "invalid_request", "message": "The request failed.", "param": None, "line": 1}
# fmt: off
STATES.edit("batch-error-beyond-the-file", "Errors have line numbers beyond the input file.",
    at=f"{_GET} /errors/data/*/line", edit=add(10))
STATES.edit("batch-error-one-line-late", "Errors have the number of the line after the invalid one.",
    at=f"{_GET} /errors/data/*/line", edit=add(1))
STATES.edit("batch-succeeds-with-errors", "A completed batch has `errors`.",
    at=f"{_GET} /[status=completed]/errors", edit=set_to({"object": "list", "data": [_ERROR]}))
STATES.edit("batch-total-above-input", "`total` of a batch in progress is one more than its input has lines.",
    at=f"{_GET} /{_WORKING}/request_counts/total", edit=add(1))
STATES.edit("batch-total-grows", "`total` of a batch in progress counts finished requests only.",
    at=f"{_GET} /[status=in_progress]/request_counts/total",
    edit=compute(lambda place: max(1, place.number("completed") + place.number("failed"))))
STATES.edit("batch-completed-while-validating", "A new batch has completed a request.",
    at="batch-create.response /request_counts", edit=set_to({"total": 1, "completed": 1, "failed": 0}))
STATES.edit("batch-finalizing-from-the-start", "A new batch has `finalizing_at`.",
    at="batch-create|batch-get.response /[status=validating|in_progress]/finalizing_at",
    edit=copy_member("created_at"))
STATES.edit("batch-errors-in-output-file", "`error_file_id` is `output_file_id`.",
    at=f"{_GET} /[output_file_id][!error_file_id]/error_file_id", edit=copy_member("output_file_id"))
STATES.edit("batch-error-file-too-early", "A new batch has an error file.",
    at="batch-create.response /error_file_id",
    edit=compute(lambda place: f"file-{str(place.holder.get('id')).removeprefix('batch_')}"))
STATES.edit("batch-completes-with-nothing", "A completed batch has no requests and no files.",
    at=f"{_GET} /[status=completed]/request_counts", edit=set_to(_NO_REQUESTS))
STATES.edit("batch-completes-with-nothing", at=f"{_GET} /[status=completed]/output_file_id",
    edit=set_to(None))
STATES.edit("batch-completes-with-nothing", at=f"{_GET} /[status=completed]/error_file_id", edit=set_to(None))
STATES.edit("batch-list-empty-page-goes-on", "A page without batches has `has_more`.",
    at=f"{_LIST} /[!data]/has_more", edit=set_to(True))
STATES.edit("list-ids-empty", "`id` of the last entry of a list is empty.",
    at="batch-list|file-list.response /[data]/last_id", edit=replace(""))
STATES.edit("list-ids-empty", at="batch-list|file-list.response /data/-1/id", edit=set_to(""))
LISTS.edit("batch-list-more-promised", "`has_more` is true on the last page.", at=f"{_LIST} /has_more",
    edit=set_to(True))
LISTS.edit("batch-list-more-denied", "`has_more` is false although more pages follow.",
    at=f"{_LIST} /has_more", edit=set_to(False))
LISTS.edit("batch-list-first-id-wrong", "`first_id` is not on the page.", at=f"{_LIST} /first_id",
    edit=compute(lambda _: resource_id("batch_")))
LISTS.edit("batch-list-last-id-wrong", "`last_id` is not on the page.", at=f"{_LIST} /last_id",
    edit=compute(lambda _: resource_id("batch_")))
LISTS.edit("batch-list-ends-swapped", "`first_id` and `last_id` are swapped.", at=f"{_LIST} /first_id",
    edit=swap_with("last_id"))
LISTS.edit("batch-list-wrong-object", "`object` of the list is `batches`.", at=f"{_LIST} /object",
    edit=set_to("batches"))
LISTS.edit("batch-list-status-stale", "Every batch in a list is validating.", at=f"{_LIST} /data/*/status",
    edit=set_to("validating"))
LISTS.edit("batch-list-times-in-milliseconds", "`expires_at` of listed batches is in milliseconds.",
    at=f"{_LIST} /data/*/expires_at", edit=multiply(1000))
# fmt: on


@LISTS.code("batch-list-ignores-limit", at=_LIST)
def ignore_limit(body: JsonObject, request: AcceptedRequest) -> None:
    """A page has more batches than `limit`."""
    if "limit" in request.query and "after" not in request.query:
        _list(body, _all(request))
        body["has_more"] = False


@LISTS.code("batch-list-ignores-after", at=_LIST)
def ignore_after(body: JsonObject, request: AcceptedRequest) -> None:
    """Every page starts with the newest batch."""
    if "after" in request.query:
        _list(body, _all(request)[: max(1, len(objects_in(body, "data")))])


@LISTS.code("batch-list-includes-cursor", at=_LIST)
def include_cursor(body: JsonObject, request: AcceptedRequest) -> None:
    """A page starts with the batch named by `after`."""
    cursor = request.memory.store(Batches).all.get(request.query.get("after", ""))
    if cursor is not None:
        listed = objects_in(body, "data")
        _list(body, [cursor.described(with_nulls=request.is_azure), *listed][: len(listed)])


@LISTS.code("batch-list-eldest-first", at=_LIST)
def list_oldest_first(body: JsonObject) -> None:
    """A page starts with its oldest batch."""
    _list(body, objects_in(body, "data")[::-1])


@LISTS.code("batch-list-repeats", at=_LIST)
def repeat_last(body: JsonObject) -> None:
    """A page has a batch twice."""
    listed = objects_in(body, "data")
    _list(body, [*listed, *listed[-1:]])


@LISTS.code("batch-list-lacks-newest", at=_LIST)
def omit_newest(body: JsonObject, request: AcceptedRequest) -> None:
    """The list lacks the batch that was created last."""
    if "after" not in request.query:
        _list(body, objects_in(body, "data")[1:])


def _list(body: JsonObject, data: list[JsonObject]) -> None:
    """List other batches, with the ids of the first and the last of them."""
    body["data"] = data
    if data:
        body["first_id"], body["last_id"] = data[0].get("id"), data[-1].get("id")


def _all(request: AcceptedRequest) -> list[JsonObject]:
    newest = request.memory.store(Batches).newest()
    return [batch.described(with_nulls=request.is_azure) for batch in newest]
