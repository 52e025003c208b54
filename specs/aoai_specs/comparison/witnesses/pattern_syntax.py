"""Regular expressions of ECMA 262 as trees, without look-around, references and word boundaries."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from aoai_specs.comparison.witnesses.cases import UnsupportedError

_MOST_REPEATS = 400


@dataclass(frozen=True, slots=True)
class Chars:
    """One character of some ranges, or outside them."""

    ranges: tuple[tuple[str, str], ...]
    outside: bool = False

    def has(self, char: str) -> bool:
        """Whether a character belongs to it."""
        return any(low <= char <= high for low, high in self.ranges) != self.outside

    def edges(self) -> list[str]:
        """Return the first and last characters of the ranges, and their neighbours."""
        found = []
        for low, high in self.ranges:
            found += [low, high, chr(max(0, ord(low) - 1)), chr(min(0xD7FF, ord(high) + 1))]
        return [char for char in found if not "\ud800" <= char <= "\udfff"]


@dataclass(frozen=True, slots=True)
class Sequence:
    """Parts in order; an empty sequence matches the empty text."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """Any one of several parts; an empty choice matches nothing."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """A part several times."""

    part: Expression
    least: int
    most: int | None


@dataclass(frozen=True, slots=True)
class Anchor:
    """The start (`^`) or the end (`$`) of the text."""

    sign: str


Expression = Chars | Sequence | Choice | Repeat | Anchor
EMPTY = Sequence(())
NEVER = Choice(())
_ANY = Chars((), outside=True)
_ANYTHING = Repeat(_ANY, 0, None)
_BREAKS = (("\n", "\n"), ("\r", "\r"), ("\u2028", "\u2029"))
_CLASSES: dict[str, tuple[tuple[str, str], ...]] = {
    "d": (("0", "9"),),
    "w": (("0", "9"), ("A", "Z"), ("_", "_"), ("a", "z")),
    "s": (("\t", "\r"), (" ", " "), ("\xa0", "\xa0"), ("\u2028", "\u2029"), ("\ufeff", "\ufeff")),
}
_CONTROLS = {"n": "\n", "r": "\r", "t": "\t", "f": "\f", "v": "\v", "0": "\0"}


def choice_of(parts: Iterable[Expression]) -> Expression:
    """Return a choice in its simplest form."""
    flat: dict[Expression, None] = {}
    for part in parts:
        for each in part.parts if isinstance(part, Choice) else (part,):
            flat.setdefault(each)
    if len(flat) == 1:
        return next(iter(flat))
    return Choice(tuple(sorted(flat, key=repr))) if flat else NEVER


def sequence_of(parts: Iterable[Expression]) -> Expression:
    """Return a sequence in its simplest form."""
    flat: list[Expression] = []
    for part in parts:
        if part == NEVER:
            return NEVER
        flat += part.parts if isinstance(part, Sequence) else (part,)
    return flat[0] if len(flat) == 1 else Sequence(tuple(flat))


@lru_cache(maxsize=1024)
def parsed(pattern: str) -> Expression:
    """Return a pattern, which may match anywhere in a text, as an expression for the whole text.

    Raises UnsupportedError.
    """
    reader = _Reader(pattern)
    found = reader.choice()
    if reader.rest:
        raise UnsupportedError
    return choice_of(_whole(each) for each in (found.parts if isinstance(found, Choice) else (found,)))


def _whole(branch: Expression) -> Expression:
    """Replace the anchors of a branch by what may surround it."""
    parts = list(branch.parts) if isinstance(branch, Sequence) else [branch]
    if len(parts) == 1 and isinstance(parts[0], Choice):
        return choice_of(map(_whole, parts[0].parts))
    start = [_ANYTHING]
    while parts and parts[0] == Anchor("^"):
        start = []
        parts.pop(0)
    end = [_ANYTHING]
    while parts and parts[-1] == Anchor("$"):
        end = []
        parts.pop()
    if any(map(_anchored, parts)):
        raise UnsupportedError
    return sequence_of([*start, *parts, *end])


def _anchored(expression: Expression) -> bool:
    if isinstance(expression, Anchor):
        return True
    if isinstance(expression, Sequence | Choice):
        return any(map(_anchored, expression.parts))
    return isinstance(expression, Repeat) and _anchored(expression.part)


class _Reader:
    def __init__(self, pattern: str) -> None:
        self.rest = pattern

    def choice(self) -> Expression:
        parts = [self._sequence()]
        while self.rest.startswith("|"):
            self.rest = self.rest[1:]
            parts.append(self._sequence())
        return choice_of(parts)

    def _sequence(self) -> Expression:
        parts: list[Expression] = []
        while self.rest and self.rest[0] not in "|)":
            parts.append(self._repeated(self._atom()))
        return sequence_of(parts)

    def _repeated(self, atom: Expression) -> Expression:
        found = re.match(r"([*+?]|\{(\d+)(,?)(\d*)\})\??", self.rest)
        if found is None:
            return atom
        self.rest = self.rest[found.end() :]
        least, most = {"*": (0, None), "+": (1, None), "?": (0, 1)}.get(found[1], (0, 0))
        if found[2]:
            least = int(found[2])
            most = int(found[4]) if found[4] else None if found[3] else least
        if least > _MOST_REPEATS or (most or 0) > _MOST_REPEATS or isinstance(atom, Anchor):
            raise UnsupportedError
        return Repeat(atom, least, most)

    def _atom(self) -> Expression:
        char, self.rest = self.rest[0], self.rest[1:]
        if char in "^$":
            return Anchor(char)
        if char == ".":
            return Chars(_BREAKS, outside=True)
        if char == "(":
            return self._group()
        if char == "[":
            return self._class()
        if char == "\\":
            return self._escape()
        if char in "*+?{})]":
            raise UnsupportedError
        return Chars(((char, char),))

    def _group(self) -> Expression:
        if self.rest.startswith("?"):
            if not self.rest.startswith("?:"):
                raise UnsupportedError
            self.rest = self.rest[2:]
        found = self.choice()
        if not self.rest.startswith(")"):
            raise UnsupportedError
        self.rest = self.rest[1:]
        return found

    def _escape(self) -> Chars:
        char, self.rest = self.rest[:1], self.rest[1:]
        if char.lower() in _CLASSES:
            return Chars(_CLASSES[char.lower()], outside=char.isupper())
        if char in _CONTROLS:
            return Chars(((_CONTROLS[char],) * 2,))
        digits = {"x": 2, "u": 4}.get(char, 0)
        if digits:
            code = self.rest[:digits]
            if not re.fullmatch(r"[0-9a-fA-F]+", code) or len(code) != digits:
                raise UnsupportedError
            self.rest = self.rest[digits:]
            return Chars(((chr(int(code, 16)),) * 2,))
        if not char or char.isalnum():
            raise UnsupportedError
        return Chars(((char, char),))

    def _class(self) -> Chars:
        outside = self.rest.startswith("^")
        self.rest = self.rest[1:] if outside else self.rest
        ranges: list[tuple[str, str]] = []
        while not self.rest.startswith("]"):
            if not self.rest:
                raise UnsupportedError
            low = self._member()
            if self.rest.startswith("-") and self.rest[1:2] not in ("]", ""):
                self.rest = self.rest[1:]
                high = self._member()
                if len(low) != 1 or len(high) != 1 or low[0][0] > high[0][0]:
                    raise UnsupportedError
                ranges.append((low[0][0], high[0][0]))
            else:
                ranges += low
        self.rest = self.rest[1:]
        return Chars(tuple(ranges), outside)

    def _member(self) -> tuple[tuple[str, str], ...]:
        char, self.rest = self.rest[0], self.rest[1:]
        if char != "\\":
            return ((char, char),)
        found = self._escape()
        if found.outside:
            raise UnsupportedError
        return found.ranges
