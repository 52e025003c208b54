"""Faults of uploads, of their files and of lists of files: what is there too early, twice, or not at all."""

from __future__ import annotations

import time

from aoai_emulator.content.identity import resource_id
from aoai_emulator.faults.anatomy import listed_in, number_of, part_of
from aoai_emulator.faults.registry import answer_fault
from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.http.requests import AcceptedRequest
from aoai_emulator.storage.batch_store import Batches
from aoai_emulator.storage.files import Storage

_CREATE = frozenset({"upload-create"})
_CANCEL = frozenset({"upload-cancel"})
_COMPLETE = frozenset({"upload-complete"})
_PART = frozenset({"upload-part"})
_FILE_LIST = frozenset({"file-list"})
_BATCH = frozenset({"batch-create"})
_IMAGES = frozenset({"images"})
_HOUR = 3600


def _file(upload: JsonObject) -> JsonObject:
    """A file as an upload would hold it, which nobody has made."""
    return {
        "object": "file",
        "id": resource_id("file-"),
        "bytes": upload.get("bytes"),
        "filename": upload.get("filename"),
        "created_at": upload.get("created_at"),
        "purpose": upload.get("purpose"),
        "status": "pending",
    }


@answer_fault("upload-pending-with-file", operations=_CREATE)
def pending_with_file(body: JsonObject, request: AcceptedRequest) -> None:
    """An upload that waits for its parts already holds a file."""
    del request
    body["file"] = _file(body)


@answer_fault("upload-cancelled-with-file", operations=_CANCEL)
def cancelled_with_file(body: JsonObject, request: AcceptedRequest) -> None:
    """A cancelled upload holds a file."""
    del request
    body["file"] = _file(body)


@answer_fault("upload-file-created-earlier", operations=_COMPLETE)
def file_created_earlier(body: JsonObject, request: AcceptedRequest) -> None:
    """A completed upload gives another time of its file's creation than the file itself."""
    del request
    file = part_of(body, "file")
    file["created_at"] = number_of(file, "created_at") - 1


@answer_fault("upload-part-before-its-upload", operations=_PART)
def part_before_its_upload(body: JsonObject, request: AcceptedRequest) -> None:
    """A part was created an hour before its upload."""
    del request
    body["created_at"] = number_of(body, "created_at") - _HOUR


@answer_fault("upload-parts-share-a-block", operations=_PART)
def parts_share_a_block(body: JsonObject, request: AcceptedRequest) -> None:
    """Every part is the same block."""
    del request
    body["azure_block_id"] = "AAAAAAAAAAAAAAAAAAAAAA=="


@answer_fault("file-list-lacks-made-files", operations=_FILE_LIST)
def lacks_made_files(body: JsonObject, request: AcceptedRequest) -> None:
    """Files that uploads have made are not listed."""
    made = {upload.file_id for upload in request.memory.store(Storage).uploads.values()}
    body["data"] = [file for file in listed_in(body) if file.get("id") not in made]


@answer_fault("file-list-lacks-eldest", operations=_FILE_LIST)
def lacks_eldest(body: JsonObject, request: AcceptedRequest) -> None:
    """The file that was uploaded first is not listed."""
    del request
    body["data"] = listed_in(body)[:-1]


@answer_fault("file-list-of-purpose-lacks-older", operations=_FILE_LIST | _COMPLETE)
def lacks_older_of_a_purpose(body: JsonObject, request: AcceptedRequest) -> None:
    """Of the files for a purpose, those that uploads made too, only the newest is listed."""
    if request.kind == "file-list" and "purpose" in request.query:
        body["data"] = listed_in(body)[:1]


@answer_fault("batch-of-one-file-once", operations=_BATCH)
def one_batch_for_a_file(body: JsonObject, request: AcceptedRequest) -> None:
    """A second batch of the same file has the id of the first."""
    batches = request.memory.store(Batches).all.values()
    same = (batch.id for batch in batches if batch.input_file_id == body.get("input_file_id"))
    body["id"] = next(same, body.get("id"))


@answer_fault("upload-id-empty", operations=_CREATE)
def upload_id_empty(body: JsonObject, request: AcceptedRequest) -> None:
    """A new upload has an empty id."""
    del request
    body["id"] = ""


@answer_fault("image-created-in-another-zone", operations=_IMAGES)
def in_another_zone(body: JsonObject, request: AcceptedRequest) -> None:
    """An image was created two hours ago, as a clock in another zone shows."""
    del request
    body["created"] = number_of(body, "created") - 2 * _HOUR


@answer_fault("file-list-created-tomorrow", operations=_FILE_LIST)
def created_tomorrow(body: JsonObject, request: AcceptedRequest) -> None:
    """Files that are listed will be created tomorrow."""
    del request
    for file in listed_in(body):
        file["created_at"] = int(time.time()) + 24 * _HOUR
