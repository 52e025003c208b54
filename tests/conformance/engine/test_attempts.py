"""How often a request is sent, what the outcome of each attempt is, and when an attempt ends."""

from __future__ import annotations

import asyncio
import gzip
import json
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest
from by_case import NAME, case

from aoai_conformance.cost.budget import Budget
from aoai_conformance.cost.limits import SpendingLimits
from aoai_conformance.engine.attempts import Limits, Listener, attempt
from aoai_conformance.engine.client import MOST_THROTTLED, Client
from aoai_conformance.engine.network import WatchedTransport
from aoai_conformance.engine.pacing import Pacer, Patience
from aoai_conformance.engine.response_watch import WATCHING
from aoai_conformance.target.authentication import KeyAuthentication
from aoai_conformance.target.targets import Target
from aoai_model.exchange import FailureKind, Response, TransportFailure
from aoai_reports.record.reader import LONGEST_LINE

Outcome = Callable[[], httpx.Response]
PATIENCE = Patience(busy_attempts=4, broken_attempts=3, slow_attempts=2, give_up_after=2)
URL = "http://server.example"
TARGET = Target("url", URL, URL, {"chat": "gpt", "embeddings": "ada"}, KeyAuthentication("key"))


class Breaking(httpx.AsyncByteStream):
    """A body that breaks off."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b"{"
        raise httpx.ReadError("broken")


class Served(httpx.AsyncBaseTransport):
    """Returns the outcomes one after the other, then the last one again."""

    def __init__(self, *outcomes: Outcome) -> None:
        self.outcomes = [*outcomes]
        self.sent = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        del request
        self.sent += 1
        return (self.outcomes.pop(0) if len(self.outcomes) > 1 else self.outcomes[0])()


def status(code: int, body: Any = None, **headers: str) -> Outcome:
    content = json.dumps({} if body is None else body).encode()
    headers = {"content-type": "application/json", **headers}
    return lambda: httpx.Response(code, headers=headers, stream=httpx.ByteStream(content))


def breaking(error: type[Exception]) -> Outcome:
    def fail() -> httpx.Response:
        raise error("no")

    return fail


OK = status(200)


async def _at_once(seconds: float) -> None:
    del seconds


def client(served: Served, patience: Patience = PATIENCE, budget: Budget | None = None) -> Client:
    pacer = Pacer(patience, sleep=_at_once, clock=_Clock().read)
    return Client(TARGET, {NAME: "/openai"}, pacer=pacer, transport=served, budget=budget)


class _Clock:
    """A clock that every look advances beyond the longest wait."""

    def __init__(self) -> None:
        self.time = 0.0

    def read(self) -> float:
        self.time += 1_000.0
        return self.time


@pytest.mark.parametrize(
    ("outcome", "attempts"),
    [
        (OK, 1),
        (status(400), 1),
        (status(500), 1),
        (status(429), 4),
        (status(503), 4),
        (status(429, {"error": {"code": "insufficient_quota", "message": "Quota."}}), 1),
        (status(502), 3),
        (status(504), 3),
        (breaking(httpx.ConnectError), 3),
        (breaking(httpx.ConnectTimeout), 3),
        (breaking(ssl.SSLError), 3),
        (breaking(httpx.RemoteProtocolError), 3),
        (breaking(httpx.ReadError), 3),
        (breaking(httpx.ReadTimeout), 2),
        (breaking(TimeoutError), 2),
        (breaking(httpx.LocalProtocolError), 1),
        (breaking(RuntimeError), 1),
        (lambda: httpx.Response(200, stream=Breaking()), 3),
        (status(200, **{"content-encoding": "gzip"}), 1),
    ],
)
async def test_each_outcome_is_worth_its_number_of_attempts(outcome: Outcome, attempts: int) -> None:
    served = Served(outcome)
    exchange = await client(served).send(case())
    assert served.sent == exchange.attempts == attempts


@pytest.mark.parametrize(
    ("outcome", "kind", "message"),
    [
        (status(429), "throttled", "Still 429 after 4 attempts"),
        (status(503), "unavailable", "Still 503 after 4 attempts"),
        (breaking(httpx.ConnectTimeout), "connect", "Connecting to server.example timed out."),
        (breaking(httpx.ConnectError), "connect", "Cannot connect to server.example: no."),
        (breaking(ssl.SSLError), "connect", "The TLS connection to server.example failed:"),
        (breaking(httpx.ReadTimeout), "timeout", "No complete response within 120 s."),
        (breaking(httpx.RemoteProtocolError), "protocol", "RemoteProtocolError: no"),
        (breaking(httpx.LocalProtocolError), "harness", "LocalProtocolError: no"),
        (breaking(RuntimeError), "harness", "RuntimeError: no"),
    ],
)
async def test_the_last_attempt_says_why_there_is_no_response(
    outcome: Outcome, kind: FailureKind, message: str
) -> None:
    failure = (await client(Served(outcome)).send(case())).failure
    assert failure is not None
    assert failure.kind == kind
    assert failure.message.startswith(message)


async def test_a_single_attempt_is_one_attempt() -> None:
    failure = (await client(Served(status(429)), Patience(busy_attempts=1)).send(case())).failure
    assert failure is not None
    assert failure.message.startswith("Still 429 after 1 attempt:")


async def test_a_retry_that_succeeds_is_the_response() -> None:
    served = Served(status(502), status(429), breaking(httpx.ConnectError), OK)
    exchange = await client(served, Patience(broken_attempts=4)).send(case())
    assert exchange.response is not None
    assert (exchange.response.status, exchange.attempts) == (200, 4)


async def test_the_patience_of_a_case_replaces_that_of_the_run() -> None:
    served = Served(breaking(httpx.ConnectError))
    await client(served).send(case(), Patience(broken_attempts=1))
    assert served.sent == 1


async def test_the_first_429_is_kept_for_the_rules_and_a_503_is_not() -> None:
    first, second = status(429, {"first": 1}), status(429, {"second": 2})
    exchange = await client(Served(first, second, OK)).send(case())
    assert exchange.throttled is not None
    assert exchange.throttled.body == b'{"first": 1}'
    assert (await client(Served(status(503), OK)).send(case())).throttled is None


async def test_at_most_twenty_429s_of_a_run_are_kept() -> None:
    throttling = client(Served(*[status(429), OK] * 21, OK))
    kept = [(await throttling.send(case())).throttled is not None for _ in range(21)]
    assert kept == [True] * 20 + [False]
    assert MOST_THROTTLED == 20


async def test_retries_count_towards_the_budget() -> None:
    served, budget = Served(status(502)), Budget(2)
    sending = client(served, budget=budget)
    exchange = await sending.send(case())
    assert (served.sent, exchange.attempts, budget.sent, budget.is_spent) == (2, 2, 2, True)
    later = await sending.send(case())
    assert later.failure is not None
    assert (later.failure.kind, later.attempts, served.sent) == ("budget", 0, 2)


def test_a_budget_without_a_limit_is_never_spent() -> None:
    budget = Budget()
    assert all(budget.take() for _ in range(3))
    assert (budget.sent, budget.is_spent) == (3, False)


@pytest.mark.parametrize("outcome", [status(502), breaking(httpx.ReadTimeout), status(429)])
async def test_a_lane_is_given_up_after_consecutive_failures(outcome: Outcome) -> None:
    served = Served(outcome)
    sending = client(served)
    for _ in range(2):
        assert (await sending.send(case())).attempts > 0
    before = served.sent
    exchange = await sending.send(case())
    assert exchange.failure is not None
    assert (exchange.failure.kind, exchange.attempts, served.sent) == ("unavailable", 0, before)
    assert (await sending.send(case(kind="embeddings"))).attempts > 0


async def test_an_error_of_the_server_shows_that_its_lane_works() -> None:
    failing = [status(502)] * 3
    served = Served(*failing, status(500), *failing, OK)
    sending = client(served)
    assert [(await sending.send(case())).attempts for _ in range(4)] == [3, 1, 3, 1]


async def test_a_broken_connection_is_retried_after_a_pause() -> None:
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    pacer = Pacer(PATIENCE, sleep=sleep, clock=_Clock().read)
    sending = Client(TARGET, {NAME: "/openai"}, pacer=pacer, transport=Served(status(502)))
    await sending.send(case())
    assert len(pauses) == 2
    assert all(pause > 0 for pause in pauses)


async def test_a_spent_budget_does_not_give_up_a_lane() -> None:
    sending = client(Served(OK), budget=Budget(0))
    kinds = [(await sending.send(case())).failure for _ in range(4)]
    assert {failure.kind for failure in kinds if failure is not None} == {"budget"}


async def test_a_request_in_flight_is_given_up_when_the_time_is_up() -> None:
    async def hang(_request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(3600)
        raise AssertionError

    budget = Budget(limits=SpendingLimits(seconds=0.05))
    sending = client(httpx.MockTransport(hang), budget=budget)
    exchange, later = [await sending.send(case()) for _ in range(2)]
    assert exchange.failure is not None
    assert later.failure is not None
    assert (exchange.failure.kind, exchange.attempts) == ("budget", 1)
    assert exchange.failure.message == "Given up: --max-time is used up."
    assert (later.failure.kind, later.failure.message) == ("budget", "Not sent: --max-time is used up.")


@pytest.mark.parametrize(("choices", "sent"), [(128, 1), (2, 3)])
async def test_a_request_for_many_choices_is_not_repeated_after_a_broken_response(
    choices: int, sent: int
) -> None:
    served = Served(status(502))
    exchange = await client(served).send(case(n=choices))
    assert (served.sent, exchange.attempts) == (sent, sent)


class Pieces(httpx.AsyncByteStream):
    """A body in pieces, with a turn of the event loop after each."""

    def __init__(self, *pieces: bytes, then: Callable[[], Awaitable[None]] | None = None) -> None:
        self.pieces = pieces
        self.then = then

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            yield piece
            for _ in range(5):
                await asyncio.sleep(0)
        if self.then is not None:
            await self.then()


class Everything:
    """A listener that keeps what it receives."""

    def __init__(self) -> None:
        self.taken = b""

    async def begin(self, response: httpx.Response) -> None:
        del response

    async def take(self, piece: bytes) -> None:
        self.taken += piece


async def once(
    body: httpx.AsyncByteStream,
    limits: Limits | None = None,
    listener: Listener | None = None,
    **headers: str,
) -> Response | TransportFailure:
    """Return the outcome of one attempt whose response has this body."""
    served = Served(lambda: httpx.Response(200, headers=headers, stream=body))
    return await attempt(served, httpx.Request("GET", URL), limits or Limits(), listener)


async def test_a_listener_receives_a_body_beyond_the_limit_that_is_not_kept() -> None:
    listener = Everything()
    failure = await once(Pieces(b"12345", b"67890", b"!"), Limits(body_bytes=4), listener)
    message = "The body is longer than 4 bytes; reading stopped there."
    assert failure == TransportFailure("harness", message)
    assert listener.taken == b"1234567890!"


@pytest.mark.parametrize("listener", [None, Everything()])
async def test_a_compressed_body_that_is_cut_is_a_defect(listener: Listener | None) -> None:
    response = await once(
        Pieces(gzip.compress(b"{}" * 99)[:-8]), None, listener, **{"content-encoding": "gzip"}
    )
    assert isinstance(response, Response)
    assert [each.kind for each in response.defects] == ["coding"]
    assert not response.complete


async def test_a_body_that_cannot_be_decoded_is_not_read_to_its_end() -> None:
    async def fail() -> None:
        pytest.fail("the rest of the body is read")

    response = await once(Pieces(b"plain", then=fail), **{"content-encoding": "gzip"})
    assert isinstance(response, Response)
    assert [each.kind for each in response.defects] == ["coding"]


async def test_a_listener_receives_a_body_whose_coding_breaks_which_is_one_defect() -> None:
    listener = Everything()
    response = await once(Pieces(b"plain", b"text"), None, listener, **{"content-encoding": "gzip"})
    assert isinstance(response, Response)
    assert [each.kind for each in response.defects] == ["coding"]
    assert listener.taken == b"plaintext"


async def test_the_times_of_a_response_count_from_its_request() -> None:
    response = await once(Pieces(b"{}"))
    assert isinstance(response, Response)
    assert 0 <= response.started <= response.ended <= Limits().seconds


async def test_a_response_states_the_longest_pause_of_the_client() -> None:
    async def stand_still() -> None:
        time.sleep(0.4)

    response = await once(Pieces(b"{}", then=stand_still))
    assert isinstance(response, Response)
    assert response.client_paused >= 0.2
    undisturbed = await once(Pieces(b"{}"))
    assert isinstance(undisturbed, Response)
    assert undisturbed.client_paused < response.client_paused


async def test_a_connection_that_ends_while_the_client_pauses_is_not_reported_as_open() -> None:
    async def stand_still() -> None:
        time.sleep(0.4)
        await asyncio.sleep(5)

    stream = Pieces(b"data: [DONE]\n\n", then=stand_still)
    response = await once(stream, Limits(grace=0.5), **{"content-type": "text/event-stream"})
    assert isinstance(response, Response)
    assert response.defects == ()


async def test_an_error_without_words_gets_some() -> None:
    def fail() -> httpx.Response:
        raise httpx.ReadError("")

    failure = await attempt(Served(fail), httpx.Request("GET", URL), Limits())
    assert failure == TransportFailure("protocol", "ReadError: the connection was closed or reset")


async def stay_open() -> None:
    await asyncio.sleep(3600)


DONE = b"data: [DONE]\n\n"
STREAM = {"content-type": "text/event-stream"}


async def test_a_stream_that_ends_within_the_grace_period_has_no_defect() -> None:
    response = await once(Pieces(b"data: a\n\n", DONE), Limits(grace=60), **STREAM)
    assert isinstance(response, Response)
    assert response.complete
    assert response.defects == ()


async def test_the_grace_period_begins_with_done() -> None:
    response = await once(Pieces(b"data: a\n\n", DONE, then=stay_open), Limits(grace=0), **STREAM)
    assert isinstance(response, Response)
    assert response.complete
    assert [each.message for each in response.defects] == ["The connection stays open for 0 s after [DONE]."]


async def test_what_follows_done_does_not_extend_the_grace_period() -> None:
    class Comments(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            yield DONE
            while True:
                await asyncio.sleep(0)
                yield b":\n\n"

    async with asyncio.timeout(60):
        response = await once(Comments(), Limits(grace=0.01), **STREAM)
    assert isinstance(response, Response)
    assert [each.kind for each in response.defects] == ["open"]


async def test_the_grace_period_does_not_extend_the_time_limit() -> None:
    async with asyncio.timeout(60):
        response = await once(Pieces(DONE, then=stay_open), Limits(seconds=0.05, grace=3600), **STREAM)
    assert isinstance(response, Response)
    assert [each.kind for each in response.defects] == ["open"]


async def test_the_time_limit_ends_a_response_that_has_begun() -> None:
    response = await once(Pieces(b"{", then=stay_open), Limits(seconds=0.05))
    assert isinstance(response, Response)
    assert not response.complete
    assert [each.message for each in response.defects] == ["The response did not end within 0.05 s."]


@pytest.mark.parametrize(
    ("error", "reason"), [(httpx.ConnectError("no"), "no"), (httpx.ConnectTimeout(""), "it timed out")]
)
async def test_a_proxy_without_a_connection_is_named(error: Exception, reason: str) -> None:
    class BehindProxy(WatchedTransport):
        def __init__(self) -> None:
            self.proxy = "proxy.example:3128"

        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            del request
            raise error

    failure = await attempt(BehindProxy(), httpx.Request("GET", URL), Limits())
    assert isinstance(failure, TransportFailure)
    assert failure.kind == "connect"
    assert failure.message.startswith(f"Cannot connect to the proxy proxy.example:3128: {reason}.")


async def test_a_tls_error_during_a_response_says_what_to_do() -> None:
    error = ssl.SSLError(1, "no")
    error.reason = "TLSV13_ALERT_CERTIFICATE_REQUIRED"

    def fail() -> httpx.Response:
        raise error

    failure = await attempt(Served(fail), httpx.Request("GET", URL), Limits())
    assert isinstance(failure, TransportFailure)
    assert failure.message.startswith("server.example rejected the client certificate, or requires one.")


async def test_bytes_after_an_attempt_are_not_counted_as_its_response() -> None:
    before = WATCHING.get()
    await once(Pieces(b"{}"))
    assert WATCHING.get() is before


def test_a_record_line_has_room_for_every_response_within_the_limits() -> None:
    assert Limits().body_bytes < Limits().record_bytes < LONGEST_LINE
