"""Write the line of an exchange with many events piece by piece, so that little more than it is in memory."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from itertools import islice
from typing import Any

from aoai_reports.record.lines import ExchangeLine
from aoai_reports.record.schema import is_valid_line

#: Lines with fewer events are written as a whole.
_MANY = 1_000
_PIECE = 1024 * 1024
_EMPTY = b'"body": {"text": ""}, "events": []'


def long_line(line: ExchangeLine) -> bytes | None:
    """Return the JSON of a line with its line end; None unless it is valid and has many events.

    It is also None for what JSON cannot represent, and for a body that is not UTF-8.
    """
    response = line.response
    if response is None or response.events is None or len(response.events) < _MANY:
        return None
    data = replace(line, response=replace(response, body=b"", events=())).to_json()
    try:
        bare = _encoded(data)
        before, found, after = bare.partition(_EMPTY)
        if not found or not is_valid_line(data):
            return None
        written = BytesIO()
        written.write(before)
        written.write(b'"body": {"text": "')
        for piece in _texts(response.body):
            written.write(_encoded(piece)[1:-1])
        written.write(b'"}, "events": [')
        events = iter(response.events)
        between = b""
        while batch := [event.to_json() for event in islice(events, _MANY)]:
            if not is_valid_line({**data, "response": {**_members(data["response"]), "events": batch}}):
                return None
            written.write(between + _encoded(batch)[1:-1])
            between = b", "
        written.write(b"]" + after + b"\n")
    except (ValueError, RecursionError):
        return None
    return written.getvalue()


def _encoded(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, allow_nan=False).encode()


def _texts(body: bytes) -> Iterator[str]:
    """Yield the text of a body in pieces. Raises ValueError if it is not UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    for start in range(0, len(body), _PIECE):
        yield decoder.decode(body[start : start + _PIECE])
    yield decoder.decode(b"", final=True)


def _members(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
