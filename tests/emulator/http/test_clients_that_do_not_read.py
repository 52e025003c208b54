"""Clients that never read, and uploads that are too long, use bounded resources."""

from __future__ import annotations

import asyncio
import socket
import threading

import httpx
import pytest

from aoai_emulator.http.outgoing import MOST_HELD, MOST_STALLED, PIECE, Outgoing
from aoai_emulator.server import address_of, listen, make_server
from aoai_emulator.settings import Settings

PATH = "/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21"
LARGE = b'{"messages":[{"role":"user","content":"hi"}],"n":128,"logprobs":true,"top_logprobs":20%s}'
PATIENCE = 120


class Dropped:
    """Connections that were dropped, by name."""

    def __init__(self) -> None:
        self.names: list[int] = []

    def of(self, number: int):
        return lambda: self.names.append(number)


async def test_drops_the_longest_waiting_of_too_many_stalled_connections() -> None:
    outgoing, dropped = Outgoing(most_stalled=2), Dropped()
    for number in range(4):
        outgoing.stall(("peer", number), dropped.of(number))
    assert dropped.names == [0, 1]
    assert (outgoing.stalled, outgoing.dropped) == (2, 2)


async def test_drops_stalled_connections_with_too_many_buffered_bytes() -> None:
    outgoing, dropped = Outgoing(most_held=100), Dropped()
    for number in range(3):
        outgoing.hold(("peer", number), 60)
        outgoing.stall(("peer", number), dropped.of(number))
    assert dropped.names == [0, 1]
    assert outgoing.held == 60


async def test_keeps_a_connection_whose_client_reads_again() -> None:
    outgoing, dropped = Outgoing(most_stalled=1), Dropped()
    outgoing.stall(("peer", 0), dropped.of(0))
    outgoing.go_on(("peer", 0))
    outgoing.stall(("peer", 1), dropped.of(1))
    assert dropped.names == []


async def test_drops_a_connection_that_waits_too_long() -> None:
    outgoing, gone = Outgoing(longest_stall=0.01), asyncio.Event()
    outgoing.stall(("peer", 0), gone.set)
    async with asyncio.timeout(PATIENCE):
        await gone.wait()
    assert outgoing.stalled == 0


@pytest.fixture
def watched(document):
    """An emulator, and its state about clients that do not read."""
    outgoing = Outgoing()
    server = make_server(Settings(documents=(document,)), outgoing)
    listener = listen("127.0.0.1", 0)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    yield address_of(listener), outgoing
    server.should_exit = True
    thread.join(20)
    listener.close()


def ask(url: str, body: bytes) -> socket.socket:
    """Send a request and never read the response."""
    host, _, port = url.removeprefix("http://").partition(":")
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.connect((host, int(port)))
    head = f"POST {PATH} HTTP/1.1\r\nHost: x\r\napi-key: any\r\nContent-Type: application/json\r\n"
    client.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
    return client


@pytest.mark.parametrize(
    ("extra", "count"),
    [
        pytest.param(b',"stream":true', 2, id="streamed"),
        pytest.param(b',"stream":true', 4, marks=pytest.mark.whole_selftest, id="streamed, more clients"),
        pytest.param(b"", 4, marks=pytest.mark.whole_selftest, id="plain"),
    ],
)
async def test_clients_that_never_read_use_bounded_memory(watched, extra: bytes, count: int) -> None:
    url, outgoing = watched
    clients = [ask(url, LARGE % extra) for _ in range(count)]
    try:
        async with asyncio.timeout(PATIENCE):
            while outgoing.stalled + outgoing.dropped < len(clients):
                await asyncio.sleep(0.05)
        assert outgoing.held <= MOST_HELD
        assert outgoing.stalled <= MOST_STALLED
        async with httpx.AsyncClient(headers={"api-key": "any"}, timeout=PATIENCE) as http:
            response = await http.post(url + PATH, json={"messages": [{"role": "user", "content": "hi"}]})
        assert response.status_code == 200
    finally:
        for client in clients:
            client.close()


async def test_a_client_that_reads_late_gets_the_whole_response(watched) -> None:
    url, outgoing = watched
    async with (
        httpx.AsyncClient(headers={"api-key": "any"}, timeout=PATIENCE) as http,
        http.stream(
            "POST", url + PATH, content=LARGE % b"", headers={"content-type": "application/json"}
        ) as reply,
    ):
        async with asyncio.timeout(PATIENCE):
            while not outgoing.stalled:
                await asyncio.sleep(0.01)
        body = await reply.aread()
    assert len(body) == int(reply.headers["content-length"]) > 16 * PIECE
    assert outgoing.dropped == 0


@pytest.mark.parametrize("size", [20 * 1024 * 1024 + 1, 30_000_000])
async def test_a_body_that_is_too_long_is_rejected_with_413_that_the_client_sees(watched, size: int) -> None:
    url, _ = watched
    headers = {"api-key": "any", "content-type": "application/json"}
    async with httpx.AsyncClient(headers=headers, timeout=PATIENCE) as http:
        for _ in range(3):
            response = await http.post(url + PATH, content=b" " * size)
            assert response.status_code == 413
            assert response.headers["connection"] == "close"
            assert response.json()["error"]["message"]
