"""Send a request once and return its response, complete or not, or the transport failure."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

import httpx

from aoai_conformance.engine.network import WatchedTransport
from aoai_conformance.engine.receiver import Arrival, TooLargeError
from aoai_conformance.engine.response_watch import LONGEST_HEAD, WATCHING, ResponseWatch
from aoai_conformance.target.connection_trouble import explain_connection
from aoai_model.exchange import Headers, Response, TransportFailure, WireDefect

_LONGEST_QUOTE = 300
#: Seconds between two looks at the clock; a pause of the client can be this much longer than measured.
_LOOK_INTERVAL = 0.1


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one attempt: seconds until the last byte, bytes of the body, bytes in the record.

    `grace` is the number of seconds that a stream may stay open after its `[DONE]`.
    """

    seconds: float = 120.0
    body_bytes: int = 64 * 1024 * 1024
    #: Below `aoai_reports.record.reader.LONGEST_LINE`, with room for the request and the verdicts.
    record_bytes: int = 192 * 1024 * 1024
    grace: float = 2.0


class Listener(Protocol):
    """Receives a response while it arrives, such as a proxy that passes it on.

    What it raises ends the attempt.
    """

    async def begin(self, response: httpx.Response) -> None:
        """Take the status and the headers."""

    async def take(self, piece: bytes) -> None:
        """Take the next bytes of the body, content coding included."""


