"""Images generated in the background (DALL-E 2): submitted, polled, and deleted.

An operation is `notRunning`, then `running`, and ends as `succeeded`, or as `failed` if the content filter
blocks its prompt. It is `deleted` on request, which requires that it has ended, and automatically a day after
its start. The 256 latest operations are kept.
"""

from __future__ import annotations

import uuid
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass

from aoai_emulator.content.cues import Cue, cues
from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.http.rejections import Rejection, RejectionError, too_many_requests
from aoai_emulator.http.requests import AcceptedRequest
from aoai_emulator.media.png import Wish
from aoai_emulator.operations.images import address, forget
from aoai_emulator.operations.service import EmptyResponse, JsonResponse, Service, ServiceResponse

RUNS_AFTER = 0.15
"""Seconds until an operation runs."""

ENDS_AFTER = 0.45
"""Seconds until an operation has ended."""

KEPT_SECONDS = 24 * 60 * 60
"""Seconds until an operation is deleted automatically: the document's 24 hours."""

_MOST_KEPT = 256
_MOST_PICTURES = 5
_SIZES = {"256x256": 256, "512x512": 512, "1024x1024": 1024}
_RETRY_AFTER = "1"
_ENDED = frozenset({"succeeded", "failed"})


@dataclass(slots=True)
class ImageOperation:
    """One operation: its images, its start (seconds since 1970), and whether it was deleted."""

    id: str
    wishes: tuple[Wish, ...]
    began: float
    is_filtered: bool
    is_deleted: bool = False

    def status(self, now: float) -> str:
        """Return the status at a time."""
        if self.is_deleted or now >= self.began + KEPT_SECONDS:
            return "deleted"
        if now < self.began + RUNS_AFTER:
            return "notRunning"
        if now < self.began + ENDS_AFTER:
            return "running"
        return "failed" if self.is_filtered else "succeeded"


class ImageOperations:
    """The operations of one emulator, the latest last."""

    def __init__(self) -> None:
        self._operations: OrderedDict[str, ImageOperation] = OrderedDict()

    def add(self, operation: ImageOperation) -> None:
        """Add an operation, and forget the oldest if there are too many."""
        self._operations[operation.id] = operation
        if len(self._operations) > _MOST_KEPT:
            _, oldest = self._operations.popitem(last=False)
            _forget_pictures(oldest)

    def find(self, operation_id: str) -> ImageOperation | None:
        """Return the operation with this id, or None."""
        return self._operations.get(operation_id)


def found(request: AcceptedRequest) -> ImageOperation | None:
    """Return the operation in a request's path, or None."""
    operation_id = next(iter(request.path_values.values()), "")
    return request.memory.store(ImageOperations).find(operation_id)


def report(operation: ImageOperation, now: float, request: AcceptedRequest) -> JsonObject:
    """Describe an operation at a time."""
    status = operation.status(now)
    body: JsonObject = {"created": int(operation.began), "id": operation.id, "status": status}
    if status == "succeeded":
        body["expires"] = int(operation.began) + KEPT_SECONDS
        body["result"] = {"data": [{"url": address(request.base_url, wish)} for wish in operation.wishes]}
    elif status == "failed":
        body["error"] = {
            "code": "contentFilter",
            "message": "The content filter stopped the prompt; nothing was drawn.",
        }
    return body


def _submission_relations(request: AcceptedRequest) -> Iterator[Rejection]:
    """Reject for the rate limit only: a prompt that the filter blocks is accepted, and fails later."""
    if Cue.RATE_LIMIT in cues([str(request.fields.get("prompt", ""))]):
        yield too_many_requests(1)


async def _submit(request: AcceptedRequest) -> ServiceResponse:
    operation_id = str(uuid.uuid4())
    operation = ImageOperation(
        id=operation_id,
        wishes=_wishes(request, operation_id),
        began=request.memory.clock(),
        is_filtered=Cue.PROMPT_FILTERED in cues([str(request.fields.get("prompt", ""))]),
    )
    request.memory.store(ImageOperations).add(operation)
    document = request.document
    place = f"{request.base_url}{document.base_path.rstrip('/')}/operations/images/{operation_id}"
    headers = {
        "operation-location": f"{place}?api-version={document.api_version}",
        "retry-after": _RETRY_AFTER,
    }
    return JsonResponse({"id": operation_id, "status": "notRunning"}, 202, headers)


def _wishes(request: AcceptedRequest, operation_id: str) -> tuple[Wish, ...]:
    """Each operation has images of its own: the same prompt gives others the next time."""
    fields = request.fields
    count = fields.get("n", 1)
    side = _SIZES.get(str(fields.get("size")), 1024)
    first = uuid.UUID(operation_id).int
    return tuple(
        Wish(str(fields.get("prompt", "")), seed=first + number, width=side, height=side)
        for number in range(min(max(count, 1), _MOST_PICTURES) if isinstance(count, int) else 1)
    )


def _exists(request: AcceptedRequest) -> Iterator[Rejection]:
    """Require that the operation exists."""
    if found(request) is None:
        yield _no_such_operation()


async def _report(request: AcceptedRequest) -> ServiceResponse:
    operation = found(request)
    if operation is None:
        raise RejectionError(_no_such_operation())
    body = report(operation, request.memory.poll(operation.id, operation.began), request)
    if body["status"] == "deleted":
        _forget_pictures(operation)
    going_on = body["status"] in ("notRunning", "running")
    return JsonResponse(body, headers={"retry-after": _RETRY_AFTER} if going_on else {})


def _may_be_deleted(request: AcceptedRequest) -> Iterator[Rejection]:
    """Document: only an operation that has ended can be deleted, and only once."""
    operation = found(request)
    status = "deleted"
    if operation is not None:
        status = operation.status(request.memory.time_for(operation.id, operation.began))
    if status == "deleted":
        yield _no_such_operation()
    elif status not in _ENDED:
        yield Rejection(409, "Conflict", "The operation has not ended yet; delete it when it has.")


async def _delete(request: AcceptedRequest) -> ServiceResponse:
    operation = found(request)
    if operation is None:
        raise RejectionError(_no_such_operation())
    operation.is_deleted = True
    _forget_pictures(operation)
    return EmptyResponse(204)


def _forget_pictures(operation: ImageOperation) -> None:
    for wish in operation.wishes:
        forget(wish)


def _no_such_operation() -> Rejection:
    return Rejection(404, "NotFound", "There is no operation of this id, or it was deleted.")


SUBMISSION = Service("image-submit", "imageGeneration", _submission_relations, _submit)
STATUS = Service("image-status", "imageGeneration", _exists, _report)
DELETION = Service("image-delete", "imageGeneration", _may_be_deleted, _delete)
