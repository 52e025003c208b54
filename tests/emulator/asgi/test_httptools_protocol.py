"""The protocol for httptools sends what uvicorn's sends, and closes idle connections at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from aoai_emulator.asgi.protocols import is_fast_available
from aoai_emulator.http.encoded_headers import ENCODED_HEADERS, EncodedHeaders, HeaderForm, is_sendable

if not is_fast_available():
    pytest.skip("needs the extra `speed`", allow_module_level=True)

from aoai_emulator.asgi.httptools_protocol import BoundedHttpToolsProtocol

App = Callable[..., Awaitable[None]]
FORM = HeaderForm(((b"x-one", b"%d"), (b"x-two", b"%b")), ((b"x-three", b"100 %d: c"),))
HEADERS = EncodedHeaders(FORM, (1, b"a: b"), 4)
POST = b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}"
REQUESTS = {
    "keep alive": POST,
    "close": POST.replace(b"host: x", b"connection: close"),
    "HTTP/1.0": POST.replace(b"1.1", b"1.0"),
    "HEAD": POST.replace(b"POST", b"HEAD"),
    "continue": POST.replace(b"host: x", b"expect: 100-continue"),
    "pipelined": POST + POST,
}


class Transport(asyncio.Transport):
    """Keeps what is written."""

    def __init__(self) -> None:
        super().__init__({"peername": ("127.0.0.1", 1), "sockname": ("127.0.0.1", 2)})
        self.writes: list[bytes] = []
        self.is_closed = False

    def write(self, data: bytes) -> None:  # type: ignore[override]
        self.writes.append(data)

    def is_closing(self) -> bool:
        return self.is_closed

    def close(self) -> None:
        self.is_closed = True


class Timers:
    """An event loop whose time stands still; `set` has the timers that were set."""

    def __init__(self) -> None:
        self.now = 0.0
        self.set: list[tuple[float, Callable[[], None]]] = []
        self.create_task = asyncio.get_running_loop().create_task

    def time(self) -> float:
        return self.now

    def call_later(self, seconds: float, call: Callable[[], None]) -> asyncio.Handle:
        self.set.append((self.now + seconds, call))
        return asyncio.Handle(call, (), asyncio.get_running_loop())

    def run_next(self) -> None:
        self.now, call = self.set.pop(0)
        call()


def connect(app: App, loop: Any = None) -> tuple[BoundedHttpToolsProtocol, Transport]:
    options: dict[str, Any] = {
        "interface": "asgi3",
        "proxy_headers": False,
        "access_log": False,
        "ws": "none",
    }
    config = uvicorn.Config(app, lifespan="off", **options)
    state = ServerState()
    state.default_headers = [(b"date", b"today")]
    protocol, transport = BoundedHttpToolsProtocol(config, state, {}, loop), Transport()
    protocol.connection_made(transport)
    return protocol, transport


def sending(headers: Any, *bodies: bytes) -> App:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert ENCODED_HEADERS in scope["extensions"]
        assert await receive() == {"type": "http.request", "body": b"{}", "more_body": False}
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        for number, body in enumerate(bodies, 1):
            await send({"type": "http.response.body", "body": body, "more_body": number < len(bodies)})

    return app


async def exchange(app: App, request: bytes) -> Transport:
    protocol, transport = connect(app)
    protocol.data_received(request)
    while protocol.tasks:
        await asyncio.sleep(0)
    protocol.connection_lost(None)
    return transport


@pytest.mark.parametrize("bodies", [(b"four",), (b"fo", b"ur"), (b"",), (b"too long",), ()], ids=str)
async def test_sends_encoded_headers_as_uvicorn_sends_others(bodies: tuple[bytes, ...]) -> None:
    for name, request in REQUESTS.items():
        plain = await exchange(sending(list(HEADERS), *bodies), request)
        encoded = await exchange(sending(HEADERS, *bodies), request)
        if sum(map(len, bodies)) == HEADERS.length:
            assert b"".join(encoded.writes) == b"".join(plain.writes), name
        assert encoded.is_closed == plain.is_closed, name


async def test_sends_the_head_together_with_the_body() -> None:
    transport = await exchange(sending(HEADERS, b"four"), POST)
    lines = b"date: today\r\nx-one: 1\r\nx-two: a: b\r\nx-three: 100 %d: c\r\ncontent-length: 4\r\n"
    assert transport.writes == [b"HTTP/1.1 200 OK\r\n" + lines + b"\r\nfour"]


async def test_sends_nothing_to_a_client_that_is_gone() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        protocol.connection_lost(None)
        await send({"type": "http.response.body", "body": b"four"})
        assert await receive() == {"type": "http.disconnect"}
        ended.set()

    ended = asyncio.Event()
    protocol, transport = connect(app)
    protocol.data_received(POST)
    await ended.wait()
    assert transport.writes == []


async def test_closes_a_connection_that_was_idle_for_the_whole_time() -> None:
    timers = Timers()
    protocol, transport = connect(sending(HEADERS, b"four"), timers)
    for timers.now in (0.0, 4.0):
        protocol.data_received(POST)
        await asyncio.sleep(0)
    timers.run_next()
    assert (timers.now, transport.is_closed) == (5.0, False)
    timers.run_next()
    assert (timers.now, transport.is_closed, timers.set) == (9.0, True, [])


async def test_keeps_a_connection_while_a_request_is_in_progress() -> None:
    timers = Timers()
    protocol, transport = connect(sending(HEADERS, b"four"), timers)
    protocol.data_received(POST)
    await asyncio.sleep(0)
    protocol.data_received(POST[:-1])
    timers.run_next()
    assert (transport.is_closed, timers.set) == (False, [])
    protocol.data_received(POST[-1:])
    while protocol.tasks:
        await asyncio.sleep(0)
    assert [at for at, _ in timers.set] == [10.0]


def test_rejects_values_that_cannot_be_sent() -> None:
    assert is_sendable(b"caf\xe9 \t x")
    assert not any(map(is_sendable, (b"a\r\nb: c", b"\0", b"\x7f")))
