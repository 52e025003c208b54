"""What an operation returns: JSON, a stream of chunks, or bytes of another media type."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from aoai_emulator.http.json_text import JsonObject


@dataclass(frozen=True, slots=True)
class JsonAnswer:
    """A JSON object with its 2xx status. The faults of stage "answer" change `body` in place."""

    body: JsonObject
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EmptyAnswer:
    """A response without a body, such as after a deletion."""

    status: int = 204
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StreamAnswer:
    """The chunks of a stream, generated while they are sent.

    `data: [DONE]` follows the last one, unless the stream is not `terminated` because a chunk marks its end.
    """

    chunks: Iterator[JsonObject]
    terminated: bool = True


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """Bytes of another media type, such as a plain-text transcript or audio."""

    content: bytes
    media_type: str
    headers: Mapping[str, str] = field(default_factory=dict)


Answer = JsonAnswer | StreamAnswer | RawAnswer | EmptyAnswer
