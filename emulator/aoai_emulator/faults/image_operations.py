"""Faults of pictures made in the background: how an order is taken, what is told of it, how it is deleted."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable, Iterator

from aoai_emulator.checks.refusals import Refusal
from aoai_emulator.faults.anatomy import is_addressed
from aoai_emulator.faults.registry import acceptance_fault, answer_fault, reply_fault
from aoai_emulator.http.json_text import JsonObject, write
from aoai_emulator.http.replies import Reply
from aoai_emulator.http.requests import AcceptedRequest, IncomingRequest
from aoai_emulator.operations.image_operations import found
from aoai_emulator.operations.images import address

_SUBMIT = frozenset({"image-submit"})
_STATUS = frozenset({"image-status"})
_DELETE = frozenset({"image-delete"})


class _Asked(Counter[str]):
    """How often each operation was asked for."""


@reply_fault("image-operation-location-missing", operations=_SUBMIT)
def location_missing(reply: Reply, request: IncomingRequest) -> None:
    """An order is taken without saying where to ask for it."""
    del request
    reply.headers.pop("operation-location", None)


@reply_fault("image-operation-location-relative", operations=_SUBMIT)
def location_relative(reply: Reply, request: IncomingRequest) -> None:
    """The place to ask at has neither scheme nor host."""
    if location := reply.headers.get("operation-location"):
        reply.headers["operation-location"] = location.removeprefix(request.base_url)


@reply_fault("image-operation-location-other-host", operations=_SUBMIT)
def location_other_host(reply: Reply, request: IncomingRequest) -> None:
    """The place to ask at is on another host, which would get the key."""
    if location := reply.headers.get("operation-location"):
        path = location.removeprefix(request.base_url)
        reply.headers["operation-location"] = f"https://elsewhere.invalid{path}"


@reply_fault("image-operation-location-other-id", operations=_SUBMIT)
def location_other_id(reply: Reply, request: IncomingRequest) -> None:
    """The place to ask at is that of another operation."""
    del request
    if location := reply.headers.get("operation-location"):
        path, _, query = location.partition("?")
        other = f"{path.rpartition('/')[0]}/{uuid.uuid4()}"
        reply.headers["operation-location"] = f"{other}?{query}"


@reply_fault("image-submit-as-200", operations=_SUBMIT)
def submitted_as_200(reply: Reply, request: IncomingRequest) -> None:
    """An order is taken with status 200, as if it were done."""
    del request
    if reply.status == 202:
        reply.status = 200


@answer_fault("image-submit-without-id", operations=_SUBMIT)
def submitted_without_id(body: JsonObject, request: AcceptedRequest) -> None:
    """An order gets no id."""
    del request
    body.pop("id", None)


@answer_fault("image-submit-status-unknown", operations=_SUBMIT)
def submitted_in_unknown_status(body: JsonObject, request: AcceptedRequest) -> None:
    """An order begins in a status that the document does not know."""
    del request
    body["status"] = "queued"


@acceptance_fault("image-sixth-accepted", check="schema", operations=_SUBMIT)
def sixth_accepted(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """More pictures may be ordered than the document allows."""
    del request
    return (refusal for refusal in found if (refusal.param, refusal.keyword) != ("n", "maximum"))


@acceptance_fault("image-order-any-size", check="schema", operations=_SUBMIT)
def any_size_ordered(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """Pictures of any size may be ordered."""
    del request
    return (refusal for refusal in found if (refusal.param, refusal.keyword) != ("size", "enum"))


@acceptance_fault("image-order-endless-prompt", check="schema", operations=_SUBMIT)
def endless_prompt_ordered(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """A prompt longer than the document allows is taken."""
    del request
    return (refusal for refusal in found if (refusal.param, refusal.keyword) != ("prompt", "maxLength"))


@answer_fault("image-status-goes-back", operations=_STATUS)
def status_goes_back(body: JsonObject, request: AcceptedRequest) -> None:
    """An operation that has ended is running again when it is asked for once more."""
    asked = request.memory.store(_Asked)
    if body["status"] in ("succeeded", "failed"):
        asked[body["id"]] += 1
        if asked[body["id"]] > 1:
            _unfinished(body, "running")


@answer_fault("image-status-skips-to-unknown", operations=_STATUS)
def status_unknown(body: JsonObject, request: AcceptedRequest) -> None:
    """An operation that succeeded says so in a word that the document does not know."""
    del request
    if body["status"] == "succeeded":
        body["status"] = "done"


@answer_fault("image-result-missing", operations=_STATUS)
def result_missing(body: JsonObject, request: AcceptedRequest) -> None:
    """An operation succeeds without a result."""
    del request
    body.pop("result", None)


@answer_fault("image-result-too-early", operations=_STATUS)
def result_too_early(body: JsonObject, request: AcceptedRequest) -> None:
    """An operation that has not ended shows a result."""
    operation = found(request)
    if operation is not None and body["status"] in ("notRunning", "running"):
        links = [{"url": address(request.base_url, wish)} for wish in operation.wishes]
        body["result"] = {"data": links}


@answer_fault("image-one-too-few", operations=_STATUS)
def one_too_few(body: JsonObject, request: AcceptedRequest) -> None:
    """One picture fewer is made than was ordered."""
    del request
    if "result" in body:
        del body["result"]["data"][-1:]


@answer_fault("image-result-one-too-many", operations=_STATUS)
def result_one_too_many(body: JsonObject, request: AcceptedRequest) -> None:
    """One picture more is made than was ordered."""
    del request
    if "result" in body:
        body["result"]["data"].extend(body["result"]["data"][-1:])


@answer_fault("image-result-without-url", operations=_STATUS)
def result_without_url(body: JsonObject, request: AcceptedRequest) -> None:
    """A picture of a result has no link."""
    del request
    if "result" in body:
        body["result"]["data"] = [{} for _ in body["result"]["data"]]


@answer_fault("image-expires-before-created", operations=_STATUS)
def expires_before_created(body: JsonObject, request: AcceptedRequest) -> None:
    """A result expires before it was created."""
    del request
    if "expires" in body:
        body["expires"] = body["created"] - 1


@answer_fault("image-expires-in-words", operations=_STATUS)
def expires_in_words(body: JsonObject, request: AcceptedRequest) -> None:
    """The time when a result expires is text, not a number."""
    del request
    if "expires" in body:
        body["expires"] = "tomorrow"


@answer_fault("image-operation-created-moves", operations=_STATUS)
def created_moves(body: JsonObject, request: AcceptedRequest) -> None:
    """Each answer tells another time at which the same operation was created."""
    asked = request.memory.store(_Asked)
    asked[f"created {body['id']}"] += 1
    body["created"] += asked[f"created {body['id']}"]


@answer_fault("image-operation-id-changes", operations=_STATUS)
def id_changes(body: JsonObject, request: AcceptedRequest) -> None:
    """An answer bears another id than the operation that was asked for."""
    del request
    body["id"] = str(uuid.uuid4())


@answer_fault("image-failed-without-error", operations=_STATUS)
def failed_without_error(body: JsonObject, request: AcceptedRequest) -> None:
    """Every operation fails, and does not say why."""
    del request
    if body["status"] in ("succeeded", "failed"):
        _unfinished(body, "failed")


@answer_fault("image-result-after-delete", operations=_STATUS)
def result_after_delete(body: JsonObject, request: AcceptedRequest) -> None:
    """An operation that was deleted shows its result still."""
    operation = found(request)
    if operation is not None and body["status"] == "deleted":
        body["status"] = "succeeded"
        body["expires"] = body["created"] + 1
        body["result"] = {"data": [{"url": address(request.base_url, wish)} for wish in operation.wishes]}


@reply_fault("image-unknown-operation-running", operations=_STATUS)
def unknown_operation_running(reply: Reply, request: IncomingRequest) -> None:
    """An operation that nobody submitted is said to run."""
    if reply.status == 404 and is_addressed(request):
        asked = next(iter(request.path_values.values()), "")
        reply.status, reply.body = 200, write({"created": 0, "id": asked, "status": "running"})


@acceptance_fault("image-delete-running-accepted", check="relations", operations=_DELETE)
def running_deleted(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """An operation is deleted although it has not ended."""
    del request
    return (refusal for refusal in found if refusal.status != 409)


@reply_fault("image-delete-as-200", operations=_DELETE)
def deleted_as_200(reply: Reply, request: IncomingRequest) -> None:
    """A deletion is told with status 200 and an empty object."""
    del request
    if reply.status == 204:
        reply.status, reply.body = 200, b"{}"
        reply.headers["content-type"] = "application/json"


@reply_fault("image-delete-unknown-accepted", operations=_DELETE)
def unknown_deleted(reply: Reply, request: IncomingRequest) -> None:
    """An operation that nobody submitted, or that was deleted before, is deleted."""
    if reply.status == 404 and is_addressed(request):
        reply.status, reply.body = 204, b""
        reply.headers.pop("content-type", None)


@reply_fault("image-delete-running-ignored", operations=_DELETE)
def running_not_deleted(reply: Reply, request: IncomingRequest) -> None:
    """The deletion of an operation that has not ended is confirmed, and the operation goes on."""
    if reply.status == 409 and is_addressed(request):
        reply.status, reply.body = 204, b""
        reply.headers.pop("content-type", None)


def _unfinished(body: JsonObject, status: str) -> None:
    body["status"] = status
    for name in ("result", "expires", "error"):
        body.pop(name, None)
