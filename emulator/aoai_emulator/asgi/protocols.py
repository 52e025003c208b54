"""What reads requests from connections: uvicorn's protocols, extended by limits.

h11 is always installed. httptools is a parser in C; together with the event loop uvloop, it serves more
requests in the same time.
"""

from __future__ import annotations

import asyncio
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from aoai_emulator.http.outgoing import PIECE, Connection, Outgoing

if TYPE_CHECKING:
    from uvicorn.protocols.http.h11_impl import H11Protocol as _Protocol
else:
    _Protocol = object

#: The longest request line with headers that httptools may read, in bytes; h11 has a limit of its own.
LONGEST_HEAD = 64 * 1024
_FAST = ("httptools", "uvloop")


class HeadTooLongError(ValueError):
    """A request whose headers are too long; uvicorn responds with 400."""


def is_fast_available() -> bool:
    """Return whether the extra `speed` is installed."""
    return all(find_spec(name) is not None for name in _FAST)


def server_options(outgoing: Outgoing, *, fast: bool) -> dict[str, Any]:
    """Return uvicorn's options `http` and `loop`; the protocol reports to `outgoing`."""
    if fast:
        return {"http": _httptools_protocol(outgoing), "loop": "uvloop"}
    return {"http": _h11_protocol(outgoing), "loop": "asyncio"}


class _Reporting(_Protocol):
    """Reports to `outgoing` which clients are connected, and which do not read."""

    outgoing: Outgoing

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        transport.set_write_buffer_limits(high=PIECE)
        if self.client is not None:
            self.outgoing.connect(self.client, Connection(transport))

    def pause_writing(self) -> None:
        super().pause_writing()
        if self.client is not None:
            self.outgoing.stall(self.client, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        if self.client is not None:
            self.outgoing.go_on(self.client)

    def connection_lost(self, exc: Exception | None) -> None:
        if self.client is not None:
            self.outgoing.disconnect(self.client)
        super().connection_lost(exc)


def _h11_protocol(outgoing: Outgoing) -> type[asyncio.Protocol]:
    from uvicorn.protocols.http.h11_impl import H11Protocol

    return type("BoundedH11Protocol", (_Reporting, H11Protocol), {"outgoing": outgoing})


def _httptools_protocol(outgoing: Outgoing) -> type[asyncio.Protocol]:
    from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

    read_header = HttpToolsProtocol.on_header

    class BoundedHead(HttpToolsProtocol):
        """Limits what is kept of a request before its body."""

        _head = 0

        def on_message_begin(self) -> None:
            self._head = 0
            super().on_message_begin()

        def on_url(self, url: bytes) -> None:
            self._head += len(url)
            if self._head > LONGEST_HEAD:
                raise HeadTooLongError
            super().on_url(url)

        def on_header(self, name: bytes, value: bytes) -> None:
            self._head += len(name) + len(value)
            if self._head > LONGEST_HEAD:
                raise HeadTooLongError
            read_header(self, name, value)  # `super()` would cost as much as the rest, for each header

    return type("BoundedHttpToolsProtocol", (_Reporting, BoundedHead), {"outgoing": outgoing})
