"""Faults of uploads: order and size of the parts, checksums, what may still come after the end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from aoai_emulator.checks.refusals import Refusal
from aoai_emulator.content.identity import resource_id
from aoai_emulator.faults.anatomy import number_of
from aoai_emulator.faults.registry import acceptance_fault, answer_fault
from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.http.requests import AcceptedRequest, IncomingRequest
from aoai_emulator.storage.files import Storage, StoredFile

_CREATE = frozenset({"upload-create"})
_PART = frozenset({"upload-part"})
_COMPLETE = frozenset({"upload-complete"})
_CANCEL = frozenset({"upload-cancel"})
_ENDING = _COMPLETE | _CANCEL
_WHOLE = _CREATE | _ENDING
_ALL = _WHOLE | _PART


def _without(found: Iterable[Refusal], *reasons: str) -> Iterator[Refusal]:
    """Return the refusals but those for one of these reasons."""
    return (refusal for refusal in found if refusal.keyword not in reasons)


def _in_spite_of(found: Iterator[Refusal], status: str) -> Iterable[Refusal]:
    """Return the refusals, but none where the upload has ended in that way: its parts are gone, too."""
    refusals = tuple(found)
    ended = any(refusal.param == "status" and refusal.keyword == status for refusal in refusals)
    return () if ended else refusals


class _Arrivals:
    """Which parts each upload had when its completion was asked for, in the order of their arrival."""

    def __init__(self) -> None:
        self.contents: dict[str, tuple[bytes, ...]] = {}


@acceptance_fault("upload-parts-joined-by-arrival", check="relations", operations=_COMPLETE)
def arrival_noted(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """The parts are joined in the order of their arrival, not in the order that was named."""
    upload_id = next(iter(request.path_values.values()), "")
    upload = request.memory.store(Storage).uploads.get(upload_id)
    named = request.sent.get("part_ids")
    if upload is not None and isinstance(named, list):
        parts = [part.data for part in upload.parts.values() if part.id in named or part.block_id in named]
        request.memory.store(_Arrivals).contents = {upload_id: tuple(parts)}
    return found


@answer_fault("upload-parts-joined-by-arrival", operations=_COMPLETE)
def joined_by_arrival(body: JsonObject, request: AcceptedRequest) -> None:
    """The parts are joined in the order of their arrival, not in the order that was named."""
    file = _file_of(request)
    pieces = request.memory.store(_Arrivals).contents.get(next(iter(request.path_values.values()), ""))
    if file is not None and pieces is not None and isinstance(body.get("file"), dict):
        file.pieces = pieces


@answer_fault("upload-last-part-lost", operations=_COMPLETE)
def last_part_lost(body: JsonObject, request: AcceptedRequest) -> None:
    """The file lacks the last of its parts."""
    del body
    file = _file_of(request)
    if file is not None:
        file.pieces = file.pieces[:-1]


@answer_fault("upload-part-doubled", operations=_COMPLETE)
def part_doubled(body: JsonObject, request: AcceptedRequest) -> None:
    """The file holds its first part twice."""
    del body
    file = _file_of(request)
    if file is not None:
        file.pieces = (*file.pieces[:1], *file.pieces)


def _file_of(request: AcceptedRequest) -> StoredFile | None:
    """The file that the upload in the path became."""
    storage = request.memory.store(Storage)
    upload = storage.uploads.get(next(iter(request.path_values.values()), ""))
    return None if upload is None else storage.files.get(upload.file_id or "")


@acceptance_fault("upload-checksum-unchecked", check="relations", operations=_COMPLETE)
def checksum_unchecked(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """A wrong md5 is accepted."""
    del request
    return _without(found, "checksum")


@acceptance_fault("upload-checksum-always-refused", check="relations", operations=_COMPLETE)
def checksum_refused(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """The right md5 is refused, too."""
    yield from found
    if request.sent.get("md5") is not None:
        yield Refusal(400, "invalidPayload", "The checksum is wrong.", form="authoring", param="md5")


@acceptance_fault("upload-size-unchecked", check="relations", operations=_COMPLETE)
def size_unchecked(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """Parts are accepted that have another size together than was announced."""
    del request
    return _without(found, "size")


@acceptance_fault("upload-unknown-part-accepted", check="relations", operations=_COMPLETE)
def unknown_part_accepted(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """A part that the upload does not have is passed over in silence."""
    del request
    return _without(found, "unknown")


@acceptance_fault("upload-part-after-completion-accepted", check="relations", operations=_PART)
def part_after_completion(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """A part is taken after the upload was completed."""
    del request
    return _without(found, "completed")


@acceptance_fault("upload-part-after-cancellation-accepted", check="relations", operations=_PART)
def part_after_cancellation(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """A part is taken after the upload was cancelled."""
    del request
    return _without(found, "cancelled")


@acceptance_fault("upload-completed-twice-accepted", check="relations", operations=_COMPLETE)
def completed_twice(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """An upload that is completed can be completed once more."""
    del request
    return _in_spite_of(found, "completed")


@acceptance_fault("upload-completed-after-cancellation", check="relations", operations=_COMPLETE)
def completed_after_cancellation(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """An upload that was cancelled can be completed."""
    del request
    return _in_spite_of(found, "cancelled")


@acceptance_fault("upload-cancelled-after-completion", check="relations", operations=_CANCEL)
def cancelled_after_completion(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """An upload that is completed can be cancelled."""
    del request
    return _in_spite_of(found, "completed")


@acceptance_fault("upload-above-8-gb-accepted", check="schema", operations=_CREATE)
def endless_accepted(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """An upload of more than 8 GB can be begun."""
    del request
    return (refusal for refusal in found if (refusal.param, refusal.keyword) != ("bytes", "maximum"))


@acceptance_fault("upload-above-8-gb-accepted", check="relations", operations=_CREATE)
def endless_begun(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """An upload of more than 8 GB can be begun."""
    size = request.sent.get("bytes")
    return _without(found, "range") if isinstance(size, int) and size > 1 else found


@acceptance_fault("upload-of-any-purpose-accepted", check="schema", operations=_CREATE)
def any_purpose_accepted(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """An upload can be begun for a purpose that does not exist."""
    del request
    return (refusal for refusal in found if (refusal.param, refusal.keyword) != ("purpose", "enum"))


@acceptance_fault("upload-unknown-breaks-server", check="relations", operations=_PART | _ENDING)
def unknown_breaks_server(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """An id that names no upload is answered with 500."""
    del request
    for refusal in found:
        is_missing = refusal.code == "notFound"
        yield replace(refusal, status=500, code="internalFailure") if is_missing else refusal


@answer_fault("upload-wrong-object", operations=_WHOLE)
def wrong_object(body: JsonObject, request: AcceptedRequest) -> None:
    """The object of an upload is file."""
    del request
    body["object"] = "file"


@answer_fault("upload-id-changes", operations=_ENDING)
def id_changes(body: JsonObject, request: AcceptedRequest) -> None:
    """An upload has another id once it ends."""
    del request
    body["id"] = resource_id("upload_")


@answer_fault("upload-bytes-changed", operations=_ENDING)
def bytes_changed(body: JsonObject, request: AcceptedRequest) -> None:
    """An upload that ends has another size than was announced."""
    del request
    body["bytes"] = number_of(body, "bytes") + 1


@answer_fault("upload-name-changed", operations=_CREATE)
def name_changed(body: JsonObject, request: AcceptedRequest) -> None:
    """A new upload is called otherwise than was asked for."""
    del request
    body["filename"] = f"copy of {body.get('filename')}"


@answer_fault("upload-begins-completed", operations=_CREATE)
def begins_completed(body: JsonObject, request: AcceptedRequest) -> None:
    """A new upload is completed already."""
    del request
    body["status"] = "completed"


@answer_fault("upload-expired-from-the-start", operations=_CREATE)
def expired_from_the_start(body: JsonObject, request: AcceptedRequest) -> None:
    """A new upload expires before it was created."""
    del request
    body["expires_at"] = number_of(body, "created_at") - 60


@answer_fault("upload-expires-in-a-day", operations=_CREATE)
def expires_in_a_day(body: JsonObject, request: AcceptedRequest) -> None:
    """An upload expires a day after it was created, not an hour."""
    del request
    body["expires_at"] = number_of(body, "created_at") + 86_400


@answer_fault("upload-times-in-milliseconds", operations=_ALL)
def times_in_milliseconds(body: JsonObject, request: AcceptedRequest) -> None:
    """The times of uploads and parts are in milliseconds."""
    del request
    for name in ("created_at", "expires_at"):
        if isinstance(body.get(name), int):
            body[name] *= 1000


@answer_fault("upload-completed-but-pending", operations=_COMPLETE)
def completed_but_pending(body: JsonObject, request: AcceptedRequest) -> None:
    """An upload that was completed is still pending."""
    del request
    body["status"] = "pending"


@answer_fault("upload-cancelled-but-pending", operations=_CANCEL)
def cancelled_but_pending(body: JsonObject, request: AcceptedRequest) -> None:
    """An upload that was cancelled is still pending."""
    del request
    body["status"] = "pending"


@answer_fault("upload-without-its-file", operations=_COMPLETE)
def without_its_file(body: JsonObject, request: AcceptedRequest) -> None:
    """A completed upload tells of no file."""
    del request
    body["file"] = None


@answer_fault("upload-file-not-stored", operations=_COMPLETE)
def file_not_stored(body: JsonObject, request: AcceptedRequest) -> None:
    """The file of a completed upload cannot be found."""
    del body
    file = _file_of(request)
    if file is not None:
        del request.memory.store(Storage).files[file.id]


@answer_fault("upload-file-of-another-purpose", operations=_COMPLETE)
def file_of_another_purpose(body: JsonObject, request: AcceptedRequest) -> None:
    """The file of an upload has another purpose than the upload."""
    del request
    file = body.get("file")
    if isinstance(file, dict):
        file["purpose"] = "vision" if file.get("purpose") != "vision" else "assistants"


@answer_fault("upload-part-wrong-object", operations=_PART)
def part_wrong_object(body: JsonObject, request: AcceptedRequest) -> None:
    """The object of a part is upload."""
    del request
    body["object"] = "upload"


@answer_fault("upload-part-of-another", operations=_PART)
def part_of_another(body: JsonObject, request: AcceptedRequest) -> None:
    """A part belongs to another upload than the one it was sent to."""
    del request
    body["upload_id"] = resource_id("upload_")


@answer_fault("upload-part-created-in-milliseconds", operations=_PART)
def part_created_in_milliseconds(body: JsonObject, request: AcceptedRequest) -> None:
    """The time at which a part came is in milliseconds."""
    del request
    body["created_at"] = int(body.get("created_at", 0)) * 1000


@answer_fault("upload-parts-share-an-id", operations=_PART)
def parts_share_an_id(body: JsonObject, request: AcceptedRequest) -> None:
    """Every part of an upload has the same id."""
    del request
    body["id"] = f"uplprt-{body.get('upload_id')}"
