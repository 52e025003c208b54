"""What the recording proxy does to traffic: nothing."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass, field

import pytest

from aoai_conformance.recording.proxy.server import ReverseProxy, transport_to
from aoai_conformance.target.connection import certificates
from aoai_model.exchange import Request, Response, TransportFailure

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
Exchanges = list[tuple[Request, Response | TransportFailure]]


@dataclass
class Running:
    """A proxy with its port, and what it observed."""

    port: int
    seen: Exchanges = field(default_factory=list)

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self.port)

    async def send(self, request: bytes) -> bytes:
        """Send one request whose connection ends with the response."""
        reader, writer = await self.connect()
        writer.write(request)
        response = await reader.read()
        writer.close()
        return response

    async def wait_for_exchange(self) -> tuple[Request, Response | TransportFailure]:
        while not self.seen:
            await asyncio.sleep(0.01)
        return self.seen[-1]


@asynccontextmanager
async def proxy_to(handler: Handler | None, prefix: str = "") -> AsyncIterator[Running]:
    """Run a proxy in front of a server, or of a port where nobody listens."""
    server = await asyncio.start_server(handler or _nobody, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    if handler is None:
        server.close()
        await server.wait_closed()
    root = f"http://127.0.0.1:{port}{prefix}"
    transport = transport_to(root, verify=certificates(), use_proxies=False)
    running, stop = Running(0), asyncio.Event()
    listening: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    proxy = ReverseProxy(root, transport, lambda *exchange: running.seen.append(exchange))
    task = asyncio.create_task(proxy.serve("127.0.0.1", 0, listening.set_result, stop))
    running.port = int((await asyncio.wait_for(listening, 30)).rpartition(":")[2])
    try:
        yield running
    finally:
        stop.set()
        await asyncio.wait_for(task, 30)
        await transport.aclose()
        server.close()


async def _nobody(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()


def answering(response: bytes, got: bytearray | None = None) -> Handler:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            (
                int(line.split(b":")[1])
                for line in head.split(b"\r\n")
                if line.lower().startswith(b"content-length")
            ),
            0,
        )
        body = await reader.readexactly(length)
        if got is not None:
            got.extend(head + body)
        writer.write(response)
        writer.close()

    return handle


def within(seconds: float = 60) -> asyncio.Timeout:
    return asyncio.timeout(seconds)


async def test_a_response_passes_byte_by_byte_with_its_coding_and_the_case_of_its_headers() -> None:
    body = gzip.compress(b'{"a": 1}')
    response = (
        b"HTTP/1.1 418 Short And Stout\r\nX-MiXed: One\r\nx-mixed: two\r\nContent-Encoding: gzip\r\n"
        b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
    ) + body
    async with within(), proxy_to(answering(response)) as proxy:
        got = await proxy.send(b"GET /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        _, seen = await proxy.wait_for_exchange()
    head, _, passed = got.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 418 Short And Stout\r\nX-MiXed: One\r\nx-mixed: two\r\n")
    assert passed == body
    assert isinstance(seen, Response)
    assert (seen.status, seen.body, seen.complete) == (418, b'{"a": 1}', True)


async def test_a_request_passes_with_its_path_its_headers_and_its_body() -> None:
    got = bytearray()
    response = b"HTTP/1.1 204 No Content\r\n\r\n"
    async with within(), proxy_to(answering(response, got), prefix="/team") as proxy:
        await proxy.send(
            b"POST /a%2Fb/c?x=%20+y HTTP/1.1\r\nHost: proxy\r\nApi-Key: k\r\nTransfer-Encoding: chunked\r\n"
            b"Connection: close\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
        )
        sent, _ = await proxy.wait_for_exchange()
    head, _, body = bytes(got).partition(b"\r\n\r\n")
    first, *headers = head.split(b"\r\n")
    assert first == b"POST /team/a%2Fb/c?x=%20+y HTTP/1.1"
    assert b"Api-Key: k" in headers
    assert not [line for line in headers if line.lower().startswith(b"host: proxy")]
    assert body == b"abcde"
    assert sent.body == b"abcde"
    assert sent.url.endswith("/team/a%2Fb/c?x=%20+y")


async def test_an_event_passes_before_the_next_one_is_sent() -> None:
    may_go_on = asyncio.Event()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n")
        await may_go_on.wait()
        writer.write(b"data: [DONE]\n\n")
        writer.close()

    async with within(), proxy_to(handle) as proxy:
        reader, writer = await proxy.connect()
        writer.write(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        await reader.readuntil(b"data: 1\n\n")
        may_go_on.set()
        await reader.readuntil(b"data: [DONE]\n\n")
        _, seen = await proxy.wait_for_exchange()
        writer.close()
    assert isinstance(seen, Response)
    assert [event.data for event in seen.events or ()] == ["1", "[DONE]"]


async def test_two_requests_share_a_connection() -> None:
    response = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    async with within(), proxy_to(answering(response)) as proxy:
        reader, writer = await proxy.connect()
        for _ in range(2):
            writer.write(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            assert (await reader.readuntil(b"ok")).startswith(b"HTTP/1.1 200 OK")
        writer.close()


async def test_a_target_that_closes_connections_late_costs_no_request() -> None:
    """A connection that the proxy kept would be closed while its second request is on its way."""

    async def respond_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        await reader.read(1)
        writer.close()

    async with within(), proxy_to(respond_once) as proxy:
        reader, writer = await proxy.connect()
        for _ in range(2):
            writer.write(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200 OK")
            await reader.readexactly(2)
        writer.close()


async def test_a_client_that_waits_for_permission_to_send_its_body_gets_it() -> None:
    response = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    async with within(), proxy_to(answering(response)) as proxy:
        reader, writer = await proxy.connect()
        writer.write(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 100")
        writer.write(b"abc")
        assert (await reader.readuntil(b"ok")).startswith(b"HTTP/1.1 200")
        writer.close()
        sent, _ = await proxy.wait_for_exchange()
    assert sent.body == b"abc"


async def test_a_response_that_breaks_off_breaks_off_for_the_client() -> None:
    response = b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\npart"
    async with within(), proxy_to(answering(response)) as proxy:
        reader, writer = await proxy.connect()
        writer.write(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        await reader.readuntil(b"part")
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await reader.readexactly(1)
        _, seen = await proxy.wait_for_exchange()
        writer.close()
    assert isinstance(seen, Response)
    assert not seen.complete


async def test_a_target_that_does_not_respond_gives_502_with_the_reason() -> None:
    async with within(), proxy_to(None) as proxy:
        got = await proxy.send(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        _, seen = await proxy.wait_for_exchange()
    assert got.startswith(b"HTTP/1.1 502 ")
    assert b"Cannot connect to 127.0.0.1" in got
    assert isinstance(seen, TransportFailure)


async def test_a_client_that_leaves_is_not_held_against_the_server() -> None:
    left = asyncio.Event()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n")
        await left.wait()
        with closing(writer), suppress(ConnectionError):
            while not writer.is_closing():
                writer.write(b"data: 2\n\n")
                await writer.drain()
                await asyncio.sleep(0.01)

    async with within(), proxy_to(handle) as proxy:
        reader, writer = await proxy.connect()
        writer.write(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        await reader.readuntil(b"data: 1\n\n")
        writer.transport.abort()
        left.set()
        _, seen = await proxy.wait_for_exchange()
    assert isinstance(seen, TransportFailure)
    assert seen.kind == "harness"
    assert "The client closed the connection" in seen.message


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"GET http://elsewhere/ HTTP/1.1\r\nHost: h\r\n\r\n", b"400"),
        (b"not http\r\n\r\n", b"400"),
    ],
)
async def test_other_requests_are_answered_by_the_proxy(request_: bytes, status: bytes) -> None:
    async with within(), proxy_to(answering(b"HTTP/1.1 200 OK\r\n\r\n")) as proxy:
        got = await proxy.send(request_)
    assert got.startswith(b"HTTP/1.1 " + status)
