"""Reading JSON: the parser of the standard library, and the places of a text where a message needs them."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from aoai_specs.loading.problems import DUPLICATE_KEY, HALF_SURROGATE_PAIR, UNSUPPORTED_VALUE, Remark
from aoai_specs.loading.text.limits import MAX_DEPTH, MAX_DIGITS, MAX_VALUES, TOO_DEEP, TOO_MANY
from aoai_specs.loading.text.overview import overview
from aoai_specs.pointers import join

#: The replacement for half a surrogate pair.
REPLACEMENT = "\ufffd"
_SURROGATE = re.compile("[\ud800-\udfff]")
#: A name with whitespace after it. The lookahead makes the search a third faster.
_LOOSE_COLON = re.compile(r'"(?=\s)\s+:')
_END_OF_NAME = re.compile(r'(?<!\\)"\s*:')
#: A quotation mark after a backslash that may itself be escaped.
_UNCLEAR_MARK = re.compile(r'\\\\"\s*:')
_ESCAPED_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
#: What is left of a text without spaces, commas and colons.
_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\]]|[^\s{}\[\],:"]+')


class JsonError(Exception):
    """A text that is not JSON, or that exceeds a limit; `line` is where."""

    def __init__(self, message: str, line: int, *, limit: bool = False) -> None:
        super().__init__(message)
        self.line = line
        self.limit = limit


class JsonText(NamedTuple):
    """The value of a JSON text, and remarks about what other readers reject or read differently.

    `marked` are the objects that an overview marks.
    """

    value: Any
    remarks: list[Remark]
    marked: tuple[dict[str, Any], ...]


class _NoNumber(str):
    """The text of a number that is too large, or of NaN or Infinity."""

    __slots__ = ()


def read_json(text: str) -> JsonText:
    """Read a JSON text; of a name that appears twice, the last value counts. Raises JsonError."""
    reader = _Reader()
    try:
        value = json.loads(
            text,
            parse_int=reader.take_integer,
            parse_float=reader.take_number,
            parse_constant=reader.take_constant,
        )
    except json.JSONDecodeError as error:
        raise JsonError(f"{error.msg}.", error.lineno) from None
    except RecursionError:
        raise JsonError(TOO_DEEP, _first_line_too_deep(text) or 1, limit=True) from None
    size = overview(value, MAX_DEPTH)
    if size.depth > MAX_DEPTH:
        raise JsonError(TOO_DEEP, _first_line_too_deep(text) or 1, limit=True)
    if size.values > MAX_VALUES:
        raise JsonError(TOO_MANY, 1, limit=True)
    remarks: list[Remark] = []
    if _may_repeat_names(text, size.members):
        remarks += _duplicates(text)
    if reader.has_odd_numbers or (_ESCAPED_SURROGATE.search(text) and _has_surrogate(value)):
        value = _Cleaning(line_of_places(text), remarks).clean(value, "#", "#")
        size = overview(value, MAX_DEPTH)
    return JsonText(value, remarks, size.marked)


class _Reader:
    """The hooks of the parser."""

    def __init__(self) -> None:
        self.has_odd_numbers = False

    def take_integer(self, text: str) -> int | str:
        return int(text) if len(text) <= MAX_DIGITS else self.take_constant(text)

    def take_number(self, text: str) -> float | str:
        number = float(text)
        return number if math.isfinite(number) else self.take_constant(text)

    def take_constant(self, text: str) -> str:
        self.has_odd_numbers = True
        return _NoNumber(text)


class _Cleaning:
    """Replaces halves of surrogate pairs and numbers that are none."""

    def __init__(self, lines: dict[str, int], remarks: list[Remark]) -> None:
        self._lines = lines
        self._remarks = remarks

    def clean(self, value: Any, pointer: str, original: str) -> Any:
        if isinstance(value, list):
            return [
                self.clean(each, join(pointer, index), join(original, index))
                for index, each in enumerate(value)
            ]
        if isinstance(value, dict):
            return self._object(value, pointer, original)
        if isinstance(value, _NoNumber):
            text = str(value)
            shown = text if len(text) <= 40 else f"{text[:37]}…"
            self._remark(
                UNSUPPORTED_VALUE,
                pointer,
                original,
                f"{shown} is not a number that can be used; it is read as text.",
            )
            return text
        if isinstance(value, str) and _SURROGATE.search(value):
            self._half(pointer, original)
            return _SURROGATE.sub(REPLACEMENT, value)
        return value

    def _object(self, value: dict[str, Any], pointer: str, original: str) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for name, each in value.items():
            clean = _SURROGATE.sub(REPLACEMENT, name)
            place, stood = join(pointer, clean), join(original, name)
            if clean != name:
                self._half(place, stood)
            result[clean] = self.clean(each, place, stood)
        return result

    def _half(self, pointer: str, original: str) -> None:
        message = f"the text at {pointer} has half a surrogate pair, which is read as U+FFFD."
        self._remark(HALF_SURROGATE_PAIR, pointer, original, message)

    def _remark(self, kind: str, pointer: str, original: str, message: str) -> None:
        self._remarks.append(Remark(kind, pointer, self._lines.get(original, 1), message))


def _has_surrogate(value: Any) -> bool:
    waiting = [value]
    while waiting:
        node = waiting.pop()
        if isinstance(node, str):
            if _SURROGATE.search(node):
                return True
        elif isinstance(node, dict):
            waiting.extend(node)
            waiting.extend(node.values())
        elif isinstance(node, list):
            waiting.extend(node)
    return False


def line_of_places(text: str) -> dict[str, int]:
    """Return the line of each place of a JSON text; that of a member is the line of its name.

    Places without a line are on the first one: everything is, if the text has only one.
    """
    return {pointer: line for pointer, line, _ in _places(text)} if "\n" in text else {}


def _may_repeat_names(text: str, members: int) -> bool:
    """Whether a JSON text may have more names than its value has members; False is certain.

    The quotation mark that ends a name stands before a colon; one inside a string stands after a backslash.
    """
    if _UNCLEAR_MARK.search(text):
        return True
    if _LOOSE_COLON.search(text):
        return len(_END_OF_NAME.findall(text)) != members
    return text.count('":') - text.count('\\":') != members


def _duplicates(text: str) -> list[Remark]:
    remarks = []
    for pointer, line, name in _places(text):
        if name is not None:
            message = f"the key {name!r} appears twice; the last one counts."
            remarks.append(Remark(DUPLICATE_KEY, pointer, line, message))
    return remarks


def _places(text: str) -> Iterator[tuple[str, int, str | None]]:
    """Yield each place of a JSON text with its line, and its name if that appears again."""
    around: list[tuple[str, set[str] | None, list[int]]] = []
    line, position = 1, 0
    key: str | None = None
    key_line = 1
    for token in _TOKEN.finditer(text):
        found = token[0]
        if found in "}]":
            around.pop()
            continue
        start = token.start()
        line += text.count("\n", position, start)
        position = start
        if around and around[-1][1] is not None and key is None:
            key, key_line = json.loads(found) if "\\" in found else found[1:-1], line
            continue
        pointer, place_line, again = "#", line, None
        if around:
            owner, names, count = around[-1]
            if names is None:
                pointer = join(owner, count[0])
                count[0] += 1
            elif key is not None:
                pointer, place_line = join(owner, key), key_line
                again = key if key in names else None
                names.add(key)
                key = None
        yield pointer, place_line, again
        if found == "{":
            around.append((pointer, set(), [0]))
        elif found == "[":
            around.append((pointer, None, [0]))


def _first_line_too_deep(text: str) -> int | None:
    depth = 0
    for token in _TOKEN.finditer(text):
        if token[0] in "{[":
            depth += 1
            if depth > MAX_DEPTH:
                return text.count("\n", 0, token.start()) + 1
        elif token[0] in "}]":
            depth -= 1
    return None
