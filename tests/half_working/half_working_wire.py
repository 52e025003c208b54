"""The parts of half-working servers: request, reply, the emulator behind them, and their host."""

from __future__ import annotations

import asyncio
import itertools
import json
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from aoai_emulator.app import create_app
from aoai_emulator.server import address_of, listen
from aoai_emulator.settings import Settings
from aoai_specs.document import Document


@dataclass(frozen=True)
class Request:
    """A request to a half-working server."""

    method: str
    path: str
    query: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes

    @cached_property
    def json(self) -> dict[str, Any]:
        """The body if it is a JSON object, or else an empty one."""
        try:
            value = json.loads(self.body)
        except (ValueError, RecursionError):
            return {}
        return value if isinstance(value, dict) else {}

    @property
    def streams(self) -> bool:
        """Whether an event stream is requested."""
        return self.json.get("stream") is True

    @property
    def operation(self) -> str:
        """The end of the path: `chat/completions`, `completions`, `embeddings`."""
        return self.path.partition("/deployments/")[2].partition("/")[2]


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole response."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300

    @property
    def json(self) -> Any:
        return json.loads(self.body)


#: The emulator behind a half-working server.
Emulator = Callable[[Request], Awaitable[Reply]]


@dataclass
class HalfWorking:
    """Passes every request on. A half-working server overrides `answer`; each run has a new one."""

    async def answer(self, request: Request, emulator: Emulator) -> Reply:
        return await emulator(request)


def json_reply(status: int, body: object, headers: Mapping[str, str] | None = None) -> Reply:
    return Reply(status, json.dumps(body).encode(), {"content-type": "application/json", **(headers or {})})


def error(
    status: int,
    message: str,
    *,
    code: str | None = None,
    param: str | None = None,
    type_: str | None = "invalid_request_error",
    headers: Mapping[str, str] | None = None,
) -> Reply:
    """Return an error with the structure of the model behind the service."""
    details = {"message": message, "type": type_, "param": param, "code": code}
    return json_reply(status, {"error": details}, headers)


def gateway_error(
    status: int, message: str, code: str | None = None, headers: Mapping[str, str] | None = None
) -> Reply:
    """Return an error with the structure of the gateway: a code and a message."""
    return json_reply(status, {"error": {"code": code or str(status), "message": message}}, headers)


def html_error(status: int, title: str) -> Reply:
    """Return an error page like that of a proxy or a load balancer."""
    page = f"<html><head><title>{status} {title}</title></head><body><h1>{status} {title}</h1></body></html>"
    return Reply(status, page.encode(), {"content-type": "text/html"})


def events(*data: object) -> Reply:
    """Return an event stream with status 200; strings are sent unchanged, everything else as JSON."""
    texts = (each if isinstance(each, str) else json.dumps(each) for each in data)
    content = "".join(f"data: {text}\n\n" for text in texts)
    return Reply(200, content.encode(), {"content-type": "text/event-stream"})


def emulator_of(*documents: Document) -> Emulator:
    """The emulator without a socket."""
    app = create_app(Settings(documents=documents))

    async def emulator(request: Request) -> Reply:
        return await _reply_of(app, request)

    return emulator


async def _reply_of(app: ASGIApp, request: Request) -> Reply:
    """Return the complete response of an ASGI application."""
    messages = iter([{"type": "http.request", "body": request.body, "more_body": False}])
    status, headers, body = 0, {}, bytearray()

    async def receive() -> Mapping[str, Any]:
        return next(messages, None) or await asyncio.Event().wait()  # the client never disconnects

    async def send(message: Mapping[str, Any]) -> None:
        nonlocal status, headers
        if message["type"] == "http.response.start":
            status = message["status"]
            headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in message["headers"]}
        else:
            body.extend(message.get("body", b""))

    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "scheme": "http",
        "method": request.method, "path": request.path, "raw_path": request.path.encode(), "root_path": "",
        "query_string": request.query, "headers": list(request.headers),
        "server": ("127.0.0.1", 80), "client": ("127.0.0.1", 1),
    }  # fmt: skip
    await app(scope, receive, send)  # type: ignore[arg-type]
    return Reply(status, bytes(body), headers)


class Host:
    """Serves any number of half-working servers, each below a separate path."""

    def __init__(self, *documents: Document) -> None:
        self.root = ""
        self._emulator = emulator_of(*documents)
        self._servers: dict[str, HalfWorking] = {}
        self._numbers = itertools.count()

    def add(self, server: HalfWorking) -> str:
        """Add a server and return its root."""
        name = f"{type(server).__name__}-{next(self._numbers)}"
        self._servers[name] = server
        return f"{self.root}/{name}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        name, _, rest = scope["path"].lstrip("/").partition("/")
        body, more = bytearray(), True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        request = Request(
            scope["method"], f"/{rest}", scope["query_string"], tuple(scope["headers"]), bytes(body)
        )
        reply = await self._servers[name].answer(request, self._emulator)
        headers = {**reply.headers, "content-length": str(len(reply.body))}
        lines = [(key.lower().encode("latin-1"), value.encode("latin-1")) for key, value in headers.items()]
        await send({"type": "http.response.start", "status": reply.status, "headers": lines})
        await send({"type": "http.response.body", "body": reply.body})


@contextmanager
def serving(host: Host) -> Iterator[Host]:
    """The host on a free loopback port."""
    config = uvicorn.Config(
        host, log_level="warning", access_log=False, lifespan="off", ws="none", timeout_graceful_shutdown=2
    )
    server = uvicorn.Server(config)
    listener = listen("127.0.0.1", 0)
    host.root = address_of(listener)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield host
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()
