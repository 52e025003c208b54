"""Sending replies that nothing holds up, without Starlette's responses."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Final

from starlette.types import Message, Receive, Scope, Send

from aoai_emulator.http.encoded_headers import ENCODED_HEADERS, EncodedHeaders
from aoai_emulator.http.outgoing import PIECE, Outgoing, in_pieces
from aoai_emulator.http.replies import Headers, Reply

#: How many bytes of a stream are sent in one piece, about: several events, but not a whole stream.
_SENT_AT_ONCE: Final = 4 * 1024
#: How many bytes of a stream are sent, about, before other requests get a turn.
_BEFORE_OTHERS: Final = 48 * 1024
_WITHOUT_LENGTH: Final = (204, 304)


class DirectResponse:
    """The response to send for a reply that is not paced: an ASGI application like Starlette's.

    `headers` are sent instead of those of the reply, whose body is not a stream; `status_code` is its status.
    """

    def __init__(self, reply: Reply, outgoing: Outgoing, headers: EncodedHeaders | None = None) -> None:
        self.status_code = reply.status
        self._reply = reply
        self._outgoing = outgoing
        self._headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the reply."""
        del receive
        body = self._reply.body
        if isinstance(body, bytes):
            await send(
                _start(self._reply, len(body)) if self._headers is None else self._encoded_start(scope)
            )
            if len(body) > PIECE:
                send = in_pieces(send, scope, self._outgoing)
            await send({"type": "http.response.body", "body": body})
        else:
            await send(_start(self._reply, None))
            await self._send_frames(body, scope, send)

    def _encoded_start(self, scope: Scope) -> Message:
        takes_encoded = ENCODED_HEADERS in scope.get("extensions", ())
        headers = self._headers if takes_encoded else list(self._headers or ())
        return {"type": "http.response.start", "status": self.status_code, "headers": headers}

    async def _send_frames(self, frames: Iterable[bytes], scope: Scope, send: Send) -> None:
        """Send the frames of a stream; end early if the client disconnects."""
        connection = self._outgoing.connection(scope)
        size = 0
        for piece, is_last in _joined(frames):
            message = {"type": "http.response.body", "body": piece, "more_body": not is_last}
            if len(piece) <= PIECE:
                await send(message)
            else:
                await in_pieces(send, scope, self._outgoing)(message)
            size += len(piece)
            if size >= _BEFORE_OTHERS and not is_last:
                size = 0
                await asyncio.sleep(0)
                if connection is not None and self._outgoing.connection(scope) is not connection:
                    return


def _joined(frames: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Yield frames that are sent in one piece, and whether they are the last; those before a failure, too."""
    waiting: list[bytes] = []
    size = 0
    try:
        for frame in frames:
            waiting.append(frame)
            size += len(frame)
            if size >= _SENT_AT_ONCE:
                yield b"".join(waiting), False
                waiting.clear()
                size = 0
    except Exception:
        yield b"".join(waiting), False
        raise
    yield b"".join(waiting), True


def _start(reply: Reply, length: int | None) -> Message:
    headers = _encoded(reply.headers)
    has_length = reply.status >= 200 and reply.status not in _WITHOUT_LENGTH
    if length is not None and has_length and "content-length" not in reply.headers:
        headers.append((b"content-length", b"%d" % length))
    return {"type": "http.response.start", "status": reply.status, "headers": headers}


def _encoded(headers: Mapping[str, str]) -> Headers:
    """Encode the names, which are mostly the same ones, and the values all at once."""
    names = _names(tuple(headers))
    values = "\n".join(headers.values()).encode("latin-1").split(b"\n")
    if len(names) != len(values):  # a value of more than one line, which the server will reject
        values = [value.encode("latin-1") for value in headers.values()]
    return list(zip(names, values, strict=True))


@lru_cache(maxsize=256)
def _names(names: tuple[str, ...]) -> tuple[bytes, ...]:
    return tuple(name.lower().encode("latin-1") for name in names)
