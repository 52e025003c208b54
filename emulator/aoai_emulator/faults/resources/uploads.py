"""Faults of uploads, of their parts, and of what uploads leave in the lists of files."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from aoai_emulator.content.seeding import resource_id
from aoai_emulator.faults.conditions import objects_in, path_id
from aoai_emulator.faults.edits import (
    add,
    compute,
    format_text,
    from_member,
    map_list,
    multiply,
    set_other,
    set_to,
)
from aoai_emulator.faults.places import Place
from aoai_emulator.faults.topics import Topic
from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.http.rejections import Rejection
from aoai_emulator.http.requests import AcceptedRequest, IncomingRequest
from aoai_emulator.storage.batch_store import Batches
from aoai_emulator.storage.files import Storage, StoredFile

UPLOADS = Topic("uploads")
STORED = Topic("stored_objects")
_ENDING = "upload-complete|upload-cancel"
_WHOLE = f"upload-create|{_ENDING}"
_ALL = f"{_WHOLE}|upload-part"
_HOUR = 3600
_CHECKSUM = Rejection(400, "invalidPayload", "The checksum is wrong.", form="authoring", param="md5")

# fmt: off
UPLOADS.accept("upload-checksum-unchecked", "A wrong `md5` is accepted.",
    at="upload-complete.relations :checksum")
UPLOADS.reject("upload-checksum-always-refused", "The correct `md5` is rejected.",
    at="upload-complete.relations", when=lambda request: request.sent.get("md5") is not None,
    rejection=_CHECKSUM)
UPLOADS.accept("upload-size-unchecked", "Parts with another total size than announced are accepted.",
    at="upload-complete.relations :size")
UPLOADS.accept("upload-unknown-part-accepted", "An unknown part is ignored.",
    at="upload-complete.relations :unknown")
UPLOADS.accept("upload-part-after-completion-accepted", "A part is accepted after the upload was completed.",
    at="upload-part.relations :completed")
UPLOADS.accept("upload-part-after-cancellation-accepted",
    "A part is accepted after the upload was cancelled.", at="upload-part.relations :cancelled")
UPLOADS.accept("upload-above-8-gb-accepted", "An upload of more than 8 GB is accepted.",
    at="upload-create.schema bytes:maximum")
UPLOADS.accept("upload-above-8-gb-accepted", at="upload-create.relations :range",
    when=lambda request: isinstance(size := request.sent.get("bytes"), int) and size > 1)
UPLOADS.accept("upload-of-any-purpose-accepted", "An unknown purpose is accepted.",
    at="upload-create.schema purpose:enum")
UPLOADS.alter("upload-unknown-breaks-server", "The id of an unknown upload fails with 500.",
    at=f"upload-part|{_ENDING}.relations", matching=lambda rejection: rejection.code == "notFound",
    status=500, code="internalFailure")
UPLOADS.edit("upload-wrong-object", "`object` of an upload is `file`.", at=f"{_WHOLE}.response /object",
    edit=set_to("file"))
UPLOADS.edit("upload-id-changes", "`id` of an upload changes when it ends.", at=f"{_ENDING}.response /id",
    edit=compute(lambda _: resource_id("upload_")))
UPLOADS.edit("upload-bytes-changed", "`bytes` of an upload that ends is not the announced size.",
    at=f"{_ENDING}.response /bytes", edit=add(1))
UPLOADS.edit("upload-name-changed", "`filename` of a new upload is not the requested one.",
    at="upload-create.response /filename", edit=format_text("copy of {value}"))
UPLOADS.edit("upload-begins-completed", "A new upload is already completed.",
    at="upload-create.response /status", edit=set_to("completed"))
UPLOADS.edit("upload-expired-from-the-start", "`expires_at` of a new upload is before `created_at`.",
    at="upload-create.response /expires_at", edit=from_member("created_at", -60))
UPLOADS.edit("upload-expires-in-a-day", "An upload expires after a day instead of an hour.",
    at="upload-create.response /expires_at", edit=from_member("created_at", 24 * _HOUR))
UPLOADS.edit("upload-times-in-milliseconds", "The times of uploads and parts are in milliseconds.",
    at=f"{_ALL}.response /created_at", edit=multiply(1000))
UPLOADS.edit("upload-times-in-milliseconds", at=f"{_ALL}.response /expires_at", edit=multiply(1000))
UPLOADS.edit("upload-completed-but-pending", "A completed upload is still pending.",
    at="upload-complete.response /status", edit=set_to("pending"))
UPLOADS.edit("upload-cancelled-but-pending", "A cancelled upload is still pending.",
    at="upload-cancel.response /status", edit=set_to("pending"))
UPLOADS.edit("upload-without-its-file", "A completed upload has no file.",
    at="upload-complete.response /file", edit=set_to(None))
UPLOADS.edit("upload-file-of-another-purpose", "The file of an upload has another purpose than the upload.",
    at="upload-complete.response /file/purpose", edit=set_other("vision", "assistants"))
UPLOADS.edit("upload-part-wrong-object", "`object` of a part is `upload`.", at="upload-part.response /object",
    edit=set_to("upload"))
UPLOADS.edit("upload-part-of-another", "`upload_id` of a part is that of another upload.",
    at="upload-part.response /upload_id", edit=compute(lambda _: resource_id("upload_")))
UPLOADS.edit("upload-part-created-in-milliseconds", "`created_at` of a part is in milliseconds.",
    at="upload-part.response /created_at", edit=multiply(1000))
UPLOADS.edit("upload-parts-share-an-id", "Every part of an upload has the same `id`.",
    at="upload-part.response /id", edit=compute(lambda place: f"uplprt-{place.holder.get('upload_id')}"))
# fmt: on


class _Arrivals:
    """The parts of the upload whose completion was requested last, in the order in which they arrived."""

    def __init__(self) -> None:
        self.contents: dict[str, tuple[bytes, ...]] = {}


@UPLOADS.code("upload-parts-joined-by-arrival", at="upload-complete.relations")
def note_arrivals(found: Iterator[Rejection], request: IncomingRequest) -> Iterator[Rejection]:
    """The parts are joined in the order of their arrival instead of the requested one."""
    upload = request.memory.store(Storage).uploads.get(path_id(request))
    named = request.sent.get("part_ids")
    if upload is not None and isinstance(named, list):
        parts = [part.data for part in upload.parts.values() if part.id in named or part.block_id in named]
        request.memory.store(_Arrivals).contents = {path_id(request): tuple(parts)}
    return found


@UPLOADS.code("upload-parts-joined-by-arrival", at="upload-complete.response")
def join_by_arrival(body: JsonObject, request: AcceptedRequest) -> None:
    """The parts are joined in the order of their arrival instead of the requested one."""
    file = _file_of(request)
    pieces = request.memory.store(_Arrivals).contents.get(path_id(request))
    if file is not None and pieces is not None and isinstance(body.get("file"), dict):
        file.pieces = pieces


@UPLOADS.code("upload-last-part-lost", at="upload-complete.response")
def lose_last_part(request: AcceptedRequest) -> None:
    """The file lacks the last part."""
    if file := _file_of(request):
        file.pieces = file.pieces[:-1]


@UPLOADS.code("upload-part-doubled", at="upload-complete.response")
def double_part(request: AcceptedRequest) -> None:
    """The file has its first part twice."""
    if file := _file_of(request):
        file.pieces = (*file.pieces[:1], *file.pieces)


@UPLOADS.code("upload-file-not-stored", at="upload-complete.response")
def lose_file(request: AcceptedRequest) -> None:
    """The file of a completed upload does not exist."""
    if file := _file_of(request):
        del request.memory.store(Storage).files[file.id]


@UPLOADS.code("upload-completed-twice-accepted", at="upload-complete.relations")
def complete_again(found: Iterator[Rejection]) -> Iterator[Rejection]:
    """A completed upload can be completed again."""
    return _unless_ended(found, "completed")


@UPLOADS.code("upload-completed-after-cancellation", at="upload-complete.relations")
def complete_cancelled(found: Iterator[Rejection]) -> Iterator[Rejection]:
    """A cancelled upload can be completed."""
    return _unless_ended(found, "cancelled")


@UPLOADS.code("upload-cancelled-after-completion", at="upload-cancel.relations")
def cancel_completed(found: Iterator[Rejection]) -> Iterator[Rejection]:
    """A completed upload can be cancelled."""
    return _unless_ended(found, "completed")


def _unless_ended(found: Iterator[Rejection], status: str) -> Iterator[Rejection]:
    """Return the rejections, but none where the upload has this status: its parts are gone, too."""
    rejections = tuple(found)
    ended = any(rejection.param == "status" and rejection.keyword == status for rejection in rejections)
    return iter(() if ended else rejections)


def _file_of(request: AcceptedRequest) -> StoredFile | None:
    """Return the file that the upload in the path has become."""
    storage = request.memory.store(Storage)
    upload = storage.uploads.get(path_id(request))
    return None if upload is None else storage.files.get(upload.file_id or "")


def _invented_file(place: Place) -> JsonObject:
    """Return a file that an upload could have, but that does not exist."""
    same = {name: place.body.get(name) for name in ("bytes", "filename", "created_at", "purpose")}
    return {"object": "file", "id": resource_id("file-"), **same, "status": "pending"}


def _lists_purpose(request: AcceptedRequest) -> bool:
    return request.kind == "file-list" and "purpose" in request.query


def _first_of_same_file(place: Place) -> Any:
    batches = place.request.memory.store(Batches).all.values()
    input_file = place.body.get("input_file_id")
    return next((batch.id for batch in batches if batch.input_file_id == input_file), place.value)


# fmt: off
STORED.edit("upload-pending-with-file", "A pending upload already has a file.",
    at="upload-create.response /file", edit=compute(_invented_file))
STORED.edit("upload-cancelled-with-file", "A cancelled upload has a file.", at="upload-cancel.response /file",
    edit=compute(_invented_file))
STORED.edit("upload-file-created-earlier",
    "`created_at` of the file in a completed upload is not that of the file.",
    at="upload-complete.response /file/created_at", edit=add(-1))
STORED.edit("upload-part-before-its-upload", "A part was created an hour before its upload.",
    at="upload-part.response /created_at", edit=add(-_HOUR))
STORED.edit("upload-parts-share-a-block", "Every part has the same `azure_block_id`.",
    at="upload-part.response /azure_block_id", edit=set_to("AAAAAAAAAAAAAAAAAAAAAA=="))
STORED.edit("file-list-lacks-eldest", "The list lacks the file that was uploaded first.",
    at="file-list.response /data", edit=map_list(lambda files: files[:-1]))
STORED.edit("file-list-of-purpose-lacks-older", "A list of one purpose has the newest file only.",
    at="file-list|upload-complete.response /data", edit=map_list(lambda files: files[:1]),
    when=_lists_purpose)
STORED.edit("batch-of-one-file-once", "A second batch of the same file has the `id` of the first.",
    at="batch-create.response /id", edit=compute(_first_of_same_file))
STORED.edit("upload-id-empty", "`id` of a new upload is empty.", at="upload-create.response /id",
    edit=set_to(""))
STORED.edit("image-created-in-another-zone",
    "`created` of images is two hours ago, like a clock in another time zone.", at="images.response /created",
    edit=add(-2 * _HOUR))
STORED.edit("file-list-created-tomorrow", "`created_at` of listed files is tomorrow.",
    at="file-list.response /data/*/created_at", edit=compute(lambda _: int(time.time()) + 24 * _HOUR))
# fmt: on


@STORED.code("file-list-lacks-made-files", at="file-list.response")
def omit_uploaded(body: JsonObject, request: AcceptedRequest) -> None:
    """The list lacks the files that come from uploads."""
    uploaded = {upload.file_id for upload in request.memory.store(Storage).uploads.values()}
    body["data"] = [file for file in objects_in(body, "data") if file.get("id") not in uploaded]
