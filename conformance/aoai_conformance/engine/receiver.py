"""Assemble a response from its bytes, within limits; keep what arrived if something breaks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from aoai_conformance.engine.content_coding import BodyDecoder, CodingError, codings_of
from aoai_conformance.engine.response_watch import MOST_EVIDENCE
from aoai_conformance.engine.sse import EventReader
from aoai_model.exchange import DefectKind, Event, Headers, Response, WireDefect

_DONE = "[DONE]"
_CONTROLS = bytes(each for each in range(0x20))
#: The shortest pause of the client that is worth a place in the record, in seconds.
_SHORTEST_PAUSE = 0.2
#: The bytes that an event takes in a record beyond its texts.
_EVENT_FRAME = 192


class TooLargeError(Exception):
    """The response exceeds a limit; the message is a sentence that says which."""


class Arrival:
    """A response while it arrives. `clock` returns the seconds since the request was sent.

    At most `body_bytes` of decoded body are read, and at most `record_bytes` as the record will encode them:
    a response that does not fit into a record would be lost with all its verdicts.
    """

    def __init__(self, clock: Callable[[], float], *, body_bytes: int, record_bytes: int) -> None:
        self._clock = clock
        self._body_bytes = body_bytes
        self._record_bytes = record_bytes
        self._recorded = 0
        self._status = 0
        self._headers: Headers = ()
        self._decoder: BodyDecoder | None = None
        self._reader: EventReader | None = None
        self._body = bytearray()
        self._raw = bytearray()
        self._events: list[Event] = []
        self._started = self._ended = 0.0
        self._complete = True
        self._defects: list[WireDefect] = []
        self.has_begun = False
        self.is_done = False  # whether `[DONE]` arrived

    def begin(self, status: int, headers: Headers) -> None:
        """Take the status and the headers; note a content coding that cannot be decoded."""
        self.has_begun = True
        self._status, self._headers = status, headers
        self._started = self._ended = self._clock()
        if _is_event_stream(headers):
            self._reader = EventReader()
        codings = codings_of([value for name, value in headers if name.lower() == "content-encoding"])
        try:
            self._decoder = BodyDecoder(codings)
        except CodingError as error:
            self._break("coding", str(error))

    @property
    def is_readable(self) -> bool:
        """Whether the rest of the body can still be read."""
        return self._complete

    def take(self, piece: bytes) -> None:
        """Take the next bytes of the body. Raises TooLargeError."""
        self._raw += piece[: MOST_EVIDENCE - len(self._raw)]
        if self._decoder is None:
            self._defects = [replace(defect, raw=bytes(self._raw)) for defect in self._defects]
            return
        try:
            decoded = self._decoder.decode(piece, self._body_bytes + 1 - len(self._body))
        except CodingError as error:
            self._break("coding", str(error), bytes(self._raw))
            return
        self._body += decoded
        self._ended = self._clock()
        if len(self._body) > self._body_bytes:
            raise TooLargeError(f"The body is longer than {self._body_bytes} bytes; reading stopped there.")
        self._recorded += recorded_size(decoded)
        if self._reader is not None:
            self._add(self._reader.feed(decoded, self._ended))
        if self._recorded > self._record_bytes:
            raise TooLargeError(
                f"The response needs more than {self._record_bytes} bytes in the record; it was discarded."
            )

    def finish(self) -> None:
        """Note that the body ended."""
        self._ended = self._clock()
        if self._decoder is None or not self._complete:
            return
        try:
            self._decoder.finish()
        except CodingError as error:
            self._break("coding", str(error), bytes(self._raw))

    def break_off(self, kind: DefectKind | None = None, message: str = "", raw: bytes = b"") -> None:
        """Note that the body is incomplete; without a kind, because the connection ended."""
        if kind is None:
            self._complete = False
        else:
            self._break(kind, message, raw)

    def note(self, kind: DefectKind, message: str, raw: bytes = b"") -> None:
        """Add a defect that does not affect the body."""
        self._defects.append(WireDefect(kind, message, raw))

    def response(self, *, client_paused: float = 0.0) -> Response:
        """Return the response as far as it arrived, with the longest pause of the client, in seconds."""
        if self._reader is not None:
            self._add(self._reader.close(self._ended))
        return Response(
            status=self._status,
            headers=self._headers,
            body=bytes(self._body),
            events=None if self._reader is None else tuple(self._events),
            started=self._started,
            ended=self._ended,
            complete=self._complete,
            defects=tuple(self._defects),
            client_paused=client_paused if client_paused >= _SHORTEST_PAUSE else 0.0,
        )

    def _break(self, kind: DefectKind, message: str, raw: bytes = b"") -> None:
        self._complete = False
        self.note(kind, message, raw)

    def _add(self, events: list[Event]) -> None:
        for event in events:
            self._events.append(event)
            self._recorded += _EVENT_FRAME + recorded_size(event.raw) + recorded_size(event.data.encode())
            self._recorded += recorded_size(event.name.encode()) + recorded_size((event.id or "").encode())
            self.is_done = self.is_done or event.data.strip() == _DONE


def recorded_size(content: bytes) -> int:
    """Return how many bytes a record needs at most for some content, as JSON text or base64."""
    if not content:
        return 0
    controls = len(content) - len(content.translate(None, _CONTROLS))
    as_text = len(content) + content.count(b'"') + content.count(b"\\") + 5 * controls
    return as_text if content.isascii() else max(as_text, len(content) * 4 // 3 + 4)


def _is_event_stream(headers: Headers) -> bool:
    kind = next((value for name, value in headers if name.lower() == "content-type"), "")
    return kind.partition(";")[0].strip().lower() == "text/event-stream"
