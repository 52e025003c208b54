"""Parse, validate and decode the lines of a record."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from typing import Any, NoReturn

from aoai_model.events import Events
from aoai_reports.record.evidence import storable
from aoai_reports.record.lines import LINE_TYPES, ExchangeLine, Line
from aoai_reports.record.packed_events import unpack_events
from aoai_reports.record.record_v1 import convert_line
from aoai_reports.record.schema import RECORD, RECORD_V1, is_valid_line, why_invalid

#: An escape that may be half of a surrogate pair, which UTF-8 cannot encode.
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


class NotJsonError(ValueError):
    """A line is not JSON, as a truncated one."""


@dataclass(frozen=True, slots=True)
class ParsedLine:
    """The JSON object on a line; `body` and `events`, if set, are those of its response, which lacks them."""

    data: dict[str, Any]
    body: bytes = b""
    events: Events | None = None


def parse_line(raw: bytes) -> ParsedLine:
    """Parse the JSON object on a line. Raises ValueError with a sentence that says what is wrong with it."""
    try:
        unpacked = unpack_events(raw)
    except ValueError:  # parsing the whole line says what is wrong with it
        unpacked = None
    if unpacked is not None:
        rest, body, events = unpacked
        data = _parse(rest)
        response = data.get("response")
        if isinstance(response, dict) and response.get("body") == {"text": ""} and response["events"] == []:
            return ParsedLine(data, body, events)
    return ParsedLine(_parse(raw))


def _parse(raw: bytes) -> dict[str, Any]:
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
    return read_line(ParsedLine(data), schema)


def validate_line(data: dict[str, Any], schema: str = RECORD) -> None:
    """Raise ValueError with a sentence that says what is wrong with a line, if anything is."""
    if not is_valid_line(data, schema):
        raise ValueError(why_invalid(data, schema))


def read_line(parsed: ParsedLine, schema: str = RECORD) -> Line:
    """Decode a valid line. Raises ValueError if a body in it cannot be decoded, which no schema checks."""
    data = convert_line(parsed.data) if schema == RECORD_V1 else parsed.data
    try:
        line = LINE_TYPES[data["type"]].from_json(data)
    except ValueError as error:
        raise ValueError(f"a body in it cannot be decoded: {error}.") from error
    if parsed.events is None or not isinstance(line, ExchangeLine) or line.response is None:
        return line
    return replace(line, response=replace(line.response, body=parsed.body, events=parsed.events))


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"it contains {name}, which is not valid JSON.")
