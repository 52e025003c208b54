"""Faults of files: what they are called, what they hold, whether they are gone once they are deleted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from aoai_emulator.checks.refusals import Refusal
from aoai_emulator.content.identity import resource_id
from aoai_emulator.faults.anatomy import is_addressed, listed_in, number_of
from aoai_emulator.faults.registry import acceptance_fault, answer_fault, reply_fault
from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.http.replies import Reply
from aoai_emulator.http.requests import AcceptedRequest, IncomingRequest
from aoai_emulator.operations.files import described
from aoai_emulator.storage.files import Storage, StoredFile

_UPLOAD = frozenset({"file-upload"})
_GET = frozenset({"file-get"})
_ONE = _UPLOAD | _GET
_LIST = frozenset({"file-list"})
_DELETE = frozenset({"file-delete"})
_CONTENT = frozenset({"file-content"})
_BY_ID = _GET | _DELETE | _CONTENT
_DAY = 86_400
#: As many deleted files are remembered for the faults that show them again.
_MOST_DELETED = 20


class _Deleted:
    """The files that were deleted while a fault looked on."""

    def __init__(self) -> None:
        self.files: dict[str, StoredFile] = {}


class _Shown:
    """How often each file was described."""

    def __init__(self) -> None:
        self.times: dict[str, int] = {}


def _path_id(request: IncomingRequest) -> str:
    return next(iter(request.path_values.values()), "")


def _remember(request: IncomingRequest) -> None:
    file = request.memory.store(Storage).files.get(_path_id(request))
    if file is not None:
        deleted = request.memory.store(_Deleted).files
        deleted[file.id] = file
        if len(deleted) > _MOST_DELETED:
            del deleted[next(iter(deleted))]


@answer_fault("file-wrong-object", operations=_ONE)
def wrong_object(body: JsonObject, request: AcceptedRequest) -> None:
    """The object of a file is document."""
    del request
    body["object"] = "document"


@answer_fault("file-bytes-wrong", operations=_ONE)
def bytes_wrong(body: JsonObject, request: AcceptedRequest) -> None:
    """A file is said to have one byte more than it has."""
    del request
    body["bytes"] = number_of(body, "bytes") + 1


@answer_fault("file-bytes-with-the-form", operations=_UPLOAD)
def bytes_of_the_form(body: JsonObject, request: AcceptedRequest) -> None:
    """The size of a new file is that of the whole form around it."""
    body["bytes"] = int(request.headers.get("content-length") or number_of(body, "bytes") + 200)


@answer_fault("file-name-changed", operations=_ONE)
def name_changed(body: JsonObject, request: AcceptedRequest) -> None:
    """A file is called otherwise than it was uploaded."""
    del request
    body["filename"] = f"copy of {body.get('filename')}"


@answer_fault("file-purpose-changed", operations=_GET)
def purpose_changed(body: JsonObject, request: AcceptedRequest) -> None:
    """A file serves another purpose than it was uploaded for."""
    del request
    body["purpose"] = "vision" if body.get("purpose") != "vision" else "assistants"


@answer_fault("file-id-changes", operations=_GET)
def id_changes(body: JsonObject, request: AcceptedRequest) -> None:
    """A file that is asked for has another id each time."""
    del request
    body["id"] = resource_id("file-")


@answer_fault("file-created-changes", operations=_GET)
def created_changes(body: JsonObject, request: AcceptedRequest) -> None:
    """A file was created a day later than the answer to its upload says."""
    del request
    body["created_at"] = number_of(body, "created_at") + _DAY


@answer_fault("file-created-in-milliseconds", operations=_ONE)
def created_in_milliseconds(body: JsonObject, request: AcceptedRequest) -> None:
    """The time of creation is in milliseconds."""
    del request
    body["created_at"] = number_of(body, "created_at") * 1000


@answer_fault("file-status-unknown", operations=_ONE)
def status_unknown(body: JsonObject, request: AcceptedRequest) -> None:
    """The status of a file is ready, which is none of its enumeration."""
    del request
    body["status"] = "ready"


@answer_fault("file-status-goes-back", operations=_GET | _LIST)
def status_goes_back(body: JsonObject, request: AcceptedRequest) -> None:
    """A file that is processed is pending again, every other time."""
    shown = request.memory.store(_Shown).times
    for file in [body, *listed_in(body)]:
        if file.get("status") == "processed":
            file_id = str(file.get("id"))
            shown[file_id] = shown.get(file_id, 0) + 1
            if shown[file_id] % 2 == 0:
                file["status"] = "pending"


@reply_fault("file-location-wrong", operations=_UPLOAD)
def location_wrong(reply: Reply, request: IncomingRequest) -> None:
    """The address of a new file is that of another one."""
    if reply.status < 300:
        reply.headers["location"] = f"{request.base_url}/openai/files/{resource_id('file-')}"


@reply_fault("file-created-with-202", operations=_UPLOAD)
def created_with_202(reply: Reply, request: IncomingRequest) -> None:
    """A file that is stored is answered with 202, which no description has."""
    del request
    if reply.status in (200, 201):
        reply.status = 202


@reply_fault("file-content-byte-altered", operations=_CONTENT)
def byte_altered(reply: Reply, request: IncomingRequest) -> None:
    """One byte in the middle of the content is another one."""
    del request
    if reply.status == 200 and isinstance(reply.body, bytes) and reply.body:
        middle = len(reply.body) // 2
        reply.body = reply.body[:middle] + bytes([reply.body[middle] ^ 1]) + reply.body[middle + 1 :]


@reply_fault("file-content-truncated", operations=_CONTENT)
def truncated(reply: Reply, request: IncomingRequest) -> None:
    """The content lacks its last byte."""
    del request
    if reply.status == 200 and isinstance(reply.body, bytes):
        reply.body = reply.body[:-1]


@reply_fault("file-content-ends-with-newline", operations=_CONTENT)
def newline_added(reply: Reply, request: IncomingRequest) -> None:
    """The content has a line break more at its end."""
    del request
    if reply.status == 200 and isinstance(reply.body, bytes):
        reply.body += b"\n"


@reply_fault("file-content-line-breaks-changed", operations=_CONTENT)
def line_breaks_changed(reply: Reply, request: IncomingRequest) -> None:
    """Line feeds in the content come back with carriage returns."""
    del request
    if reply.status == 200 and isinstance(reply.body, bytes):
        reply.body = reply.body.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


@reply_fault("file-content-as-html", operations=_CONTENT)
def content_as_html(reply: Reply, request: IncomingRequest) -> None:
    """The content is labelled text/html."""
    del request
    if reply.status == 200:
        reply.headers["content-type"] = "text/html; charset=utf-8"


@acceptance_fault("file-deleted-still-readable", check="relations", operations=_DELETE | _CONTENT)
def deleted_still_readable(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """The content of a deleted file can still be read."""
    if request.kind == "file-delete":
        _remember(request)
        return found
    file = request.memory.store(_Deleted).files.get(_path_id(request))
    if file is not None:
        request.memory.store(Storage).keep(file)
        return ()
    return found


@acceptance_fault("file-deleted-still-listed", check="relations", operations=_DELETE)
def deleted_noted(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """A deleted file is still listed."""
    _remember(request)
    return found


@answer_fault("file-deleted-still-listed", operations=_LIST)
def deleted_still_listed(body: JsonObject, request: AcceptedRequest) -> None:
    """A deleted file is still listed."""
    purpose = request.query.get("purpose")
    deleted = [
        file for file in request.memory.store(_Deleted).files.values() if purpose in (None, file.purpose)
    ]
    body["data"] = [*listed_in(body), *(described(file, request.memory) for file in deleted)]


@acceptance_fault("file-deleted-still-described", check="relations", operations=_DELETE)
def delete_noted(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """A deleted file is there all the same, as if nothing had been deleted."""
    _remember(request)
    return found


@answer_fault("file-deleted-still-described", operations=_DELETE)
def delete_undone(body: JsonObject, request: AcceptedRequest) -> None:
    """A deleted file is there all the same, as if nothing had been deleted."""
    file = request.memory.store(_Deleted).files.get(str(body.get("id")))
    if file is not None:
        request.memory.store(Storage).keep(file)


@answer_fault("file-delete-denied", operations=_DELETE)
def delete_denied(body: JsonObject, request: AcceptedRequest) -> None:
    """A deletion that succeeded says that nothing is deleted."""
    del request
    body["deleted"] = False


@answer_fault("file-delete-of-another", operations=_DELETE)
def delete_of_another(body: JsonObject, request: AcceptedRequest) -> None:
    """A deletion confirms the id of another file."""
    del request
    body["id"] = resource_id("file-")


@answer_fault("file-list-ignores-purpose", operations=_LIST)
def list_ignores_purpose(body: JsonObject, request: AcceptedRequest) -> None:
    """Files of every purpose are listed, whichever is asked for."""
    files = request.memory.store(Storage).newest_files()
    body["data"] = [described(file, request.memory) for file in files]


@answer_fault("file-list-lacks-newest", operations=_LIST)
def list_lacks_newest(body: JsonObject, request: AcceptedRequest) -> None:
    """The file that was uploaded last is not listed."""
    del request
    body["data"] = listed_in(body)[1:]


@answer_fault("file-list-repeats", operations=_LIST)
def list_repeats(body: JsonObject, request: AcceptedRequest) -> None:
    """A file is listed twice."""
    del request
    body["data"] = [*listed_in(body), *listed_in(body)[:1]]


@answer_fault("file-list-wrong-object", operations=_LIST)
def list_wrong_object(body: JsonObject, request: AcceptedRequest) -> None:
    """The object of the list of files is files."""
    del request
    body["object"] = "files"


@answer_fault("file-list-bare-ids", operations=_LIST)
def list_bare_ids(body: JsonObject, request: AcceptedRequest) -> None:
    """Files are listed by their ids alone."""
    del request
    body["data"] = [file.get("id") for file in listed_in(body)]


@acceptance_fault("file-unknown-breaks-server", check="relations", operations=_BY_ID)
def unknown_breaks_server(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """An id that names no file is answered with 500."""
    del request
    return (replace(refusal, status=500, code="internalFailure") for refusal in found)


@reply_fault("file-unknown-found", operations=_BY_ID)
def unknown_found(reply: Reply, request: IncomingRequest) -> None:
    """An id that names no file is answered with 200 and an empty object."""
    del request
    if reply.status == 404:
        reply.status, reply.body = 200, b"{}"


@acceptance_fault("file-of-any-purpose-accepted", check="schema", operations=_UPLOAD)
def any_purpose_accepted(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """A file is stored for a purpose that does not exist."""
    del request
    return (refusal for refusal in found if (refusal.param, refusal.keyword) != ("purpose", "enum"))


@acceptance_fault("file-without-purpose-accepted", check="schema", operations=_UPLOAD)
def no_purpose_accepted(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """A file is stored without a purpose."""
    return found if "purpose" in request.sent else ()


@acceptance_fault("file-missing-accepted", check="schema", operations=_UPLOAD)
def no_file_accepted(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """A form without a file is stored as an empty file."""
    return found if "file" in request.sent else ()


@acceptance_fault("file-missing-accepted", check="relations", operations=_UPLOAD)
def missing_file_stored(found: Iterator[Refusal], request: IncomingRequest) -> Iterable[Refusal]:
    """A form without a file is stored as an empty file."""
    return found if "file" in request.sent else ()


@reply_fault("file-unknown-conflicts", operations=_GET | _DELETE | _CONTENT)
def unknown_conflicts(reply: Reply, request: IncomingRequest) -> None:
    """An id that names no file is refused as a conflict."""
    if reply.status == 404 and is_addressed(request):
        reply.status = 409
