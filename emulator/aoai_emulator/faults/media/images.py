"""Faults of images, and of the operations that generate them in the background."""

from __future__ import annotations

import base64
import uuid
from collections import Counter
from dataclasses import replace

from aoai_emulator.faults import edits
from aoai_emulator.faults.conditions import is_addressed, path_id
from aoai_emulator.faults.edits import (
    compute,
    from_member,
    map_list,
    map_place,
    map_text,
    map_value,
    multiply,
    remove,
    set_to,
    swap,
)
from aoai_emulator.faults.topics import Topic
from aoai_emulator.http.json_text import JsonObject, write
from aoai_emulator.http.replies import Reply
from aoai_emulator.http.requests import AcceptedRequest, IncomingRequest
from aoai_emulator.operations.image_operations import found
from aoai_emulator.operations.images import address, encoded, wish_of

IMAGES = Topic("images")
OPERATIONS = Topic("image_operations")
RESULTS = Topic("image_results")
_IMAGE = "images.response /data/*"

# fmt: off
IMAGES.edit("image-one-too-many", "There is one image more than requested.", at="images.response /data",
    edit=map_list(lambda images: [*images, *map(dict, images[:1])]))
IMAGES.edit("image-none", "The list of images is empty.", at="images.response /data", edit=set_to([]))
IMAGES.edit("image-data-not-a-list", "`data` is an object instead of a list.", at="images.response /data",
    edit=map_list(lambda images: next(iter(images), {})))
IMAGES.edit("image-url-missing", "`url` is missing although URLs were requested.", at=f"{_IMAGE}/url",
    edit=remove)
IMAGES.edit("image-not-base64", "`b64_json` has characters that are not base64.", at=f"{_IMAGE}/b64_json",
    edit=map_text(lambda text: "-- " + text[3:]))
IMAGES.edit("image-data-uri", "`b64_json` is a data URI instead of base64.", at=f"{_IMAGE}/b64_json",
    edit=map_text(lambda text: "data:image/png;base64," + text))
IMAGES.edit("image-not-a-picture", "`b64_json` is the base64 of a text.", at=f"{_IMAGE}/b64_json",
    edit=map_text(lambda _: base64.b64encode(b"This is no picture.").decode("ascii")))
