"""Limits on what clients that do not read their responses can cost: connections, memory and time.

A response is sent in pieces, and each piece waits until the client has read the one before. Waiting pieces
are counted; beyond the limits, the connection that has waited longest is dropped.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TypeAlias

from starlette.types import Message, Receive, Scope, Send

#: How many bytes are sent to a connection before the client must read some.
PIECE = 64 * 1024
#: How many connections may wait for their clients to read, and for how long.
MOST_STALLED = 64
LONGEST_STALL = 30.0
#: How many bytes of responses may be held for clients that do not read.
MOST_HELD = 64 * 1024 * 1024

#: The option with which closing a socket sends a reset.
_NO_LINGER = struct.pack("ii", 1, 0)

Peer: TypeAlias = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Connection:
    """The connection of one client."""

    transport: asyncio.Transport

    def close(self, *, at_once: bool = False) -> None:
        """Close the connection: after what was sent, or `at_once` with a reset."""
        if not at_once:
            self.transport.close()
            return
        opened = self.transport.get_extra_info("socket")
        if opened is not None:
            with suppress(OSError):
                opened.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        self.transport.abort()


@dataclass(frozen=True, slots=True)
class _Stalled:
    drop: Callable[[], None]
    timer: asyncio.TimerHandle


@dataclass(slots=True)
class Outgoing:
    """The responses in progress on one server: which connections and bytes wait for their clients."""

    most_stalled: int = MOST_STALLED
    most_held: int = MOST_HELD
    longest_stall: float = LONGEST_STALL
    dropped: int = 0
    _stalled: dict[Peer, _Stalled] = field(default_factory=dict)
    _held: dict[Peer, int] = field(default_factory=dict)
    _open: dict[Peer, Connection] = field(default_factory=dict)

    @property
    def stalled(self) -> int:
        """How many connections are waiting for their client to read."""
        return len(self._stalled)

    @property
    def held(self) -> int:
        """How many bytes are waiting for clients that do not read."""
        return sum(self._held.get(peer, 0) for peer in self._stalled)

    def connect(self, peer: Peer, connection: Connection) -> None:
        """Record that a client connected."""
        self._open[peer] = connection

    def disconnect(self, peer: Peer) -> None:
        """Record that the connection of a client is closed."""
        self._open.pop(peer, None)
        self.go_on(peer)

    def connection(self, scope: Scope) -> Connection | None:
        """Return the connection of a request, or None if it was sent in process."""
        return self._open.get(_peer(scope))

    def stall(self, peer: Peer, drop: Callable[[], None]) -> None:
        """Record that a client does not read; `drop` closes its connection."""
        timer = asyncio.get_running_loop().call_later(self.longest_stall, self._drop, peer)
        self._stalled[peer] = _Stalled(drop, timer)
        self._enforce()

    def go_on(self, peer: Peer) -> None:
        """Record that a client reads again, or that its connection is closed."""
        stalled = self._stalled.pop(peer, None)
        if stalled is not None:
            stalled.timer.cancel()

    def hold(self, peer: Peer, size: int) -> None:
        """Record how many bytes are still to be sent to a client."""
        if size:
            self._held[peer] = size
            self._enforce()
        else:
            self._held.pop(peer, None)

    def _enforce(self) -> None:
        while self._stalled and (self.stalled > self.most_stalled or self.held > self.most_held):
            self._drop(next(iter(self._stalled)))

    def _drop(self, peer: Peer) -> None:
        stalled = self._stalled.pop(peer, None)
        if stalled is not None:
            stalled.timer.cancel()
            self.dropped += 1
            stalled.drop()


def in_pieces(send: Send, scope: Scope, outgoing: Outgoing) -> Send:
    """Return a `send` that sends long bodies in pieces, and counts the bytes that are not sent yet."""
    peer = _peer(scope)

    async def send_in_pieces(message: Message) -> None:
        body: bytes = message.get("body", b"")
        if message["type"] != "http.response.body" or len(body) <= PIECE:
            await send(message)
            return
        view = memoryview(body)
        try:
            for start in range(0, len(body), PIECE):
                left = len(body) - start - PIECE
                outgoing.hold(peer, max(left, 0))
                more = left > 0 or message.get("more_body", False)
                await send({**message, "body": bytes(view[start : start + PIECE]), "more_body": more})
        finally:
            outgoing.hold(peer, 0)

    return send_in_pieces


def _peer(scope: Scope) -> Peer:
    peer: Peer = tuple(scope.get("client") or ("", 0))
    return peer


#: How much of a rejected body is read and discarded, and for how long.
MOST_DRAINED = 64 * 1024 * 1024
LONGEST_DRAIN = 10.0


def lingering(send: Send, receive: Receive) -> Send:
    """Return a `send` that sends the whole response, but ends it only after the request was read."""

    async def send_and_linger(message: Message) -> None:
        if message["type"] == "http.response.start":
            kept = [each for each in message.get("headers", []) if each[0].lower() != b"connection"]
            await send({**message, "headers": [*kept, (b"connection", b"close")]})
        elif message.get("more_body", False):
            await send(message)
        else:
            await send({**message, "more_body": True})
            await _drain(receive)
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    return send_and_linger


async def _drain(receive: Receive) -> None:
    left = MOST_DRAINED
    with suppress(TimeoutError):
        async with asyncio.timeout(LONGEST_DRAIN):
            while left > 0:
                message = await receive()
                left -= len(message.get("body", b""))
                if message["type"] == "http.disconnect" or not message.get("more_body", False):
                    return
