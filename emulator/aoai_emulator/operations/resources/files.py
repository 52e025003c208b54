"""Files: uploaded, listed, retrieved, downloaded byte for byte, and deleted.

The emulator downloads nothing, so that a file to be imported from a URL ends with the status error.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from aoai_emulator.content.seeding import resource_id
from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.http.memory import Memory
from aoai_emulator.http.rejections import Rejection, RejectionError
from aoai_emulator.http.requests import AcceptedRequest, Upload
from aoai_emulator.operations.resources.authoring import (
    in_authoring_words,
    integer_parameter,
    invalid_payload,
    not_found,
    page,
    quota_exceeded,
    wrong_state,
)
from aoai_emulator.operations.service import JsonResponse, RawResponse, Service
from aoai_emulator.storage.files import MOST_FILES, PROCESSING_TIME, Storage, StoredFile
from aoai_specs.document import Operation
from aoai_specs.json_values import as_object

CONTENT_TYPE = "application/octet-stream"
_LONGEST_NAME = 1024
_NOT_DOWNLOADED = "The file was not imported: the emulator downloads nothing."


def described(file: StoredFile, memory: Memory, *, requested: bool = False) -> JsonObject:
    """Describe a file; `requested` if a client requests this one."""
    time_for = memory.poll if requested else memory.time_for
    status = file.status(time_for(file.id, file.created))
    description: JsonObject = {
        "object": "file",
        "id": file.id,
        "bytes": file.size if file.failure is None else None,
        "filename": file.filename,
        "created_at": int(file.created),
        "purpose": file.purpose,
        "status": status,
    }
    if file.expires is not None:
        description["expires_at"] = file.expires
    return description if status != "error" else {**description, "status_details": file.failure}


def stored(
    request: AcceptedRequest,
    filename: str,
    purpose: str,
    pieces: tuple[bytes, ...],
    failure: str | None = None,
) -> StoredFile:
    """Store a new file, which is processed after a short time, or fails then."""
    now = request.memory.clock()
    file = StoredFile(resource_id("file-"), filename, purpose, pieces, now, now + PROCESSING_TIME, failure)
    return request.memory.store(Storage).keep(file)


def path_id(request: AcceptedRequest) -> str:
    """Return the id in the path, whatever the document calls it."""
    return next(iter(request.path_values.values()), "")


def _lists(request: AcceptedRequest) -> Iterator[Rejection]:
    """Require a purpose that the document declares, and a number as limit if there is one."""
    wanted, known = request.query.get("purpose"), _purposes(request.operation)
    if wanted is not None and known and wanted not in known:
        yield invalid_payload(f"'purpose' must be one of {', '.join(known)}.", "purpose", "enum")
    limit = integer_parameter(request.query, "limit")
    if isinstance(limit, Rejection):
        yield limit
    order, orders = request.query.get("order"), _listed_values(request.operation, "order")
    if order is not None and orders and order not in orders:
        yield invalid_payload(f"'order' must be one of {', '.join(orders)}.", "order", "enum")


def _purposes(operation: Operation) -> tuple[str, ...]:
    return _listed_values(operation, "purpose")


def _listed_values(operation: Operation, name: str) -> tuple[str, ...]:
    """Return the values that a document lists for a parameter."""
    for parameter in operation.parameters:
        if parameter.name == name:
            held = operation.document.resolve(parameter.pointer)
            return tuple(held.get("schema", held).get("enum", ()))
    return ()


def listed(request: AcceptedRequest) -> list[StoredFile]:
    """Return the files with the requested purpose, the newest first unless the request wants the oldest."""
    purpose = request.query.get("purpose")
    storage = request.memory.store(Storage)
    storage.drop_expired(request.memory.clock())
    files = storage.newest_files()
    found = [file for file in files if purpose in (None, file.purpose)]
    is_ascending = request.query.get("order") == "asc" and bool(_listed_values(request.operation, "order"))
    return found[::-1] if is_ascending else found


async def _list(request: AcceptedRequest) -> JsonResponse:
    """List all files, or a page of them: where documents declare no pages, `after` still leads to an end."""
    limit = integer_parameter(request.query, "limit")
    shown = page(listed(request), request.query.get("after"), limit if isinstance(limit, int) else MOST_FILES)
    described_files = [described(file, request.memory) for file in shown.items]
    return JsonResponse(
        {
            "object": "list",
            "data": described_files,
            "first_id": shown.items[0].id if shown.items else None,
            "last_id": shown.items[-1].id if shown.items else None,
            "has_more": shown.has_more,
        }
    )


def _uploads(request: AcceptedRequest) -> Iterator[Rejection]:
    """Check a form for what no schema expresses: its file, its type, and room to store it."""
    upload = _uploaded(request)
    if upload is None or not upload.data:
        yield invalid_payload("The file is empty.", "file", "empty")
    if upload is not None and not upload.content_type and request.is_azure:
        # https://github.com/betalgo/openai/issues/628
        yield invalid_payload("The part of the file needs a Content-Type.", "file", "content-type")
    if upload is not None and request.fields.get("purpose") == "batch" and not _is_jsonl(upload.filename):
        yield invalid_payload("The name of a batch input file must end in .jsonl.", "file", "extension")
    if len(_filename(request)) > _LONGEST_NAME:
        yield invalid_payload("The file's name is too long.", "filename", "length")
    size = 0 if upload is None else len(upload.data)
    lack = request.memory.store(Storage).lack(size, request.memory.clock())
    if lack is not None:
        yield quota_exceeded(lack)


def _uploaded(request: AcceptedRequest) -> Upload | None:
    return request.uploads.get("file")


def _filename(request: AcceptedRequest) -> str:
    """Return the name of the file: from the form's field, or else from the file's part."""
    named = request.fields.get("filename")
    upload = _uploaded(request)
    return str(named) if named else upload.filename if upload is not None else ""


def _is_jsonl(name: str) -> bool:
    return name.lower().endswith(".jsonl")


async def _upload(request: AcceptedRequest) -> JsonResponse:
    """Store a file: 201 with its location, or the document's own status and headers."""
    upload = _uploaded(request)
    pieces = (upload.data,) if upload is not None else ()
    file = stored(request, _filename(request), str(request.fields.get("purpose", "")), pieces)
    lifetime = as_object(request.fields.get("expires_after")).get("seconds")
    if isinstance(lifetime, int):
        file.expires = int(file.created) + lifetime
    body = described(file, request.memory)
    declared = declared_success(request.operation)
    status = 201 if request.is_azure and request.document.name.version.dated else declared
    return JsonResponse(body, status, location_of(f"/files/{file.id}", request, status))


