"""Measure a standard run through a reverse proxy with latency: `python benchmarks/latency.py [SECONDS]`.

Behind the proxy is the emulator, then a permissive server: each operation always gets the same response.
Prints the requests, the seconds from the first request to the last response, and requests × latency ÷ in
flight.
"""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field

_COMMAND = [sys.executable, "-m", "aoai_conformance"]


@dataclass
class LatencyProxy:
    """Passes requests on after a pause, each connection to a connection of its own."""

    port: int
    latency: float
    permissive: bool
    times: list[float] = field(default_factory=list)
    requests: int = 0
    _known: dict[bytes, bytes] = field(default_factory=dict)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        upstream, sender = await asyncio.open_connection("127.0.0.1", self.port, limit=2**26)
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head, body = await _message(reader)
                self.requests += 1
                self.times.append(time.monotonic())
                await asyncio.sleep(self.latency)
                sender.write(head + body)
                head_back, body_back = await _message(upstream)
                if self.permissive:
                    head_back, body_back = self._same(head, body, head_back, body_back)
                writer.write(head_back + body_back)
                await writer.drain()
                self.times.append(time.monotonic())
        writer.close()
        sender.close()

    def _same(self, head: bytes, body: bytes, head_back: bytes, body_back: bytes) -> tuple[bytes, bytes]:
        """Return the first successful response to the operation, in the form that the request wants."""
        key = head.split(b"?")[0] + (b"stream" if b'"stream":true' in body else b"")
        if head_back.split(b" ")[1].startswith(b"2"):
            self._known.setdefault(key, head_back + b"\0" + body_back)
        known = self._known.get(key)
        if known is None:
            return head_back, body_back
        first, _, rest = known.partition(b"\0")
        return first, rest


async def _message(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    lowered, body = head.lower(), b""
    if b"transfer-encoding: chunked" in lowered:
        while True:
            size = await reader.readuntil(b"\r\n")
            piece = await reader.readexactly(int(size.split(b";")[0], 16) + 2)
            body += size + piece
            if piece == b"\r\n":
                return head, body
    for line in lowered.split(b"\r\n"):
        if line.startswith(b"content-length:"):
            body = await reader.readexactly(int(line.partition(b":")[2]))
    return head, body


def _start(proxy: LatencyProxy) -> int:
    ready, ports = threading.Event(), []

    async def serve() -> None:
        server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0, limit=2**26)
        ports.append(server.sockets[0].getsockname()[1])
        ready.set()
        await server.serve_forever()

    threading.Thread(target=lambda: asyncio.run(serve()), daemon=True).start()
    ready.wait(10)
    return ports[0]


def main() -> None:
    """Measure four runs."""
    latency = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    emulator = subprocess.Popen([*_COMMAND, "emulator", "--port", "0"], stdout=subprocess.PIPE, text=True)
    assert emulator.stdout is not None
    port = int(emulator.stdout.readline().rstrip().rpartition(":")[2])
    try:
        for permissive in (False, True):
            for concurrency in (8, 64):
                proxy = LatencyProxy(port, latency, permissive)
                target = f"http://127.0.0.1:{_start(proxy)}"
                with tempfile.TemporaryDirectory() as folder:
                    options = ["--target", target, "--out", f"{folder}/run", "--history", "none"]
                    options += ["--concurrency", str(concurrency)]
                    subprocess.run([*_COMMAND, "run", *options], check=False, capture_output=True)
                name = "permissive" if permissive else "emulator"
                seconds, ideal = proxy.times[-1] - proxy.times[1], proxy.requests * latency / concurrency
                figures = f"{proxy.requests} requests, {seconds:.1f} s, {ideal:.1f} s"
                print(f"{name}, {concurrency} in flight: {figures}")
    finally:
        emulator.terminate()


if __name__ == "__main__":
    main()
