"""Pass on requests of the emulator to a target, and its responses back, each piece when it arrives."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from urllib.parse import urlsplit

import httpx

from aoai_conformance.engine.attempts import Limits, attempt
from aoai_conformance.options import KEY_HEADER
from aoai_conformance.recording.proxy.server import LONGEST_RESPONSE, OnExchange
from aoai_emulator.traffic.forwarding import BrokenOffError, ForwardedRequest, ForwardedResponse
from aoai_model.exchange import Request, Response, TransportFailure

_LONGEST_CONNECT = 30.0
_GONE = "The client closed the connection before the response ended."
#: How many pieces of a response wait for the client to read them.
_MOST_WAITING = 64
#: Headers that concern one connection only, and those that are written anew.
_NOT_PASSED = frozenset(
    {
        b"connection",
        b"content-length",
        b"expect",
        b"host",
        b"keep-alive",
        b"proxy-connection",
        b"te",
        b"transfer-encoding",
        b"upgrade",
    }
)
_CREDENTIALS = frozenset({KEY_HEADER.encode(), b"authorization"})


class Forwarder:
    """Passes on requests to the target at `root`, with `key` instead of the client's credentials.

    `transport` is called for when the first request arrives. `on_exchange` gets each request, as it was sent
    to the target, and its outcome, both with secrets, after the response ended. It may raise nothing.
    """

    def __init__(
        self,
        root: str,
        transport: Callable[[], httpx.AsyncBaseTransport],
        on_exchange: OnExchange,
        key: str | None = None,
    ) -> None:
        self._root = root.rstrip("/")
        self._make_transport = transport
        self._transport: httpx.AsyncBaseTransport | None = None
        self._on_exchange = on_exchange
        self._key = key
        self._open: set[asyncio.Task[None]] = set()

    async def __call__(self, received: ForwardedRequest) -> ForwardedResponse:
        """Pass on a request; return a 502 if there is no response."""
        if self._transport is None:
            self._transport = self._make_transport()
        relay = _Relay()
        task = asyncio.create_task(self._exchange(self._transport, received, relay))
        self._open.add(task)
        task.add_done_callback(self._open.discard)
        head = await relay.head
        if isinstance(head, TransportFailure):
            return _no_response(f"No response from {self._root}. {head.message}")
        headers = tuple(pair for pair in head.headers.raw if _is_passed_back(pair[0], head))
        return ForwardedResponse(head.status_code, headers, relay.body(task))

    async def _exchange(
        self, transport: httpx.AsyncBaseTransport, received: ForwardedRequest, relay: _Relay
    ) -> None:
        request = self._request(received)
        try:
            outcome = await attempt(transport, request, Limits(seconds=LONGEST_RESPONSE), relay)
        except asyncio.CancelledError:
            outcome = TransportFailure("harness", _GONE)
        relay.finish(outcome)
        sent = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw)
        self._on_exchange(
            Request(received.method, self._root + received.target, sent, received.body), outcome
        )

    def _request(self, received: ForwardedRequest) -> httpx.Request:
        dropped = _NOT_PASSED if self._key is None else _NOT_PASSED | _CREDENTIALS
        headers = [(name, value) for name, value in received.headers if name.lower() not in dropped]
        if self._key is not None:
            headers.append((KEY_HEADER.encode(), self._key.encode()))
        timeout = httpx.Timeout(LONGEST_RESPONSE, connect=_LONGEST_CONNECT)
        target = urlsplit(self._root).path + received.target
        return httpx.Request(
            received.method,
            self._root + received.target,
            headers=headers,
            content=received.body or None,
            extensions={"timeout": timeout.as_dict(), "target": target.encode("latin-1")},
        )


class _Relay:
    """Hands a response over, from the attempt that receives it to the body that the client reads."""

    def __init__(self) -> None:
        self.head: asyncio.Future[httpx.Response | TransportFailure] = asyncio.Future()
        self._pieces: asyncio.Queue[bytes | None] = asyncio.Queue(_MOST_WAITING)
        self._complete = False

    async def begin(self, response: httpx.Response) -> None:
        """Take the status and the headers."""
        self.head.set_result(response)

    async def take(self, piece: bytes) -> None:
        """Take the next bytes of the body; wait if the client does not read."""
        await self._pieces.put(piece)

    def finish(self, outcome: Response | TransportFailure) -> None:
        """Take the outcome, after the last piece."""
        if not self.head.done():
            failure = TransportFailure("protocol", "The response breaks HTTP.")
            self.head.set_result(outcome if isinstance(outcome, TransportFailure) else failure)
        coded = isinstance(outcome, Response) and any(each.kind == "coding" for each in outcome.defects)
        self._complete = coded or (isinstance(outcome, Response) and outcome.complete)

    async def body(self, task: asyncio.Task[None]) -> AsyncIterator[bytes]:
        """Yield the pieces until the attempt of `task` has ended.

        Raises BrokenOffError if the response is incomplete.
        """
        try:
            while True:
                piece = await self._next(task)
                if piece is None:
                    break
                yield piece
        finally:
            task.cancel()
        if not self._complete:
            raise BrokenOffError("The target broke off its response.")

    async def _next(self, task: asyncio.Task[None]) -> bytes | None:
        """Return the next piece; None after the last one."""
        waiting = asyncio.ensure_future(self._pieces.get())
        await asyncio.wait({waiting, task}, return_when=asyncio.FIRST_COMPLETED)
        if waiting.done():
            return waiting.result()
        waiting.cancel()
        return None if self._pieces.empty() else self._pieces.get_nowait()


def _is_passed_back(name: bytes, response: httpx.Response) -> bool:
    """Whether a header is sent to the client; the length only if it is that of the body as it arrives."""
    lowered = name.lower()
    if lowered == b"content-length":
        return "transfer-encoding" not in response.headers
    return lowered not in _NOT_PASSED


def _no_response(sentence: str) -> ForwardedResponse:
    content = json.dumps({"error": {"code": "BadGateway", "message": sentence}}).encode()

    async def body() -> AsyncIterator[bytes]:
        yield content

    return ForwardedResponse(502, ((b"content-type", b"application/json"),), body())