class PauseWatch:
    """Measures, inside its `with` block, the longest time for which the running event loop did not run.

    On a busy machine, bytes wait in the socket while the process gets no processor, and seem to arrive late
    and all at once.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._longest = 0.0

    def __enter__(self) -> Self:
        self._schedule()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._look()
        self._handle.cancel()

    @property
    def longest(self) -> float:
        """The longest pause so far, in seconds."""
        self._look()
        return self._longest

    def _schedule(self) -> None:
        self._due = self._loop.time() + _LOOK_INTERVAL
        self._handle = self._loop.call_at(self._due, self._look_again)

    def _look(self) -> None:
        self._longest = max(self._longest, self._loop.time() - self._due)

    def _look_again(self) -> None:
        self._look()
        self._schedule()


async def attempt(
    transport: httpx.AsyncBaseTransport,
    request: httpx.Request,
    limits: Limits,
    listener: Listener | None = None,
) -> Response | TransportFailure:
    """Send a request once and return its response or the transport failure. Raises nothing.

    With a `listener`, the whole body is read, even if it cannot be decoded or exceeds a limit.
    """
    watch = ResponseWatch(request.method)
    token = WATCHING.set(watch)
    try:
        with PauseWatch() as pauses:
            return await _exchange_bytes(transport, request, limits, watch, pauses, listener)
    except httpx.ConnectTimeout as error:
        message = f"Connecting to {_host(request)} timed out."
        return TransportFailure("connect", _explained(error, transport, request) or message)
    except (TimeoutError, httpx.TimeoutException):
        message = f"No complete response within {limits.seconds:g} s."
        return TransportFailure("timeout", message, bytes(watch.received))
    except (httpx.ConnectError, httpx.ProxyError) as error:
        message = f"Cannot connect to {_host(request)}: {error}."
        return TransportFailure("connect", _explained(error, transport, request) or message)
    except TooLargeError as error:
        return TransportFailure("harness", str(error), bytes(watch.received))
    except (httpx.LocalProtocolError, httpx.UnsupportedProtocol) as error:
        return TransportFailure("harness", f"{type(error).__name__}: {error}")
    except httpx.HTTPError as error:
        return _salvage(error, watch)
    except ssl.SSLError as error:
        message = f"The TLS connection to {_host(request)} failed: {error}."
        return TransportFailure("connect", _explained(error, transport, request) or message)
    except Exception as error:  # noqa: BLE001 - one response must not end the run
        message = f"{type(error).__name__}: {str(error)[:_LONGEST_QUOTE]}"
        return TransportFailure("harness", message, bytes(watch.received))
    finally:
        WATCHING.reset(token)


async def _exchange_bytes(
    transport: httpx.AsyncBaseTransport,
    request: httpx.Request,
    limits: Limits,
    watch: ResponseWatch,
    pauses: PauseWatch,
    listener: Listener | None,
) -> Response:
    clock = asyncio.get_running_loop().time
    sent = clock()
    arrival = Arrival(
        lambda: round(clock() - sent, 6), body_bytes=limits.body_bytes, record_bytes=limits.record_bytes
    )
    try:
        async with asyncio.timeout(limits.seconds) as limit:
            if listener is None:
                await _receive(transport, request, arrival, limit, limits.grace)
            else:
                await _pass_on(transport, request, arrival, listener)
    except (TimeoutError, httpx.TimeoutException):
        if not arrival.has_begun:
            raise
        _note_timeout(arrival, limits, pauses)
    except (httpx.RemoteProtocolError, httpx.ReadError):
        if not arrival.has_begun:
            raise
        broken = watch.malformed or (f"a line longer than {LONGEST_HEAD} bytes" if watch.is_too_long else "")
        if broken:
            arrival.break_off("framing", _sentence(broken), bytes(watch.received))
        else:
            arrival.break_off()
    if watch.trailing:
        message = "Bytes follow the end of the response."
        arrival.note("trailing", message, bytes(watch.trailing))
    return arrival.response(client_paused=round(pauses.longest, 3))


async def _receive(
    transport: httpx.AsyncBaseTransport,
    request: httpx.Request,
    arrival: Arrival,
    limit: asyncio.Timeout,
    grace: float,
) -> None:
    response = await transport.handle_async_request(request)
    try:
        arrival.begin(response.status_code, decoded_headers(response.headers))
        is_in_grace = False
        async for piece in _pieces(response):
            arrival.take(piece)
            if not arrival.is_readable:
                return
            if arrival.is_done and not is_in_grace:
                is_in_grace = True
                limit.reschedule(_sooner(limit, grace))
        arrival.finish()
    finally:
        await response.aclose()


async def _pass_on(
    transport: httpx.AsyncBaseTransport, request: httpx.Request, arrival: Arrival, listener: Listener
) -> None:
    """Receive a response for a listener, which gets all of it whether or not the arrival can keep it."""
    response = await transport.handle_async_request(request)
    too_large: TooLargeError | None = None
    try:
        arrival.begin(response.status_code, decoded_headers(response.headers))
        await listener.begin(response)
        async for piece in _pieces(response):
            await listener.take(piece)
            if arrival.is_readable and too_large is None:
                try:
                    arrival.take(piece)
                except TooLargeError as error:
                    too_large = error
        if too_large is not None:
            raise too_large
        arrival.finish()
    finally:
        await response.aclose()


async def _pieces(response: httpx.Response) -> AsyncIterator[bytes]:
    """Yield the body as it arrives, content coding included."""
    stream = response.stream
    if isinstance(stream, httpx.AsyncByteStream):
        async for piece in stream:
            yield piece


def _sooner(limit: asyncio.Timeout, seconds: float) -> float:
    """Return the end of a grace period, or the deadline if that is sooner."""
    end = asyncio.get_running_loop().time() + seconds
    when = limit.when()
    return end if when is None else min(end, when)


def _note_timeout(arrival: Arrival, limits: Limits, pauses: PauseWatch) -> None:
    """Note that time ran out; after `[DONE]`, only that the connection stayed open.

    It may have ended while the client did not run for most of the grace period.
    """
    if arrival.is_done:
        if pauses.longest > limits.grace / 2:
            return
        arrival.note("open", f"The connection stays open for {limits.grace:g} s after [DONE].")
    else:
        arrival.break_off("timeout", f"The response did not end within {limits.seconds:g} s.")


def _salvage(error: httpx.HTTPError, watch: ResponseWatch) -> Response | TransportFailure:
    """Recover what can be read of a response with an unreadable head: its status, or its first bytes."""
    received = bytes(watch.received)
    if watch.is_too_long:
        message = f"The head of the response is longer than {LONGEST_HEAD} bytes; reading stopped there."
        return TransportFailure("harness", message, received)
    head = watch.lenient_head() if watch.malformed else None
    if head is not None:
        status, headers, body = head
        defect = WireDefect("head", _sentence(watch.malformed), received)
        return Response(status, headers, body, complete=False, defects=(defect,))
    message = f"{type(error).__name__}: {str(error) or 'the connection was closed or reset'}"
    if received:
        message = f"{message.rstrip('.')}. The server sent {received[:_LONGEST_QUOTE]!r}."
    return TransportFailure("protocol", message, received)


def _sentence(words: str) -> str:
    return f"The response breaks HTTP: {words[:_LONGEST_QUOTE].rstrip('.')}."


def decoded_headers(headers: httpx.Headers) -> Headers:
    """Return headers as text, as they were spelled."""
    return tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in headers.raw)


def _explained(error: Exception, transport: httpx.AsyncBaseTransport, request: httpx.Request) -> str | None:
    proxy = transport.proxy if isinstance(transport, WatchedTransport) else ""
    return explain_connection(error, _host(request), proxy)


def _host(request: httpx.Request) -> str:
    return request.url.netloc.decode("ascii")
