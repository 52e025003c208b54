"""Stored responses: retrieved, streamed again, cancelled, deleted, and the items of their input."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from aoai_emulator.content.responses.drafts import shown
from aoai_emulator.content.responses.events import begun, events
from aoai_emulator.http.rejections import Rejection, RejectionError, invalid_request
from aoai_emulator.http.requests import AcceptedRequest
from aoai_emulator.operations.resources.files import path_id
from aoai_emulator.operations.responses.create import event_stream, visible
from aoai_emulator.operations.responses.pages import (
    flag_rejections,
    include_rejections,
    includes,
    not_found,
    page_of,
    page_rejections,
)
from aoai_emulator.operations.service import JsonResponse, Service, ServiceResponse, StreamResponse
from aoai_emulator.storage.responses import Responses, StoredResponse


def _exists(request: AcceptedRequest) -> Iterator[Rejection]:
    """Require that the response in the path exists."""
    if path_id(request) not in request.memory.store(Responses).all:
        yield not_found("Response", path_id(request))


def _found(request: AcceptedRequest) -> StoredResponse:
    found = request.memory.store(Responses).all.get(path_id(request))
    if found is None:
        raise RejectionError(not_found("Response", path_id(request)))
    return found


def _wants_stream(request: AcceptedRequest) -> bool:
    return request.query.get("stream", "").lower() == "true"


def _can_be_shown(request: AcceptedRequest) -> Iterator[Rejection]:
    """Require that the response exists, and that it was a stream if it shall be streamed again."""
    yield from _exists(request)
    yield from include_rejections(request)
    yield from flag_rejections(request.query, "stream", "include_obfuscation")
    found = request.memory.store(Responses).all.get(path_id(request))
    after = request.query.get("starting_after")
    if after is not None and not (after.isascii() and after.isdigit() and len(after) < 10):
        yield invalid_request(
            "Invalid 'starting_after': expected an integer of at least 0.", param="starting_after"
        )
    if after is not None and not _wants_stream(request):
        yield invalid_request(
            "'starting_after' is only allowed when 'stream' is enabled.", param="starting_after"
        )
    if found is not None and _wants_stream(request) and not found.was_streamed:
        yield invalid_request(
            "This response cannot be streamed because it was not created with 'stream' set to true.",
            param="stream",
        )


async def _get(request: AcceptedRequest) -> ServiceResponse:
    found, include = _found(request), includes(request)
    if _wants_stream(request):
        stream = event_stream(found, request)
        stream.after = int(request.query.get("starting_after", "-1"))
        stream.obfuscates = request.query.get("include_obfuscation", "true").lower() != "false"
        return StreamResponse(events(stream), terminated=False, named=True)
    status = found.status(request.memory.poll(found.id, found.created))
    if status == found.body["status"]:
        return JsonResponse(visible(found.body, found, include))
    return JsonResponse(begun(found.body, status))


def _can_be_cancelled(request: AcceptedRequest) -> Iterator[Rejection]:
    """Require that the response exists and runs, or ran, in the background."""
    yield from _exists(request)
    found = request.memory.store(Responses).all.get(path_id(request))
    if found is not None and not found.in_background:
        yield invalid_request(
            "Only responses that were created with 'background' set to true can be cancelled.",
            param="response_id",
            code=None,
        )


async def _cancel(request: AcceptedRequest) -> ServiceResponse:
    """Cancel a response in progress; one that has ended stays as it is."""
    found = _found(request)
    now = request.memory.time_for(found.id, found.created)
    if found.has_ended(now) and not found.is_cancelled:
        return JsonResponse(visible(found.body, found, includes(request)))
    cancelled = request.memory.store(Responses).cancel(found)
    return JsonResponse(begun(cancelled.body, "cancelled"))


async def _delete(request: AcceptedRequest) -> ServiceResponse:
    found = _found(request)
    del request.memory.store(Responses).all[found.id]
    return JsonResponse({"id": found.id, "object": "response.deleted", "deleted": True})


def _lists_items(request: AcceptedRequest) -> Iterator[Rejection]:
    yield from _exists(request)
    yield from page_rejections(request.query)


async def _input_items(request: AcceptedRequest) -> ServiceResponse:
    found, include = _found(request), includes(request)
    return JsonResponse(page_of([shown(item, include) for item in found.inputs], request))


SERVICES: Iterable[Service] = (
    Service("response-get", "getResponse", _can_be_shown, _get),
    Service("response-delete", "deleteResponse", _exists, _delete),
    Service("response-cancel", "cancelResponse", _can_be_cancelled, _cancel),
    Service("response-input-items", "listInputItems", _lists_items, _input_items),
)
