"""Connections of a served emulator break on demand, as a client sees it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import httpx
import pytest

from aoai_emulator.server import address_of, listen, make_server
from aoai_emulator.settings import Settings

CHAT = "/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21"
Receive = Callable[..., bytes]


@pytest.fixture(scope="module")
def served(document) -> Iterator[str]:
    server = make_server(Settings(documents=(document,), has_control=True))
    listener = listen("127.0.0.1", 0)
    thread = threading.Thread(target=lambda: server.run(sockets=[listener]), daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield address_of(listener)
    server.should_exit = True
    thread.join()


@pytest.fixture
def receive(served) -> Iterator[Receive]:
    """Send a chat request with a fault, and return what arrives until the connection fails."""
    arrived = bytearray()
    with httpx.Client(base_url=served, headers={"api-key": "any"}, timeout=0.3) as client:

        def send(fault: str, expected: type[Exception] | None, **fields) -> bytes:
            arrived.clear()
            body = {"messages": [{"role": "user", "content": "Hi."}], **fields}

            def read() -> None:
                with client.stream("POST", CHAT, json=body, headers={"x-emulate-fault": fault}) as response:
                    for piece in response.iter_raw():
                        arrived.extend(piece)

            if expected is None:
                read()
            else:
                with pytest.raises(expected):
                    read()
            return bytes(arrived)

        yield send


def test_a_reset_precedes_the_response(receive):
    assert receive("transport-reset", httpx.ReadError) == b""


def test_a_stream_is_cut_after_so_many_events(receive):
    assert receive("transport-cut,chunks=2", httpx.RemoteProtocolError, stream=True).count(b"data: ") == 2


def test_a_stream_is_cut_before_its_end_even_after_the_last_event(receive):
    events = receive("error-429", None, stream=True)
    assert b"429" in events
    whole = receive("transport-stall,seconds=0.01", None, stream=True)
    last = whole.count(b"data: ")
    assert receive(f"transport-cut,chunks={last}", httpx.RemoteProtocolError, stream=True).endswith(
        b"data: [DONE]\n\n"
    )


def test_a_body_is_cut_after_so_many_bytes_or_in_the_middle(receive):
    assert len(receive("transport-cut,bytes=10", httpx.RemoteProtocolError)) == 10
    assert receive("transport-cut", httpx.RemoteProtocolError).startswith(b'{"id":')


def test_a_stall_lasts_until_the_client_gives_up(receive):
    assert receive("transport-stall", httpx.ReadTimeout) == b""
    assert len(receive("transport-stall,bytes=20", httpx.ReadTimeout)) == 20


def test_a_response_goes_on_after_a_short_stall(receive):
    stream = receive("transport-stall,chunks=2,seconds=0.01", None, stream=True)
    assert stream.endswith(b"data: [DONE]\n\n")
