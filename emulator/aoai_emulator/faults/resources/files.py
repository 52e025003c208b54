"""Faults of files: their description, their content, and whether a deleted file is gone."""

from __future__ import annotations

from collections.abc import Iterator

from aoai_emulator.content.seeding import resource_id
from aoai_emulator.faults.conditions import is_addressed, objects_in, path_id
from aoai_emulator.faults.edits import (
    add,
    compute,
    format_text,
    map_list,
    map_value,
    multiply,
    set_other,
    set_to,
)
from aoai_emulator.faults.topics import Topic
from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.http.rejections import Rejection
from aoai_emulator.http.requests import AcceptedRequest, IncomingRequest
from aoai_emulator.operations.resources.files import described
from aoai_emulator.storage.files import Storage, StoredFile

FILES = Topic("files")
_ONE = "file-upload|file-get.response"
_LIST = "file-list.response"
_BY_ID = "file-get|file-delete|file-content"
_DAY = 86_400
#: As many deleted files are remembered for the faults that show them again.
_MOST_DELETED = 20


class _Deleted:
    """The files that were deleted since a fault began."""

    def __init__(self) -> None:
        self.files: dict[str, StoredFile] = {}

    def add(self, request: IncomingRequest) -> None:
        """Remember the file in the path of a deletion."""
        file = request.memory.store(Storage).files.get(path_id(request))
        if file is not None:
            self.files[file.id] = file
            if len(self.files) > _MOST_DELETED:
                del self.files[next(iter(self.files))]


class _Shown:
    """How often each file was described."""

    def __init__(self) -> None:
        self.times: dict[str, int] = {}


def _invert_middle(body: bytes) -> bytes:
    middle = len(body) // 2
    return body[:middle] + bytes(byte ^ 1 for byte in body[middle : middle + 1]) + body[middle + 1 :]


# fmt: off
FILES.edit("file-wrong-object", "`object` of a file is `document`.", at=f"{_ONE} /object",
    edit=set_to("document"))
FILES.edit("file-bytes-wrong", "`bytes` of a file is one too many.", at=f"{_ONE} /bytes", edit=add(1))
FILES.edit(
    "file-bytes-with-the-form",
    "`bytes` of a new file is the size of the whole form.",
    at="file-upload.response /bytes",
    edit=compute(
        lambda place: int(place.request.headers.get("content-length") or place.number("bytes") + 200)
    ),
)
FILES.edit("file-name-changed", "`filename` is not the uploaded one.", at=f"{_ONE} /filename",
    edit=format_text("copy of {value}"))
FILES.edit("file-purpose-changed", "`purpose` is not the uploaded one.", at="file-get.response /purpose",
    edit=set_other("vision", "assistants"))
FILES.edit("file-id-changes", "`id` of a file changes with each request.", at="file-get.response /id",
    edit=compute(lambda _: resource_id("file-")))
FILES.edit("file-created-changes",
    "`created_at` of a file is a day later than in the response to its upload.",
    at="file-get.response /created_at", edit=add(_DAY))
FILES.edit("file-created-in-milliseconds", "`created_at` is in milliseconds.", at=f"{_ONE} /created_at",
    edit=multiply(1000))
FILES.edit("file-status-unknown", "`status` of a file is not one that the document lists.",
    at=f"{_ONE} /status", edit=set_to("ready"))
FILES.edit("file-location-wrong", "`location` of a new file is that of another one.",
    at="file-upload.reply:200|201 /headers/location",
    edit=compute(lambda place: f"{place.request.base_url}/openai/files/{resource_id('file-')}"))
FILES.edit("file-created-with-202", "An upload is answered with 202, which no document declares.",
    at="file-upload.reply:200|201 /status", edit=set_to(202), document="azure-openai@2025-01-01-preview")
FILES.edit("file-content-byte-altered", "One byte of the content differs.",
    at="file-content.reply:success /body", edit=map_value(_invert_middle, bytes))
FILES.edit("file-content-truncated", "The content lacks its last byte.",
    at="file-content.reply:success /body", edit=map_value(lambda body: body[:-1], bytes))
FILES.edit("file-content-ends-with-newline", "The content has an additional newline at its end.",
    at="file-content.reply:success /body", edit=map_value(lambda body: body + b"\n", bytes))
