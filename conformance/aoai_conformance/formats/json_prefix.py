"""Check whether a text is a prefix of valid JSON, as truncated JSON output must be, or repeats one value."""

from __future__ import annotations

import json
import re

_SPACE = " \t\n\r"
_LITERALS = ("true", "false", "null")
#: Any non-empty prefix of a number.
_NUMBER = re.compile(r"-?(?:(?:0|[1-9]\d*)(?:\.\d*)?(?:(?<=\d)[eE][+-]?\d*)?)?", re.ASCII)
_WHOLE_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?", re.ASCII)
_STRING = re.compile(r'"(?:[^"\\\x00-\x1f]|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})*')
_CUT_ESCAPE = re.compile(r"\\(?:u[0-9a-fA-F]{0,3})?")


def is_json_prefix(text: str, *, with_object: bool = False) -> bool:
    """Return whether `text` is JSON or a prefix of JSON, of an object if `with_object` is true.

    The empty text and white space are prefixes of JSON.
    """
    if with_object and text.strip(_SPACE) and not text.lstrip(_SPACE).startswith("{"):
        return False
    return _Reader(text).reads()


def is_repeated_json(text: str) -> bool:
    """Return whether `text` is the same JSON value several times, with white space between them."""
    decoder, values, at = json.JSONDecoder(), [], 0
    remaining = text.strip(_SPACE)
    try:
        while at < len(remaining):
            value, at = decoder.raw_decode(remaining, at)
            values.append(value)
            at += len(remaining) - at - len(remaining[at:].lstrip(_SPACE))
    except (ValueError, RecursionError):
        return False
    return len(values) > 1 and all(value == values[0] for value in values)


class _Cut(Exception):  # noqa: N818 - the text ended, which is no error
    """The text ended inside a value."""


class _Wrong(Exception):  # noqa: N818 - the answer to the question, not an error
    """The text is not a prefix of JSON."""


class _Reader:
    """Reads one value without recursion, so that any depth of nesting is safe."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def reads(self) -> bool:
        closers: list[str] = []
        try:
            while True:
                self._value(closers)
                while closers and self._after_value(closers):
                    pass
                if not closers:
                    return not self._text[self._at :].strip(_SPACE)
        except _Cut:
            return True
        except _Wrong:
            return False

    def _value(self, closers: list[str]) -> None:
        """Read a scalar, or open containers up to the next scalar or empty container."""
        while True:
            character = self._next()
            if character == "{":
                closers.append("}")
                self._at += 1
                if self._next() == "}":
                    return
                self._name()
            elif character == "[":
                closers.append("]")
                self._at += 1
                if self._next() == "]":
                    return
            else:
                self._scalar(character)
                return

    def _after_value(self, closers: list[str]) -> bool:
        """Read what follows a value in a container; return whether the container itself has ended."""
        character = self._next()
        self._at += 1
        if character == closers[-1]:
            closers.pop()
            return True
        if character != ",":
            raise _Wrong
        if closers[-1] == "}":
            self._next()
            self._name()
        return False

    def _name(self) -> None:
        self._string()
        if self._next() != ":":
            raise _Wrong
        self._at += 1

    def _scalar(self, character: str) -> None:
        if character == '"':
            self._string()
        elif character in "-0123456789":
            self._number()
        else:
            self._literal()

    def _next(self) -> str:
        while self._at < len(self._text) and self._text[self._at] in _SPACE:
            self._at += 1
        if self._at == len(self._text):
            raise _Cut
        return self._text[self._at]

    def _string(self) -> None:
        match = _STRING.match(self._text, self._at)
        if match is None:
            raise _Wrong
        rest = self._text[match.end() : match.end() + 6]
        if not rest or (_CUT_ESCAPE.fullmatch(rest) and match.end() + len(rest) == len(self._text)):
            raise _Cut
        if rest[0] != '"':
            raise _Wrong
        self._at = match.end() + 1

    def _number(self) -> None:
        match = _NUMBER.match(self._text, self._at)
        if match is None:
            raise _Wrong
        self._at = match.end()
        if self._at == len(self._text):
            raise _Cut
        if not _WHOLE_NUMBER.fullmatch(match[0]):
            raise _Wrong

    def _literal(self) -> None:
        for literal in _LITERALS:
            if self._text.startswith(literal, self._at):
                self._at += len(literal)
                return
            if literal.startswith(self._text[self._at :]):
                raise _Cut
        raise _Wrong
