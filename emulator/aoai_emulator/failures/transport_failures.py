"""Failures of the connection on demand: reset, stalled, or cut in the middle of a response.

A served connection really fails. In process there is none: the application raises ConnectionResetError for a
reset or a cut, and TimeoutError for a stall without end.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from types import MappingProxyType

from starlette.types import Message, Receive, Send

from aoai_emulator.http.outgoing import Connection

#: The settings of each failure.
TRANSPORT_SETTINGS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "transport-cut": ("chunks", "bytes"),
        "transport-reset": (),
        "transport-stall": ("seconds", "chunks", "bytes"),
    }
)
#: How long a stall lasts at most, in seconds.
LONGEST_STALL = 3600.0
#: How long to wait until the server notices that a connection was closed.
_LONGEST_CLOSE = 5.0


@dataclass(frozen=True, slots=True)
class TransportFailure:
    """One failure of a connection; `chunks` are events of a stream, `bytes` those of the body."""

    id: str
    seconds: float | None = None
    chunks: int | None = None
    bytes: int | None = None

    @property
    def precedes_response(self) -> bool:
        """Whether the connection fails before the response."""
        is_placed = self.chunks is not None or self.bytes is not None
        return self.id == "transport-reset" or (self.id == "transport-stall" and not is_placed)

    async def occur(self, receive: Receive, connection: Connection | None) -> bool:
        """Let the connection fail, and return whether it can still be used afterwards.

        Raises ConnectionResetError or TimeoutError without a connection.
        """
        if self.id == "transport-stall":
            if self.seconds is None and connection is None:
                raise TimeoutError("The emulator stalls on demand; in process, a stall without end raises.")
            return not await _disconnects(receive, self.seconds or LONGEST_STALL) and self.seconds is not None
        if connection is None:
            raise ConnectionResetError("The emulator closed the connection on demand.")
        connection.close(at_once=self.id == "transport-reset")
        await _disconnects(receive, _LONGEST_CLOSE)
        return False

    def interrupting(self, send: Send, receive: Receive, connection: Connection | None) -> Send:
        """Return a `send` that sends the first part of the body, lets the connection fail, then the rest."""
        part = _FirstPart(self.chunks, self.bytes)
        is_over = is_lost = False

        async def send_and_fail(message: Message) -> None:
            nonlocal is_over, is_lost
            if is_lost:
                return
            body: bytes = message.get("body", b"")
            more_body: bool = message.get("more_body", False)
            length = None
            if message["type"] == "http.response.body" and not is_over:
                length = part.length_in(body, more_body=more_body)
            if length is None:
                await send(message)
                return
            is_over = True
            await send({**message, "body": body[:length], "more_body": True})
            is_lost = not await self.occur(receive, connection)
            if not is_lost:
                await send({**message, "body": body[length:]})

        return send_and_fail


class _FirstPart:
    """Finds the place of a body at which a connection fails."""

    def __init__(self, chunks: int | None, size: int | None) -> None:
        self._chunks = 1 if chunks is None else chunks
        self._bytes = size
        self._is_stream = False

    def length_in(self, body: bytes, *, more_body: bool) -> int | None:
        """Return after how many bytes of this piece the connection fails, or None if it does not."""
        self._is_stream = self._is_stream or more_body
        if self._bytes is not None:
            if len(body) > self._bytes:
                return self._bytes
            self._bytes -= len(body)
            return None
        if not self._is_stream:
            return len(body) // 2
        if self._chunks == 0:
            return 0
        self._chunks -= bool(body)
        return None


async def _disconnects(receive: Receive, seconds: float) -> bool:
    """Wait until the client disconnects, at most for some seconds, and return whether it did."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while (await receive())["type"] != "http.disconnect":
                pass
            return True
    return False
