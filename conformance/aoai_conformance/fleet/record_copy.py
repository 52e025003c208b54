"""Copies the record of a run to an object store while it grows, so that any machine can resume the run."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from aoai_conformance.fleet.storage import Storage
from aoai_reports.run_folder import RECORD_NAME
from aoai_specs.errors import OutputError

#: How often new lines are copied: at most what was answered since then is sent again.
SECONDS = 0.5
_PARTS = "record.parts"


@dataclass(slots=True)
class RecordCopy:
    """A context that copies the lines of `folder`/record.ndjson to `name` in a storage as they are written.

    Lines are copied as objects `record.parts/GENERATION-OFFSET`. A record that is replaced, as when a run is
    resumed, starts a new generation, whose first object has all of its lines and supersedes the earlier ones.
    """

    storage: Storage
    name: str
    folder: Path
    seconds: float = SECONDS
    _generation: int = 0
    _file: tuple[int, int] | None = None
    _offset: int = 0
    _written: list[str] = field(default_factory=list)
    _ended: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self._written = self.storage.names(f"{self.name}/{_PARTS}")
        self._generation = max((_generation_of(each) for each in self._written), default=0)
        self._thread = threading.Thread(target=self._copy_until_end, daemon=True, name="copy of the record")
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        if self._thread is not None:
            self._thread.join()

    def copy_new_lines(self) -> None:
        """Copy the complete lines that were written since the last call.

        Raises OutputError if the storage cannot be written; the next call copies them again.
        """
        try:
            with (self.folder / RECORD_NAME).open("rb") as opened:
                file = _identity(opened.fileno())
                if file != self._file:
                    self._file, self._offset = file, 0
                    self._generation += 1
                opened.seek(self._offset)
                lines = opened.read()
        except FileNotFoundError:
            return
        lines = lines[: lines.rfind(b"\n") + 1]
        if not lines:
            return
        part = f"{self.name}/{_PARTS}/{self._generation:06}-{self._offset:015}"
        self.storage.write(part, lines)
        superseded = self._written if self._offset == 0 else []
        self._written = [part] if self._offset == 0 else [*self._written, part]
        self._offset += len(lines)
        self.storage.delete(superseded)

    def delete_parts(self) -> None:
        """Delete the objects once the whole record was uploaded."""
        self.storage.delete(self.storage.names(f"{self.name}/{_PARTS}"))

    def _copy_until_end(self) -> None:
        while not self._ended.wait(self.seconds):
            try:
                self.copy_new_lines()
            except OutputError:  # the store may be back next time; the final upload reports what is lost
                continue


def restore(storage: Storage, name: str, folder: Path) -> None:
    """Download the files of an earlier attempt at a task, with its record as far as it was copied.

    Raises OutputError if they cannot be read.
    """
    parts: list[str] = []
    for each in storage.names(name):
        relative = each[len(name) + 1 :]
        if relative.startswith(f"{_PARTS}/"):
            parts.append(each)
            continue
        content = storage.read(each)
        if content is not None:
            path = folder / relative
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    if parts and not (folder / RECORD_NAME).exists():
        (folder / RECORD_NAME).write_bytes(b"".join(_lines(storage, parts)))


def upload(storage: Storage, name: str, folder: Path) -> None:
    """Upload all files of a finished run. Raises OutputError if one cannot be written."""
    for path in sorted(each for each in folder.rglob("*") if each.is_file()):
        storage.write(f"{name}/{path.relative_to(folder).as_posix()}", path.read_bytes())


def _lines(storage: Storage, parts: list[str]) -> Iterator[bytes]:
    """Yield the parts of the newest generation as far as they follow each other."""
    newest = max(map(_generation_of, parts))
    length = 0
    for each in sorted(part for part in parts if _generation_of(part) == newest):
        lines = storage.read(each) if int(each.rpartition("-")[2]) == length else None
        if lines is None:
            return
        length += len(lines)
        yield lines


def _generation_of(part: str) -> int:
    return int(part.rpartition("/")[2].partition("-")[0])


def _identity(descriptor: int) -> tuple[int, int]:
    status = os.fstat(descriptor)
    return status.st_dev, status.st_ino
