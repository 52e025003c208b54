"""The emulator under both servers: the same responses, and limits on what a client can send."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Iterator

import httpx
import pytest

from aoai_emulator.asgi.protocols import LONGEST_HEAD, is_fast_available
from aoai_emulator.server import address_of, listen, make_server
from aoai_emulator.settings import Settings
from aoai_specs.document import Document

NEEDS_SPEED = pytest.mark.skipif(not is_fast_available(), reason="needs the extra `speed`")
PATH = "/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21"
CHUNKED = f"POST {PATH} HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n"
BODY = {"messages": [{"role": "user", "content": "hi"}], "stream": True}


@pytest.fixture(
    scope="module",
    params=[pytest.param(False, id="h11"), pytest.param(True, id="httptools", marks=NEEDS_SPEED)],
)
def url(request: pytest.FixtureRequest, document: Document) -> Iterator[str]:
    settings = Settings(documents=(document,))
    server = make_server(settings, fast=request.param)
    listener = listen("127.0.0.1", 0)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    yield address_of(listener)
    server.should_exit = True
    thread.join()
    listener.close()


def test_streams_a_chat(url: str) -> None:
    response = httpx.post(url + PATH, json=BODY, headers={"api-key": "k"})
    assert response.status_code == 200
    assert response.text.endswith("data: [DONE]\n\n")
    assert response.headers["x-ms-region"] == "Emulator"


@pytest.mark.parametrize(
    "beginning",
    [
        pytest.param("GET / HTTP/1.1\r\nhost: x\r\n", id="head"),
        pytest.param(f"{CHUNKED}\r\n2\r\n{{}}\r\n0\r\n", id="trailer"),
    ],
)
def test_rejects_headers_that_are_too_long(url: str, beginning: str) -> None:
    host, port = url.removeprefix("http://").split(":")
    line = b"x-long: " + b"y" * 1000 + b"\r\n"
    with (
        socket.create_connection((host, int(port)), timeout=10) as connection,
        contextlib.suppress(ConnectionError),  # closed before everything was sent
    ):
        connection.sendall(beginning.encode())
        for _ in range(4 * LONGEST_HEAD // 1000):
            connection.sendall(line)
        assert connection.recv(1000).startswith(b"HTTP/1.1 400")


def test_reads_a_body_whose_chunk_headers_are_longer_together_than_a_head_may_be(url: str) -> None:
    host, port = url.removeprefix("http://").split(":")
    space = b"1;note=" + b"x" * 100 + b"\r\n \r\n"
    body = json.dumps(BODY).encode()
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(f"{CHUNKED}api-key: k\r\ncontent-type: application/json\r\n\r\n".encode())
        connection.sendall(space * (4 * LONGEST_HEAD // 100))
        connection.sendall(b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body))
        assert connection.recv(1000).startswith(b"HTTP/1.1 200")


def test_reads_a_long_body_that_arrives_at_once_and_the_next_request(url: str) -> None:
    body = {"messages": [{"role": "user", "content": "word " * (2 * LONGEST_HEAD // 5)}], "max_tokens": 1}
    with httpx.Client(base_url=url, headers={"api-key": "k"}) as client:
        assert [client.post(PATH, json=each).status_code for each in (body, BODY)] == [200, 200]


def test_rejects_what_is_not_http(url: str) -> None:
    host, port = url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(b"nonsense\r\n\r\n")
        assert connection.recv(1000).startswith(b"HTTP/1.1 400")
