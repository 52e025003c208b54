"""Events of a stream that are not part of the model's output: errors and content filter notes."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aoai_conformance.json_access import dig, members, objects, text

if TYPE_CHECKING:
    from aoai_conformance.chunks import Chunk


#: A line that begins a JSON object, as no field of an event does.
_OBJECT_LINE = re.compile(r"(?:\A|[\r\n])[ \t]*(?=\{)")
_OBJECT_LINE_STARTS = (b"\n{", b"\r{", b"\n ", b"\r ", b"\n\t", b"\r\t")
_BEFORE_OBJECT = codecs.BOM_UTF8 + b" \t"
_BLANK_LINE = re.compile(r"\r\n\r\n|\n\n|\r\r")
#: Members of a delta that are not content.
_SILENT = frozenset({"role"})


@dataclass(frozen=True, slots=True)
class PlainError:
    """A JSON error in a stream that is not the data of an event: its content and its text."""

    error: Any
    written: str


def find_error(data: dict[str, Any], event_name: str = "") -> Any:
    """Return the error in place of a chunk; None if the object is not an error.

    Besides `{"error": …}`, servers send the error itself in an event or an object named error.
    """
    if objects(data.get("choices")):
        return None
    if data.get("error"):
        return data["error"]
    flat = event_name == "error" or data.get("object") == "error"
    return data if flat and text(data.get("message")) else None


def find_plain_error(body: bytes) -> PlainError | None:
    """Return the first JSON error in a stream without `data:`, if any."""
    if not any(each in body for each in _OBJECT_LINE_STARTS) and body.lstrip(_BEFORE_OBJECT)[:1] != b"{":
        return None
    written = body.decode("utf-8", "replace").removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}")
    for match in _OBJECT_LINE.finditer(written):
        end = _BLANK_LINE.search(written, match.end())
        found = _object_at(written[match.end() : end.start() if end else len(written)])
        error = None if found is None else find_error(found[0], "error")
        if found is not None and error is not None:
            return PlainError(error, found[1])
    return None


def adds_content(choice: dict[str, Any]) -> bool:
    """Whether a choice of a chunk has content: more than a role or an end."""
    delta = members(choice.get("delta"))
    contents = [value for name, value in delta.items() if name not in _SILENT]
    messages = [dig(message, "/delta/content") for _, message in objects(choice.get("messages"))]
    return any(bool(each) for each in (choice.get("text"), *contents, *messages))


def _object_at(written: str) -> tuple[dict[str, Any], str] | None:
    try:
        value, length = json.JSONDecoder().raw_decode(written)
    except (ValueError, RecursionError):
        return None
    return (value, written[:length]) if isinstance(value, dict) else None


#: The reasons that the documents of both surfaces declare.
_REASONS = frozenset({"stop", "length", "tool_calls", "content_filter", "function_call"})


def ends_choice(reason: Any) -> bool:
    """Whether a finish_reason ends a choice at any position."""
    return isinstance(reason, str) and reason in _REASONS


def nonempty_reason(reason: Any) -> str | None:
    """Return the finish_reason if it is a non-empty string; the schema rule reports an empty one."""
    return text(reason) or None


def end_places(reasons: Sequence[Any]) -> list[int]:
    """Return the positions of the finish_reasons that end one choice, in order.

    An undeclared value counts only if there is no declared one, and then only at its last position.
    """
    declared = [place for place, reason in enumerate(reasons) if ends_choice(reason)]
    undeclared = [place for place, reason in enumerate(reasons) if reason is not None]
    return declared or undeclared[-1:]


def is_preamble(chunk: Chunk) -> bool:
    """Whether this is the chunk of prompt filter results without choices at the start of a stream."""
    return (
        not chunk.choices
        and isinstance(chunk.json.get("prompt_filter_results", chunk.json.get("prompt_annotations")), list)
        and not chunk.json.get("id")
    )


def is_filter_note(chunk: Chunk) -> bool:
    """Whether this is a chunk of the asynchronous filter: results and offsets in a choice without a delta."""
    choices = objects(chunk.choices)
    mark = "content_filter_offsets" if chunk.json.get("id") else "content_filter_results"
    return bool(choices) and all(
        mark in choice and not choice.get("delta") and not choice.get("text") for _, choice in choices
    )


def is_service_chunk(chunk: Chunk) -> bool:
    """Whether the service added this chunk to those of the model."""
    return is_preamble(chunk) or is_filter_note(chunk)
