"""JSON text: strict parsing within bounds, compact writing."""

from __future__ import annotations

import json
import math
from typing import Any

JsonObject = dict[str, Any]

MAX_DEPTH = 100
MAX_VALUES = 50_000
# Up to this limit, every integer is exactly representable as a float.
_EXACT = 2**53


class JsonTextError(ValueError):
    """A body that is not JSON, or that no server should accept (too deep, not finite)."""


def parse(raw: bytes) -> Any:
    """Parse one JSON text in UTF-8.

    Raises JsonTextError for anything that RFC 8259 does not allow, for numbers that are not finite, for
    text that is not Unicode (lone surrogates), for more than MAX_DEPTH levels of nesting and for more than
    MAX_VALUES values.
    """
    try:
        value = json.loads(raw.decode("utf-8-sig"), parse_constant=_reject_constant, parse_float=_number)
    except RecursionError as error:
        raise JsonTextError(f"it is nested deeper than {MAX_DEPTH} levels") from error
    except UnicodeDecodeError as error:
        raise JsonTextError("it is not UTF-8") from error
    except ValueError as error:
        raise JsonTextError(str(error)) from error
    opened = raw.count(b"[") + raw.count(b"{")
    if opened > MAX_DEPTH or opened + raw.count(b",") > MAX_VALUES:
        _reject_excess(value)
    if b"\\u" in raw:
        try:
            json.dumps(value, ensure_ascii=False).encode()
        except UnicodeEncodeError as error:
            raise JsonTextError("it contains a lone surrogate") from error
    return value


def write(value: object) -> bytes:
    """Write a value as compact UTF-8 JSON; text that UTF-8 cannot encode is escaped."""
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:
        return json.dumps(value, allow_nan=False, separators=(",", ":")).encode()


def _reject_constant(name: str) -> float:
    raise JsonTextError(f"{name} is not a JSON number")


def _number(text: str) -> int | float:
    """Return integers for floats such as 2.0: JSON has only one kind of number."""
    number = float(text)
    if not math.isfinite(number):
        raise JsonTextError(f"{text} is out of range")
    return int(number) if number.is_integer() and abs(number) <= _EXACT else number


def _reject_excess(value: Any) -> None:
    """Check a value level by level, without recursion and within the bounds."""
    level = [value]
    depth = values = 0
    while level:
        depth += 1
        values += len(level)
        if depth > MAX_DEPTH + 1:
            raise JsonTextError(f"it is nested deeper than {MAX_DEPTH} levels")
        if values > MAX_VALUES:
            raise JsonTextError(f"it contains more than {MAX_VALUES} values")
        inner: list[Any] = []
        for item in level:
            if isinstance(item, dict):
                inner.extend(item.values())
            elif isinstance(item, list):
                inner.extend(item)
        level = inner
