"""Cross-origin requests of browsers: preflights, and the header that lets a page read a response."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Final

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_ORIGIN: Final = b"origin"
_ALLOW_ORIGIN: Final = b"access-control-allow-origin"
_METHODS: Final = b"GET, POST, PUT, PATCH, DELETE, OPTIONS"
_LONGEST: Final = 4096
_SECONDS: Final = b"600"


class CrossOrigin:
    """Answers preflights without a key, and allows every origin to read responses.

    Requests without the header Origin pass unchanged.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Handle one request."""
        if scope["type"] == "http":
            for name, _ in scope["headers"]:
                if name == _ORIGIN:
                    return self._handle(scope, receive, send)
        return self._app(scope, receive, send)

    async def _handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request from another origin."""
        headers = Headers(scope=scope)
        if scope["method"] == "OPTIONS" and "access-control-request-method" in headers:
            await _allow(headers, send)
        else:
            await self._app(scope, receive, _readable(send))


async def _allow(headers: Headers, send: Send) -> None:
    """Respond to a preflight: any origin may send what it wants to send."""
    wanted = headers.get("access-control-request-headers", "")
    allowed = wanted.encode("latin-1") if len(wanted) <= _LONGEST and wanted.isprintable() else b"*"
    response = [
        (_ALLOW_ORIGIN, b"*"),
        (b"access-control-allow-methods", _METHODS),
        (b"access-control-allow-headers", allowed or b"*"),
        (b"access-control-max-age", _SECONDS),
    ]
    await send({"type": "http.response.start", "status": 204, "headers": response})
    await send({"type": "http.response.body", "body": b""})


def _readable(send: Send) -> Send:
    async def send_readable(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = list(message.get("headers", ()))
            if not any(name.lower() == _ALLOW_ORIGIN for name, _ in headers):
                message = {**message, "headers": [*headers, (_ALLOW_ORIGIN, b"*")]}
        await send(message)

    return send_readable
