"""Uploads: files sent in parts within an hour or two, joined in the order that the client names.

Size and checksum must match what was announced. Parts of a completed, cancelled or expired upload are
deleted, and no more are accepted.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator

from aoai_emulator.content.seeding import resource_id
from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.http.rejections import Rejection, RejectionError
from aoai_emulator.http.requests import AcceptedRequest
from aoai_emulator.operations.resources.authoring import (
    in_authoring_words,
    invalid_payload,
    not_found,
    quota_exceeded,
    wrong_state,
)
from aoai_emulator.operations.resources.files import (
    declared_success,
    described,
    location_of,
    path_id,
    purpose_of,
    stored,
)
from aoai_emulator.operations.service import JsonResponse, Service
from aoai_emulator.storage.files import MOST_PARTS, MOST_UPLOADS, UPLOAD_TIME, Part, Storage, Upload

#: The prose allows 9 GB in 2024-10-21, and 8 GB later, which the corrected documents state as the maximum.
LARGEST_UPLOAD = 9 * 1024**3
#: How long an upload accepts parts, in seconds, by the api-version whose prose has another time than an hour.
_UPLOAD_TIMES = {"2024-10-21": 2 * UPLOAD_TIME}
_LONGEST_NAME = 1024


def _described(upload: Upload, request: AcceptedRequest) -> JsonObject:
    """Describe an upload, with its file if it has one."""
    now = request.memory.clock()
    file = request.memory.store(Storage).files.get(upload.file_id or "")
    return {
        "object": "upload",
        "id": upload.id,
        "created_at": int(upload.created),
        "expires_at": upload.expires,
        "filename": upload.filename,
        "bytes": upload.size,
        "purpose": upload.purpose,
        "status": upload.status(now),
        "file": None if file is None else described(file, request.memory),
    }


def _creates(request: AcceptedRequest) -> Iterator[Rejection]:
    """Require a valid size, names of reasonable length, and few uploads in progress."""
    size = request.fields.get("bytes", 0)
    if not 1 <= size <= LARGEST_UPLOAD:
        yield invalid_payload(f"'bytes' must be from 1 to {LARGEST_UPLOAD}.", "bytes", "range")
    for name in ("filename", "mime_type"):
        if len(request.fields.get(name, "")) > _LONGEST_NAME:
            yield invalid_payload(f"{name!r} is too long.", name, "length")
    if request.memory.store(Storage).is_full_of_uploads(request.memory.clock()):
        yield quota_exceeded(f"{MOST_UPLOADS} uploads are in progress already. Complete or cancel some.")


async def _create(request: AcceptedRequest) -> JsonResponse:
    fields = request.fields
    upload = Upload(
        resource_id("upload_"),
        fields["filename"],
        purpose_of(request),
        int(fields["bytes"]),
        request.memory.clock(),
        lifetime=_UPLOAD_TIMES.get(request.document.name.version.text, UPLOAD_TIME),
    )
    request.memory.store(Storage).begin(upload)
    status = declared_success(request.operation)
    headers = location_of(f"/uploads/{upload.id}", request, status)
    return JsonResponse(_described(upload, request), status, headers)


def _is_pending(request: AcceptedRequest) -> Iterator[Rejection]:
    """Require that the upload in the path exists and has not ended."""
    upload = _upload(request)
    if upload is None:
        yield not_found("upload", path_id(request))
        return
    status = upload.status(request.memory.clock())
    if status != "pending":
        yield wrong_state(f"The upload is {status}.", "status", status)


def _upload(request: AcceptedRequest) -> Upload | None:
    return request.memory.store(Storage).uploads.get(path_id(request))


def _found(request: AcceptedRequest) -> Upload:
    upload = _upload(request)
    if upload is None:
        raise RejectionError(not_found("upload", path_id(request)))
    return upload


def _takes_part(request: AcceptedRequest) -> Iterator[Rejection]:
    """Require a pending upload, and a part with content for which there is room."""
    yield from _is_pending(request)
    data = _data(request)
    if not data:
        yield invalid_payload("The part is empty.", "data", "empty")
    upload = _upload(request)
    if upload is not None and len(upload.parts) >= MOST_PARTS:
        yield quota_exceeded(f"An upload has at most {MOST_PARTS} parts.")
    lack = request.memory.store(Storage).lack(len(data), request.memory.clock(), files=0)
    if lack is not None:
        yield quota_exceeded(lack)


def _data(request: AcceptedRequest) -> bytes:
    sent = request.uploads.get("data")
    return b"" if sent is None else sent.data


async def _add_part(request: AcceptedRequest) -> JsonResponse:
    upload, data = _found(request), _data(request)
    block = base64.b64encode(hashlib.md5(resource_id("").encode(), usedforsecurity=False).digest())
    part = Part(resource_id("uplprt-"), block.decode("ascii"), request.memory.clock(), data)
    upload.parts[part.id] = part
    return JsonResponse(
        {
            "object": "upload.part",
            "id": part.id,
            "created_at": int(part.created),
            "upload_id": upload.id,
            "azure_block_id": part.block_id,
        },
        declared_success(request.operation),
    )


def _completes(request: AcceptedRequest) -> Iterator[Rejection]:
    """Require that every part belongs to this upload, once, and that together they match the announcement."""
    yield from _is_pending(request)
    upload, part_ids = _upload(request), request.fields.get("part_ids", [])
    if upload is None:
        return
    if len(part_ids) > MOST_PARTS:
        yield invalid_payload(f"An upload has at most {MOST_PARTS} parts.", "part_ids", "too-many")
        return
    named = upload.part_of()
    known = [named[part_id] for part_id in part_ids if part_id in named]
    if len(known) < len(part_ids):
        strange = next(part_id for part_id in part_ids if part_id not in named)
        yield invalid_payload(f"The upload has no part {strange[:100]!r}.", "part_ids", "unknown")
    if len({part.id for part in known}) < len(known):
        yield invalid_payload("A part is named twice.", "part_ids", "repeated")
    size = sum(len(part.data) for part in known)
    if size != upload.size:
        message = f"The parts have {size} bytes together; {upload.size} were announced."
        yield invalid_payload(message, "bytes", "size")
    checksum = request.fields.get("md5")
    if checksum is not None and not _is_checksum(checksum, known):
        yield invalid_payload("The checksum is not that of the joined parts.", "md5", "checksum")
    lack = request.memory.store(Storage).lack(0, request.memory.clock())
    if lack is not None:
        yield quota_exceeded(lack)


def _is_checksum(text: str, parts: Iterable[Part]) -> bool:
    """Return whether a text is the MD5 of joined parts, in hexadecimal or base64."""
    joined = hashlib.md5(usedforsecurity=False)
    for part in parts:
        joined.update(part.data)
    stated = text.strip()
    return stated.lower() == joined.hexdigest() or stated == base64.b64encode(joined.digest()).decode("ascii")


async def _complete(request: AcceptedRequest) -> JsonResponse:
    """Join the parts in the given order; others are deleted."""
    upload = _found(request)
    named = upload.part_of()
    parts = [named[part_id] for part_id in request.fields.get("part_ids", []) if part_id in named]
    if upload.file_id is None:
        pieces = tuple(part.data for part in parts)
        upload.file_id = stored(request, upload.filename, upload.purpose, pieces).id
    upload.ended = "completed"
    upload.parts.clear()
    return JsonResponse(_described(upload, request), declared_success(request.operation))


async def _cancel(request: AcceptedRequest) -> JsonResponse:
    upload = _found(request)
    upload.ended = "cancelled"
    upload.parts.clear()
    return JsonResponse(_described(upload, request), declared_success(request.operation))


SERVICES: Iterable[Service] = (
    Service("upload-create", "createUpload", _creates, _create, in_authoring_words),
    Service("upload-part", "addUploadPart", _takes_part, _add_part, in_authoring_words),
    Service("upload-complete", "completeUpload", _completes, _complete, in_authoring_words),
    Service("upload-cancel", "cancelUpload", _is_pending, _cancel, in_authoring_words),
)
