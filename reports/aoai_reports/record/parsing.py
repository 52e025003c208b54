"""Parse, validate and decode the lines of a record."""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

from aoai_reports.record.evidence import storable
from aoai_reports.record.lines import LINE_TYPES, Line
from aoai_reports.record.record_v1 import convert_line
from aoai_reports.record.schema import RECORD, RECORD_V1, is_valid_line, why_invalid

#: An escape that may be half of a surrogate pair, which UTF-8 cannot encode.
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


class NotJsonError(ValueError):
    """A line is not JSON, as a truncated one."""


def parse_line(raw: bytes) -> dict[str, Any]:
    """Parse the JSON object on a line. Raises ValueError with a sentence that says what is wrong with it."""
    try:
        data = json.loads(raw.decode("utf-8"), parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        raise NotJsonError(f"it is not UTF-8 at byte {error.start}.") from error
    except json.JSONDecodeError as error:
        raise NotJsonError(f"it is not JSON: {error.msg} at column {error.colno}.") from error
    except RecursionError as error:
        raise ValueError("it is nested too deeply.") from error
    if not isinstance(data, dict):
        raise ValueError("it is not a JSON object.")  # noqa: TRY004 - every reason is a ValueError here
    if _SURROGATE.search(raw):
        data = {name: storable(value) for name, value in data.items()}
    return data


def decode_line(data: dict[str, Any], schema: str = RECORD) -> Line:
    """Validate and decode a line. Raises ValueError with a sentence that says what is wrong with it."""
    validate_line(data, schema)
    return read_line(data, schema)


def validate_line(data: dict[str, Any], schema: str = RECORD) -> None:
    """Raise ValueError with a sentence that says what is wrong with a line, if anything is."""
    if not is_valid_line(data, schema):
        raise ValueError(why_invalid(data, schema))


def read_line(data: dict[str, Any], schema: str = RECORD) -> Line:
    """Decode a valid line. Raises ValueError if a body in it cannot be decoded, which no schema checks."""
    if schema == RECORD_V1:
        data = convert_line(data)
    try:
        return LINE_TYPES[data["type"]].from_json(data)
    except ValueError as error:
        raise ValueError(f"a body in it cannot be decoded: {error}.") from error


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"it contains {name}, which is not valid JSON.")
