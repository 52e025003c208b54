"""Stored files, and uploads with their parts so far; both are limited in number and size.

The real service keeps 500 files per resource (https://github.com/Azure/azure-sdk-for-java/issues/47401); the
other limits are the emulator's own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

MOST_FILES = 500
MOST_BYTES = 192 * 1024 * 1024
MOST_UPLOADS = 200
MOST_PARTS = 1000
#: How long a file is processed before it can be used, in seconds.
PROCESSING_TIME = 0.1
#: How long an upload accepts parts, in seconds: documents say an hour, or two.
UPLOAD_TIME = 3600

UploadStatus = Literal["pending", "completed", "cancelled", "expired"]


@dataclass(slots=True)
class StoredFile:
    """One file. `pieces` are its bytes as they arrived; times are in seconds since 1970.

    Processing a file fails if it has a `failure`, which says why. A file that `expires` is deleted then.
    """

    id: str
    filename: str
    purpose: str
    pieces: tuple[bytes, ...]
    created: float
    processed: float
    failure: str | None = None
    expires: int | None = None

    @property
    def size(self) -> int:
        """The size in bytes."""
        return sum(map(len, self.pieces))

    @property
    def content(self) -> bytes:
        """The content as one bytes object."""
        return self.pieces[0] if len(self.pieces) == 1 else b"".join(self.pieces)

    def status(self, now: float) -> Literal["pending", "processed", "error"]:
        """Return the status at a time."""
        if now < self.processed:
            return "pending"
        return "processed" if self.failure is None else "error"

    def is_processed(self, now: float) -> bool:
        """Return whether the file can be used."""
        return self.status(now) == "processed"


@dataclass(frozen=True, slots=True)
class Part:
    """One part of an upload; it has two ids."""

    id: str
    block_id: str
    created: float
    data: bytes


@dataclass(slots=True)
class Upload:
    """One upload; `parts` are kept while it is pending, by id, in the order of their arrival."""

    id: str
    filename: str
    purpose: str
    size: int
    created: float
    ended: UploadStatus | None = None
    parts: dict[str, Part] = field(default_factory=dict)
    file_id: str | None = None
    lifetime: int = UPLOAD_TIME

    @property
    def expires(self) -> int:
        """When it expires."""
        return int(self.created) + self.lifetime

    def status(self, now: float) -> UploadStatus:
        """Return the status at a time."""
        if self.ended is None and now >= self.expires:
            return "expired"
        return self.ended or "pending"

    def part_of(self) -> dict[str, Part]:
        """Return the parts by both of their ids."""
        return {name: part for part in self.parts.values() for name in (part.id, part.block_id)}


class Storage:
    """Every file and upload of one emulator."""

    def __init__(self) -> None:
        self.files: dict[str, StoredFile] = {}
        self.uploads: dict[str, Upload] = {}

    def drop_expired(self, now: float) -> None:
        """Delete the files that have expired."""
        for file in tuple(self.files.values()):
            if file.expires is not None and file.expires <= now:
                del self.files[file.id]

    def newest_files(self) -> Iterator[StoredFile]:
        """Return the files, the newest first."""
        return reversed(self.files.values())

    def keep(self, file: StoredFile) -> StoredFile:
        """Store a file; the caller has checked that there is room."""
        self.files[file.id] = file
        return file

    def lack(self, size: int, now: float, files: int = 1) -> str | None:
        """Return a message if adding so many bytes in so many files exceeds a limit, else None."""
        if len(self.files) + files > MOST_FILES:
            return f"There are {MOST_FILES} files already, as many as can be stored. Delete some."
        if self.bytes_held(now) + size > MOST_BYTES:
            return f"More than {MOST_BYTES} bytes cannot be stored at a time. Delete some files."
        return None

    def bytes_held(self, now: float) -> int:
        """Return how many bytes are stored in files and parts, after dropping what has expired."""
        self._expire(now)
        files = sum(file.size for file in self.files.values())
        return files + sum(len(part.data) for each in self.uploads.values() for part in each.parts.values())

    def begin(self, upload: Upload) -> None:
        """Add an upload, and forget the oldest that has ended if there are too many."""
        self.uploads[upload.id] = upload
        if len(self.uploads) > MOST_UPLOADS:
            ended = next((each.id for each in self.uploads.values() if each.ended is not None), None)
            if ended is not None:
                del self.uploads[ended]

    def is_full_of_uploads(self, now: float) -> bool:
        """Return whether the maximum number of uploads is in progress."""
        self._expire(now)
        return sum(each.ended is None for each in self.uploads.values()) >= MOST_UPLOADS

    def _expire(self, now: float) -> None:
        for upload in self.uploads.values():
            if upload.ended is None and upload.status(now) == "expired":
                upload.ended = "expired"
                upload.parts.clear()
