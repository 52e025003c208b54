"""What proxies say about a request is read as uvicorn reads it: only from trusted proxies."""

from __future__ import annotations

from typing import Any

import pytest

from aoai_emulator.asgi.forwarded import ForwardedRequests

PROXY, FAR = ("127.0.0.1", 1), ("10.0.0.1", 1)
SAID = [(b"x-forwarded-proto", b"https"), (b"x-forwarded-for", b"1.2.3.4")]


@pytest.mark.parametrize(
    ("headers", "client", "read"),
    [
        pytest.param([(b"host", b"x")], PROXY, ("http", PROXY), id="direct"),
        pytest.param(SAID, PROXY, ("https", ("1.2.3.4", 0)), id="forwarded"),
        pytest.param(SAID[:1], PROXY, ("https", PROXY), id="scheme only"),
        pytest.param(SAID, FAR, ("http", FAR), id="not trusted"),
    ],
)
async def test_reads_scheme_and_client_from_a_trusted_proxy(headers: Any, client: Any, read: Any) -> None:
    found: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        found.append((scope["scheme"], scope["client"]))

    scope = {"type": "http", "scheme": "http", "client": client, "headers": headers}
    await ForwardedRequests(app)(scope, pytest.fail, pytest.fail)
    assert found == [read]
