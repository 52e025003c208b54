"""Batches: created from an uploaded file, listed, retrieved, cancelled."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from aoai_emulator.content.seeding import resource_id
from aoai_emulator.http.rejections import Rejection, RejectionError
from aoai_emulator.http.requests import AcceptedRequest
from aoai_emulator.operations.resources.authoring import (
    in_authoring_words,
    integer_parameter,
    invalid_payload,
    not_found,
    page,
    quota_exceeded,
    wrong_state,
)
from aoai_emulator.operations.resources.files import declared_success, path_id
from aoai_emulator.operations.service import JsonResponse, Service
from aoai_emulator.storage.batch_filter import FilterError, conditions, ordered
from aoai_emulator.storage.batch_lines import MOST_LINES, endpoint_kind
from aoai_emulator.storage.batch_steps import LINES_AT_ONCE, catch_up, expire, move
from aoai_emulator.storage.batch_store import MOST_ACTIVE, Batch, Batches
from aoai_emulator.storage.files import Storage
from aoai_specs.document import Operation

_USUAL_PAGE = 20
_LARGEST_PAGE = 100
_MOST_NOTES = 16
_LONGEST_NOTE = {"key": 64, "value": 512}
_DEPLOYMENT = re.compile(r"\{[^{}]*\}")


def _creates(request: AcceptedRequest) -> Iterator[Rejection]:
    """Check a new batch for what no schema expresses."""
    fields = request.fields
    if _line_operation(request) is None:
        yield invalid_payload("Batches do not support this endpoint.", "endpoint", "unknown")
    if fields.get("completion_window") != "24h":
        yield invalid_payload("The only completion_window is 24h.", "completion_window", "enum")
    yield from _input_file(request)
    yield from _notes(fields.get("metadata", {}))
    if sum(1 for _ in request.memory.store(Batches).active()) >= MOST_ACTIVE:
        yield quota_exceeded(f"{MOST_ACTIVE} batches are in progress already. Wait for some, or cancel them.")


def _input_file(request: AcceptedRequest) -> Iterator[Rejection]:
    """Require that the input file exists, has the purpose `batch`, and is processed."""
    file = request.memory.store(Storage).files.get(request.fields.get("input_file_id", ""))
    if file is None:
        yield invalid_payload("There is no such file.", "input_file_id", "unknown")
        return
    if file.purpose != "batch":
        yield invalid_payload("The purpose of the file must be batch.", "input_file_id", "purpose")
    if not file.is_processed(request.memory.time_for(file.id, file.created)):
        # https://github.com/openai/openai-dotnet/issues/312
        yield wrong_state("The file is not processed yet.", "input_file_id", "pending")


def _notes(metadata: dict[str, str]) -> Iterator[Rejection]:
    if len(metadata) > _MOST_NOTES:
        yield invalid_payload(f"There are at most {_MOST_NOTES} notes.", "metadata", "too-many")
    for key, value in metadata.items():
        for what, text in (("key", key), ("value", value)):
            if len(text) > _LONGEST_NOTE[what]:
                message = f"A {what} has at most {_LONGEST_NOTE[what]} characters."
                yield invalid_payload(message, "metadata", "too-long")
                return


def _line_operation(request: AcceptedRequest) -> Operation | None:
    """Return the operation for the lines of a batch: of this document, or of the newest that has it."""
    kind = endpoint_kind(str(request.fields.get("endpoint")))
    documents = (request.document, *reversed(request.settings.documents))
    operations = (each for document in documents for each in document.operations.values())
    return next((each for each in operations if each.kind == kind), None)


async def _create(request: AcceptedRequest) -> JsonResponse:
    fields, operation = request.fields, _line_operation(request)
    if operation is None:
        message = "Batches do not support this endpoint."
        raise RejectionError(invalid_payload(message, "endpoint", "unknown"))
    document = operation.document
    path = document.base_path.rstrip("/") + _DEPLOYMENT.sub("{}", operation.path)
    now = request.memory.clock()
    batch = Batch(
        id=resource_id("batch_"),
        endpoint=str(fields["endpoint"]),
        kind=operation.kind,
        target=f"{path}?api-version={document.api_version}",
        input_file_id=str(fields["input_file_id"]),
        completion_window=str(fields["completion_window"]),
        metadata=fields.get("metadata"),
        created=now,
        moved=now,
    )
    request.memory.store(Batches).begin(batch)
    return _describe(batch, request, declared_success(request.operation))


def _describe(batch: Batch, request: AcceptedRequest, status: int = 200) -> JsonResponse:
    return JsonResponse(batch.described(with_nulls=request.is_azure), status)


def _exists(request: AcceptedRequest) -> Iterator[Rejection]:
    """Require that the batch in the path exists."""
    if path_id(request) not in request.memory.store(Batches).all:
        yield not_found("batch", path_id(request))


def _found(request: AcceptedRequest) -> Batch:
    batch = request.memory.store(Batches).all.get(path_id(request))
    if batch is None:
        raise RejectionError(not_found("batch", path_id(request)))
    return batch


async def _get(request: AcceptedRequest) -> JsonResponse:
    batch = _found(request)
    await catch_up(batch, request, MOST_LINES)
    await move(batch, request)
    return _describe(batch, request)


def _cancels(request: AcceptedRequest) -> Iterator[Rejection]:
    """Require that the batch exists and has not ended."""
    yield from _exists(request)
    batch = request.memory.store(Batches).all.get(path_id(request))
    if batch is None:
        return
    expire(batch, request)
    if batch.has_ended:
        yield wrong_state(f"The batch is {batch.status}.", "status", batch.status)


async def _cancel(request: AcceptedRequest) -> JsonResponse:
    """Start to cancel a batch; further requests to cancel it have no effect."""
    batch = _found(request)
    if batch.status != "cancelling":
        batch.enter("cancelling", request.memory.clock())
    return _describe(batch, request, declared_success(request.operation))


def _lists(request: AcceptedRequest) -> Iterator[Rejection]:
    """Require valid parameters, and a batch as cursor."""
    limit = integer_parameter(request.query, "limit")
    if isinstance(limit, Rejection):
        yield limit
    after = request.query.get("after")
    if after is not None and after not in request.memory.store(Batches).all:
        yield invalid_payload("There is no such batch.", "after", "unknown")
    for name in ("$filter", "$orderby"):
        try:
            listed(request, only=name)
        except FilterError as error:
            yield invalid_payload(str(error), name, "syntax")


def listed(request: AcceptedRequest, only: str | None = None) -> list[Batch]:
    """Return the requested batches in their order, by all parameters or by one. Raises FilterError."""
    declared = {parameter.name for parameter in request.operation.parameters}
    asked = {name: request.query.get(name, "") for name in declared if only in (None, name)}
    batches = request.memory.store(Batches).newest()
    for condition in conditions(asked["$filter"]) if asked.get("$filter") else ():
        batches = [batch for batch in batches if condition(batch)]
    return ordered(batches, asked["$orderby"]) if asked.get("$orderby") else batches


async def _list(request: AcceptedRequest) -> JsonResponse:
    """Return one page, the newest batch first; listing advances batches, the oldest first.

    If requests advance them, a list advances none, since other clients may be polling them.
    """
    allowance = LINES_AT_ONCE
    for batch in list(request.memory.store(Batches).active()):
        allowance -= await catch_up(batch, request, allowance)
        expire(batch, request)
        if allowance > 0 and not request.memory.advance_on_poll:
            allowance -= await move(batch, request, allowance)
    limit = integer_parameter(request.query, "limit")
    length = min(limit, _LARGEST_PAGE) if isinstance(limit, int) else _USUAL_PAGE
    shown = page(listed(request), request.query.get("after"), length)
    body = {
        "object": "list",
        "data": [batch.described(with_nulls=request.is_azure) for batch in shown.items],
        "first_id": shown.items[0].id if shown.items else None,
        "last_id": shown.items[-1].id if shown.items else None,
        "has_more": shown.has_more,
    }
    if not request.is_azure and not shown.items:
        del body["first_id"], body["last_id"]
    return JsonResponse(body)


SERVICES: Iterable[Service] = (
    Service("batch-list", "listBatches", _lists, _list, in_authoring_words),
    Service("batch-create", "createBatch", _creates, _create, in_authoring_words),
    Service("batch-get", "getBatch", _exists, _get, in_authoring_words),
    Service("batch-cancel", "cancelBatch", _cancels, _cancel, in_authoring_words),
)
