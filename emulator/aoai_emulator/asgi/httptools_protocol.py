"""uvicorn's protocol for httptools, with limits on heads, and with responses whose headers are encoded."""

from __future__ import annotations

from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from aoai_emulator.asgi.protocols import LONGEST_HEAD
from aoai_emulator.http.encoded_headers import ENCODED_HEADERS, EncodedHeaders

if TYPE_CHECKING:
    from uvicorn._types import ASGISendEvent

_EXTENSIONS: Final[Any] = MappingProxyType({ENCODED_HEADERS: MappingProxyType({})})


class BoundedHttpToolsProtocol(HttpToolsProtocol):
    """Limits what is kept of a request beside its body, without a look at each header.

    What follows the header of a chunk counts like a head until the data of the chunk begins: after the
    last chunk, that is the trailer.
    """

    _is_in_head = False
    _head = _piece = 0

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
        if self.cycle is not previous:  # the same if the connection is no more for HTTP
            self.scope["extensions"] = _EXTENSIONS
            self.cycle.__class__ = _Cycle  # uvicorn has no setting for it; the cycle has not begun

    def on_chunk_header(self) -> None:
        """Begin to count the bytes until the data of a chunk, or of a trailer."""
        self._is_in_head = True
        self._head = -self._piece

    def on_body(self, body: bytes) -> None:
        """Take a part of the body."""
        self._is_in_head = False
        super().on_body(body)

    def on_message_complete(self) -> None:
        """End the request."""
        self._is_in_head = False
        super().on_message_complete()


class _Cycle(RequestResponseCycle):
    """Sends encoded headers as they are, together with the beginning of the body.

    uvicorn looks at each name and value of a response, whatever it is.
    """

    _head = b""

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
        """Hold back the head; it counts as the beginning of the body."""
        end = b"\r\n" if self.keep_alive else b"connection: close\r\n\r\n"
        self._head = b"".join((STATUS_LINE[status], _encoded(*self.default_headers), headers.lines, end))
        self.response_started = True
        self.waiting_for_100_continue = False
        self.chunked_encoding = False
        self.expected_content_length = len(self._head) + headers.length


@lru_cache(maxsize=16)
def _encoded(*headers: tuple[bytes, bytes]) -> bytes:
    """Encode the headers of every response in the same second."""
    return b"".join(b"%b: %b\r\n" % header for header in headers)
