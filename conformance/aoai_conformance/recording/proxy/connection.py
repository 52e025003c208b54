"""One connection of a client to the proxy: reads its requests and writes the responses as they arrive."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import h11
import httpx

#: A larger request body is rejected; the service accepts 20 MiB of JSON and files of 512 MiB.
LARGEST_REQUEST = 640 * 1024 * 1024
_READ = 64 * 1024
#: Headers that concern one connection only (RFC 9110, section 7.6.1), and that of the target's host.
_OF_ONE_CONNECTION = frozenset(
    {b"connection", b"proxy-connection", b"keep-alive", b"te", b"upgrade", b"host"}
)
_FRAMING = frozenset({b"transfer-encoding", b"content-length"})


class ClientGoneError(Exception):
    """The client closed its connection before the response ended."""


@dataclass(frozen=True, slots=True)
class ClientRequest:
    """A request as the client sent it: its method, its target (path and query), its headers and its body."""

    method: str
    target: str
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes

    @property
    def forwarded(self) -> list[tuple[bytes, bytes]]:
        """The headers for the target: all but those of the connection. The body is sent with its length."""
        dropped = _OF_ONE_CONNECTION | {b"transfer-encoding", b"expect"}
        return [(name, value) for name, value in self.headers if name.lower() not in dropped]


class ClientConnection:
    """A connection of a client; `handle` gets each request and answers it with the methods of this class."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=256 * 1024)
        self.has_begun = False

    async def serve(self, handle: Callable[[ClientRequest, ClientConnection], Awaitable[None]]) -> None:
        """Handle the requests of the connection until either side closes it."""
        try:
            while (request := await self._next_request()) is not None:
                self.has_begun = False
                await handle(request, self)
                if self._http.our_state is not h11.DONE or self._http.their_state is not h11.DONE:
                    return
                self._http.start_next_cycle()
        except h11.RemoteProtocolError as error:
            await self._reject(error.error_status_hint, f"The request breaks HTTP: {error}.")
        except (OSError, ClientGoneError):
            return
        finally:
            self._writer.close()

    async def begin(self, response: httpx.Response) -> None:
        """Write the head of a response. Raises ClientGoneError."""
        reason = response.extensions.get("reason_phrase", b"")
        headers = [(name, value) for name, value in response.headers.raw if _is_passed(name)]
        self.has_begun = True
        await self._send(h11.Response(status_code=response.status_code, reason=reason, headers=headers))

    async def take(self, piece: bytes) -> None:
        """Write the next bytes of the body. Raises ClientGoneError."""
        await self._send(h11.Data(data=piece))

    async def end(self) -> None:
        """Write the end of the response. Raises ClientGoneError."""
        await self._send(h11.EndOfMessage())

    def break_off(self) -> None:
        """Close the connection at once, as the target closed its own."""
        self._writer.transport.abort()

    async def fail(self, status: int, text: str) -> None:
        """Write a response of the proxy itself. Raises ClientGoneError."""
        await self._reject(status, text)

    async def _next_request(self) -> ClientRequest | None:
        head: h11.Request | None = None
        body = bytearray()
        while True:
            event = self._http.next_event()
            if event is h11.NEED_DATA:
                if self._http.they_are_waiting_for_100_continue:
                    await self._send(h11.InformationalResponse(status_code=100, headers=[]))
                self._http.receive_data(await self._reader.read(_READ))
            elif isinstance(event, h11.Request):
                head = event
            elif isinstance(event, h11.Data):
                body += event.data
                if len(body) > LARGEST_REQUEST:
                    raise h11.RemoteProtocolError("its body is too large", error_status_hint=413)
            elif isinstance(event, h11.EndOfMessage) and head is not None:
                method, target = head.method.decode("ascii"), head.target.decode("latin-1")
                return ClientRequest(method, target, tuple(head.headers.raw_items()), bytes(body))
            else:
                return None

    async def _reject(self, status: int, text: str) -> None:
        if self._http.our_state not in {h11.IDLE, h11.SEND_RESPONSE}:
            return
        content = f"{text}\n".encode()
        headers = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(content)))]
        await self._send(h11.Response(status_code=status, headers=[*headers, ("Connection", "close")]))
        await self._send(h11.Data(data=content))
        await self.end()

    async def _send(self, event: h11.Event) -> None:
        try:
            data = self._http.send(event)
            if data:
                self._writer.write(data)
                await self._writer.drain()
        except (OSError, h11.LocalProtocolError) as error:
            raise ClientGoneError("The client closed the connection before the response ended.") from error


def _is_passed(name: bytes) -> bool:
    return name.lower() not in _OF_ONE_CONNECTION
