"""The lines of a record that stay in its file, and are read again wherever they are used."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from threading import Lock
from typing import BinaryIO, Generic, TypeVar, overload

from aoai_reports.record.evidence import RecordError
from aoai_reports.record.lines import ExchangeLine, ScenarioLine
from aoai_reports.record.parsing import parse_line, read_line
from aoai_reports.record.schema import RECORD

#: Longer lines are searched for their end before they are read: `readline` needs twice their size.
_PIECE = 1024 * 1024

StoredLine = TypeVar("StoredLine", bound=ExchangeLine | ScenarioLine)


def next_line(file: BinaryIO, most: int = sys.maxsize) -> bytes:
    """Return the next line of a file, or its first `most` bytes; empty at the end of the file."""
    first = file.readline(min(_PIECE, most))
    if len(first) < _PIECE or first.endswith(b"\n"):
        return first
    start, length = file.tell() - len(first), len(first)
    while length < most and (piece := file.readline(min(_PIECE, most - length))):
        length += len(piece)
        if piece.endswith(b"\n"):
            break
    file.seek(start)
    return file.read(length)


class RecordFile:
    """An open record, from which lines are read by their offsets, from any thread.

    It stays open as long as it is used, so that its lines remain available if the file is deleted meanwhile.
    """

    def __init__(self, path: Path, schema: str = RECORD) -> None:
        self.path = path
        self.schema = schema
        self._lock = Lock()
        try:
            self._file = path.open("rb")
        except OSError as error:
            raise RecordError(f"The record {path} cannot be read: {error.strerror or error}.") from error

    def __del__(self) -> None:
        if hasattr(self, "_file"):
            self._file.close()

    def line_at(self, offset: int) -> ExchangeLine | ScenarioLine:
        """Return the line at an offset. Raises RecordError if the file was changed since it was read."""
        try:
            with self._lock:
                self._file.seek(offset)
                raw = next_line(self._file)
            line = read_line(parse_line(raw), self.schema)
        except (OSError, ValueError, LookupError, TypeError) as error:
            raise RecordError(f"The record {self.path} was changed while it was being read.") from error
        if not isinstance(line, ExchangeLine | ScenarioLine):
            raise RecordError(f"The record {self.path} was changed while it was being read.")
        return line


class StoredLines(Sequence[StoredLine], Generic[StoredLine]):
    """The exchanges or the scenarios of a record; it takes 8 bytes for each."""

    def __init__(self, file: RecordFile, kind: type[StoredLine], offsets: Sequence[int]) -> None:
        self._file = file
        self._kind = kind
        self._offsets = array("Q", offsets)

    def __len__(self) -> int:
        return len(self._offsets)

    @overload
    def __getitem__(self, index: int) -> StoredLine: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[StoredLine]: ...
    def __getitem__(self, index: int | slice) -> StoredLine | Sequence[StoredLine]:
        if isinstance(index, slice):
            return StoredLines(self._file, self._kind, self._offsets[index])
        return self._read(self._offsets[index])

    def __iter__(self) -> Iterator[StoredLine]:
        return map(self._read, self._offsets)

    def where(self, condition: Callable[[StoredLine], bool]) -> StoredLines[StoredLine]:
        """Return the lines that meet a condition."""
        kept = [offset for offset, line in zip(self._offsets, self, strict=True) if condition(line)]
        return StoredLines(self._file, self._kind, kept)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence) or len(self) != len(other):
            return False
        return all(one == another for one, another in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment] # as a list: equal sequences of another type hash otherwise

    def _read(self, offset: int) -> StoredLine:
        line = self._file.line_at(offset)
        if not isinstance(line, self._kind):
            raise RecordError(f"The record {self._file.path} was changed while it was being read.")
        return line


def lines_where(lines: Sequence[StoredLine], condition: Callable[[StoredLine], bool]) -> Sequence[StoredLine]:
    """Return the lines that meet a condition; those that are in a file stay there."""
    return lines.where(condition) if isinstance(lines, StoredLines) else tuple(filter(condition, lines))
