"""Make values from the wire storable as JSON."""

from __future__ import annotations

import json
import math

from aoai_model.serialization import Json
from aoai_specs.errors import ConformanceError

#: Deeper values are cut off.
DEEPEST = 64


class RecordError(ConformanceError):
    """A record cannot be read, or a line is invalid; the message names the file and the line."""


def storable(value: object, depth: int = 0) -> Json:
    """Return a value as portable JSON, without lone surrogates, NaN, infinity or unlimited nesting.

    What JSON cannot represent becomes descriptive text; everything else is returned unchanged.
    """
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(value, float):
        return value if math.isfinite(value) else repr(value)
    if depth >= DEEPEST:
        return "… (nested too deeply)"
    if isinstance(value, dict):
        return {str(storable(str(key))): storable(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [storable(item, depth + 1) for item in value]
    return storable(repr(value))


def one_line(value: object) -> str:
    """Return a value as JSON text on one line, for messages and tables. Never raises."""
    return json.dumps(storable(value), ensure_ascii=False)


def shortened(value: object, *, longest: int = 4000) -> Json:
    """Return a value of the same shape whose JSON text has about `longest` characters at most.

    Long texts are cut and their length is noted; long arrays and objects keep their first members.
    """
    kept = storable(value)
    if len(json.dumps(kept, ensure_ascii=False)) <= longest:
        return kept
    for text, members, depth in ((500, 20, 6), (200, 8, 4), (80, 4, 3), (40, 2, 2)):
        cut = _cut(kept, text, members, depth)
        if len(json.dumps(cut, ensure_ascii=False)) <= longest:
            return cut
    return cut_text(json.dumps(kept, ensure_ascii=False), longest)


def cut_text(text: str, longest: int) -> str:
    """Cut a text to `longest` characters and note its length."""
    if len(text) <= longest:
        return text
    return f"{text[:longest]}… ({len(text):,} characters)"


def _cut(value: Json, text: int, members: int, depth: int) -> Json:
    if isinstance(value, str):
        return cut_text(value, text)
    if isinstance(value, list):
        if depth == 0:
            return f"… (array of {len(value):,})"
        kept = [_cut(item, text, members, depth - 1) for item in value[:members]]
        return [*kept, f"… ({len(value):,} items)"] if len(value) > members else kept
    if isinstance(value, dict):
        if depth == 0:
            return f"… (object of {len(value):,} members)"
        pairs = list(value.items())
        cut = {cut_text(key, text): _cut(item, text, members, depth - 1) for key, item in pairs[:members]}
        if len(pairs) > members:
            cut["…"] = f"({len(pairs):,} members)"
        return cut
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() > 4 * text:
        return cut_text(str(value), text)
    return value
