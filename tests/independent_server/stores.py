"""Files and uploads of the independent server, as in the documents of 2025-01-01-preview."""

from __future__ import annotations

import hashlib
import re
import time
import uuid
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from checks import Checks, RefusedError

PURPOSES = (
    "fine-tune", "fine-tune-results", "assistants", "assistants_output", "batch", "batch_output", "vision",
)  # fmt: skip
MOST = 8 * 1024**3
HOUR = 3600


@dataclass(frozen=True)
class FormPart:
    content: bytes
    filename: str | None

    @property
    def text(self) -> str:
        return self.content.decode("utf-8", "replace")


def form_of(content_type: str, body: bytes) -> dict[str, FormPart]:
    """Return the parts of a form by name. Raises RefusedError for a malformed form."""
    marked = re.search(r'boundary="?([^";]+)"?', content_type)
    pieces = (b"\r\n" + body).split(b"\r\n--" + marked[1].encode()) if marked else []
    if len(pieces) < 2 or not pieces[-1].startswith(b"--"):
        raise RefusedError("the form cannot be read")
    form = {}
    for piece in pieces[1:-1]:
        head, _, content = piece.partition(b"\r\n\r\n")
        named = re.search(r'[; ]name="([^"]*)"', head.decode())
        called = re.search(r'filename="([^"]*)"', head.decode())
        if named is None:
            raise RefusedError("a part of the form has no name")
        form[named[1]] = FormPart(content, called[1] if called else None)
    return form


@dataclass
class StoredFile:
    id: str
    name: str
    purpose: str
    content: bytes
    created: int
    path: list[str] = field(default_factory=list)
    asked: int = 0

    @property
    def status(self) -> str:
        return self.path[min(self.asked, len(self.path) - 1)]


@dataclass
class Upload:
    id: str
    name: str
    purpose: str
    bytes: int
    created: int
    status: str = "pending"
    parts: dict[str, bytes] = field(default_factory=dict)
    file: StoredFile | None = None


