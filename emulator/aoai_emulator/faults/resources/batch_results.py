"""Faults of the files that a batch leaves: the output file, the error file, and their lines."""

from __future__ import annotations

import json
from collections.abc import Callable

from aoai_emulator.faults.conditions import object_in
from aoai_emulator.faults.edits import remove
from aoai_emulator.faults.topics import Topic
from aoai_emulator.http.json_text import JsonObject, write
from aoai_emulator.http.requests import AcceptedRequest
from aoai_emulator.storage.files import Storage, StoredFile

RESULTS = Topic("batch_results")
STATES = Topic("batch_states")
_GET = "batch-get.response"
Lines = list[JsonObject]


class _Changed:
    """The files that faults have changed, each with the fault that did."""

    def __init__(self) -> None:
        self.files: set[tuple[str, str]] = set()


def _file(request: AcceptedRequest, body: JsonObject, name: str) -> StoredFile | None:
    return request.memory.store(Storage).files.get(str(body.get(name)))


def _lines(
    topic: Topic,
    fault_id: str,
    summary: str,
    function: Callable[[Lines], Lines],
    file: str = "output_file_id",
) -> None:
    """Add a fault that replaces the lines of a batch's output or error file, once."""

    @topic.code(fault_id, summary, at=_GET)
    def change(body: JsonObject, request: AcceptedRequest) -> None:
        stored = _file(request, body, file)
        changed = request.memory.store(_Changed).files
        if stored is None or (stored.id, fault_id) in changed:
            return
        changed.add((stored.id, fault_id))
        if not stored.content.startswith(b"["):  # another fault made an array of it
            lines = function([json.loads(line) for line in stored.content.splitlines()])
            stored.pieces = (b"".join(write(line) + b"\n" for line in lines),)


def _rotate_ids(lines: Lines) -> Lines:
    ids = [line.get("custom_id") for line in lines]
    return [{**line, "custom_id": other} for line, other in zip(lines, ids[1:] + ids[:1], strict=True)]


def _respond(lines: Lines, **fields: object) -> Lines:
    for line in lines:
        object_in(line, "response").update(fields)
    return lines


def _without_body(lines: Lines) -> Lines:
    for line in lines:
        object_in(line, "response").pop("body", None)
    return lines


def _status_as_text(lines: Lines) -> Lines:
    for line in lines:
        response = object_in(line, "response")
        response["status_code"] = str(response.get("status_code"))
    return lines


# fmt: off
_lines(RESULTS, "batch-output-line-lost", "The output file lacks the response to the first request.",
    lambda lines: lines[1:])
_lines(RESULTS, "batch-output-line-doubled", "The output file has the response to the first request twice.",
    lambda lines: lines[:1] + lines)
_lines(RESULTS, "batch-output-ids-swapped", "The responses in the output file have each other's `custom_id`.",
    _rotate_ids)
_lines(RESULTS, "batch-output-ids-strange", "No `custom_id` in the output file is one that was sent.",
    lambda lines: [{**line, "custom_id": f"request-{number}-of-nobody"} for number, line in enumerate(lines)])
_lines(RESULTS, "batch-output-bodies-missing", "The lines of the output file have no `body`.", _without_body)
_lines(RESULTS, "batch-output-status-as-text", "`status_code` in the output file is a string.",
    _status_as_text)
_lines(RESULTS, "batch-output-of-another-shape",
    "The responses in the output file are those of another operation.",
    lambda lines: _respond(lines, body={"object": "thing", "text": "An answer."}))
_lines(STATES, "batch-results-share-an-id", "All lines of the output file have the same `id`.",
    lambda lines: [{**line, "id": "batch_req_1"} for line in lines])
_lines(STATES, "batch-errors-without-words", "The errors in the error file have no message.",
    lambda lines: _respond(lines, body={"error": {"code": "BadRequest"}}), "error_file_id")
RESULTS.edit("batch-output-file-missing", "A completed batch has no `output_file_id`.",
    at=f"{_GET} /output_file_id", edit=remove)
RESULTS.edit("batch-error-file-missing", "A batch with failed requests has no `error_file_id`.",
    at=f"{_GET} /error_file_id", edit=remove)
# fmt: on


@RESULTS.code("batch-output-as-array", at=_GET)
def write_array(body: JsonObject, request: AcceptedRequest) -> None:
    """The output file is a JSON array instead of lines."""
    file = _file(request, body, "output_file_id")
    if file is not None and not file.content.startswith(b"["):
        file.pieces = (b"[" + b",\n".join(file.content.splitlines()) + b"]",)


@RESULTS.code("batch-failures-in-output", at=_GET)
def write_failures(body: JsonObject, request: AcceptedRequest) -> None:
    """Failed requests are in the output file, too."""
    errors, output = _file(request, body, "error_file_id"), _file(request, body, "output_file_id")
    if errors is not None and output is not None and errors.content not in output.content:
        output.pieces = (output.content + errors.content,)


@RESULTS.code("batch-output-not-found", at=_GET)
def lose_output(body: JsonObject, request: AcceptedRequest) -> None:
    """The output file of a batch does not exist."""
    request.memory.store(Storage).files.pop(str(body.get("output_file_id")), None)


@RESULTS.code("batch-output-of-purpose-batch", at=_GET)
def change_purpose(body: JsonObject, request: AcceptedRequest) -> None:
    """The purpose of the output file is `batch`, as that of the input."""
    if file := _file(request, body, "output_file_id"):
        file.purpose = "batch"
