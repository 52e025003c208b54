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

#: A JSON value, in types that may be narrower.
Jsonable: TypeAlias = "bool | int | float | str | Sequence[Jsonable] | Mapping[str, Jsonable] | None"

_LONGEST_TEXT = 400
#: Smaller integers are short.
_LARGE = 10**18


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
    """Return a JSON number without a fraction as int (1.0 is 1, as in JSON Schema); else None."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float) and math.isfinite(value) and value.is_integer():
        return int(value)
    return None


def number(value: Any) -> float | None:
    """Return a finite JSON number as float; else None."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        converted = float(value)
    except OverflowError:
        return None
    return converted if math.isfinite(converted) else None


def text(value: Any) -> str | None:
    """Return a JSON string; else None."""
    return value if isinstance(value, str) else None


def members(value: Any) -> dict[str, Any]:
    """Return a JSON object; empty for anything else."""
    return value if isinstance(value, dict) else {}


def elements(value: Any) -> list[Any]:
    """Return a JSON array; empty for anything else."""
    return value if isinstance(value, list) else []


def objects(value: Any) -> list[tuple[int, dict[str, Any]]]:
    """Return the elements of an array that are objects, with their positions; empty for anything else."""
    return [(place, each) for place, each in enumerate(elements(value)) if isinstance(each, dict)]


def shortened(value: str, longest: int = _LONGEST_TEXT) -> str:
    """Shorten a text for a report to its beginning and its end if it is too long."""
    if len(value) <= longest:
        return value
    half = longest // 2
    return f"{value[:half]} … {value[-half:]}"


def brief(value: Jsonable) -> Json:
    """Shorten a JSON value for a report: itself if its JSON is short, else the shortened text of it.

    Numbers that JSON cannot represent and lone surrogates become text, so that the result can be encoded.
    """
    if value is None or (type(value) is int and abs(value) < _LARGE):
        return value
    if isinstance(value, str):
        return shortened(escape_surrogates(value))
    try:
        written = json.dumps(value, ensure_ascii=False, allow_nan=False)
    except ValueError:
        return shortened(escape_surrogates(json.dumps(value, ensure_ascii=False)))
    except RecursionError:
        return "a value that is nested too deeply to show"
    if len(written) > _LONGEST_TEXT or escape_surrogates(written) != written:
        return shortened(escape_surrogates(written))
    return cast("Json", value)


def escape_surrogates(value: str) -> str:
    """Escape lone surrogates, so that UTF-8 can encode the text."""
    return value if value.isascii() else value.encode("utf-8", "backslashreplace").decode("utf-8")
