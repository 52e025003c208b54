"""What an operation gives back: JSON, a stream of chunks, or bytes of another media type."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from aoai_emulator.json_text import JsonObject


@dataclass(frozen=True, slots=True)
class JsonAnswer:
    """One JSON object, sent with status 200. The faults of stage "answer" change `body` in place."""

    body: JsonObject


@dataclass(frozen=True, slots=True)
class StreamAnswer:
    """The chunks of a stream, made one by one as they are sent; `data: [DONE]` follows the last one."""

    chunks: Iterator[JsonObject]


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """Bytes of some other media type, such as a transcript in plain text."""

    content: bytes
    media_type: str


Answer = JsonAnswer | StreamAnswer | RawAnswer
