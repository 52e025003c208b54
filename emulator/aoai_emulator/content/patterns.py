r"""Strings that match a simple regular expression, built from its structure without matching.

Supported are literals, escapes (`\d`, `\w`, `\s`, `\n`, `\t`, `\.`), `.`, character classes, groups,
alternatives, anchors and all quantifiers. Look-arounds and back-references are not; they add no text.
"""

from __future__ import annotations

from collections.abc import Sequence

_MAX_TEXT = 400
_MAX_STEPS = 4 * _MAX_TEXT
_MAX_PATTERN = 400
_CLASSES = {"d": "7", "w": "a", "s": " ", "D": "a", "W": "-", "S": "a", "n": "\n", "t": "\t", "r": "\r"}
_SIMPLE_QUANTIFIERS = {"*": (0, None), "+": (1, None), "?": (0, 1)}

# A piece of a pattern: alternatives of sequences of (piece or text, least, most) triples.
_Counted = tuple["_Piece", int, int | None]
_Piece = str | list[list[_Counted]]


def matching(pattern: str, least: int = 0, most: int = _MAX_TEXT) -> str | None:
    """Return a string of `least` to `most` characters that matches, or None if none was found."""
    if len(pattern) > _MAX_PATTERN:
        return None
    try:
        parsed = _Parser(pattern).parse()
    except (ValueError, RecursionError):
        return None
    for extra in (0, 1, 2, 3, least, max(least - 1, 0)):
        text = _written(parsed, extra, [_MAX_STEPS])
        if least <= len(text) <= most:
            return text
    return None


def _written(piece: _Piece, extra: int, room: list[int]) -> str:
    """Write the first alternative, each unbounded repetition `extra` times more than its minimum."""
    room[0] -= 1
    if isinstance(piece, str):
        return piece if room[0] >= 0 else ""
    text = []
    for part, least, most in piece[0]:
        times = least + extra if most is None else max(least, min(extra, most))
        for _ in range(min(times, _MAX_TEXT)):
            if room[0] <= 0:
                break
            text.append(_written(part, extra, room))
    return "".join(text)


class _Parser:
    """A recursive descent over the pattern. Raises ValueError for unsupported syntax."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._place = 0

    def parse(self) -> _Piece:
        piece = self._alternatives()
        if self._place < len(self._pattern):
            raise ValueError(self._pattern)
        return piece

    def _alternatives(self) -> _Piece:
        alternatives = [self._sequence()]
        while self._peek() == "|":
            self._place += 1
            alternatives.append(self._sequence())
        return alternatives

    def _sequence(self) -> list[_Counted]:
        sequence: list[_Counted] = []
        while (sign := self._peek()) and sign not in "|)":
            piece = self._piece()
            least, most = self._quantifier()
            sequence.append((piece, least, most))
        return sequence

    def _piece(self) -> _Piece:
        sign = self._take()
        match sign:
            case "^" | "$":
                return ""
            case ".":
                return "a"
            case "(":
                return self._group()
            case "[":
                return self._character_class()
            case "\\":
                return self._escape()
            case "*" | "+" | "?":
                raise ValueError(sign)
            case _:
                return sign

    def _group(self) -> _Piece:
        if self._peek() == "?":
            self._place += 1
            if self._take() != ":":
                raise ValueError("look-around")
        piece = self._alternatives()
        if self._take() != ")":
            raise ValueError("group")
        return piece

    def _character_class(self) -> str:
        negated = self._peek() == "^"
        if negated:
            self._place += 1
        members: list[str] = []
        first = True
        while (sign := self._take()) != "]" or first:
            first = False
            members.append(self._escape() if sign == "\\" else sign)
        if not negated:
            return members[0]
        return _outside(members)

    def _escape(self) -> str:
        sign = self._take()
        if sign in "bBAZ":
            return ""
        if sign.isdigit():
            raise ValueError("back-reference")
        if sign.isalpha() and sign not in _CLASSES:
            raise ValueError(sign)
        return _CLASSES.get(sign, sign)

    def _quantifier(self) -> tuple[int, int | None]:
        sign = self._peek()
        bounds: tuple[int, int | None] = (1, 1)
        if sign and sign in _SIMPLE_QUANTIFIERS:
            self._place += 1
            bounds = _SIMPLE_QUANTIFIERS[sign]
        elif sign == "{" and (end := self._pattern.find("}", self._place)) > 0:
            low, comma, high = self._pattern[self._place + 1 : end].partition(",")
            if low.isdigit() and (not high or high.isdigit()):
                self._place = end + 1
                most = int(high) if high else None
                bounds = (int(low), most if comma else int(low))
        if bounds != (1, 1) and self._peek() == "?":
            self._place += 1
        return bounds

    def _peek(self) -> str:
        return self._pattern[self._place : self._place + 1]

    def _take(self) -> str:
        sign = self._peek()
        if not sign:
            raise ValueError("end of pattern")
        self._place += 1
        return sign


def _outside(members: Sequence[str]) -> str:
    """Return a character that a negated class allows, judged by the ends of its ranges."""
    for candidate in "a7-A _":
        inside = any(
            low <= candidate <= high
            for low, dash, high in zip(members, members[1:], members[2:], strict=False)
            if dash == "-"
        )
        if candidate not in members and not inside:
            return candidate
    return "~"
