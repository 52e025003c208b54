"""Faults of stored responses: retrieval, deletion, input items, and work in the background."""

from __future__ import annotations

from collections.abc import Iterator

from aoai_emulator.content.seeding import resource_id
from aoai_emulator.faults.conditions import object_in, objects_in, path_id
from aoai_emulator.faults.edits import (
    compute,
    map_list,
    map_text,
    map_value,
    replace,
    set_text,
    set_to,
    swap,
)
from aoai_emulator.faults.topics import Topic
from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.http.rejections import Rejection
from aoai_emulator.http.requests import AcceptedRequest, IncomingRequest
from aoai_emulator.storage.responses import Responses, StoredResponse

STORED = Topic("stored_responses", document="azure-openai@v1")
INPUTS = Topic("input_items", document="azure-openai@v1")
BACKGROUND = Topic("background_responses", document="azure-openai@v1")
_BY_ID = "response-get|response-delete|response-cancel|response-input-items"
_LIST = "response-input-items.response"
_RESUMED = "response-get.chunks"
_MOST_REMEMBERED = 50


class _Removed:
    """The responses that were deleted since a fault began."""

    def __init__(self) -> None:
        self.responses: dict[str, StoredResponse] = {}

    def add(self, request: IncomingRequest) -> None:
        """Remember the response in the path of a deletion."""
        found = request.memory.store(Responses).all.get(path_id(request))
        if found is not None:
            self.responses[found.id] = found
            if len(self.responses) > _MOST_REMEMBERED:
                del self.responses[next(iter(self.responses))]


class _Retrieved:
    """How often each response was retrieved."""

    def __init__(self) -> None:
        self.times: dict[str, int] = {}


def _starts_after(request: AcceptedRequest) -> bool:
    return "starting_after" in request.query


# fmt: off
STORED.edit("response-stored-otherwise", "A stored response has another text than before.",
    at="response-get.response /output/*[type=message]/content/*[type=output_text]/text",
    edit=map_text(str.upper))
STORED.edit("response-stored-without-output", "A stored response has lost its output.",
    at="response-get.response /[status=completed]/output", edit=set_to([]))
STORED.edit("response-delete-denied", "`deleted` is false after a successful deletion.",
    at="response-delete.response /deleted", edit=set_to(False))
STORED.edit("response-delete-of-another", "A deletion confirms the id of another response.",
    at="response-delete.response /id", edit=compute(lambda _: resource_id("resp_")))
STORED.edit("response-delete-object-wrong", "`object` of a deletion is `deletion`.",
    at="response-delete.response /object", edit=set_to("deletion"))
STORED.respond("response-unknown-found", "The id of an unknown response is answered with 200 and `{}`.",
    at=f"{_BY_ID}.reply:404", status=200)
STORED.alter("response-unknown-breaks-server", "The id of an unknown response fails with 500.",
    at=f"{_BY_ID}.relations", matching=lambda rejection: rejection.status == 404, status=500)
STORED.accept("response-previous-unknown-accepted", "An unknown `previous_response_id` is accepted.",
    at="response-create.relations previous_response_id")
STORED.alter("response-previous-unknown-uncoded",
    "The error for an unknown `previous_response_id` has another code.",
    at="response-create.relations previous_response_id", code="invalid_value")
STORED.alter("response-previous-unknown-breaks-server", "An unknown `previous_response_id` fails with 500.",
    at="response-create.relations previous_response_id", status=500)
INPUTS.edit("input-items-object-wrong", "`object` of the list of input items is `items`.",
    at=f"{_LIST} /object", edit=set_to("items"))
INPUTS.edit("input-items-missing", "The list of input items is empty.", at=f"{_LIST} /data", edit=set_to([]))
INPUTS.edit("input-items-order-ignored", "Input items are in the opposite order.", at=f"{_LIST} /data",
    edit=map_list(lambda items: items[::-1]))
INPUTS.edit("input-items-first-id-wrong", "`first_id` is not the id of the first item.",
    at=f"{_LIST} /first_id", edit=set_text("{value}0"))
INPUTS.edit("input-items-last-id-wrong", "`last_id` is not the id of the last item.", at=f"{_LIST} /last_id",
    edit=set_text("{value}0"))
INPUTS.edit("input-items-more-promised", "`has_more` is true at the end of the list.",
    at=f"{_LIST} /has_more", edit=set_to(True))
INPUTS.edit("input-items-end-early", "`has_more` is false although more items follow.",
    at=f"{_LIST} /has_more", edit=set_to(False))
INPUTS.edit("input-items-twice", "The first input item comes twice.", at=f"{_LIST} /data",
    edit=map_list(lambda items: [*items[:1], *items]))
INPUTS.edit("input-items-without-ids", "Input items have no `id`.", at=f"{_LIST} /data",
    edit=map_list(lambda items: [{k: v for k, v in item.items() if k != "id"} for item in items]))
INPUTS.edit("input-items-changed", "The text of an input item is not the one that was sent.",
    at=f"{_LIST} /data/*/content/*/text", edit=map_text(lambda text: f"{text} (edited)"))
STORED.edit("response-resumed-renumbered", "A resumed stream numbers its events from 0.",
    at=f"{_RESUMED} /sequence_number", edit=compute(lambda place: place.chunk), when=_starts_after)
STORED.edit("response-resumed-late", "A resumed stream leaves out an event: its numbers are one too high.",
    at=f"{_RESUMED} /sequence_number", edit=map_value(lambda number: number + 1, int), when=_starts_after)
BACKGROUND.edit("background-completed-at-once", "A response in the background is `completed` at once.",
    at="response-create.response /[status=queued]/status", edit=replace("completed"))
