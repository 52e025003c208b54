"""Serve a server with planted defects that shares no code with this project, and count what it is sent.

    python -m benchmarks.beside_schemathesis.defective_server [SWITCH…]

is the server of `tests/independent_server` with these switches. It prints its URL. `GET /_counts` returns the
requests, those that a real resource bills (model operations with a successful response), and the tokens of
their usage; `GET /_bodies` the bodies of requests that are JSON objects, by the end of their path.
"""

from __future__ import annotations

import json
import re
import socket
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import uvicorn

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests" / "independent_server"))

import wire
from server import create_app

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
_PROMPT = re.compile(rb'"prompt_tokens": ?(\d+)')
_COMPLETION = re.compile(rb'"completion_tokens": ?(\d+)')


class CountingApp:
    """Counts the requests to an application, the billed ones, and their tokens."""

    def __init__(self, app: Callable[[Scope, Receive, Send], Awaitable[None]]) -> None:
        self.app = app
        self.counts: Counter[str] = Counter(requests=0, paid=0, tokens=0)
        self.bodies: dict[str, list[Any]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if scope["path"] in ("/_counts", "/_bodies"):
            body = json.dumps(self.counts if scope["path"] == "/_counts" else self.bodies).encode()
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": body})
            return
        self.counts["requests"] += 1
        status, body, sent = 0, b"", b""

        async def reading() -> MutableMapping[str, Any]:
            nonlocal sent
            message = await receive()
            sent += message.get("body", b"")
            return message

        async def noting(message: MutableMapping[str, Any]) -> None:
            nonlocal status, body
            status = message.get("status", status)
            body += message.get("body", b"")
            await send(message)

        await self.app(scope, reading, noting)
        with suppress(ValueError):
            content = json.loads(sent)
            if isinstance(content, dict):
                self.bodies.setdefault(scope["path"].split("/", 4)[-1], []).append(content)
        if status // 100 == 2 and scope["method"] == "POST":
            self.counts["paid"] += 1
            for pattern in (_PROMPT, _COMPLETION):
                self.counts["tokens"] += int((pattern.findall(body) or [0])[-1])


def main(switches: list[str]) -> None:
    """Serve until interrupted."""
    listener = socket.create_server(("127.0.0.1", 0))
    app: Any = CountingApp(create_app(switches))
    config = uvicorn.Config(app, log_level="error", lifespan="off", http=wire.spoken(switches))
    print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main(sys.argv[1:])
