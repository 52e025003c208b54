"""uvicorn's httptools protocol with a limit on the size of heads, and with pre-encoded response headers."""

from __future__ import annotations

from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from aoai_emulator.asgi.protocols import LONGEST_HEAD
from aoai_emulator.http.encoded_headers import ENCODED_HEADERS, EncodedHeaders

if TYPE_CHECKING:
    from uvicorn._types import ASGIReceiveEvent, ASGISendEvent

_EXTENSIONS: Final[Any] = MappingProxyType({ENCODED_HEADERS: MappingProxyType({})})


class BoundedHttpToolsProtocol(HttpToolsProtocol):
    """Limits what is kept of a request besides its body, without checking each header.

    What follows the header of a chunk counts like a head until the data of the chunk begins: after the
    last chunk, that is the trailer.
    """

    _is_in_head = False
    _head = _piece = 0
    _idle_since: float | None = None

    def data_received(self, data: bytes) -> None:
        """Read data; reject a head that is too long."""
        if len(data) > LONGEST_HEAD:
            self._receive_in_pieces(data)
            return
        self._piece = len(data)
        super().data_received(data)
        if self._is_in_head:
            self._head += self._piece
            if self._head > LONGEST_HEAD:
                self.send_400_response("The headers of the request are too long.")

    def _receive_in_pieces(self, data: bytes) -> None:
        for start in range(0, len(data), LONGEST_HEAD):
            if not self.transport.is_closing():
                self.data_received(data[start : start + LONGEST_HEAD])

    def on_message_begin(self) -> None:
        """Begin to count the bytes of a head."""
        self._is_in_head = True
        self._head = -self._piece  # which is added when it has been read
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Begin the cycle of a request."""
        self._is_in_head = False
        previous = self.cycle
        super().on_headers_complete()
        if self.cycle is not previous:  # unchanged after an upgrade to another protocol
            self.scope["extensions"] = _EXTENSIONS
            self.cycle.__class__ = _Cycle  # uvicorn has no setting for it; the cycle has not begun
            self.cycle.keep_alive &= self.parser.should_keep_alive()  # uvicorn 0.30 checks only when it sends

    def on_chunk_header(self) -> None:
        """Begin to count the bytes until the data of a chunk, or of a trailer."""
        self._is_in_head = True
        self._head = -self._piece

    def on_body(self, body: bytes) -> None:
        """Take a part of the body."""
        self._is_in_head = False
        super().on_body(body)

    def on_response_complete(self) -> None:
        """Start the next pipelined request, or wait for one until the keep-alive timeout."""
        if self.pipeline or self.transport.is_closing():
            super().on_response_complete()
            return
        self.server_state.total_requests += 1
        self.flow.resume_reading()
        self._idle_since = self.loop.time()
        if self.timeout_keep_alive_task is None:
            self._wait_for_request(self.timeout_keep_alive)

    def _unset_keepalive_if_required(self) -> None:
        """Mark the connection as busy, but keep the timer: it is set once for many requests."""
        self._idle_since = None

    def _wait_for_request(self, seconds: float) -> None:
        self.timeout_keep_alive_task = self.loop.call_later(seconds, self.timeout_keep_alive_handler)

    def timeout_keep_alive_handler(self) -> None:
        """Close the connection if it was idle for the whole timeout; otherwise wait for the rest of it."""
        self.timeout_keep_alive_task = None
        if self._idle_since is None:
            return
        left = self._idle_since + self.timeout_keep_alive - self.loop.time()
        if left > 0:
            self._wait_for_request(left)
        else:
            super().timeout_keep_alive_handler()

    def connection_lost(self, exc: Exception | None) -> None:
        """Cancel the timer."""
        if self.timeout_keep_alive_task is not None:
            self.timeout_keep_alive_task.cancel()
            self.timeout_keep_alive_task = None
        super().connection_lost(exc)


class _Cycle(RequestResponseCycle):
    """Sends encoded headers unchanged, in one write with the beginning of the body.

    uvicorn's own cycle validates every header of every response. A body that has already arrived is returned
    without waiting.
    """

    _head = b""

    async def receive(self) -> ASGIReceiveEvent:
        arrived = self.message_event.is_set() and not (self.more_body or self.flow.read_paused)
        if arrived and not (self.waiting_for_100_continue or self.disconnected or self.response_complete):
            self.message_event.clear()
            body, self.body = bytes(self.body), bytearray()
            return {"type": "http.request", "body": body, "more_body": False}
        return await super().receive()

    async def send(self, message: ASGISendEvent) -> None:
        if self._head and message["type"] == "http.response.body":
            message = {**message, "body": self._head + message.get("body", b"")}
            self._head = b""
        elif message["type"] == "http.response.start" and not self.response_started:
            headers: object = message.get("headers")
            if isinstance(headers, EncodedHeaders) and self.scope["method"] != "HEAD" and not self.access_log:
                self._begin(message["status"], headers)
                return
        await super().send(message)

    def _begin(self, status: int, headers: EncodedHeaders) -> None:
        """Hold the head back until the body is sent; uvicorn counts it as part of the body."""
        end = b"\r\n" if self.keep_alive else b"connection: close\r\n\r\n"
        self._head = b"".join((STATUS_LINE[status], _encoded(*self.default_headers), headers.lines, end))
        self.response_started = True
        self.waiting_for_100_continue = False
        self.chunked_encoding = False
        self.expected_content_length = len(self._head) + headers.length


@lru_cache(maxsize=16)
def _encoded(*headers: tuple[bytes, bytes]) -> bytes:
    """Encode the default headers, which change once per second (Date)."""
    return b"".join(b"%b: %b\r\n" % header for header in headers)
