"""The lines of keys and values in a TOML text, which `tomllib` does not give.

The text is known to be valid TOML: it was parsed before.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

#: Keys, and positions in arrays, from the root of the file.
Path: TypeAlias = tuple[str | int, ...]

_TOKEN: Final = re.compile(
    r'(?P<string>"""(?:[^"\\]|\\.|"(?!""))*"{3,5}'
    r"|'''(?:[^']|'(?!''))*'{3,5}"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*')"
    r"|(?P<comment>#[^\n]*)"
    r"|(?P<mark>[\[\]{}=,.\n])"
    r"|(?P<word>[^\s\[\]{}=,.#\"']+)",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    line: int
    is_mark: bool


def lines_of(text: str) -> Mapping[Path, int]:
    """The line of each key, table and array element by its path; the first one where a table has several.

    The tables of an array such as `[[price]]` are its elements, as in the parsed text.
    """
    return _Scanner(tuple(_tokens(text))).scan()


def _tokens(text: str) -> Iterator[_Token]:
    line, done = 1, 0
    for match in _TOKEN.finditer(text):
        line += text.count("\n", done, match.start())
        done = match.start()
        if match["comment"] is None:
            yield _Token(match[0], line, match["mark"] is not None)
    yield _Token("\n", line, is_mark=True)


class _Scanner:
    """Walks over the tokens once; every method starts at its first token and ends behind its last."""

    def __init__(self, tokens: tuple[_Token, ...]) -> None:
        self._tokens = tokens
        self._next = 0
        self._lines: dict[Path, int] = {}
        self._tables: dict[Path, int] = {}

    def scan(self) -> Mapping[Path, int]:
        table: Path = ()
        while not self._at_end:
            if self._skip("\n"):
                continue
            if self._skip("["):
                table = self._header(is_element=self._skip("["))
            else:
                self._pair(table)
        return self._lines

    def _header(self, *, is_element: bool) -> Path:
        """The path of a table; an array in its name stands for the last element so far."""
        line, names = self._current.line, self._key(())
        path: Path = ()
        for place, name in enumerate(names, start=1):
            path = (*path, name)
            if is_element and place == len(names):
                self._tables[path] = self._tables.get(path, -1) + 1
            if path in self._tables:
                path = (*path, self._tables[path])
            self._lines.setdefault(path, line)
        self._skip("]")
        self._skip("]")
        return path

    def _pair(self, table: Path) -> None:
        key = self._key(table)
        if not self._skip("="):
            self._next += 1
            return
        self._value(key)

    def _key(self, table: Path) -> Path:
        path = table
        while not self._at_end and not self._current.is_mark:
            token = self._current
            path = (*path, _name(token.text))
            self._lines.setdefault(path, token.line)
            self._next += 1
            if not self._skip("."):
                break
        return path

    def _value(self, path: Path) -> None:
        if self._skip("{"):
            while not self._at_end and not self._skip("}"):
                if not self._skip(",") and not self._skip("\n"):
                    self._pair(path)
        elif self._skip("["):
            index = 0
            while not self._at_end and not self._skip("]"):
                if self._skip(",") or self._skip("\n"):
                    continue
                self._lines.setdefault((*path, index), self._current.line)
                self._value((*path, index))
                index += 1
        else:
            while not self._at_end and (self._current.text == "." or not self._current.is_mark):
                self._next += 1

    def _skip(self, mark: str) -> bool:
        """Go on if the current token is this mark; return whether it was."""
        if not self._at_end and self._current.is_mark and self._current.text == mark:
            self._next += 1
            return True
        return False

    @property
    def _current(self) -> _Token:
        return self._tokens[self._next]

    @property
    def _at_end(self) -> bool:
        return self._next >= len(self._tokens)


def _name(text: str) -> str:
    """The name that a key stands for, without its quotes."""
    if text[0] not in "\"'":
        return text
    value = tomllib.loads(f"key = {text}")["key"]
    return str(value)
