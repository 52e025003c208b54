"""Servers in the middle: a proxy, and a gateway with a prefix and a subscription key."""

from __future__ import annotations

import asyncio
import base64
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

Headers = dict[str, str]


@dataclass
class MiddleServer:
    """Passes each connection on to another server, one request per connection unless it is a tunnel.

    `heads` are the request lines and headers that it received, in order.
    """

    url: str = ""
    heads: list[tuple[str, Headers]] = field(default_factory=list)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").rstrip("\r\n")
            first, *lines = head.split("\r\n")
            headers = {
                name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)
            }
            self.heads.append((first, headers))
            await self.answer(first, lines, headers, reader, writer)
        writer.close()
        with suppress(OSError, asyncio.CancelledError):
            await writer.wait_closed()

    async def answer(
        self,
        first: str,
        lines: list[str],
        headers: Headers,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        raise NotImplementedError

    def run(self, started: threading.Event, stop: threading.Event) -> None:
        async def serve() -> None:
            server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
            host, port = server.sockets[0].getsockname()[:2]
            self.url = f"http://{host}:{port}"
            started.set()
            while not stop.is_set():
                await asyncio.sleep(0.01)
            server.close()
            # A connection accepted just before may have no task yet.
            for _ in range(10):
                others = asyncio.all_tasks() - {asyncio.current_task()}
                for task in others:
                    task.cancel()
                await asyncio.gather(*others, return_exceptions=True)
                await asyncio.sleep(0.01)  # connections close in the next rounds of the loop

        asyncio.run(serve())


@dataclass
class Proxy(MiddleServer):
    """An HTTP proxy that may require a user name and a password."""

    login: tuple[str, str] | None = None

    async def answer(
        self,
        first: str,
        lines: list[str],
        headers: Headers,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        if self.login is not None:
            expected = base64.b64encode(":".join(self.login).encode()).decode()
            if headers.get("proxy-authorization") != f"Basic {expected}":
                writer.write(
                    b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n"
                    b"Connection: close\r\n\r\n"
                )
                await writer.drain()
                return
        method, target, version = first.split(" ")
        if method == "CONNECT":
            host, _, port = target.rpartition(":")
            writer.write(b"HTTP/1.1 200 Connected\r\n\r\n")
            await pass_on(b"", host, int(port), reader, writer)
            return
        url = urlsplit(target)
        path = f"{url.path or '/'}{f'?{url.query}' if url.query else ''}"
        kept = [line for line in lines if not line.lower().startswith(("proxy-", "connection:"))]
        head = "\r\n".join([f"{method} {path} {version}", *kept, "Connection: close", "", ""])
        await pass_on(head.encode("latin-1"), url.hostname or "", url.port or 80, reader, writer)


@dataclass
class Gateway(MiddleServer):
    """A gateway in front of a server, which requires a path prefix and a key in a header."""

    upstream: str = ""
    prefix: str = ""
    #: What replaces the prefix for the server behind it.
    base: str = ""
    header: str = ""
    key: str = ""
    #: The header that the gateway adds for the server behind it, after checking its own.
    adds: str = ""

    async def answer(
        self,
        first: str,
        lines: list[str],
        headers: Headers,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        method, path, version = first.split(" ")
        status = ""
        if self.header and headers.get(self.header) != self.key:
            status = "401 Access Denied"
        elif not path.startswith(f"{self.prefix}/"):
            status = "404 Resource Not Found"
        if status:
            body = b'{"error": {"code": "Gateway", "message": "Check the path and the subscription key."}}'
            head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
            writer.write(f"{head}Connection: close\r\n\r\n".encode() + body)
            await writer.drain()
            return
        own = (f"{self.header}:", "connection:") if self.header else ("connection:",)
        kept = [line for line in lines if not line.lower().startswith(own)]
        kept += [self.adds] if self.adds else []
        target = self.base + path.removeprefix(self.prefix)
        forwarded = "\r\n".join([f"{method} {target} {version}", *kept, "Connection: close", "", ""])
        behind = urlsplit(self.upstream)
        await pass_on(forwarded.encode("latin-1"), behind.hostname or "", behind.port or 80, reader, writer)


async def pass_on(
    head: bytes, host: str, port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """Connect to a server, write the head, and copy bytes in both directions until the server ends."""
    try:
        from_server, to_server = await asyncio.open_connection(host, port)
    except OSError:
        return
    to_server.write(head)

    async def copy(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await source.read(65536):
                sink.write(data)
                await sink.drain()

    upwards = asyncio.create_task(copy(reader, to_server))
    try:
        await copy(from_server, writer)
    finally:
        upwards.cancel()
        await asyncio.gather(upwards, return_exceptions=True)
        to_server.transport.abort()


@contextmanager
def running(server: MiddleServer) -> Iterator[None]:
    started, stop = threading.Event(), threading.Event()
    thread = threading.Thread(target=server.run, args=(started, stop), daemon=True)
    thread.start()
    assert started.wait(10)
    try:
        yield
    finally:
        stop.set()
        thread.join(10)
