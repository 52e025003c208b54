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

#: How many bytes of a head or trailer httptools may read after the piece of data in which it begins, and the
#: longest such piece; h11 has a limit of its own.
LONGEST_HEAD = 64 * 1024
_FAST = ("httptools", "uvloop")


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
    from aoai_emulator.asgi.httptools_protocol import BoundedHttpToolsProtocol

    name = BoundedHttpToolsProtocol.__name__
    return type(name, (_Reporting, BoundedHttpToolsProtocol), {"outgoing": outgoing})
