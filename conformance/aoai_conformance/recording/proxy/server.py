"""A reverse proxy: passes requests on to a target and its responses back, each byte when it arrives."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx

from aoai_conformance.engine.attempts import Limits, attempt
from aoai_conformance.engine.network import WatchedTransport, watched_transport
from aoai_conformance.recording.proxy.connection import ClientConnection, ClientGoneError, ClientRequest
from aoai_conformance.target.connection import ProxyAddress
from aoai_model.exchange import Request, Response, TransportFailure

#: How long a response may take; a proxy must not end it before its client does.
LONGEST_RESPONSE = 3600.0
_LONGEST_CONNECT = 30.0
#: How long requests in progress may go on after the proxy is stopped.
_GRACE = 5.0

#: More requests than these wait for one to end.
_MOST_CONNECTIONS = 256
OnExchange = Callable[[Request, Response | TransportFailure], None]


def transport_to(
    root: str, *, verify: ssl.SSLContext, use_proxies: bool, proxy: ProxyAddress | None = None
) -> WatchedTransport:
    """Return the transport to the target at `root`, through `proxy` or that of the environment.

    Every request has a new connection: the target may close a connection that was kept just when the next
    request is sent, whose client would get an error that the target did not cause. Raises ConformanceError
    for a proxy that cannot be used.
    """
    return watched_transport(
        root,
        verify=verify,
        concurrency=_MOST_CONNECTIONS,
        use_proxies=use_proxies,
        proxy=proxy,
        keep_alive=False,
    )


@dataclass(slots=True)
class ReverseProxy:
    """Passes on everything that arrives at a port to the target at `root`.

    `on_exchange` gets each request, as it was sent to the target, and its outcome, both with secrets, after
    the response ended. It may raise nothing.
    """

    root: str
    transport: httpx.AsyncBaseTransport
    on_exchange: OnExchange
    _open: set[asyncio.Task[None]] = field(default_factory=set)

    async def serve(self, host: str, port: int, ready: Callable[[str], None], stop: asyncio.Event) -> None:
        """Listen until `stop` is set; `ready` gets the URL. Raises OSError if the port cannot be used."""
        server = await asyncio.start_server(self._accept, host, port)
        async with server:
            address = server.sockets[0].getsockname()
            ready(f"http://{f'[{address[0]}]' if ':' in address[0] else address[0]}:{address[1]}")
            await stop.wait()
            server.close()
            if self._open:
                await asyncio.wait(self._open, timeout=_GRACE)
            for task in self._open:
                task.cancel()
            await asyncio.gather(*self._open, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - asyncio calls this in a task
        self._open.add(task)
        try:
            await ClientConnection(reader, writer).serve(self._handle)
        finally:
            self._open.discard(task)

    async def _handle(self, received: ClientRequest, client: ClientConnection) -> None:
        if not received.target.startswith("/"):
            await client.fail(400, "This is a reverse proxy: use its address as the base URL of your client.")
            return
        root = urlsplit(self.root)
        url = f"{root.scheme}://{root.netloc}{root.path.rstrip('/')}{received.target}"
        request = self._request(received, url)
        outcome = await attempt(self.transport, request, Limits(seconds=LONGEST_RESPONSE), client)
        try:
            await _finish(client, outcome)
        except ClientGoneError as error:
            outcome = TransportFailure("harness", str(error))
        sent = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw)
        self.on_exchange(Request(received.method, url, sent, received.body), outcome)

    def _request(self, received: ClientRequest, url: str) -> httpx.Request:
        path = urlsplit(self.root).path.rstrip("/") + received.target
        timeout = httpx.Timeout(LONGEST_RESPONSE, connect=_LONGEST_CONNECT)
        return httpx.Request(
            received.method,
            url,
            headers=received.forwarded,
            content=received.body or None,
            extensions={"timeout": timeout.as_dict(), "target": path.encode("latin-1")},
        )


async def _finish(client: ClientConnection, outcome: Response | TransportFailure) -> None:
    """End a response as the target did: completely, by breaking off, or by an error of the proxy."""
    if isinstance(outcome, TransportFailure) or not client.has_begun:
        message = outcome.message if isinstance(outcome, TransportFailure) else "The response breaks HTTP."
        if client.has_begun:
            client.break_off()
        else:
            await client.fail(502, f"No response from the target. {message}")
    elif outcome.complete or any(defect.kind == "coding" for defect in outcome.defects):
        await client.end()
    else:
        client.break_off()
