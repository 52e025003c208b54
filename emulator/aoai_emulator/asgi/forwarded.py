"""Requests that a trusted proxy forwards."""

from __future__ import annotations

import os
from collections.abc import Awaitable
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

_HEADERS: Final = frozenset({b"x-forwarded-for", b"x-forwarded-proto"})
#: The environment variable that lists trusted proxies, as in uvicorn's command line.
_TRUSTED: Final = "FORWARDED_ALLOW_IPS"


class ForwardedRequests:
    """Applies uvicorn's ProxyHeadersMiddleware, but only to requests that have proxy headers."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._reading = ProxyHeadersMiddleware(app, os.environ.get(_TRUSTED, "127.0.0.1"))  # type: ignore[arg-type]

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Handle one request."""
        for name, _ in scope.get("headers", ()):
            if name in _HEADERS:
                return self._reading(scope, receive, send)  # type: ignore[arg-type]
        return self._app(scope, receive, send)
