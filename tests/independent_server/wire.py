"""Valid variants of HTTP/1 that uvicorn lacks: its output is rewritten before it is sent."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Collection
from typing import Any, Literal

from uvicorn.protocols.http.h11_impl import H11Protocol

NAMES = frozenset(
    {
        "lawful/http-1.0",
        "lawful/early-hints",
        "lawful/chunk-extensions",
        "lawful/no-reason",
        "lawful/closed-when-idle",
        "lawful/tight-headers",
    }
)
_STATUS_LINE = re.compile(rb"HTTP/1\.1 (\d{3}) [^\r]*\r\n")
_CHUNK = re.compile(rb"([0-9a-f]+)\r\n")


class _Rewritten:
    """A transport that changes what is written and delegates everything else."""

    def __init__(self, transport: asyncio.Transport, switches: Collection[str]) -> None:
        self._transport, self._switches = transport, switches
        self._chunked = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        head = _STATUS_LINE.match(data)
        if head is not None:
            data = self._head(data, head)
        elif self._chunked and "lawful/chunk-extensions" in self._switches:
            data = _CHUNK.sub(rb'\1;part="of it"\r\n', data, count=1)
            if data.startswith(b"0;"):
                data = b"0;last\r\nX-Ended: yes\r\n\r\n"
        self._transport.write(data)

    def _head(self, data: bytes, head: re.Match[bytes]) -> bytes:
        on = self._switches
        self._chunked = b"\r\ntransfer-encoding: chunked\r\n" in data.lower()
        status_line, rest = head[0], data[head.end() :]
        if "lawful/no-reason" in on:
            status_line = b"HTTP/1.1 " + head[1] + b" \r\n"
        if "lawful/http-1.0" in on:
            status_line = status_line.replace(b"HTTP/1.1", b"HTTP/1.0")
        if "lawful/tight-headers" in on:
            rest = re.sub(rb"(?m)^([\w-]+): ([^\r]*)\r\n", rb"\1:\2 \t\r\n", rest)
        before = b""
        if "lawful/early-hints" in on:
            before = b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n"
        return before + status_line + rest


def spoken(switches: Collection[str]) -> type[H11Protocol] | Literal["auto"]:
    """Return the protocol for these switches: the `http` option of uvicorn's configuration."""
    if not NAMES.intersection(switches):
        return "auto"

    class Protocol(H11Protocol):
        def connection_made(self, transport: Any) -> None:
            super().connection_made(_Rewritten(transport, switches))  # type: ignore[arg-type]

        def data_received(self, data: bytes) -> None:
            if "lawful/http-1.0" in switches:
                # h11 then ends the answer with the connection
                data = data.replace(b" HTTP/1.1\r\n", b" HTTP/1.0\r\n", 1)
            super().data_received(data)

        def on_response_complete(self) -> None:
            super().on_response_complete()
            if "lawful/closed-when-idle" in switches:
                self._unset_keepalive_if_required()
                self.transport.close()

    return Protocol
