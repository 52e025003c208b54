"""Faults of what an order of pictures comes to."""

from __future__ import annotations

from aoai_emulator.faults.anatomy import part_of
from aoai_emulator.faults.registry import answer_fault
from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.http.requests import AcceptedRequest
from aoai_emulator.operations.image_operations import found
from aoai_emulator.operations.images import address

_STATUS = frozenset({"image-status"})


@answer_fault("image-succeeds-with-error", operations=_STATUS)
def succeeds_with_error(body: JsonObject, request: AcceptedRequest) -> None:
    """An operation that succeeded has an error."""
    del request
    if body.get("status") == "succeeded":
        body["error"] = {"code": "contentFilter", "message": "The content filter stopped the prompt."}


@answer_fault("image-failed-with-images", operations=_STATUS)
def failed_with_images(body: JsonObject, request: AcceptedRequest) -> None:
    """Every operation fails, and gives its pictures all the same."""
    operation = found(request)
    if operation is not None and body.get("status") in ("succeeded", "failed"):
        body["status"] = "failed"
        body["error"] = {"code": "internalError", "message": "The pictures could not be kept."}
        links = [{"url": address(request.base_url, wish)} for wish in operation.wishes]
        body["result"] = {"data": links}


@answer_fault("image-same-picture-twice", operations=_STATUS)
def same_picture_twice(body: JsonObject, request: AcceptedRequest) -> None:
    """All pictures of an order lie at the address of the first."""
    del request
    images = part_of(body, "result").get("data")
    if isinstance(images, list) and images:
        part_of(body, "result")["data"] = images[:1] * len(images)
