"""Faults of what a batch leaves behind: its output file, its error file, and the lines in them."""

from __future__ import annotations

import json
from collections.abc import Callable

from aoai_emulator.faults.anatomy import part_of
from aoai_emulator.faults.registry import answer_fault
from aoai_emulator.http.json_text import JsonObject, write
from aoai_emulator.http.requests import AcceptedRequest
from aoai_emulator.storage.files import Storage

_GET = frozenset({"batch-get"})


class _Spoilt:
    """The files that a fault has changed, so that each is changed once; by the fault's name."""

    def __init__(self) -> None:
        self.files: set[tuple[str, str]] = set()


def _spoil(
    request: AcceptedRequest,
    body: JsonObject,
    name: str,
    change: Callable[[list[JsonObject]], list[JsonObject]],
) -> None:
    """Change the lines of one of a batch's files, once it is there."""
    file = request.memory.store(Storage).files.get(str(body.get(name)))
    spoilt = request.memory.store(_Spoilt).files
    if file is None or (file.id, change.__name__) in spoilt:
        return
    spoilt.add((file.id, change.__name__))
    if file.content.startswith(b"["):  # another fault made an array of it
        return
    lines = [json.loads(line) for line in file.content.splitlines()]
    file.pieces = (b"".join(write(line) + b"\n" for line in change(lines)),)


@answer_fault("batch-output-line-lost", operations=_GET)
def line_lost(body: JsonObject, request: AcceptedRequest) -> None:
    """The output file lacks the answer to the first request."""

    def without_first(lines: list[JsonObject]) -> list[JsonObject]:
        return lines[1:]

    _spoil(request, body, "output_file_id", without_first)


@answer_fault("batch-output-line-doubled", operations=_GET)
def line_doubled(body: JsonObject, request: AcceptedRequest) -> None:
    """The output file holds the answer to the first request twice."""

    def first_twice(lines: list[JsonObject]) -> list[JsonObject]:
        return lines[:1] + lines

    _spoil(request, body, "output_file_id", first_twice)


@answer_fault("batch-output-ids-swapped", operations=_GET)
def ids_swapped(body: JsonObject, request: AcceptedRequest) -> None:
    """The answers in the output file bear each other's custom_id."""

    def turned_round(lines: list[JsonObject]) -> list[JsonObject]:
        ids = [line.get("custom_id") for line in lines]
        for line, other in zip(lines, ids[1:] + ids[:1], strict=True):
            line["custom_id"] = other
        return lines

    _spoil(request, body, "output_file_id", turned_round)


@answer_fault("batch-output-ids-strange", operations=_GET)
def ids_strange(body: JsonObject, request: AcceptedRequest) -> None:
    """The custom_ids in the output file are none that were sent."""

    def numbered(lines: list[JsonObject]) -> list[JsonObject]:
        for number, line in enumerate(lines):
            line["custom_id"] = f"request-{number}-of-nobody"
        return lines

    _spoil(request, body, "output_file_id", numbered)


@answer_fault("batch-output-bodies-missing", operations=_GET)
def bodies_missing(body: JsonObject, request: AcceptedRequest) -> None:
    """The lines of the output file hold no answers."""

    def without_body(lines: list[JsonObject]) -> list[JsonObject]:
        for line in lines:
            part_of(line, "response").pop("body", None)
        return lines

    _spoil(request, body, "output_file_id", without_body)


@answer_fault("batch-output-status-as-text", operations=_GET)
def status_as_text(body: JsonObject, request: AcceptedRequest) -> None:
    """The status codes in the output file are texts."""

    def worded(lines: list[JsonObject]) -> list[JsonObject]:
        for line in lines:
            response = part_of(line, "response")
            response["status_code"] = str(response.get("status_code"))
        return lines

    _spoil(request, body, "output_file_id", worded)


@answer_fault("batch-output-of-another-shape", operations=_GET)
def another_shape(body: JsonObject, request: AcceptedRequest) -> None:
    """The answers in the output file are those of another operation."""

    def emptied(lines: list[JsonObject]) -> list[JsonObject]:
        for line in lines:
            part_of(line, "response")["body"] = {"object": "thing", "text": "An answer."}
        return lines

    _spoil(request, body, "output_file_id", emptied)


@answer_fault("batch-output-as-array", operations=_GET)
def as_array(body: JsonObject, request: AcceptedRequest) -> None:
    """The output file is one JSON array instead of a line for each answer."""
    file = request.memory.store(Storage).files.get(str(body.get("output_file_id")))
    if file is not None and not file.content.startswith(b"["):
        file.pieces = (b"[" + b",\n".join(file.content.splitlines()) + b"]",)


@answer_fault("batch-failures-in-output", operations=_GET)
def failures_in_output(body: JsonObject, request: AcceptedRequest) -> None:
    """Requests that failed stand in the output file, too."""
    files = request.memory.store(Storage).files
    errors, output = files.get(str(body.get("error_file_id"))), files.get(str(body.get("output_file_id")))
    if errors is not None and output is not None and errors.content not in output.content:
        output.pieces = (output.content + errors.content,)


@answer_fault("batch-output-file-missing", operations=_GET)
def output_file_missing(body: JsonObject, request: AcceptedRequest) -> None:
    """A completed batch names no output file."""
    del request
    body.pop("output_file_id", None)


@answer_fault("batch-error-file-missing", operations=_GET)
def error_file_missing(body: JsonObject, request: AcceptedRequest) -> None:
    """A batch with requests that failed names no error file."""
    del request
    body.pop("error_file_id", None)


@answer_fault("batch-output-not-found", operations=_GET)
def output_not_found(body: JsonObject, request: AcceptedRequest) -> None:
    """The output file that a batch names is not there."""
    request.memory.store(Storage).files.pop(str(body.get("output_file_id")), None)


@answer_fault("batch-output-of-purpose-batch", operations=_GET)
def output_of_purpose_batch(body: JsonObject, request: AcceptedRequest) -> None:
    """The output file has the purpose batch, as the input has."""
    file = request.memory.store(Storage).files.get(str(body.get("output_file_id")))
    if file is not None:
        file.purpose = "batch"
