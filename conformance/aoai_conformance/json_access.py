"""Access to JSON that may be malformed, without raising.

Schema rules report malformed JSON; all other rules use these functions and skip what is missing.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias, cast

from aoai_model.serialization import Json
from aoai_specs.pointers import tokens

#: What can be written as JSON, in types that may be narrower.
Jsonable: TypeAlias = "bool | int | float | str | Sequence[Jsonable] | Mapping[str, Jsonable] | None"

_LONGEST_TEXT = 400


def dig(value: Any, pointer: str, default: Any = None) -> Any:
    """Return the value at a JSON Pointer inside `value`, `default` if there is none.

    A member that is null gives None, not `default`.
    """
    for key in tokens(pointer):
        if isinstance(value, dict) and key in value:
            value = value[key]
        elif isinstance(value, list) and key.isascii() and key.isdigit() and int(key) < len(value):
            value = value[int(key)]
        else:
            return default
    return value


def whole(value: Any) -> int | None:
    """A JSON number without a fraction as int (1.0 is 1, since JSON does not tell them apart); else None."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float) and math.isfinite(value) and value.is_integer():
        return int(value)
    return None


def number(value: Any) -> float | None:
    """A finite JSON number as float; else None."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        converted = float(value)
    except OverflowError:
        return None
    return converted if math.isfinite(converted) else None


def text(value: Any) -> str | None:
    """A JSON string; else None."""
    return value if isinstance(value, str) else None


def members(value: Any) -> dict[str, Any]:
    """A JSON object; empty for anything else."""
    return value if isinstance(value, dict) else {}


def elements(value: Any) -> list[Any]:
    """A JSON array; empty for anything else."""
    return value if isinstance(value, list) else []


def objects(value: Any) -> list[tuple[int, dict[str, Any]]]:
    """The elements of an array that are objects, each with its place; empty for anything else."""
    return [(place, each) for place, each in enumerate(elements(value)) if isinstance(each, dict)]


def shortened(value: str, longest: int = _LONGEST_TEXT) -> str:
    """A text that fits a report: its beginning and its end where it is too long."""
    if len(value) <= longest:
        return value
    half = longest // 2
    return f"{value[:half]} … {value[-half:]}"


def brief(value: Jsonable) -> Json:
    """A JSON value that fits a report: itself where its JSON is short, else its shortened text.

    Numbers that JSON cannot write and halves of surrogate pairs become text, so that the result can be
    written.
    """
    if isinstance(value, str):
        return shortened(writable(value))
    try:
        written = json.dumps(value, ensure_ascii=False, allow_nan=False)
    except ValueError:
        return shortened(writable(json.dumps(value, ensure_ascii=False)))
    except RecursionError:
        return "a value that is nested too deeply to be shown"
    if len(written) > _LONGEST_TEXT or writable(written) != written:
        return shortened(writable(written))
    return cast("Json", value)


def writable(value: str) -> str:
    """A text that UTF-8 can encode: halves of surrogate pairs are escaped."""
    return value if value.isascii() else value.encode("utf-8", "backslashreplace").decode("utf-8")
