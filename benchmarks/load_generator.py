"""Send requests over kept connections, and read the processor time of servers."""

from __future__ import annotations

import contextlib
import re
import selectors
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

CONNECTIONS = 16
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


class Connection:
    """One connection of the client, with one request at a time."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.socket = socket.create_connection(address)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.received = bytearray()
        self._end: int | None = None

    def send(self, request: bytes) -> None:
        self.received.clear()
        self._end = None
        self.socket.sendall(request)

    def read(self) -> bool:
        """Read what arrived; return whether the response is complete."""
        piece = self.socket.recv(262_144)
        if not piece:
            raise ConnectionError("The server closed the connection.")
        self.received += piece
        if self._end is None:
            head = self.received.find(b"\r\n\r\n")
            if head < 0:
                return False
            length = _LENGTH.search(self.received, 0, head)
            self._end = -1 if length is None else head + 4 + int(length[1])
        if self._end < 0:
            return self.received.endswith(b"\r\n0\r\n\r\n")
        return len(self.received) >= self._end

    @property
    def status(self) -> int:
        return int(self.received[9:12])


def exchange(url: str, requests: Sequence[bytes]) -> tuple[float, bytes]:
    """Send every request over CONNECTIONS connections; return the seconds and one response.

    Raises ValueError for a response that is not successful.
    """
    parts = urlsplit(url)
    waiting = iter(requests)
    last = b""
    with selectors.DefaultSelector() as selector, contextlib.ExitStack() as stack:
        connections = [Connection((parts.hostname or "", parts.port or 80)) for _ in range(CONNECTIONS)]
        start = time.perf_counter()
        for connection in connections:
            stack.enter_context(contextlib.closing(connection.socket))
            selector.register(connection.socket, selectors.EVENT_READ, connection)
            connection.send(next(waiting))
        busy = len(connections)
        while busy:
            for key, _ in selector.select():
                connection = key.data
                if not connection.read():
                    continue
                if connection.status != 200:
                    raise ValueError(bytes(connection.received[:500]).decode("utf-8", "replace"))
                last = bytes(connection.received)
                request = next(waiting, None)
                if request is None:
                    busy -= 1
                    selector.unregister(connection.socket)
                else:
                    connection.send(request)
        return time.perf_counter() - start, last


def processor_seconds(process: subprocess.Popen[str] | None) -> float:
    """Return the processor time of a process with all its threads and children; 0 without /proc."""
    if process is None:
        return 0.0
    total = 0
    for pid in [process.pid, *_children(process.pid)]:
        for task in Path(f"/proc/{pid}/task").glob("*/schedstat"):
            with contextlib.suppress(OSError):
                total += int(task.read_text().split()[0])
    return total / 1e9


def _children(pid: int) -> Iterator[int]:
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, path.read_text().split()):
            yield child
            yield from _children(child)
