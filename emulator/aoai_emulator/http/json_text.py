"""JSON text: strict parsing within bounds, compact writing."""

from __future__ import annotations

import json
import math
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from json.scanner import make_scanner
from typing import Any

JsonObject = dict[str, Any]

MAX_DEPTH = 100
#: The maximum number of values; numbers in lists, such as tokens, have a limit of their own.
MAX_VALUES = 50_000
MAX_NUMBERS = 1_000_000
#: A text with its quotes, for counting what stands outside of texts.
_TEXT = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
# Up to this limit, every integer is exactly representable as a float.
_EXACT = 2**53


class JsonTextError(ValueError):
    """A body that is not JSON, or that no server should accept (too deep, not finite)."""


def parse(raw: bytes) -> Any:
    """Parse one JSON text in UTF-8.

    Raises JsonTextError for anything that RFC 8259 does not allow, for numbers that are not finite, for
    text that is not Unicode (lone surrogates), for more than MAX_DEPTH levels of nesting and for more than
    MAX_VALUES values or MAX_NUMBERS numbers in lists.
    """
    opened = raw.count(b"[") + raw.count(b"{")
    listed = raw.count(b",") if len(raw) > MAX_VALUES else 0  # each value takes a byte
    if opened > MAX_VALUES or listed > MAX_VALUES + MAX_NUMBERS:
        _reject_many(_TEXT.sub(b"", raw))  # before they cost memory
    try:
        value = _read(raw.decode().removeprefix("\ufeff"))
    except RecursionError as error:
        raise JsonTextError(f"it is nested deeper than {MAX_DEPTH} levels") from error
    except UnicodeDecodeError as error:
        raise JsonTextError("it is not UTF-8") from error
    except ValueError as error:
        raise JsonTextError(str(error)) from error
    if opened > MAX_DEPTH or opened + listed > MAX_VALUES:
        _reject_excess(value)
    if b"\\" in raw and b"\\u" in raw:
        try:
            json.dumps(value, ensure_ascii=False).encode()
        except UnicodeEncodeError as error:
            raise JsonTextError("it contains a lone surrogate") from error
    return value


def _read(text: str) -> Any:
    """Read a JSON text directly, or where that fails, by the decoder, which skips spaces first."""
    whole = text.rstrip(" \t\r\n")
    try:
        value, end = _SCAN(whole, 0)
    except (StopIteration, ValueError):
        return _DECODER.decode(text)
    return value if end == len(whole) else _DECODER.decode(text)


@dataclass(frozen=True, slots=True)
class JsonText:
    """A value that is JSON text already, and is written as it is."""

    text: str

    def __str__(self) -> str:
        return self.text

    def __bytes__(self) -> bytes:
        return self.text.encode()


def write(value: object) -> bytes:
    """Write a value as compact UTF-8 JSON; text that UTF-8 cannot encode is escaped."""
    try:
        return _written(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return _written(value, ensure_ascii=True).encode()


def plain_copy(value: Any) -> Any:
    """Return a copy of a value as it is when it is read: without a JsonText."""
    return json.loads(write(value))


def _written(value: object, *, ensure_ascii: bool) -> str:
    texts: list[str] = []

    def mark(found: object) -> str:
        if not isinstance(found, JsonText):
            raise TypeError(f"{type(found).__name__} is not JSON")
        texts.append(found.text)
        return _MARK

    encoder = json.JSONEncoder(
        ensure_ascii=ensure_ascii, allow_nan=False, separators=(",", ":"), default=mark
    )
    written = encoder.encode(value)
    if not texts:
        return written
    first, *others = written.split(f'"{_MARK}"')
    return first + "".join(text + other for text, other in zip(texts, others, strict=True))


def _reject_constant(name: str) -> float:
    raise JsonTextError(f"{name} is not a JSON number")


def _number(text: str) -> int | float:
    """Return integers for floats such as 2.0: JSON has only one kind of number."""
    number = float(text)
    if not math.isfinite(number):
        raise JsonTextError(f"{text} is out of range")
    return int(number) if number.is_integer() and abs(number) <= _EXACT else number


def _reject_many(outside_texts: bytes) -> None:
    """Reject a text with too many values by its signs, texts left out."""
    if outside_texts.count(b"[") + outside_texts.count(b"{") > MAX_VALUES:
        raise _too_many()
    if outside_texts.count(b",") > MAX_VALUES + MAX_NUMBERS:
        raise _too_many()


def _reject_excess(value: Any) -> None:
    """Check a value level by level, without recursion and within the bounds."""
    level = [value]
    depth = values = numbers = 0
    while level:
        depth += 1
        if depth > MAX_DEPTH + 1:
            raise JsonTextError(f"it is nested deeper than {MAX_DEPTH} levels")
        inner: list[Any] = []
        for item in level:
            if isinstance(item, dict):
                values += sum(isinstance(each, int | float) for each in item.values())
                inner.extend(item.values())
            elif isinstance(item, list):
                inner.extend(item)
        plain = sum(isinstance(item, int | float) for item in level)
        numbers += plain
        values += len(level) - plain
        if values > MAX_VALUES or numbers > MAX_NUMBERS:
            raise _too_many()
        level = inner


def _too_many() -> JsonTextError:
    return JsonTextError(f"it contains more than {MAX_VALUES} values or {MAX_NUMBERS} numbers in lists")


_DECODER = json.JSONDecoder(parse_constant=_reject_constant, parse_float=_number)
_SCAN: Callable[[str, int], tuple[Any, int]] = make_scanner(_DECODER)  # type: ignore[arg-type]
#: Stands for a JsonText until the rest is written; no client can guess it.
_MARK = secrets.token_hex(16)
