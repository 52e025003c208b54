"""Views of one exchange: what a rule can examine.

The annotation of a rule's parameter selects a view. `of` builds it from an exchange, or returns None if the
exchange does not offer it; then the rule is not applicable. A view raises `Inconclusive` if the response
is too incomplete to decide this. Views accept malformed bodies: their properties do not raise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

from aoai_conformance.chunks import DONE, Chunk, ChunkIndex, Chunks
from aoai_conformance.exchange import Exchange, ObservedResponse
from aoai_conformance.json_access import dig, members, objects, text
from aoai_conformance.observation import cached_property, examined, examined_beyond
from aoai_conformance.rule import Inconclusive, Place
from aoai_conformance.views.stream_events import PlainError, adds_content, find_error, find_plain_error
from aoai_model.case import Case
from aoai_model.exchange import Event, Events, Response

if TYPE_CHECKING:
    from aoai_specs.document import Operation

__all__ = ["Chunk", "Chunks", "JsonReply", "Refusal", "Reply", "Stream", "Success", "dig"]


@dataclass(frozen=True, eq=False)
class Reply(Place):
    """Any response, regardless of its status.

    Of a response whose head breaks HTTP, only views that say so show what was left of it.
    """

    reads_broken_heads: ClassVar[bool] = False
    exchange: Exchange
    operation: Operation
    response: Response

    @classmethod
    def of(cls, exchange: Exchange, operation: Operation) -> Self | None:
        """Return the view of an exchange; None if the exchange does not offer it."""
        if exchange.response is None:
            return None
        if exchange.response.defect("head") is not None and not cls.reads_broken_heads:
            return None
        view = cls(exchange, operation, exchange.response)
        return view if view.applies() else None

    def applies(self) -> bool:
        """Whether the exchange offers this view. May raise Inconclusive."""
        return True

    @property
    def status(self) -> int:
        """Return the HTTP status code; reading it counts as examining."""
        examined_beyond()
        return self.response.status

    @property
    def observed(self) -> ObservedResponse:
        """Return the response with what all its views share."""
        return ObservedResponse.of(self.response)

    @property
    def case(self) -> Case:
        """Return the case that was sent."""
        return self.exchange.case

    @cached_property
    def point_ids(self) -> frozenset[str]:
        """Return the ids of the points of the case."""
        return frozenset(point.id for point in self.case.points)

    @cached_property
    def sent(self) -> dict[str, Any]:
        """Return the request body if it is a JSON object, else an empty dict."""
        return members(self.exchange.sent_json)

    def header(self, name: str) -> str | None:
        """Return the first value of a response header; the name is case-insensitive."""
        value = self.response.header(name)
        examined(value is not None)
        return value

    def has_several(self, name: str) -> bool:
        """Whether the response has more than one line of a header."""
        return sum(key.lower() == name for key, _ in self.response.headers) > 1

    @property
    def content(self) -> bytes:
        """Return the bytes of the body; reading them counts as examining unless there are none."""
        if self.response.body:
            examined_beyond()
        return self.response.body


class Success(Reply):
    """A response with a 2xx status."""

    def applies(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.response.status < 300


class Refusal(Reply):
    """A response with a 4xx or 5xx status."""

    def applies(self) -> bool:
        """Whether the status is 4xx or 5xx."""
        return 400 <= self.response.status < 600


class JsonReply(Success):
    """A 2xx response, not a stream, whose body is a JSON object."""

    def applies(self) -> bool:
        """Whether the body is a JSON object and is not declared as a stream."""
        return (
            super().applies()
            and self.response.media_type != "text/event-stream"
            and self.response.is_json
            and isinstance(self.response.json, dict)
        )

    @property
    def json(self) -> dict[str, Any]:
        """Return the body."""
        return members(self.response.json)


class Stream(Success):
    """A 2xx response whose content type is text/event-stream.

    By the WHATWG rules, a final event without its blank line is not data: it is in `events`, but neither in
    `chunks` nor in `unreadable`.
    """

    def applies(self) -> bool:
        """Whether the response was read as an event stream."""
        return super().applies() and self.response.events is not None

    @property
    def events(self) -> Events:
        """Return every event, including an incomplete last one."""
        examined(self.response.events)
        return self._events

    @property
    def _events(self) -> Events:
        return self.response.stream_events

    @cached_property
    def _index(self) -> ChunkIndex:
        return self.observed.chunk_index

    @cached_property
    def chunks(self) -> Chunks:
        """Return every event whose data is a JSON object, including an error object in mid-stream."""
        return Chunks(self._index)

    @property
    def unreadable(self) -> tuple[Event, ...]:
        """Return every complete event whose data is neither a JSON object nor `[DONE]`."""
        return self._index.unreadable

    @property
    def done_events(self) -> tuple[Event, ...]:
        """Return every event whose data is `[DONE]`, including one without its blank line."""
        return self._index.done_events

    @property
    def cut_off(self) -> Event | None:
        """Return the last event if it is incomplete, other than a `[DONE]` that only lacks its blank line.

        A plain JSON error is not an event, and so not incomplete.
        """
        last = self._events[-1] if self._events else None
        if last is not None and self.is_plain_error(last):
            return None
        return last if last is not None and not last.terminated and last.data.strip() != DONE else None

    @cached_property
    def error(self) -> Chunk | None:
        """Return the first chunk that is an error object, if any."""
        return next(
            (each for each in self.chunks.distinct if find_error(each.json, each.event.name) is not None),
            None,
        )

    @property
    def reported_error(self) -> Any:
        """Return the content of the error event, if any."""
        return None if self.error is None else find_error(self.error.json, self.error.event.name)

    @cached_property
    def plain_error(self) -> PlainError | None:
        """Return a JSON error in the stream without `data:`, if any."""
        return self.observed.shared.share("plain error", lambda: find_plain_error(self.response.body))

    def is_plain_error(self, event: Event) -> bool:
        """Whether an incomplete event is only the plain JSON error."""
        return not (event.terminated or event.data) and self.plain_error is not None

    @cached_property
    def has_content(self) -> bool:
        """Whether any chunk of the response has content."""
        return any(
            adds_content(choice)
            for chunk in self.response_chunks.distinct
            for _, choice in objects(chunk.choices)
        )

    @cached_property
    def response_chunks(self) -> Chunks:
        """Return the chunks before an error object and before the first `[DONE]`."""
        ends = [event.index for event in self.done_events[:1]]
        if self.error is not None:
            ends.append(self.error.index)
        return Chunks(self._index, min(ends, default=None))

    def require_whole(self) -> None:
        """Raise Inconclusive if not every event could be read."""
        if self.error is not None:
            code = dig(self.reported_error, "/code")
            raise Inconclusive(f"the server ended the stream with the error {text(code) or 'object'}")
        if self.plain_error is not None:
            raise Inconclusive("the server ended the stream with a JSON error that is not an event")
        if not self.response.complete:
            raise Inconclusive("the connection ended before the stream did")
        if not self._events:
            raise Inconclusive("the stream has no events")
        if self.unreadable:
            raise Inconclusive("the stream has events that are not JSON objects")
        if self.cut_off is not None:
            raise Inconclusive("the last event of the stream is incomplete")

    @property
    def asked(self) -> Mapping[str, Any]:
        """Return the `stream_options` of the request, empty if there are none."""
        return members(self.sent.get("stream_options"))