BACKGROUND.accept("background-unstored-accepted",
    "A response in the background that is not stored is accepted.",
    at="response-create.relations background", drop="background")
BACKGROUND.edit("background-cancel-ignored", "A cancelled response is still in progress.",
    at="response-cancel.response /status", edit=replace("in_progress"))
BACKGROUND.edit("background-cancelled-completes", "A cancelled response is `completed` later.",
    at="response-get.response /status", edit=swap("cancelled", "completed"))
BACKGROUND.accept("background-foreground-cancelled",
    "A response that is not in the background can be cancelled.", at="response-cancel.relations response_id")
# fmt: on


@STORED.code("response-kept-unasked", at="response-create.response")
def keep_unstored(body: JsonObject, request: AcceptedRequest) -> None:
    """A response is stored although `store` is false."""
    if request.fields.get("store") is False:
        kept = StoredResponse(str(body.get("id")), request.memory.clock(), dict(body), (), ())
        request.memory.store(Responses).keep(kept)


@STORED.code("response-not-kept", at="response-create.response")
def forget_stored(body: JsonObject, request: AcceptedRequest) -> None:
    """A response is not stored although it should be."""
    request.memory.store(Responses).all.pop(str(body.get("id")), None)


@STORED.code("response-deleted-still-found", at="response-delete.relations")
def remember_deleted(found: Iterator[Rejection], request: IncomingRequest) -> Iterator[Rejection]:
    """A deleted response can still be retrieved."""
    request.memory.store(_Removed).add(request)
    return found


@STORED.code("response-deleted-still-found", at="response-delete.response")
def undo_deletion(body: JsonObject, request: AcceptedRequest) -> None:
    """A deleted response can still be retrieved."""
    if removed := request.memory.store(_Removed).responses.get(str(body.get("id"))):
        request.memory.store(Responses).keep(removed)


@STORED.code("response-resumed-from-start", at=_RESUMED)
def ignore_starting_after(events: Iterator[JsonObject], request: AcceptedRequest) -> Iterator[JsonObject]:
    """A resumed stream starts with its first event whatever `starting_after` is."""
    for place, event in enumerate(events):
        if place == 0 and _starts_after(request):
            for number in range(int(event.get("sequence_number", 0))):
                yield {**event, "sequence_number": number}
        yield event


@STORED.code("response-resumed-end-missing", at=_RESUMED)
def end_early(events: Iterator[JsonObject], request: AcceptedRequest) -> Iterator[JsonObject]:
    """A resumed stream lacks its last event."""
    sent = list(events)
    yield from sent[:-1] if _starts_after(request) else sent


@STORED.code("response-id-repeated", at="response-create.response")
def repeat_id(body: JsonObject, request: AcceptedRequest) -> None:
    """A response has the `id` of the response that it continues."""
    if isinstance(previous := request.fields.get("previous_response_id"), str):
        body["id"] = previous


@INPUTS.code("input-items-limit-ignored", at=_LIST)
def ignore_limit(body: JsonObject, request: AcceptedRequest) -> None:
    """The list has all input items, whatever `limit` is."""
    stored = request.memory.store(Responses).all.get(path_id(request))
    if stored is not None and "limit" in request.query:
        items = list(stored.inputs)
        body["data"] = items if request.query.get("order") == "asc" else items[::-1]


@INPUTS.code("input-items-after-ignored", at=_LIST)
def ignore_after(body: JsonObject, request: AcceptedRequest) -> None:
    """The list starts with its first item, whatever `after` is."""
    stored = request.memory.store(Responses).all.get(path_id(request))
    if stored is not None and "after" in request.query:
        items = list(stored.inputs)
        ordered = items if request.query.get("order") == "asc" else items[::-1]
        body["data"] = ordered[: max(1, len(objects_in(body, "data")))]


@INPUTS.code("input-items-with-output", at=_LIST)
def list_output(body: JsonObject, request: AcceptedRequest) -> None:
    """The list of input items has the items of the output, too."""
    stored = request.memory.store(Responses).all.get(path_id(request))
    if stored is not None:
        body["data"] = [*objects_in(body, "data"), *stored.outputs]


@BACKGROUND.code("background-never-ends", at="response-get.response")
def stay_in_progress(body: JsonObject, request: AcceptedRequest) -> None:
    """A response in the background stays in progress."""
    stored = request.memory.store(Responses).all.get(path_id(request))
    if stored is not None and stored.in_background and body.get("status") == "completed":
        body.update(status="in_progress", output=[], completed_at=None)


@BACKGROUND.code("background-status-goes-back", at="response-get.response")
def go_back(body: JsonObject, request: AcceptedRequest) -> None:
    """A response in the background that has ended is queued again."""
    times = request.memory.store(_Retrieved).times
    stored = request.memory.store(Responses).all.get(path_id(request))
    if stored is None or not stored.in_background:
        return
    times[stored.id] = times.get(stored.id, 0) + 1
    if times[stored.id] % 2 == 0:
        body.update(status="queued", output=[], completed_at=None)


@BACKGROUND.code("background-output-early", at="response-create.response")
def show_output_early(body: JsonObject, request: AcceptedRequest) -> None:
    """A response in the background has output while it is queued."""
    stored = request.memory.store(Responses).all.get(str(body.get("id")))
    if stored is not None and body.get("status") == "queued":
        body["output"] = list(stored.outputs)


@STORED.code("response-history-forgotten", at="response-create.response")
def forget_history(body: JsonObject, request: AcceptedRequest) -> None:
    """The tokens of earlier turns are not counted, as if they were forgotten."""
    usage = object_in(body, "usage")
    if request.fields.get("previous_response_id") and usage:
        usage["input_tokens"] = 1
        usage["total_tokens"] = 1 + usage.get("output_tokens", 0)
