"""Values that came over the wire, made fit to be stored as JSON without losing what they were."""

from __future__ import annotations

import json
import math

from aoai_model.serialization import Json
from aoai_specs.errors import ConformanceError

#: Deeper values are evidence of nothing but a nesting bomb.
DEEPEST = 64


class RecordError(ConformanceError):
    """A record that cannot be read, or a line that may not stand in one; the message names file and line."""


def storable(value: object, depth: int = 0) -> Json:
    """A value as JSON that any reader takes: no lone surrogate, NaN, infinity, or bottomless nesting.

    What JSON cannot hold becomes text that says what it was; everything else is returned unchanged.
    """
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(value, float):
        return value if math.isfinite(value) else repr(value)
    if depth >= DEEPEST:
        return "… (nested deeper than is kept)"
    if isinstance(value, dict):
        return {str(storable(str(key))): storable(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [storable(item, depth + 1) for item in value]
    return storable(repr(value))


def one_line(value: object) -> str:
    """A value as compact JSON text on one line, for messages and tables; never raises."""
    return json.dumps(storable(value), ensure_ascii=False)


def shortened(value: object, *, longest: int = 4000) -> Json:
    """A value of the same shape whose JSON text is about `longest` characters at most.

    Long texts are cut with a note of their length, long arrays and objects keep their first members.
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
    """A text of at most `longest` characters and a note of how long it was."""
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