IMAGES.edit("image-cut-off", "The image in `b64_json` is cut off in the middle.", at=f"{_IMAGE}/b64_json",
    edit=map_text(lambda text: text[: len(text) // 8 * 4]))
IMAGES.edit("image-created-missing", "`created` is missing.", at="images.response /created", edit=remove)
IMAGES.edit("image-created-text", "`created` is a string instead of a number.", at="images.response /created",
    edit=map_value(str))
IMAGES.edit("image-severity-number", "The severities of the content filter are numbers.",
    at=f"{_IMAGE}/content_filter_results/*/severity", edit=set_to(0))
IMAGES.edit("image-created-in-milliseconds", "`created` is in milliseconds.", at="images.response /created",
    edit=multiply(1000))
IMAGES.edit("image-revised-prompt-empty", "`revised_prompt` is empty.", at=f"{_IMAGE}/revised_prompt",
    edit=set_to(""))
IMAGES.edit("image-filter-category-missing", "The filter results of an image lack `violence`.",
    at=f"{_IMAGE}/content_filter_results/violence", edit=remove)
IMAGES.edit("image-handed-over-though-filtered", "A filtered image is returned all the same.",
    at=f"{_IMAGE}/content_filter_results",
    edit=compute(lambda place: {**(place.value or {}), "hate": {"filtered": True, "severity": "high"}}))
IMAGES.accept("image-second-accepted", "`n` above 1 is accepted.", at="images.schema n:maximum")
IMAGES.accept("image-zero-accepted", "`n` of 0 is accepted.", at="images.schema n:minimum")
IMAGES.accept("image-any-size-accepted", "Any string is accepted as `size`.", at="images.schema size:enum")
IMAGES.accept("image-empty-prompt-accepted", "An empty prompt is accepted.",
    at="images.schema prompt:minLength")
IMAGES.accept("image-endless-prompt-accepted", "A prompt longer than the document allows is accepted.",
    at="images.schema prompt:maxLength")
# fmt: on


@IMAGES.code("image-url-relative", at="images.response")
def shorten_urls(body: JsonObject, request: AcceptedRequest) -> None:
    """`url` has neither scheme nor host."""
    for result in _results(body):
        if "url" in result:
            result["url"] = result["url"].removeprefix(request.base_url)


@IMAGES.code("image-wrong-kind", at="images.response")
def send_other_kind(body: JsonObject, request: AcceptedRequest) -> None:
    """The response has base64 instead of the requested URL, or the reverse."""
    for number, result in enumerate(_results(body)):
        wish = wish_of(request, number)
        if result.pop("url", None) is not None:
            result["b64_json"] = encoded(wish)
        elif result.pop("b64_json", None) is not None:
            result["url"] = address(request.base_url, wish)


@IMAGES.code("image-both-kinds", at="images.response")
def send_both_kinds(body: JsonObject, request: AcceptedRequest) -> None:
    """The response has both a URL and base64."""
    for number, result in enumerate(_results(body)):
        wish = wish_of(request, number)
        result.update(url=address(request.base_url, wish), b64_json=encoded(wish))


@IMAGES.code("image-wrong-size", at="images.response")
def shrink(body: JsonObject, request: AcceptedRequest) -> None:
    """Every image has 512 x 512 pixels, whatever `size` is."""
    for number, result in enumerate(_results(body)):
        wish = replace(wish_of(request, number), width=512, height=512)
        if "url" in result:
            result["url"] = address(request.base_url, wish)
        if "b64_json" in result:
            result["b64_json"] = encoded(wish)


def _results(body: JsonObject) -> list[JsonObject]:
    """Return the images of a response, whatever another fault made of the list."""
    data = body.get("data")
    return [result for result in (data if isinstance(data, list) else [data]) if isinstance(result, dict)]


class _Requested(Counter[str]):
    """How often each operation was requested."""


def _count(request: AcceptedRequest, key: str) -> int:
    counts = request.memory.store(_Requested)
    counts[key] += 1
    return counts[key]


def _links(request: AcceptedRequest) -> JsonObject | None:
    """Return the result of an operation, whether it has ended or not."""
    operation = found(request)
    if operation is None:
        return None
    return {"data": [{"url": address(request.base_url, wish)} for wish in operation.wishes]}


def _revert(body: JsonObject, status: str) -> None:
    body["status"] = status
    for name in ("result", "expires", "error"):
        body.pop(name, None)


_LOCATION = "image-submit.reply /headers/operation-location"
_STATUS = "image-status.response"
# fmt: off
OPERATIONS.edit("image-operation-location-missing", "`operation-location` is missing.", at=_LOCATION,
    edit=remove)
OPERATIONS.edit("image-operation-location-relative", "`operation-location` has neither scheme nor host.",
    at=_LOCATION, edit=map_place(lambda place: place.value.removeprefix(place.request.base_url)))
OPERATIONS.edit(
    "image-operation-location-other-host",
    "`operation-location` is on another host, which would receive the key.",
    at=_LOCATION,
    edit=map_place(
        lambda place: f"https://elsewhere.invalid{place.value.removeprefix(place.request.base_url)}"
    ),
)
OPERATIONS.edit(
    "image-operation-location-other-id",
    "`operation-location` is that of another operation.",
    at=_LOCATION,
    edit=map_text(
        lambda location: (
            f"{location.partition('?')[0].rpartition('/')[0]}/{uuid.uuid4()}?{location.partition('?')[2]}"
        )
    ),
)
OPERATIONS.edit("image-submit-as-200", "A submitted operation is answered with 200.",
    at="image-submit.reply:202 /status", edit=set_to(200))
OPERATIONS.edit("image-submit-without-id", "A submitted operation has no `id`.",
    at="image-submit.response /id", edit=remove)
OPERATIONS.edit("image-submit-status-unknown",
    "A submitted operation has a status that the document does not list.", at="image-submit.response /status",
    edit=set_to("queued"))
OPERATIONS.accept("image-sixth-accepted", "`n` above 5 is accepted.", at="image-submit.schema n:maximum")
OPERATIONS.accept("image-order-any-size", "Any `size` is accepted.", at="image-submit.schema size:enum")
OPERATIONS.accept("image-order-endless-prompt", "A prompt longer than the document allows is accepted.",
    at="image-submit.schema prompt:maxLength")
OPERATIONS.edit("image-status-skips-to-unknown",
    "The status of a successful operation is not one that the document lists.", at=f"{_STATUS} /status",
    edit=swap("succeeded", "done"))
OPERATIONS.edit("image-result-missing", "A successful operation has no `result`.", at=f"{_STATUS} /result",
    edit=remove)
OPERATIONS.edit("image-one-too-few", "There is one image fewer than requested.", at=f"{_STATUS} /result/data",
    edit=map_list(lambda images: images[:-1]))
OPERATIONS.edit("image-result-one-too-many", "There is one image more than requested.",
    at=f"{_STATUS} /result/data", edit=map_list(lambda images: [*images, *images[-1:]]))
OPERATIONS.edit("image-result-without-url", "The images of a result have no `url`.",
    at=f"{_STATUS} /result/data", edit=map_list(lambda images: [{} for _ in images]))
OPERATIONS.edit("image-expires-before-created", "`expires` is before `created`.",
    at=f"{_STATUS} /[expires]/expires", edit=from_member("created", -1))
OPERATIONS.edit("image-expires-in-words", "`expires` is a string instead of a number.",
    at=f"{_STATUS} /expires", edit=edits.replace("tomorrow"))
OPERATIONS.edit("image-operation-created-moves", "`created` of an operation changes with each request.",
    at=f"{_STATUS} /created",
    edit=compute(lambda place: place.value + _count(place.request, f"created {place.body['id']}")))
OPERATIONS.edit("image-operation-id-changes", "`id` is not that of the requested operation.",
    at=f"{_STATUS} /id", edit=compute(lambda _: str(uuid.uuid4())))
OPERATIONS.accept("image-delete-running-accepted", "An operation can be deleted before it has ended.",
    at="image-delete.relations", matching=lambda rejection: rejection.status == 409)
OPERATIONS.respond("image-delete-as-200", "A deletion is answered with 200 and an empty object.",
    at="image-delete.reply:204", status=200)
OPERATIONS.respond("image-delete-unknown-accepted", "An unknown or deleted operation can be deleted.",
    at="image-delete.reply:404", status=204, body=b"", when=is_addressed)
OPERATIONS.respond("image-delete-running-ignored",
    "Deleting a running operation is confirmed, but the operation continues.", at="image-delete.reply:409",
    status=204, body=b"", when=is_addressed)
# fmt: on


@OPERATIONS.code("image-status-goes-back", at=_STATUS)
def run_again(body: JsonObject, request: AcceptedRequest) -> None:
    """An operation that has ended is running again."""
    if body["status"] in ("succeeded", "failed") and _count(request, body["id"]) > 1:
        _revert(body, "running")


@OPERATIONS.code("image-result-too-early", at=_STATUS)
def show_early(body: JsonObject, request: AcceptedRequest) -> None:
    """A running operation has a `result`."""
    if body["status"] in ("notRunning", "running") and (links := _links(request)):
        body["result"] = links


@OPERATIONS.code("image-failed-without-error", at=_STATUS)
def fail_silently(body: JsonObject) -> None:
    """Every operation fails without an `error`."""
    if body["status"] in ("succeeded", "failed"):
        _revert(body, "failed")


@OPERATIONS.code("image-result-after-delete", at=_STATUS)
def show_deleted(body: JsonObject, request: AcceptedRequest) -> None:
    """A deleted operation still has its result."""
    if body["status"] == "deleted" and (links := _links(request)):
        body.update(status="succeeded", expires=body["created"] + 1, result=links)


@OPERATIONS.code("image-unknown-operation-running", at="image-status.reply:404")
def find_unknown(reply: Reply, request: IncomingRequest) -> None:
    """An unknown operation is running."""
    if is_addressed(request):
        reply.status = 200
        reply.body = write({"created": 0, "id": path_id(request), "status": "running"})


_FILTERED = {"code": "contentFilter", "message": "The content filter stopped the prompt."}
# fmt: off
RESULTS.edit("image-succeeds-with-error", "A successful operation has an `error`.",
    at=f"{_STATUS} /[status=succeeded]/error", edit=set_to(_FILTERED))
RESULTS.edit("image-same-picture-twice", "All images of a result have the same URL.",
    at=f"{_STATUS} /result/data", edit=map_list(lambda images: images[:1] * len(images)))
# fmt: on


@RESULTS.code("image-failed-with-images", at=_STATUS)
def fail_with_images(body: JsonObject, request: AcceptedRequest) -> None:
    """Every operation fails, but has its images."""
    if body.get("status") in ("succeeded", "failed") and (links := _links(request)):
        error = {"code": "internalError", "message": "The pictures could not be kept."}
        body.update(status="failed", error=error, result=links)
