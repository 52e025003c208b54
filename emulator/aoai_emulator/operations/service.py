"""The interface of an operation, and what it returns."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from aoai_emulator.content.chunk_frames import Chunk
from aoai_emulator.content.templates import JsonShape, Value
from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.http.rejections import Rejection
from aoai_emulator.http.requests import AcceptedRequest


@dataclass(slots=True)
class JsonResponse:
    """A JSON object with its 2xx status. The faults of stage "response" change `body` in place.

    It is reduced to what the document declares unless it is `verbatim`.
    """

    body: JsonObject
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    verbatim: bool = False


@dataclass(slots=True)
class ShapedResponse:
    """A JSON object, with status 200, of a shape that many responses have.

    `values` are those at the places of the shape; `build` returns the whole object.
    """

    shape: JsonShape
    values: tuple[Value, ...]
    build: Callable[[], JsonObject]
    headers: Mapping[str, str] = field(default_factory=dict)

    def whole(self) -> JsonResponse:
        """Return the same response with the whole object."""
        return JsonResponse(self.build(), headers=self.headers)


@dataclass(frozen=True, slots=True)
class EmptyResponse:
    """A response without a body, such as after a deletion."""

    status: int = 204
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StreamResponse:
    """The chunks of a stream, generated while they are sent.

    `data: [DONE]` follows the last one, unless the stream is not `terminated` because a chunk marks its end.
    `waits` are the seconds before each chunk, as far as they are known. Chunks are reduced to what the
    document declares, and changed by the faults of stage "chunks", unless they are `verbatim`. The events of
    a `named` stream have the `type` of their chunks as names.
    """

    chunks: Iterator[Chunk]
    terminated: bool = True
    waits: Sequence[float] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    verbatim: bool = False
    named: bool = False


@dataclass(frozen=True, slots=True)
class RawResponse:
    """Bytes of another media type, such as a plain-text transcript or audio."""

    content: bytes
    media_type: str
    headers: Mapping[str, str] = field(default_factory=dict)


ServiceResponse = JsonResponse | ShapedResponse | StreamResponse | RawResponse | EmptyResponse


def as_it_is(rejection: Rejection) -> Rejection:
    """Return a rejection unchanged."""
    return rejection


@dataclass(frozen=True, slots=True)
class Service:
    """The implementation of one kind of operation.

    `relations` yields a Rejection for each mistake that the schema does not catch: what only the document's
    prose says, and what this model does not support. `respond` may be slow, must be bounded, and may raise
    RejectionError; it is only called if no check rejected the request. `operation_name` is the real service's
    name for the operation in the error for models that do not support it ("chatCompletion"). `reworded`
    adapts the rejections of these relations, and of checks that all operations share, to the operation.
    """

    kind: str
    operation_name: str
    relations: Callable[[AcceptedRequest], Iterable[Rejection]]
    respond: Callable[[AcceptedRequest], Awaitable[ServiceResponse]]
    reworded: Callable[[Rejection], Rejection] = as_it_is
