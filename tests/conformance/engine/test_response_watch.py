"""Where a response ends, what follows it, and how it violates HTTP, however its bytes are split."""

from __future__ import annotations

import asyncio
import ssl

import httpx
import pytest

from aoai_conformance.engine.attempts import Limits, attempt
from aoai_conformance.engine.network import watched_transport
from aoai_conformance.engine.response_watch import LONGEST_HEAD, MOST_EVIDENCE, MOST_INTERIM, ResponseWatch
from aoai_model.exchange import FailureKind, Response, TransportFailure

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
WHOLE = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"


def watched(*pieces: bytes, method: str = "POST") -> tuple[ResponseWatch, bytes]:
    watch = ResponseWatch(method)
    return watch, b"".join(watch.feed(piece) for piece in pieces)


@pytest.mark.parametrize("response", [WHOLE, CHUNKED, b"HTTP/1.1 204 None\r\n\r\n"])
@pytest.mark.parametrize("size", [1, 7, 1000])
def test_passes_on_the_response_and_nothing_else(response: bytes, size: int) -> None:
    sent = response + b"HTTP/1.1 200 Planted\r\n\r\n"
    watch, own = watched(*(sent[place : place + size] for place in range(0, len(sent), size)))
    assert own == response
    assert watch.has_ended
    assert bytes(watch.trailing) == b"HTTP/1.1 200 Planted\r\n\r\n"


def test_a_response_to_head_has_no_body() -> None:
    watch, own = watched(WHOLE, method="HEAD")
    assert own == WHOLE.removesuffix(b"hello")
    assert bytes(watch.trailing) == b"hello"


def test_data_before_a_tunnel_is_discarded() -> None:
    watch, _ = watched(b"HTTP/1.1 200 Connected\r\n\r\n")
    watch.reset()
    assert watch.feed(WHOLE + b"!") == WHOLE
    assert bytes(watch.received) == WHOLE + b"!"


def test_keeps_a_bounded_part_of_the_data() -> None:
    watch, _ = watched(WHOLE + b"x" * 100_000, b"y" * 100_000)
    assert len(watch.received) == len(watch.trailing) == MOST_EVIDENCE


@pytest.mark.parametrize(
    "sent",
    [
        b"HTTP/1.1 200 OK\r\nno header\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"HTTP/1.1 2OO OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nmany\r\n",
    ],
)
def test_reports_what_violates_http(sent: bytes) -> None:
    watch, _ = watched(sent)
    assert watch.malformed
    assert not watch.has_ended


def test_a_connection_that_ends_early_is_not_malformed() -> None:
    watch, _ = watched(WHOLE[:-1], b"")
    assert (watch.malformed, watch.has_ended) == ("", False)


def test_abandons_an_endless_head() -> None:
    watch, _ = watched(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * (LONGEST_HEAD // 6 + 1))
    assert watch.is_too_long
    assert not watch.malformed


def test_interim_responses_are_not_part_of_the_head_and_are_limited() -> None:
    interim = b"HTTP/1.1 100 Continue\r\n\r\n"
    watch, own = watched(interim * MOST_INTERIM + WHOLE)
    assert own.endswith(WHOLE)
    assert not watch.is_flooded
    flooded, _ = watched(interim * (MOST_INTERIM + 1))
    assert flooded.is_flooded
    assert flooded.lenient_head() is None


def test_reads_what_it_can_of_a_broken_head() -> None:
    watch, _ = watched(b"HTTP/1.1 100 Go on\r\n\r\nHTTP/1.1 207 Odd\r\nA: 1\r\nno header\r\nB:2 \r\n\r\nrest")
    assert watch.lenient_head() == (207, (("A", "1"), ("B", "2")), b"rest")


async def outcome_of(sent: bytes) -> Response | TransportFailure:
    """Return the outcome of a request to a server that sends these bytes and closes the connection."""

    async def respond(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(sent)
        writer.close()

    server = await asyncio.start_server(respond, "127.0.0.1", 0)
    root = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    transport = watched_transport(root, verify=ssl.create_default_context(), concurrency=1, use_proxies=False)
    async with server, transport:
        return await attempt(transport, httpx.Request("GET", root), Limits())


@pytest.mark.parametrize(
    ("sent", "kind", "message"),
    [
        (
            HEAD + b"X: y\r\n" * (LONGEST_HEAD // 6 + 1),
            "harness",
            f"The head of the response is longer than {LONGEST_HEAD} bytes; reading stopped there.",
        ),
        (b"SSH-2.0-server\r\n", "protocol", "The server sent b'SSH-2.0-server\\r\\n'."),
        (b"x" * 400, "protocol", f"The server sent {b'x' * 300!r}."),
        (HEAD, "protocol", f"The server sent {HEAD!r}."),
    ],
    ids=["long-head", "other-protocol", "long-line", "cut-head"],
)
async def test_a_failure_says_what_arrived(sent: bytes, kind: FailureKind, message: str) -> None:
    failure = await outcome_of(sent)
    assert isinstance(failure, TransportFailure)
    assert failure.kind == kind
    assert failure.message.endswith(message)
    assert failure.received
    assert sent.startswith(failure.received)


async def test_a_failure_without_a_byte_quotes_nothing() -> None:
    failure = await outcome_of(b"")
    assert isinstance(failure, TransportFailure)
    assert "The server sent" not in failure.message


@pytest.mark.parametrize(
    ("body", "kind", "message"),
    [
        (b"5\r\nhello\r\nmany\r\n", "framing", "The response breaks HTTP: illegal chunk header"),
        (
            b"5\r\nhello\r\n5;" + b"x" * LONGEST_HEAD,
            "framing",
            f"The response breaks HTTP: a line longer than {LONGEST_HEAD} bytes.",
        ),
        (b"5\r\nhello\r\n0\r\n\r\nmore", "trailing", "Bytes follow the end of the response."),
    ],
    ids=["chunk-size", "long-line", "trailing"],
)
async def test_a_response_keeps_its_body_and_names_what_is_wrong_with_it(
    body: bytes, kind: str, message: str
) -> None:
    response = await outcome_of(HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + body)
    assert isinstance(response, Response)
    assert response.body == b"hello"
    (defect,) = response.defects
    assert defect.kind == kind
    assert defect.message.startswith(message)