class Stores:
    """All files and uploads; `on` are the switches with their prefixes."""

    def __init__(self, switches: Collection[str]) -> None:
        self.switches = frozenset(switches)
        self.files: dict[str, StoredFile] = {}
        self.uploads: dict[str, Upload] = {}
        self.gone: dict[str, StoredFile] = {}

    def on(self, name: str) -> bool:
        return name in self.switches

    # ---------------------------------------------------------------- files

    def new_id(self, noun: str) -> str:
        if self.on("stores/lawful-uuids"):
            return str(uuid.uuid4())
        if self.on("stores/lawful-short-ids"):
            return f"{noun[0]}.{len(self.files) + len(self.uploads)}~{uuid.uuid4().hex[:6]}"
        return f"{noun}-{uuid.uuid4().hex[:22]}"

    def now(self) -> int:
        return int(time.time())

    def keep(self, name: str, purpose: str, content: bytes) -> StoredFile:
        path = ["uploaded", "processed"]
        if self.on("files/lawful-processed-at-once"):
            path = ["processed"]
        if self.on("files/lawful-pending-and-running"):
            path = ["pending", "running", "processed"]
        if self.on("files/status-goes-back"):
            path = ["processed", "pending", "processed"]
        if self.on("files/status-unknown"):
            path = ["ready-soon", "processed"]
        id_ = "file-same" if self.on("files/same-id-for-all") else self.new_id("file")
        kept = StoredFile(id_, name, purpose, content, self.now(), path)
        self.files[id_] = kept
        return kept

    def upload_file(self, form: dict[str, FormPart]) -> StoredFile:
        c = Checks(self.switches, "files")
        given = form.get("file")
        c.unless("file", given is None, "file is required", "file")
        c.unless("file-type", given is not None and given.filename is None, "file is no file", "file")
        purpose = form["purpose"].text if "purpose" in form else None
        if purpose is None and not c.bent("optional", "purpose"):
            raise RefusedError("purpose is required", "purpose")
        known = PURPOSES
        if self.on("files/lawful-only-what-can-be-made"):
            known = ("fine-tune", "assistants", "batch")
        if purpose is not None and purpose not in known and not c.bent("open", "purpose"):
            raise RefusedError("purpose is unknown", "purpose")
        if c.bent("shut", f"purpose={purpose}"):
            raise RefusedError("purpose is not taken", "purpose")
        content = given.content if given else b""
        if not content and self.on("files/lawful-empty-refused"):
            raise RefusedError("the file is empty", "file")
        name = form["filename"].text if "filename" in form else (given.filename if given else None) or "f"
        if self.on("files/filename-field-ignored") and given is not None:
            name = given.filename or "f"
        if self.on("files/content-decoded"):
            content = content.decode("utf-8", "replace").encode("utf-16")
        if self.on("files/content-newline-added"):
            content += b"\n"
        if self.on("files/content-crlf"):
            content = content.replace(b"\n", b"\r\n")
        if self.on("files/content-stripped"):
            content = content.strip()
        if self.on("files/content-cut"):
            content = content[:64]
        if self.on("files/content-byte-flipped") and content:
            content = content[:-1] + bytes([content[-1] ^ 1])
        kept = self.keep(name, purpose or "batch", content)
        if self.on("files/bytes-of-the-form"):
            kept.content = content
        return kept

    def found(self, id_: str, area: str = "files") -> StoredFile:
        if id_ in self.gone and self.on(f"{area}/deleted-still-there"):
            return self.gone[id_]
        if id_ not in self.files:
            if self.on(f"{area}/unknown-is-any") and self.files:
                return next(iter(self.files.values()))
            status = 400 if self.on(f"{area}/unknown-400") else 404
            status = 500 if self.on(f"{area}/unknown-500") else status
            status = 410 if self.on("stores/lawful-410") and id_ in self.gone else status
            raise RefusedError(f"no file {id_[:60]}", status=status, code="notFound")
        return self.files[id_]

    def described(self, kept: StoredFile) -> dict[str, Any]:
        told: dict[str, Any] = {
            "object": "file", "id": kept.id, "bytes": len(kept.content), "created_at": kept.created,
            "filename": kept.name, "purpose": kept.purpose, "status": kept.status,
        }  # fmt: skip
        if self.on("files/lawful-no-status"):
            told.pop("status")
        if self.on("files/lawful-more-fields"):
            told |= {"expires_at": None, "x_region": "here"}
        if self.on("files/lawful-status-details"):
            told["status_details"] = "all is well"
        if self.on("files/bytes-in-kilobytes"):
            told["bytes"] = len(kept.content) // 1024
        if self.on("files/bytes-one-more"):
            told["bytes"] += 1
        if self.on("files/bytes-with-the-form"):
            told["bytes"] += 150
        if self.on("files/created-now") and kept.asked:
            told["created_at"] = kept.created + 5 * kept.asked
        if self.on("files/created-milliseconds"):
            told["created_at"] = kept.created * 1000
        if self.on("files/filename-lost"):
            told["filename"] = "upload.bin"
        if self.on("files/filename-upper") and kept.asked:
            told["filename"] = kept.name.upper()
        if self.on("files/purpose-constant"):
            told["purpose"] = "assistants"
        return told

    def get_file(self, id_: str) -> dict[str, Any]:
        kept = self.found(id_)
        kept.asked += 1
        told = self.described(kept)
        if self.on("files/other-file") and len(self.files) > 1:
            told = self.described(next(one for one in self.files.values() if one.id != id_))
        return told

    def list_files(self, query: dict[str, str]) -> dict[str, Any]:
        c = Checks(self.switches, "files")
        wanted = query.get("purpose")
        if wanted is not None and wanted not in PURPOSES and not c.bent("open", "list.purpose"):
            raise RefusedError("purpose is unknown", "purpose")
        listed = list(self.files.values())
        if self.on("files/list-with-deleted"):
            listed += list(self.gone.values())
        if wanted is not None and not self.on("files/list-purpose-ignored"):
            listed = [one for one in listed if one.purpose == wanted]
        if not self.on("files/lawful-oldest-first"):
            listed.reverse()
        if self.on("files/lawful-by-id"):
            listed.sort(key=lambda one: one.id)
        if self.on("files/list-without-newest"):
            listed = [one for one in listed if one.created < self.now() - 30]
        if self.on("files/list-empty"):
            listed = []
        if self.on("files/list-of-batches-only"):
            listed = [one for one in listed if one.purpose == "batch"]
        if self.on("files/list-twice"):
            listed = [one for one in listed for _ in (1, 2)]
        told: dict[str, Any] = {"object": "list", "data": [self.described(one) for one in listed]}
        if self.on("files/lawful-list-with-ends") and listed:
            told |= {"has_more": False, "first_id": listed[0].id, "last_id": listed[-1].id}
        if self.on("files/list-ends-wrong") and len(listed) > 1:
            told |= {"has_more": False, "first_id": listed[-1].id, "last_id": listed[0].id}
        if self.on("files/list-other-name"):
            for one in told["data"]:
                one["filename"] = one["filename"].partition(".")[0]
        if self.on("files/list-as-array"):
            return told["data"]  # type: ignore[no-any-return]
        return told

    def delete_file(self, id_: str) -> dict[str, Any]:
        kept = self.found(id_, "delete")
        if not self.on("files/delete-does-nothing"):
            self.gone[id_] = self.files.pop(id_, kept)
        told = {"id": id_, "object": "file", "deleted": True}
        if self.on("files/delete-says-false"):
            told["deleted"] = False
        if self.on("files/delete-says-text"):
            told["deleted"] = "true"
        if self.on("files/delete-other-id"):
            told["id"] = self.new_id("file")
        return told

    def content(self, id_: str) -> bytes:
        kept = self.found(id_, "content")
        if self.on("files/content-of-newest"):
            return list(self.files.values())[-1].content
        return kept.content

    # -------------------------------------------------------------- uploads

    def create_upload(self, body: dict[str, Any]) -> dict[str, Any]:
        c = Checks(self.switches, "uploads")
        name = c.text(body, "filename", required=True)
        purpose = c.choice(body, "purpose", ["assistants", "batch", "fine-tune", "vision"], required=True)
        size = c.value(body, "bytes", "bytes", _whole, True, False)
        if size is not None:
            c.limit("bytes", size, None, MOST)
        c.text(body, "mime_type", required=True)
        upload = Upload(self.new_id("upload"), name or "f", purpose or "batch", int(size or 0), self.now())
        if self.on("uploads/born-completed"):
            upload.status = "completed"
        self.uploads[upload.id] = upload
        return self.describe(upload)

    def describe(self, upload: Upload) -> dict[str, Any]:
        told: dict[str, Any] = {
            "id": upload.id, "object": "upload", "created_at": upload.created, "filename": upload.name,
            "bytes": upload.bytes, "purpose": upload.purpose, "status": upload.status,
            "expires_at": upload.created + HOUR,
        }  # fmt: skip
        if upload.file is not None and not self.on("uploads/file-missing"):
            told["file"] = self.described(upload.file)
            if self.on("uploads/file-as-id"):
                told["file"] = upload.file.id
            if self.on("uploads/file-other-name"):
                told["file"]["filename"] = "joined.bin"
            if self.on("uploads/file-other-purpose"):
                told["file"]["purpose"] = "assistants"
            if self.on("uploads/file-bytes-zero"):
                told["file"]["bytes"] = 0
        elif self.on("uploads/lawful-file-null"):
            told["file"] = None
        if self.on("uploads/lawful-no-object"):
            told.pop("object")
        if self.on("uploads/expires-before"):
            told["expires_at"] = upload.created - 1
        if self.on("uploads/expires-in-a-day"):
            told["expires_at"] = upload.created + 24 * HOUR
        if self.on("uploads/lawful-expires-rounded"):
            told["expires_at"] = (upload.created + HOUR) // 60 * 60
        if self.on("uploads/expires-later-each-time"):
            told["expires_at"] = upload.created + HOUR + len(upload.parts)
        if self.on("uploads/expires-milliseconds"):
            told["expires_at"] = (upload.created + HOUR) * 1000
        if self.on("uploads/bytes-so-far"):
            told["bytes"] = sum(map(len, upload.parts.values()))
        if self.on("uploads/filename-lost"):
            told["filename"] = "upload.bin"
        if self.on("uploads/always-pending"):
            told["status"] = "pending"
        return told

    def open_upload(self, id_: str, act: str) -> Upload:
        if id_ not in self.uploads:
            if self.on(f"uploads/unknown-{act}"):
                return Upload(id_, "f", "batch", 0, self.now())
            raise RefusedError(
                f"no upload {id_[:60]}",
                status=400 if self.on("uploads/unknown-400") else 404,
                code="notFound",
            )
        upload = self.uploads[id_]
        if upload.status != "pending" and not self.on(f"uploads/{act}-after-{upload.status}"):
            if act == "cancel" and upload.status == "cancelled" and self.on("uploads/lawful-cancelled-twice"):
                return upload
            status = 409 if self.on("stores/lawful-409") else 400
            raise RefusedError(f"the upload is {upload.status}", status=status, code="unexpectedEntityState")
        return upload

    def add_part(self, id_: str, form: dict[str, FormPart]) -> dict[str, Any]:
        upload = self.open_upload(id_, "part")
        c = Checks(self.switches, "parts")
        data = form.get("data")
        c.unless("data", data is None, "data is required", "data")
        c.unless("data-type", data is not None and data.filename is None, "data is no file", "data")
        part = "part-0" if self.on("uploads/parts-same-id") else self.new_id("part")
        upload.parts[part] = data.content if data is not None else b""
        told: dict[str, Any] = {
            "id": part, "object": "upload.part", "created_at": self.now(), "upload_id": upload.id,
        }  # fmt: skip
        if self.on("uploads/lawful-block-id"):
            told["azure_block_id"] = uuid.uuid4().hex
        if self.on("uploads/part-of-other-upload"):
            told["upload_id"] = self.new_id("upload")
        return told

    def complete(self, id_: str, body: dict[str, Any]) -> dict[str, Any]:
        c = Checks(self.switches, "complete")
        upload = self.open_upload(id_, "complete")
        listed = c.items(body, "part_ids", required=True) or list(upload.parts)
        if not all(isinstance(one, str) for one in listed):
            if not c.bent("untyped", "part_ids.items"):
                raise RefusedError("part_ids holds something else than text", "part_ids")
            listed = [one for one in listed if isinstance(one, str)]
        digest = c.text(body, "md5")
        everywhere = {part: data for one in self.uploads.values() for part, data in one.parts.items()}
        known = everywhere if c.bent("unchecked", "part-of-another") else upload.parts
        strange = any(part not in known for part in listed)
        c.unless("part-not-sent", strange, "a part was never sent", "part_ids")
        if len(set(listed)) < len(listed) and self.on("uploads/lawful-same-part-refused"):
            raise RefusedError("a part is listed twice", "part_ids")
        order = (
            [part for part in upload.parts if part in listed] if self.on("uploads/joined-as-sent") else listed
        )
        if self.on("uploads/joined-backwards"):
            order = order[::-1]
        if self.on("uploads/joined-sorted"):
            order = sorted(order)
        if self.on("uploads/same-part-once"):
            order = list(dict.fromkeys(order))
        content = b"".join(known.get(part, b"") for part in order)
        if self.on("uploads/joined-with-newlines"):
            content = b"\n".join(known.get(part, b"") for part in order)
        if self.on("uploads/first-part-only"):
            content = known.get(order[0], b"") if order else b""
        given = b"".join(known.get(part, b"") for part in listed)
        c.unless(
            "size",
            len(given) != upload.bytes and not strange,
            "the size is another than announced",
            "part_ids",
        )
        right = hashlib.md5(given, usedforsecurity=False).hexdigest()
        c.unless(
            "md5", digest is not None and digest.lower() != right and len(digest) == 32, "wrong md5", "md5"
        )
        upload.status = "cancelled" if self.on("uploads/completed-says-cancelled") else "completed"
        upload.file = self.keep(upload.name, upload.purpose, content)
        told = self.describe(upload)
        if self.on("uploads/complete-other-id"):
            told["id"] = self.new_id("upload")
        return told

    def cancel_upload(self, id_: str) -> dict[str, Any]:
        upload = self.open_upload(id_, "cancel")
        if not self.on("uploads/cancel-does-nothing"):
            upload.status = "cancelled"
        if self.on("uploads/cancel-expires"):
            upload.status = "expired"
        return self.describe(upload)


def _whole(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and float(value).is_integer()
