"""Respond from outside: with a recorded response, or with that of another server."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from urllib.parse import parse_qsl, quote

from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.types import Scope

from aoai_emulator.acceptance.acceptance import has_credential
from aoai_emulator.control.request_failures import FAULT_HEADER
from aoai_emulator.fixtures.fixture_control import FixtureControl
from aoai_emulator.http.requests import IncomingRequest
from aoai_emulator.matching.request_facts import facts_of
from aoai_emulator.tape.nearest import ReceivedRequest
from aoai_emulator.tape.tape import Tape
from aoai_emulator.traffic.forwarding import Forward, ForwardedRequest
from aoai_emulator.traffic.recorded_exchange import RecordedExchange

NOT_FOUND = "RecordedResponseNotFound"
#: Headers that concern one connection or the coding of the body, which is not sent again.
_NOT_REPLAYED = frozenset(
    {
        "connection",
        "content-encoding",
        "content-length",
        "date",
        "keep-alive",
        "proxy-connection",
        "server",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
#: How a body begins that is still compressed.
_GZIP = b"\x1f\x8b"
#: What stands for a secret in a record.
_MASK = "***"


class Playback:
    """Responds to the requests that no fixture matches: from the tape, else by `forward`.

    With `forward_all`, every request is passed on. A request with a wrong key is left to the emulator, which
    rejects it.
    """

    def __init__(
        self,
        tape: Tape | None,
        fixtures: FixtureControl,
        forward: Forward | None = None,
        *,
        forward_all: bool = False,
    ) -> None:
        self._tape = tape
        self._fixtures = fixtures
        self._forward = forward
        self._forward_all = forward_all

    async def respond(self, request: IncomingRequest, scope: Scope) -> Response | None:
        """Return the response to a request; None if the emulator itself must respond."""
        if request.oversized or not has_credential(request):
            return None
        if self._forward is not None and self._forward_all:
            return await _forwarded(self._forward, request, scope)
        if self._fixtures and self._fixtures.find(facts_of(request)) is not None:
            return None
        received = _received(request, scope)
        if self._tape is not None:
            exchange = self._tape.next_response(received)
            if exchange is not None:
                return _replayed(exchange)
        if self._forward is not None:
            return await _forwarded(self._forward, request, scope)
        return None if self._tape is None else _not_found(self._tape, received)


def _received(request: IncomingRequest, scope: Scope) -> ReceivedRequest:
    query = parse_qsl(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True)
    return ReceivedRequest(
        request.method,
        request.path,
        tuple(query),
        request.headers.get("content-type", ""),
        request.raw,
    )


def _replayed(exchange: RecordedExchange) -> Response:
    if len(exchange.pieces) > 1:
        response: Response = StreamingResponse(_each(exchange.pieces), exchange.status)
    else:
        response = Response(b"".join(exchange.pieces), exchange.status)
    for name, value in exchange.headers:
        if name.lower() not in _NOT_REPLAYED and _MASK not in value:
            response.headers.append(name, value)
    return response


async def _each(pieces: Iterable[bytes]) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


def _not_found(tape: Tape, request: ReceivedRequest) -> Response:
    asked = f"{request.method} {request.path[:200]}"
    message = f"No recorded response belongs to {asked}. {tape.explain(request)}"
    return JSONResponse({"error": {"code": NOT_FOUND, "message": message}}, 404)


async def _forwarded(forward: Forward, request: IncomingRequest, scope: Scope) -> Response:
    path: bytes = scope.get("raw_path") or quote(request.path).encode()
    query: bytes = scope.get("query_string", b"")
    target = (path + (b"?" + query if query else b"")).decode("latin-1")
    decoded = not request.raw.startswith(_GZIP)
    dropped = {b"content-encoding", FAULT_HEADER.encode()} if decoded else {FAULT_HEADER.encode()}
    headers = [pair for pair in scope["headers"] if pair[0] not in dropped]
    sent = ForwardedRequest(request.method, target, tuple(headers), request.raw)
    received = await forward(sent)
    response = StreamingResponse(received.body, received.status)
    passed = ((name.lower(), value) for name, value in received.headers)
    response.raw_headers = [pair for pair in passed if pair[0] != b"date"]  # the server sends its own
    return response
