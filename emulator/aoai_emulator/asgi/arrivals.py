"""What an ASGI scope says about a request, and its body."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect, Request
from starlette.types import Message, Receive, Scope

from aoai_emulator.http.receiving import ReceivedBody, receive_body

#: Only shorter queries and hosts are remembered.
_LONGEST_REMEMBERED: Final = 256
#: How many names of headers are remembered, and how long they may be.
_MOST_NAMES, _LONGEST_NAME = 1024, 64
#: Bodies up to this size are within every limit.
_SMALL: Final = 64 * 1024


def headers_of(scope: Scope) -> dict[str, str]:
    """Return the headers of a request; of several with one name, the first."""
    sent = scope["headers"]
    headers = {_name(name): value.decode("latin-1") for name, value in sent}
    if len(headers) < len(sent):
        for name, value in reversed(sent):
            headers[name.decode("latin-1")] = value.decode("latin-1")
    return headers


class _Names(dict[bytes, str]):
    """Maps names of headers to texts; short names are remembered."""

    def __missing__(self, name: bytes) -> str:
        text = name.decode("latin-1")
        if len(name) <= _LONGEST_NAME:
            if len(self) >= _MOST_NAMES:
                self.clear()
            self[name] = text
        return text


_name: Final = _Names().__getitem__


def query_of(scope: Scope) -> Mapping[str, str]:
    """Return the query of a request; of several parameters with one name, the last.

    Parameters whose name ends with brackets are lists: their values are joined by commas.
    """
    query: bytes = scope["query_string"]
    return _query(query) if len(query) <= _LONGEST_REMEMBERED else _query.__wrapped__(query)


@lru_cache(maxsize=256)
def _query(query: bytes) -> Mapping[str, str]:
    read: dict[str, str] = {}
    for name, value in parse_qsl(query.decode("latin-1"), keep_blank_values=True):
        read[name] = f"{read[name]},{value}" if name.endswith("[]") and name in read else value
    return MappingProxyType(read)


def base_url_of(scope: Scope, headers: Mapping[str, str]) -> str:
    """Return the URL of the emulator as the client sees it, without a slash at its end.

    `headers` are those of `headers_of`.
    """
    host = headers.get("host")
    server = scope.get("server")
    root: str = scope.get("app_root_path", scope.get("root_path", ""))
    read = _base_url if len(host or "") + len(root) <= _LONGEST_REMEMBERED else _base_url.__wrapped__
    return read(scope.get("scheme", "http"), host, tuple(server) if server else None, root)


@lru_cache(maxsize=256)
def _base_url(scheme: str, host: str | None, server: tuple[str, int | None] | None, root: str) -> str:
    scope = {
        "type": "http",
        "scheme": scheme,
        "server": server,
        "headers": [] if host is None else [(b"host", host.encode("latin-1"))],
        "path": "/",
        "root_path": root,
        "query_string": b"",
    }
    return str(Request(scope).base_url).rstrip("/")


def whole_body(message: Message, headers: Mapping[str, str]) -> bytes | None:
    """Return the body of a request whose first message has all of it, if it is short and without coding."""
    if message["type"] != "http.request" or message.get("more_body", False):
        return None
    body: bytes = message.get("body", b"")
    return body if len(body) <= _SMALL and not headers.get("content-encoding") else None


async def body_of(first: Message, receive: Receive, coding: str, limit: int) -> ReceivedBody:
    """Read the body of a request, whose `first` message has arrived.

    `coding` is its Content-Encoding, `limit` its largest size. Raises ClientDisconnect if the client
    disconnects before its end.
    """
    return await receive_body(_pieces(first, receive), coding, limit)


async def _pieces(message: Message, receive: Receive) -> AsyncIterator[bytes]:
    while message["type"] == "http.request":
        body: bytes = message.get("body", b"")
        if body:
            yield body
        if not message.get("more_body", False):
            return
        message = await receive()
    raise ClientDisconnect