FILES.edit("file-content-line-breaks-changed", "The newlines of the content have carriage returns.",
    at="file-content.reply:success /body",
    edit=map_value(lambda body: body.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"), bytes))
FILES.edit("file-content-as-html", "The media type of the content is `text/html`.",
    at="file-content.reply:200 /headers/content-type", edit=set_to("text/html; charset=utf-8"))
FILES.edit("file-delete-denied", "`deleted` is false after a successful deletion.",
    at="file-delete.response /deleted", edit=set_to(False))
FILES.edit("file-delete-of-another", "A deletion confirms the id of another file.",
    at="file-delete.response /id", edit=compute(lambda _: resource_id("file-")))
FILES.edit("file-list-ignores-purpose", "The list has files of every purpose, whatever `purpose` is.",
    at=f"{_LIST} /data",
    edit=compute(lambda place: _describe(place.request, place.request.memory.store(Storage).newest_files())))
FILES.edit("file-list-lacks-newest", "The list lacks the file that was uploaded last.", at=f"{_LIST} /data",
    edit=map_list(lambda files: files[1:]))
FILES.edit("file-list-repeats", "The list has a file twice.", at=f"{_LIST} /data",
    edit=map_list(lambda files: [*files, *files[:1]]))
FILES.edit("file-list-wrong-object", "`object` of the list is `files`.", at=f"{_LIST} /object",
    edit=set_to("files"))
FILES.edit("file-list-bare-ids", "The list has ids instead of files.", at=f"{_LIST} /data",
    edit=map_list(lambda files: [file.get("id") for file in files]))
FILES.alter("file-unknown-breaks-server", "The id of an unknown file fails with 500.",
    at=f"{_BY_ID}.relations", status=500, code="internalFailure")
FILES.respond("file-unknown-found", "The id of an unknown file is answered with 200 and an empty object.",
    at=f"{_BY_ID}.reply:404", status=200)
FILES.edit("file-unknown-conflicts", "The id of an unknown file is answered with 409.",
    at=f"{_BY_ID}.reply:404 /status", edit=set_to(409), when=is_addressed)
FILES.accept("file-of-any-purpose-accepted", "An unknown purpose is accepted.",
    at="file-upload.schema purpose:enum")
FILES.accept("file-without-purpose-accepted", "A file without a purpose is accepted.",
    at="file-upload.schema", when=lambda request: "purpose" not in request.sent)
FILES.accept("file-missing-accepted", "A form without a file is accepted as an empty file.",
    at="file-upload.schema", when=lambda request: "file" not in request.sent)
FILES.accept("file-missing-accepted", at="file-upload.relations",
    when=lambda request: "file" not in request.sent)
# fmt: on


def _describe(request: AcceptedRequest, files: list[StoredFile]) -> list[JsonObject]:
    return [described(file, request.memory) for file in files]


@FILES.code("file-status-goes-back", at="file-get|file-list.response")
def revert_status(body: JsonObject, request: AcceptedRequest) -> None:
    """A processed file is pending at every second request."""
    shown = request.memory.store(_Shown).times
    for file in [body, *objects_in(body, "data")]:
        if file.get("status") == "processed":
            file_id = str(file.get("id"))
            shown[file_id] = shown.get(file_id, 0) + 1
            if shown[file_id] % 2 == 0:
                file["status"] = "pending"


@FILES.code("file-deleted-still-readable", at="file-delete|file-content.relations")
def read_deleted(found: Iterator[Rejection], request: IncomingRequest) -> Iterator[Rejection]:
    """The content of a deleted file can still be read."""
    deleted = request.memory.store(_Deleted)
    if request.kind == "file-delete":
        deleted.add(request)
    elif file := deleted.files.get(path_id(request)):
        request.memory.store(Storage).keep(file)
        return iter(())
    return found


@FILES.code("file-deleted-still-listed", "A deleted file is still listed.", at="file-delete.relations")
@FILES.code("file-deleted-still-described", at="file-delete.relations")
def remember_deleted(found: Iterator[Rejection], request: IncomingRequest) -> Iterator[Rejection]:
    """A deleted file can still be retrieved."""
    request.memory.store(_Deleted).add(request)
    return found


@FILES.code("file-deleted-still-listed", at=_LIST)
def list_deleted(body: JsonObject, request: AcceptedRequest) -> None:
    """A deleted file is still listed."""
    purpose = request.query.get("purpose")
    deleted = request.memory.store(_Deleted).files.values()
    shown = [file for file in deleted if purpose in (None, file.purpose)]
    body["data"] = [*objects_in(body, "data"), *_describe(request, shown)]


@FILES.code("file-deleted-still-described", at="file-delete.response")
def undo_deletion(body: JsonObject, request: AcceptedRequest) -> None:
    """A deleted file can still be retrieved."""
    if file := request.memory.store(_Deleted).files.get(str(body.get("id"))):
        request.memory.store(Storage).keep(file)
