"""The entries of a large recording in JSON, which stay in the file and are parsed one after the other."""

from __future__ import annotations

import codecs
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias

from aoai_specs.errors import ConformanceError

Convert: TypeAlias = Callable[[Any], Any]

#: The first piece of a file that is read; later ones are as long as what waits to be parsed.
_PIECE = 1024 * 1024
#: The most characters that one entry may have, and how many values one with more than a few may have.
_LARGEST_ENTRY = 256 * 1024 * 1024
_FEW_CHARACTERS = 16 * 1024 * 1024
_MOST_VALUES = 5_000_000
#: An error this near to the end of what was read may be due to the end.
_NEAR = 16
_SPACE = " \t\r\n"
_LONGEST_INTEGER = 300


def parse_integer(digits: str) -> int | float:
    """Parse an integer; an absurdly long one becomes infinity."""
    return int(digits) if len(digits) <= _LONGEST_INTEGER else float("inf")


_DECODER = json.JSONDecoder(parse_int=parse_integer)


@dataclass(frozen=True, slots=True)
class StoredEntries:
    """The elements of an array in a file: where it starts, how many there are, and how each is converted.

    Iterating reads the file again. It raises ConformanceError if the file is no longer what it was.
    """

    path: Path
    offset: int
    count: int
    convert: Convert | None = None

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Iterator[Any]:
        try:
            with self.path.open("rb") as file:
                file.seek(self.offset)
                for each in _elements(_Text(file)):
                    yield each if self.convert is None else self.convert(each)
        except (OSError, ValueError) as error:
            raise ConformanceError(f"{self.path} was changed while it was read: {error}.") from error


def converted(entries: list[Any] | StoredEntries, convert: Convert) -> list[Any] | StoredEntries:
    """Return entries in another form, those of a file when they are read."""
    if isinstance(entries, StoredEntries):
        return replace(entries, convert=convert)
    return [convert(each) for each in entries]


def scan_object(path: Path, stored: frozenset[str], opened: str) -> dict[str, Any] | None:
    """Return the JSON object in a file; None if it is none, or its text is not UTF-8.

    Arrays of the names `stored` stay in the file, in the object and in that of the name `opened` in it.
    Raises ValueError for a file that starts with `{` and is not JSON, and RecursionError for values that are
    nested too deeply.
    """
    with path.open("rb") as file:
        start = file.read(4)
        file.seek(len(codecs.BOM_UTF8) if start.startswith(codecs.BOM_UTF8) else 0)
        if b"\0" in start:
            return None
        text = _Text(file)
        if text.next() != "{":
            return None
        found = _object(text, path, stored, opened)
        if text.next():
            raise text.error("Extra data")
        return found


class _Text:
    """The text of a JSON file from the current position on, of which only a part is held."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._start = file.tell()
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogatepass")
        self._held = ""
        self._at = 0
        self._ended = False

    @property
    def offset(self) -> int:
        """The position in the file of the next character."""
        return self._start + len(self._held[: self._at].encode("utf-8", "surrogatepass"))

    def next(self) -> str:
        """Return the next character that is no white space, without taking it; empty at the end."""
        while True:
            while self._at < len(self._held):
                if self._held[self._at] not in _SPACE:
                    return self._held[self._at]
                self._at += 1
            if not self._read_on():
                return ""

    def take(self, expected: str) -> str:
        """Take the next character, which must be one of those expected. Raises ValueError for another."""
        found = self.next()
        if not found or found not in expected:
            raise self.error(f"Expecting {' or '.join(map(repr, expected))}")
        self._at += 1
        return found

    def value(self) -> Any:
        """Take the next value. Raises ValueError if there is none."""
        self.next()
        while True:
            try:
                value, end = _DECODER.raw_decode(self._held, self._at)
            except json.JSONDecodeError as error:
                is_cut = error.pos > len(self._held) - _NEAR or error.msg.startswith("Unterminated string")
                if not is_cut or not self._read_on():
                    raise self.error(error.msg) from None
                continue
            if end == len(self._held) and self._read_on():
                continue  # a number may go on
            self._at = end
            return value

    def error(self, message: str) -> ValueError:
        """Return an error that names the place of the next value."""
        return ValueError(f"{message}: byte {self.offset:,}")

    def _read_on(self) -> bool:
        """Read more of the file, forgetting what was taken; return whether there was more."""
        if self._ended:
            return False
        self._start = self.offset
        self._held = self._held[self._at :]
        self._at = 0
        if len(self._held) > _LARGEST_ENTRY:
            raise self.error(f"An entry has more than {_LARGEST_ENTRY:,} characters")
        if len(self._held) > _FEW_CHARACTERS and sum(map(self._held.count, ",[{")) > _MOST_VALUES:
            raise self.error(f"An entry has more than {_MOST_VALUES:,} values")
        piece = self._file.read(max(_PIECE, len(self._held)))
        self._ended = not piece
        self._held += self._decoder.decode(piece, final=self._ended)
        return True


def _object(text: _Text, path: Path, stored: frozenset[str], opened: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    text.take("{")
    if text.next() == "}":
        text.take("}")
        return found
    while True:
        if text.next() != '"':
            raise text.error("Expecting property name enclosed in double quotes")
        name = text.value()
        text.take(":")
        first = text.next()
        if name in stored and first == "[":
            found[name] = StoredEntries(path, text.offset, sum(1 for _ in _elements(text)))
        elif name == opened and first == "{":
            found[name] = _object(text, path, stored, "")
        else:
            found[name] = text.value()
        if text.take(",}") == "}":
            return found


def _elements(text: _Text) -> Iterator[Any]:
    text.take("[")
    if text.next() == "]":
        text.take("]")
        return
    while True:
        yield text.value()
        if text.take(",]") == "]":
            return
