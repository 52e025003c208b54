"""Faults of what a batch says of its errors, its progress and its files, and of the last page of a list."""

from __future__ import annotations

import json
from collections.abc import Callable

from aoai_emulator.faults.anatomy import listed_in, number_of, part_of
from aoai_emulator.faults.registry import answer_fault
from aoai_emulator.http.json_text import JsonObject, write
from aoai_emulator.http.requests import AcceptedRequest
from aoai_emulator.storage.files import Storage

_CREATE = frozenset({"batch-create"})
_GET = frozenset({"batch-get"})
_LIST = frozenset({"batch-list"})
_LISTS = _LIST | frozenset({"file-list"})


class _Changed:
    """The files that were changed, each with the name of the change."""

    def __init__(self) -> None:
        self.files: set[tuple[str, str]] = set()


def _errors(body: JsonObject) -> list[JsonObject]:
    data = part_of(body, "errors").get("data")
    return [each for each in data if isinstance(each, dict)] if isinstance(data, list) else []


@answer_fault("batch-error-beyond-the-file", operations=_GET)
def error_beyond_the_file(body: JsonObject, request: AcceptedRequest) -> None:
    """Errors name lines that the input does not have."""
    del request
    for error in _errors(body):
        if isinstance(error.get("line"), int):
            error["line"] += 10


@answer_fault("batch-error-one-line-late", operations=_GET)
def error_one_line_late(body: JsonObject, request: AcceptedRequest) -> None:
    """Errors name the line after the one that is wrong."""
    del request
    for error in _errors(body):
        if isinstance(error.get("line"), int):
            error["line"] += 1


@answer_fault("batch-succeeds-with-errors", operations=_GET)
def succeeds_with_errors(body: JsonObject, request: AcceptedRequest) -> None:
    """A batch that has answered every request has errors."""
    del request
    if body.get("status") == "completed":
        error = {"code": "invalid_request", "message": "The request failed.", "param": None, "line": 1}
        body["errors"] = {"object": "list", "data": [error]}


@answer_fault("batch-total-above-input", operations=_GET)
def total_above_input(body: JsonObject, request: AcceptedRequest) -> None:
    """A batch at work counts one request more than its input has."""
    del request
    if body.get("status") in ("in_progress", "finalizing", "cancelling", "cancelled"):
        counts = part_of(body, "request_counts")
        counts["total"] = number_of(counts, "total") + 1


@answer_fault("batch-total-grows", operations=_GET)
def total_grows(body: JsonObject, request: AcceptedRequest) -> None:
    """A batch in progress counts only the requests that are done, and all of them later."""
    del request
    counts = part_of(body, "request_counts")
    if body.get("status") == "in_progress":
        counts["total"] = max(1, number_of(counts, "completed") + number_of(counts, "failed"))


@answer_fault("batch-completed-while-validating", operations=_CREATE)
def completed_while_validating(body: JsonObject, request: AcceptedRequest) -> None:
    """A new batch has completed a request before it is validated."""
    del request
    body["request_counts"] = {"total": 1, "completed": 1, "failed": 0}


@answer_fault("batch-finalizing-from-the-start", operations=_CREATE | _GET)
def finalizing_from_the_start(body: JsonObject, request: AcceptedRequest) -> None:
    """A batch says from the start when it came to be finalizing."""
    del request
    if body.get("status") in ("validating", "in_progress"):
        body["finalizing_at"] = body.get("created_at")


@answer_fault("batch-errors-in-output-file", operations=_GET)
def errors_in_output_file(body: JsonObject, request: AcceptedRequest) -> None:
    """The file of errors is the file of results."""
    del request
    if body.get("output_file_id") and not body.get("error_file_id"):
        body["error_file_id"] = body["output_file_id"]


@answer_fault("batch-error-file-too-early", operations=_CREATE)
def error_file_too_early(body: JsonObject, request: AcceptedRequest) -> None:
    """A new batch names a file of errors."""
    del request
    body["error_file_id"] = f"file-{str(body.get('id')).removeprefix('batch_')}"


@answer_fault("batch-completes-with-nothing", operations=_GET)
def completes_with_nothing(body: JsonObject, request: AcceptedRequest) -> None:
    """A completed batch has no requests and no files."""
    del request
    if body.get("status") == "completed":
        body["request_counts"] = {"total": 0, "completed": 0, "failed": 0}
        body["output_file_id"] = body["error_file_id"] = None


def _change(
    request: AcceptedRequest, body: JsonObject, name: str, change: Callable[[JsonObject], None]
) -> None:
    """Change each line of one of a batch's files, once it is there."""
    file = request.memory.store(Storage).files.get(str(body.get(name)))
    changed = request.memory.store(_Changed).files
    if file is None or (file.id, change.__name__) in changed or file.content.startswith(b"["):
        return
    changed.add((file.id, change.__name__))
    lines = [json.loads(line) for line in file.content.splitlines()]
    for line in lines:
        change(line)
    file.pieces = (b"".join(write(line) + b"\n" for line in lines),)


@answer_fault("batch-results-share-an-id", operations=_GET)
def results_share_an_id(body: JsonObject, request: AcceptedRequest) -> None:
    """All results of a batch have the same id."""

    def same_id(line: JsonObject) -> None:
        line["id"] = "batch_req_1"

    _change(request, body, "output_file_id", same_id)


@answer_fault("batch-errors-without-words", operations=_GET)
def errors_without_words(body: JsonObject, request: AcceptedRequest) -> None:
    """The error file has codes and no messages."""

    def wordless(line: JsonObject) -> None:
        part_of(line, "response")["body"] = {"error": {"code": "BadRequest"}}

    _change(request, body, "error_file_id", wordless)


@answer_fault("batch-list-empty-page-goes-on", operations=_LIST)
def empty_page_goes_on(body: JsonObject, request: AcceptedRequest) -> None:
    """A page without batches says that more follow."""
    del request
    if not listed_in(body):
        body["has_more"] = True


@answer_fault("list-ids-empty", operations=_LISTS)
def ids_empty(body: JsonObject, request: AcceptedRequest) -> None:
    """The eldest entry of a list has an empty id."""
    del request
    for entry in listed_in(body)[-1:]:
        entry["id"] = ""
        if "last_id" in body:
            body["last_id"] = ""
