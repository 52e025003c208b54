"""What is stored: files, and uploads with the parts that have come so far. Bounded in number and in bytes.

500 files are what the real service keeps for a resource (https://github.com/Azure/azure-sdk-for-java/issues/47401);
the other bounds are the emulator's own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

MOST_FILES = 500
MOST_BYTES = 192 * 1024 * 1024
MOST_UPLOADS = 200
MOST_PARTS = 1000
#: How long a file is looked at before it can be used, in seconds.
PROCESSING_TIME = 0.1
#: How long an upload waits for its parts, in seconds: the description says an hour.
UPLOAD_TIME = 3600

UploadStatus = Literal["pending", "completed", "cancelled", "expired"]


@dataclass(slots=True)
class StoredFile:
    """One file. `pieces` are its bytes, in as many pieces as it came in; times are in seconds since 1970."""

    id: str
    filename: str
    purpose: str
    pieces: tuple[bytes, ...]
    created: float
    processed: float

    @property
    def size(self) -> int:
        """How many bytes it has."""
        return sum(map(len, self.pieces))

    @property
    def content(self) -> bytes:
        """Its bytes in one piece."""
        return self.pieces[0] if len(self.pieces) == 1 else b"".join(self.pieces)

    def is_processed(self, now: float) -> bool:
        """Tell whether it can be used yet."""
        return now >= self.processed


@dataclass(frozen=True, slots=True)
class Part:
    """One part of an upload; it goes by either id."""

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

    @property
    def expires(self) -> int:
        """When it ends of itself."""
        return int(self.created) + UPLOAD_TIME

    def status(self, now: float) -> UploadStatus:
        """How far it has come by now."""
        if self.ended is None and now >= self.expires:
            return "expired"
        return self.ended or "pending"

    def part_of(self) -> dict[str, Part]:
        """The parts by both of their ids."""
        return {name: part for part in self.parts.values() for name in (part.id, part.block_id)}


class Storage:
    """Every file and every upload of one emulator."""

    def __init__(self) -> None:
        self.files: dict[str, StoredFile] = {}
        self.uploads: dict[str, Upload] = {}

    def newest_files(self) -> Iterator[StoredFile]:
        """The files, the newest first."""
        return reversed(self.files.values())

    def keep(self, file: StoredFile) -> StoredFile:
        """Store a file; whether there is room was asked before."""
        self.files[file.id] = file
        return file

    def lack(self, size: int, now: float, files: int = 1) -> str | None:
        """Say what there is no room for, if so many bytes in so many files came on top; else None."""
        if len(self.files) + files > MOST_FILES:
            return f"There are {MOST_FILES} files already, as many as can be stored. Delete some."
        if self.bytes_held(now) + size > MOST_BYTES:
            return f"More than {MOST_BYTES} bytes cannot be stored at a time. Delete some files."
        return None

    def bytes_held(self, now: float) -> int:
        """How many bytes are kept by now, in files and in parts; what has expired is let go first."""
        self._expire(now)
        files = sum(file.size for file in self.files.values())
        return files + sum(len(part.data) for each in self.uploads.values() for part in each.parts.values())

    def begin(self, upload: Upload) -> None:
        """Note a new upload, and forget the eldest that has ended where there are too many."""
        self.uploads[upload.id] = upload
        if len(self.uploads) > MOST_UPLOADS:
            ended = next((each.id for each in self.uploads.values() if each.ended is not None), None)
            if ended is not None:
                del self.uploads[ended]

    def is_full_of_uploads(self, now: float) -> bool:
        """Tell whether there are as many uploads under way as there may be."""
        self._expire(now)
        return sum(each.ended is None for each in self.uploads.values()) >= MOST_UPLOADS

    def _expire(self, now: float) -> None:
        for upload in self.uploads.values():
            if upload.ended is None and upload.status(now) == "expired":
                upload.ended = "expired"
                upload.parts.clear()
