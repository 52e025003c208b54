"""A server that closes a connection it kept alive while the next request is on its way."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
from by_case import NAME, case

from aoai_conformance.engine.client import Client
from aoai_conformance.engine.pacing import Pacer, Patience
from aoai_conformance.target.authentication import KeyAuthentication
from aoai_conformance.target.targets import Target

OK = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"


async def _receive(reader: asyncio.StreamReader) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    await reader.readexactly(int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0]))


async def _respond_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Respond to the first request of a connection and close it when the second one arrives."""
    await _receive(reader)
    await asyncio.sleep(0.05)  # requests that are sent together get a connection each
    writer.write(OK)
    with contextlib.suppress(asyncio.IncompleteReadError):
        await _receive(reader)
    writer.close()
    await writer.wait_closed()


@pytest.fixture(autouse=True)
def connections_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep connections however slow the machine is."""
    monkeypatch.setattr("aoai_conformance.engine.network.KEPT_SECONDS", 600.0)


@contextlib.asynccontextmanager
async def client_with_kept_connections(number: int) -> AsyncIterator[Client]:
    """A client that keeps so many connections, each of which the server closes at the next request."""
    serving: list[asyncio.Task[None]] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving.append(asyncio.create_task(_respond_once(reader, writer)))

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    target = Target("url", url, url, {"chat": "gpt"}, KeyAuthentication("a-key-for-loopback"))
    async with server:
        async with Client(target, {NAME: "/openai"}, pacer=Pacer(Patience(first_wait=0))) as client:
            await asyncio.gather(*(client.send(case(id_=f"c{n}")) for n in range(number)))
            yield client
        await asyncio.gather(*serving)


@pytest.mark.parametrize(("attempts", "sent"), [(1, 1), (2, 2), (3, 2)])
async def test_no_request_fails_because_a_kept_connection_was_closed(attempts: int, sent: int) -> None:
    async with client_with_kept_connections(4) as client:
        exchange = await client.send(case(), Patience(broken_attempts=attempts))
    assert exchange.response is not None
    assert exchange.attempts == sent


async def test_connections_are_kept_for_requests_that_may_be_retried() -> None:
    async with client_with_kept_connections(1) as client:
        assert (await client.send(case())).attempts == 2
