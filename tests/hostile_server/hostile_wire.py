"""A raw-socket server that responds like the emulator, except that a named behaviour alters the bytes."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum

from half_working_wire import Emulator, Reply, Request


class Act(Enum):
    """What a server can do besides sending bytes and pausing."""

    HANG = "keep the connection open and send nothing more"
    RESET = "abort the connection"
    CLOSE = "close the connection"


#: Bytes are sent, a number of seconds is slept.
Step = bytes | float | Act
Script = Iterable[Step]
Behave = Callable[[Reply, Request], Script]


def head(reply: Reply, *lines: str, status: str | None = None, without: tuple[str, ...] = ()) -> bytes:
    """The head of a reply, with further lines and without some of its headers; it states no length."""
    dropped = {"content-length", "transfer-encoding", *without}
    kept = [f"{name}: {value}" for name, value in reply.headers.items() if name.lower() not in dropped]
    first = status or f"HTTP/1.1 {reply.status} Whatever"
    return "\r\n".join([first, *kept, *lines]).encode("latin-1") + b"\r\n\r\n"


def whole(
    reply: Reply,
    *lines: str,
    body: bytes | None = None,
    status: str | None = None,
    without: tuple[str, ...] = (),
) -> bytes:
    """A whole response with the length of its body."""
    content = reply.body if body is None else body
    return head(reply, f"Content-Length: {len(content)}", *lines, status=status, without=without) + content


def chunked(*pieces: bytes, end: bytes = b"0\r\n\r\n") -> bytes:
    """Pieces as chunks of a body."""
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + end


@dataclass
class HostileServer:
    """Serves one behaviour; `applies` selects the replies to alter."""

    emulator: Emulator
    behave: Behave
    applies: Callable[[Reply, Request], bool]
    url: str = ""
    requests: list[Request] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            async for request in _requests(reader):
                self.requests.append(request)
                reply = await self.emulator(request)
                script = self.behave(reply, request) if self.applies(reply, request) else [whole(reply)]
                if not await _play(script, reader, writer):
                    break
        writer.close()


async def _requests(reader: asyncio.StreamReader) -> AsyncIterator[Request]:
    while True:
        lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").rstrip("\r\n").split("\r\n")
        method, target, _ = lines[0].split(" ", 2)
        headers = [
            (name.lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines[1:])
        ]
        body = await reader.readexactly(int(dict(headers).get("content-length", "0")))
        path, _, query = target.partition("?")
        encoded = tuple((name.encode(), value.encode("latin-1")) for name, value in headers)
        yield Request(method, path, query.encode(), encoded, body)


async def _play(script: Script, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
    """Execute a script; return false if the connection must not be reused."""
    for step in script:
        if isinstance(step, bytes):
            writer.write(step)
            await writer.drain()
        elif isinstance(step, float):
            await asyncio.sleep(step)
        elif step is Act.HANG:
            await reader.read()
            return False
        elif step is Act.RESET:
            await asyncio.sleep(0.05)  # what was sent is read before the reset overtakes it
            plug = writer.get_extra_info("socket")
            plug.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
            return False
        else:
            return False
    return True


@contextmanager
def hosting(server: HostileServer) -> Iterator[HostileServer]:
    """The server on a free loopback port."""
    started, loop = threading.Event(), asyncio.new_event_loop()
    listeners: list[asyncio.Server] = []

    async def listen() -> None:
        listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
        listeners.append(listening)
        host, port = listening.sockets[0].getsockname()[:2]
        server.url = f"http://{host}:{port}"
        started.set()

    async def stop() -> None:
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        for listening in listeners:
            listening.close()
        await asyncio.sleep(0.01)  # transports close in the loop

    def run() -> None:
        asyncio.set_event_loop(loop)
        loop.run_until_complete(listen())
        loop.run_forever()
        loop.run_until_complete(stop())
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert started.wait(10)
    try:
        yield server
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
