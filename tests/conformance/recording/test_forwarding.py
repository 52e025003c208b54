"""The emulator passes requests on to a target and records them."""

from __future__ import annotations

import asyncio
import json

import httpx
import pytest

from aoai_conformance.recording.forwarding import Forwarder
from aoai_emulator.traffic.forwarding import BrokenOffError, ForwardedRequest
from aoai_model.exchange import TransportFailure, header

ROOT = "https://r.openai.azure.com/prefix"
TARGET = "/openai/models?api-version=2024-10-21"
SENT = ((b"host", b"localhost"), (b"api-key", b"dummy"), (b"Authorization", b"Bearer x"), (b"x-a", b"1"))


class Body(httpx.AsyncByteStream):
    """A body that arrives in pieces, and may break off."""

    def __init__(self, *pieces, error=None):
        self.pieces, self.error = pieces, error

    async def __aiter__(self):
        for piece in self.pieces:
            yield piece
        if self.error is not None:
            raise self.error


class Target(httpx.AsyncBaseTransport):
    """A target that notes its requests and sends one response."""

    def __init__(self, response=None, error=None):
        self.response, self.error = response, error
        self.requests = []

    async def handle_async_request(self, request):
        self.requests.append(request)
        if self.error is not None:
            raise self.error
        return self.response


def forwarding(target, key=None):
    """A forwarder to a target, and the exchanges that it reports."""
    seen = []
    return Forwarder(ROOT, lambda: target, lambda *exchange: seen.append(exchange), key), seen


def request(body=b"", method="POST"):
    return ForwardedRequest(method, TARGET, SENT, body)


async def read(response):
    return [piece async for piece in response.body]


async def test_a_response_passes_piece_by_piece_with_its_headers():
    headers = [("content-type", "text/event-stream"), ("x-b", "2"), ("connection", "close")]
    target = Target(httpx.Response(201, headers=headers, stream=Body(b"data: 1\n\n", b"data: 2\n\n")))
    forward, seen = forwarding(target)
    response = await forward(request(b'{"a": 1}'))
    assert response.status == 201
    assert dict(response.headers) == {b"content-type": b"text/event-stream", b"x-b": b"2"}
    assert await read(response) == [b"data: 1\n\n", b"data: 2\n\n"]
    ((sent, received),) = seen
    assert (sent.method, sent.url, json.loads(sent.body)) == ("POST", ROOT + TARGET, {"a": 1})
    assert [event.data for event in received.events] == ["1", "2"]


async def test_the_request_has_the_targets_host_and_the_clients_credentials():
    target = Target(httpx.Response(200, stream=Body(b"{}")))
    forward, _ = forwarding(target)
    await read(await forward(request()))
    (sent,) = target.requests
    assert sent.headers["host"] == "r.openai.azure.com"
    assert (sent.headers["api-key"], sent.headers["authorization"], sent.headers["x-a"]) == (
        "dummy",
        "Bearer x",
        "1",
    )
    assert sent.extensions["target"] == b"/prefix" + TARGET.encode()


async def test_a_key_replaces_the_clients_credentials():
    target = Target(httpx.Response(200, stream=Body(b"{}")))
    forward, seen = forwarding(target, key="real")
    await read(await forward(request()))
    (sent,) = target.requests
    assert sent.headers.get_list("api-key") == ["real"]
    assert "authorization" not in sent.headers
    assert header(seen[0][0].headers, "api-key") == "real"


async def test_a_target_that_does_not_respond_gives_a_502():
    forward, seen = forwarding(Target(error=httpx.ConnectError("refused")))
    response = await forward(request())
    (content,) = await read(response)
    assert response.status == 502
    assert json.loads(content)["error"]["message"].startswith(f"No response from {ROOT}. Cannot connect to ")
    assert isinstance(seen[0][1], TransportFailure)


async def test_a_response_that_breaks_off_is_broken_off():
    broken = Body(b"{", error=httpx.ReadError("gone"))
    forward, seen = forwarding(Target(httpx.Response(200, stream=broken)))
    response = await forward(request())
    with pytest.raises(BrokenOffError):
        await read(response)
    assert not seen[0][1].complete


async def test_a_client_that_leaves_ends_the_exchange():
    forward, seen = forwarding(Target(httpx.Response(200, stream=Body(*[b"x"] * 500))))
    response = await forward(request())
    assert await anext(response.body) == b"x"
    await response.body.aclose()
    while not seen:
        await asyncio.sleep(0)
    assert isinstance(seen[0][1], TransportFailure)
    assert "client closed the connection" in seen[0][1].message
