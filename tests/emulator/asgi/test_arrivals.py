"""What is read from the scope of a request is what Starlette reads from it."""

from __future__ import annotations

import pytest
from starlette.requests import ClientDisconnect, Request

from aoai_emulator.asgi.arrivals import base_url_of, body_of, headers_of, query_of, whole_body


def scope(query: bytes = b"", root_path: str = "", **headers: str) -> dict[str, object]:
    return {
        "type": "http",
        "scheme": "http",
        "server": ("127.0.0.1", 8000),
        "path": "/path",
        "root_path": root_path,
        "query_string": query,
        "headers": [(name.encode("latin-1"), text.encode("latin-1")) for name, text in headers.items()],
    }


@pytest.mark.parametrize(
    "query", [b"", b"a=1&b=&a=2", b"a=%C3%A9+x", b"a", b"api-version=2024-10-21&&", b"x=" + b"y" * 1000]
)
def test_reads_a_query_as_starlette_does(query: bytes) -> None:
    assert dict(query_of(scope(query))) == dict(Request(scope(query)).query_params)


@pytest.mark.parametrize("root_path", ["", "/proxy"])
@pytest.mark.parametrize("headers", [{}, {"host": "example.com:81"}, {"host": "h" * 1000}])
def test_reads_the_base_url_as_starlette_does(root_path: str, headers: dict[str, str]) -> None:
    arrived = scope(root_path=root_path, **headers)
    assert base_url_of(arrived, headers_of(arrived)) == str(Request(arrived).base_url).rstrip("/")


def test_reads_the_first_of_several_headers() -> None:
    arrived = {**scope(), "headers": [(b"api-key", b"one"), (b"x", b"\xe9"), (b"api-key", b"two")]}
    assert headers_of(arrived) == dict(Request(arrived).headers) == {"api-key": "one", "x": "é"}


def arriving(*messages: dict[str, object]):
    waiting = list(messages)

    async def receive() -> dict[str, object]:
        return waiting.pop(0)

    return receive


async def test_joins_the_pieces_of_a_body() -> None:
    first = {"type": "http.request", "body": b"ab", "more_body": True}
    assert whole_body(first, {}) is None
    body = await body_of(first, arriving({"type": "http.request", "body": b"c"}), "", 10)
    assert (bytes(body.raw), body.oversized) == (b"abc", False)


async def test_reads_no_more_than_the_limit() -> None:
    long = {"type": "http.request", "body": b"x" * 70_000}
    assert whole_body(long, {}) is None
    body = await body_of(long, arriving(), "", 65_536)
    assert (len(body.raw), body.oversized) == (65_536, True)


async def test_raises_when_the_client_disconnects() -> None:
    with pytest.raises(ClientDisconnect):
        await body_of({"type": "http.disconnect"}, arriving(), "", 10)


def test_takes_a_short_body_as_it_is_unless_it_is_coded() -> None:
    short = {"type": "http.request", "body": b"x" * 65_536}
    assert whole_body(short, {}) == short["body"]
    assert whole_body(short, {"content-encoding": "gzip"}) is None
    assert whole_body({"type": "http.request"}, {}) == b""