def _imports(request: AcceptedRequest) -> Iterator[Rejection]:
    """Check an import for what no schema expresses: its URL, its name, and room to store it."""
    if not str(request.fields.get("content_url", "")).startswith(("https://", "http://")):
        yield invalid_payload("'content_url' must be an http or https URL.", "content_url", "url")
    name = str(request.fields.get("filename", ""))
    if request.fields.get("purpose") == "batch" and not _is_jsonl(name):
        yield invalid_payload("The name of a batch input file must end in .jsonl.", "filename", "extension")
    if len(name) > _LONGEST_NAME:
        yield invalid_payload("The file's name is too long.", "filename", "length")
    lack = request.memory.store(Storage).lack(0, request.memory.clock())
    if lack is not None:
        yield quota_exceeded(lack)


def purpose_of(request: AcceptedRequest) -> str:
    """Return the purpose that a request states; some descriptions do not let clients send one."""
    return str(request.fields.get("purpose", "batch"))


async def _import(request: AcceptedRequest) -> JsonResponse:
    """Describe a file that will not arrive, with its location."""
    fields = request.fields
    file = stored(request, fields["filename"], purpose_of(request), (), _NOT_DOWNLOADED)
    status = declared_success(request.operation)
    headers = location_of(f"/files/{file.id}", request, status)
    return JsonResponse(described(file, request.memory), status, headers)


def declared_success(operation: Operation) -> int:
    """Return the first 2xx status that a document declares for an operation."""
    described = (status for status in operation.responses if status.startswith("2") and status.isdigit())
    return int(next(described, "200"))


def location_of(path: str, request: AcceptedRequest, status: int) -> dict[str, str]:
    """Return the header with the location of a new resource, if the service or the document has it."""
    response = request.operation.responses.get(str(status))
    declared = response is not None and any(name.lower() == "location" for name in response.headers)
    return {"location": address(request, path)} if request.is_azure or declared else {}


def address(request: AcceptedRequest, path: str) -> str:
    """Return the location of a new resource."""
    return f"{request.base_url}{request.document.base_path.rstrip('/')}{path}"


def _exists(request: AcceptedRequest) -> Iterator[Rejection]:
    """Require that the file in the path exists."""
    storage = request.memory.store(Storage)
    storage.drop_expired(request.memory.clock())
    if path_id(request) not in storage.files:
        yield not_found("file", path_id(request))


def _found(request: AcceptedRequest) -> StoredFile:
    file = request.memory.store(Storage).files.get(path_id(request))
    if file is None:
        raise RejectionError(not_found("file", path_id(request)))
    return file


async def _get(request: AcceptedRequest) -> JsonResponse:
    return JsonResponse(described(_found(request), request.memory, requested=True))


def _has_content(request: AcceptedRequest) -> Iterator[Rejection]:
    """Require that the file in the path exists, and that it was not to be imported."""
    yield from _exists(request)
    file = request.memory.store(Storage).files.get(path_id(request))
    if file is not None and file.failure is not None:
        yield wrong_state("The file has no content.", "status", "not-imported")


async def _content(request: AcceptedRequest) -> RawResponse:
    return RawResponse(_found(request).content, CONTENT_TYPE)


async def _delete(request: AcceptedRequest) -> JsonResponse:
    file = _found(request)
    del request.memory.store(Storage).files[file.id]
    return JsonResponse({"object": "file", "id": file.id, "deleted": True})


SERVICES: Iterable[Service] = (
    Service("file-list", "listFiles", _lists, _list, in_authoring_words),
    Service("file-upload", "uploadFile", _uploads, _upload, in_authoring_words),
    Service("file-get", "getFile", _exists, _get, in_authoring_words),
    Service("file-delete", "deleteFile", _exists, _delete, in_authoring_words),
    Service("file-content", "getFileContent", _has_content, _content, in_authoring_words),
    Service("file-import", "importFile", _imports, _import, in_authoring_words),
)
