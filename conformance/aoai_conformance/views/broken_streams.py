"""How a stream says that it failed: an error event, or a JSON error that is no event at all.

A client reads the former; the latter is a line without a field name, which every reader of events ignores.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from aoai_conformance.json_access import dig, members, objects, text

#: A line that begins a JSON object. No field of an event does.
_OBJECT_LINE = re.compile(r"(?:\A|[\r\n])[ \t]*(?=\{)")
_BLANK_LINE = re.compile(r"\r\n\r\n|\n\n|\r\r")
#: What a delta may hold without saying anything.
_SILENT = frozenset({"role"})


@dataclass(frozen=True, slots=True)
class PlainError:
    """A JSON error in a stream that is not the data of an event: what it says, and its text."""

    error: Any
    written: str


def error_in(data: dict[str, Any], event_name: str = "") -> Any:
    """The error that stands in place of a chunk; None where the object is none.

    Beside `{"error": …}`, servers send the error itself in an event named error, or an object named so.
    """
    if objects(data.get("choices")):
        return None
    if data.get("error"):
        return data["error"]
    flat = event_name == "error" or data.get("object") == "error"
    return data if flat and text(data.get("message")) else None


def plain_error_in(body: bytes) -> PlainError | None:
    """The first JSON error that stands in a stream without `data:`; None where there is none."""
    if b"{" not in body or b'"' not in body:
        return None
    written = body.decode("utf-8", "replace").removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}")
    for match in _OBJECT_LINE.finditer(written):
        end = _BLANK_LINE.search(written, match.end())
        found = _object_at(written[match.end() : end.start() if end else len(written)])
        error = None if found is None else error_in(found[0], "error")
        if found is not None and error is not None:
            return PlainError(error, found[1])
    return None


def adds_content(choice: dict[str, Any]) -> bool:
    """Whether a choice of a chunk says anything: more than a role, or an end."""
    delta = members(choice.get("delta"))
    said = [value for name, value in delta.items() if name not in _SILENT]
    messages = [dig(message, "/delta/content") for _, message in objects(choice.get("messages"))]
    return any(bool(each) for each in (choice.get("text"), *said, *messages))


def _object_at(written: str) -> tuple[dict[str, Any], str] | None:
    try:
        value, length = json.JSONDecoder().raw_decode(written)
    except (ValueError, RecursionError):
        return None
    return (value, written[:length]) if isinstance(value, dict) else None
