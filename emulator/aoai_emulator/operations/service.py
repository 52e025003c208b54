"""The interface of an operation, and what it returns."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.http.refusals import Refusal
from aoai_emulator.http.requests import AcceptedRequest


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


def as_it_is(refusal: Refusal) -> Refusal:
    """Return a refusal unchanged."""
    return refusal


@dataclass(frozen=True, slots=True)
class Service:
    """The implementation of one kind of operation.

    `relations` yields a Refusal for each mistake that the schema does not catch: what only the document's
    prose says, and what this model does not support. `answer` may be slow, must be bounded, and may raise
    RefusalError; it is only called if no check rejected the request. `operation_name` is the real service's
    name for the operation in the error for models that do not support it ("chatCompletion"). `reworded`
    adapts the refusals of these relations, and of checks that all operations share, to the operation.
    """

    kind: str
    operation_name: str
    relations: Callable[[AcceptedRequest], Iterable[Refusal]]
    answer: Callable[[AcceptedRequest], Awaitable[Answer]]
    reworded: Callable[[Refusal], Refusal] = as_it_is
