"""What the client sends and keeps, and how it handles transport errors."""

from __future__ import annotations

import asyncio
import gzip
import json
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

from aoai_conformance.cost.budget import Budget
from aoai_conformance.engine.attempts import Limits
from aoai_conformance.engine.client import Client
from aoai_conformance.engine.pacing import Pacer, Patience
from aoai_conformance.exchange import Exchange
from aoai_conformance.target.authentication import KeyAuthentication
from aoai_conformance.target.entra import Token, TokenAuthentication
from aoai_conformance.target.targets import Target
from aoai_model.case import (
    Case,
    JsonBody,
    MultipartBody,
    Part,
    PlannedRequest,
    RawBody,
)

KEY = "s3cret-key/with+signs"
DOCUMENT = "azure-openai@2024-10-21"
PATH = "/deployments/{deployment-id}/chat/completions"
QUICK = Patience(first_wait=0.01, busy_attempts=3, broken_attempts=2, longest_wait=0.2)


@dataclass
class Clock:
    """A clock that sleeping advances without any delay."""

    now: float = 0.0
    slept: list[float] = field(default_factory=list)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def chat_case(**changes: object) -> Case:
    request = PlannedRequest(
        "POST", PATH, query={"api-version": "2024-10-21"}, body=JsonBody({"messages": [], "user": "é"})
    )
    request = replace(request, **changes)  # type: ignore[arg-type]
    return Case("c1", DOCUMENT, "ChatCompletions_Create", "chat", request, "accept", (), "base")


def target_at(url: str, **changes: object) -> Target:
    target = Target("url", url, url, {"chat": "gpt 4"}, KeyAuthentication(KEY))
    return replace(target, **changes)  # type: ignore[arg-type]


async def send(
    url: str,
    case: Case | None = None,
    *,
    target: Target | None = None,
    pacer: Pacer | None = None,
    **options: object,
) -> Exchange:
    async with Client(
        target or target_at(url),
        {DOCUMENT: "/openai"},
        pacer=pacer or Pacer(QUICK),
        **options,  # type: ignore[arg-type]
    ) as client:
        return await client.send(case or chat_case())


async def test_sends_to_the_deployment_under_the_base_path(serve, reply) -> None:
    server = serve(lambda _: [reply(200, {"ok": 1})])
    exchange = await send(server.url)
    (received,) = server.received
    assert received.method == "POST"
    assert received.target == "/openai/deployments/gpt%204/chat/completions?api-version=2024-10-21"
    assert received.headers["api-key"] == KEY
    assert received.headers["content-type"] == "application/json"
    assert received.headers["user-agent"].startswith("aoai-conformance/")
    assert received.body == '{"messages":[],"user":"é"}'.encode()
    assert exchange.response is not None
    assert exchange.response.json == {"ok": 1}
    assert exchange.request.body == received.body


async def test_does_not_add_the_base_path_twice(serve, reply) -> None:
    server = serve(lambda _: [reply()])
    await send(server.url, target=target_at(server.url + "/openai"))
    assert server.received[0].target.startswith("/openai/deployments/")


async def test_a_case_may_name_another_deployment(serve, reply) -> None:
    server = serve(lambda _: [reply()])
    await send(server.url, chat_case(path_parameters={"deployment-id": "no/such"}))
    assert server.received[0].target.startswith("/openai/deployments/no%2Fsuch/chat")


@pytest.mark.parametrize(
    ("credentials", "name", "value"),
    [
        ("wrong-key", "api-key", "wrong-key-for-conformance-test"),
        ("wrong-bearer", "authorization", "Bearer wrong-key-for-conformance-test"),
        ("malformed-bearer", "authorization", "Bearer"),
        ("key-in-wrong-header", "x-api-key", KEY),
    ],
)
async def test_sends_the_credentials_that_a_case_requires(serve, reply, credentials, name, value) -> None:
    server = serve(lambda _: [reply(401)])
    exchange = await send(server.url, chat_case(credentials=credentials))
    headers = server.received[0].headers
    assert {key: headers[key] for key in ("api-key", "authorization", "x-api-key") if key in headers} == {
        name: value
    }
    assert KEY not in repr(exchange)


async def test_sends_no_credentials_if_a_case_requires_none(serve, reply) -> None:
    server = serve(lambda _: [reply(401)])
    await send(server.url, chat_case(credentials="none"))
    assert not {"api-key", "authorization"} & set(server.received[0].headers)


async def test_sends_a_bearer_token_and_renews_one_that_is_about_to_end(serve, reply) -> None:
    server = serve(lambda request: [reply(200, {"echo": request.headers["authorization"]})])
    tokens = iter(
        [Token("token-number-one", time.time() + 10), Token("token-number-two", time.time() + 9000)]
    )
    target = target_at(server.url, authentication=TokenAuthentication(lambda: next(tokens)))
    async with Client(target, {DOCUMENT: "/openai"}) as client:
        exchanges = [await client.send(chat_case()) for _ in range(3)]
    sent = [request.headers["authorization"] for request in server.received]
    assert sent == ["Bearer token-number-one", "Bearer token-number-two", "Bearer token-number-two"]
    assert "token-number" not in repr(exchanges)


async def test_sends_raw_bytes_under_their_content_type_or_none(serve, reply) -> None:
    server = serve(lambda _: [reply(415)])
    await send(server.url, chat_case(body=RawBody(b"{", "text/plain")))
    await send(server.url, chat_case(body=RawBody(b"{", None)))
    await send(server.url, chat_case(method="GET", body=None))
    first, second, third = server.received
    assert (first.body, first.headers["content-type"]) == (b"{", "text/plain")
    assert (second.body, "content-type" in second.headers) == (b"{", False)
    assert (third.method, third.body) == ("GET", b"")


async def test_sends_multipart_with_the_same_bytes_each_time(serve, reply) -> None:
    server = serve(lambda _: [reply()])
    body = MultipartBody((Part("file", b"RIFF", 'a"b.wav', "audio/wav"), Part("model", b"whisper")))
    await send(server.url, chat_case(body=body))
    await send(server.url, chat_case(body=body))
    first, second = server.received
    assert first.body == second.body
    boundary = first.headers["content-type"].partition("boundary=")[2]
    assert first.headers["content-type"].startswith("multipart/form-data; boundary=")
    assert (
        first.body
        == (
            f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="a%22b.wav"\r\n'
            f"Content-Type: audio/wav\r\n\r\nRIFF\r\n"
            f'--{boundary}\r\nContent-Disposition: form-data; name="model"\r\n\r\nwhisper\r\n'
            f"--{boundary}--\r\n"
        ).encode()
    )


async def test_reads_a_stream_split_anywhere_with_arrival_times(serve) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nConnection: close\r\n\r\n"
    server = serve(
        lambda _: [head, b'data: {"a"', 0.1, b": 1}\n", b"\ndata: [DO", 0.1, b"NE]\r\n\r", b"\n", None]
    )
    exchange = await send(server.url)
    response = exchange.response
    assert response is not None
    assert response.events is not None
    assert [event.data for event in response.events] == ['{"a": 1}', "[DONE]"]
    first, last = response.events
    assert response.started <= first.arrived < last.arrived <= response.ended
    assert last.arrived - first.arrived > 0.05


async def test_keeps_an_event_that_the_end_of_the_stream_cut_off(serve, reply) -> None:
    server = serve(lambda _: [reply(200, b"data: a\n\ndata: [DONE]\n", content_type="text/event-stream")])
    response = (await send(server.url)).response
    assert response is not None
    assert response.events is not None
    assert [(event.data, event.terminated) for event in response.events] == [("a", True), ("[DONE]", False)]


async def test_removes_the_content_encoding(serve, reply) -> None:
    packed = gzip.compress(b'{"a": 1}')
    server = serve(lambda _: [reply(200, packed, {"Content-Encoding": "gzip"})])
    response = (await send(server.url)).response
    assert response is not None
    assert response.body == b'{"a": 1}'


async def test_a_body_that_does_not_match_its_encoding_is_reported(serve, reply) -> None:
    server = serve(lambda _: [reply(200, b"plain", {"Content-Encoding": "gzip"})])
    response = (await send(server.url)).response
    assert response is not None
    assert not response.complete
    (defect,) = response.defects
    assert defect.kind == "coding"
    assert "gzip" in defect.message
    assert len(server.received) == 1


async def test_does_not_follow_redirects(serve, reply) -> None:
    server = serve(lambda _: [reply(307, b"", {"Location": "/elsewhere"})])
    response = (await send(server.url)).response
    assert response is not None
    assert response.status == 307
    assert len(server.received) == 1


@pytest.mark.parametrize(
    "spelling", [lambda key: key, lambda key: key.replace("/", "%2F").replace("+", "%2B")]
)
async def test_removes_the_key_from_everything_that_a_server_echoes(
    serve, reply, spelling: Callable[[str], str]
) -> None:
    echo = spelling(KEY)
    server = serve(lambda _: [reply(401, {"key": echo}, {"X-Echo": f"<{echo}>"})])
    exchange = await send(server.url)
    assert exchange.response is not None
    assert exchange.response.json == {"key": "***"}
    assert exchange.response.header("x-echo") == "<***>"
    assert echo not in repr(exchange)


async def test_removes_the_key_from_events(serve, reply) -> None:
    stream = f"event: {KEY}\ndata: {json.dumps({'key': KEY})}\n\n".encode()
    server = serve(lambda _: [reply(200, stream, content_type="text/event-stream")])
    exchange = await send(server.url)
    assert KEY not in repr(exchange)
    assert exchange.response is not None
    assert exchange.response.events is not None
    assert exchange.response.events[0].data == '{"key": "***"}'


async def test_leaves_replies_unchanged_if_the_key_is_the_emulators(serve, reply) -> None:
    server = serve(lambda _: [reply(200, {"server": "emulator"})])
    target = target_at(server.url, authentication=KeyAuthentication("emulator", public=True))
    exchange = await send(server.url, target=target)
    assert exchange.response is not None
    assert exchange.response.json == {"server": "emulator"}
    assert ("api-key", "***") in exchange.request.headers


async def test_waits_as_long_as_a_busy_server_requests(serve, reply) -> None:
    answers = iter([reply(429, b"", {"retry-after-ms": "150"}), reply(503), reply(200, {})])
    server = serve(lambda _: [next(answers)])
    clock = Clock()
    exchange = await send(server.url, pacer=Pacer(QUICK, sleep=clock.sleep, clock=lambda: clock.now))
    first, *rest = clock.slept
    assert first == pytest.approx(0.15)
    assert len(rest) == 1
    assert 0.01 <= rest[0] <= 0.02
    assert exchange.attempts == 3
    assert exchange.response is not None
    assert exchange.response.status == 200


@pytest.mark.parametrize(("status", "kind"), [(429, "throttled"), (503, "unavailable")])
async def test_a_server_that_stays_busy_has_no_violations(serve, reply, status, kind) -> None:
    server = serve(lambda _: [reply(status, b"", {"Retry-After": "100"})])
    exchange = await send(server.url)
    assert exchange.response is None
    assert exchange.failure is not None
    assert exchange.failure.kind == kind
    assert exchange.attempts == len(server.received) == 3


async def test_a_refused_connection_is_retried_and_then_reported() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    exchange = await send(f"http://127.0.0.1:{port}")
    assert exchange.failure is not None
    assert exchange.failure.kind == "connect"
    assert exchange.attempts == 2


async def test_a_server_that_hangs_is_cut_off(serve) -> None:
    server = serve(lambda _: [30.0])
    exchange = await send(server.url, limits=Limits(seconds=0.2))
    assert exchange.failure is not None
    assert exchange.failure.kind == "timeout"
    assert exchange.attempts == len(server.received) == 2


async def test_waiting_for_a_connection_does_not_count_as_the_servers_time(serve, reply) -> None:
    server = serve(lambda _: [0.2, reply(200, {})])
    target = target_at(server.url)
    async with Client(target, {DOCUMENT: "/openai"}, limits=Limits(seconds=0.5), concurrency=1) as client:
        exchanges = await asyncio.gather(*(client.send(chat_case()) for _ in range(4)))
    assert all(exchange.response is not None for exchange in exchanges)


async def test_a_server_that_sends_slowly_without_end_is_cut_off(serve) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
    drops: list[bytes | float | None] = [b": drip\n\n", 0.02] * 200
    server = serve(lambda _: [head, *drops])
    response = (await send(server.url, limits=Limits(seconds=0.3))).response
    assert response is not None
    assert (response.status, response.complete) == (200, False)
    assert response.body.startswith(b": drip")
    assert [defect.kind for defect in response.defects] == ["timeout"]
    assert len(server.received) == 2


async def test_a_stream_that_stays_open_after_its_end_is_complete(serve) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
    server = serve(lambda _: [head + b"data: a\n\ndata: [DONE]\n\n", 30.0])
    response = (await send(server.url, limits=Limits(grace=0.1))).response
    assert response is not None
    assert response.events is not None
    assert [event.data for event in response.events] == ["a", "[DONE]"]
    assert response.complete
    assert [defect.kind for defect in response.defects] == ["open"]
    assert len(server.received) == 1


async def test_bytes_after_a_response_are_never_read_as_the_next(serve, reply) -> None:
    planted = reply(200, {"planted": True})
    server = serve(lambda _: [reply(200, {"planted": False}) + planted])
    async with Client(target_at(server.url), {DOCUMENT: "/openai"}, concurrency=1) as client:
        exchanges = [await client.send(chat_case()) for _ in range(3)]
    for exchange in exchanges:
        assert exchange.response is not None
        assert exchange.response.json == {"planted": False}
        (defect,) = exchange.response.defects
        assert (defect.kind, defect.raw) == ("trailing", planted)


async def test_bytes_that_arrive_a_little_later_are_never_read_as_the_next(serve, reply) -> None:
    server = serve(lambda _: [reply(200, {"planted": False}), 0.1, reply(200, {"planted": True})])
    async with Client(target_at(server.url), {DOCUMENT: "/openai"}, concurrency=1) as client:
        for _ in range(2):
            exchange = await client.send(chat_case())
            assert exchange.response is not None
            assert exchange.response.json == {"planted": False}
            await asyncio.sleep(0.3)


async def test_reuses_a_connection_after_a_properly_ended_response(serve, reply) -> None:
    server = serve(lambda _: [reply(200, {})])
    async with Client(target_at(server.url), {DOCUMENT: "/openai"}, concurrency=1) as client:
        for _ in range(3):
            await client.send(chat_case())
    assert len(server.received) == 3
    assert server.connections == 1


async def test_a_malformed_head_is_kept_as_far_as_it_was_read(serve) -> None:
    server = serve(lambda _: [b"HTTP/1.1 200 OK\r\nX-A: 1\r\nno header\r\n\r\n{}", None])
    response = (await send(server.url)).response
    assert response is not None
    assert (response.status, response.headers, response.body) == (200, (("X-A", "1"),), b"{}")
    assert not response.complete
    (defect,) = response.defects
    assert defect.kind == "head"
    assert defect.raw.startswith(b"HTTP/1.1 200 OK\r\nX-A: 1\r\nno header")


async def test_bytes_that_are_not_http_are_kept_and_shown(serve) -> None:
    server = serve(lambda _: [b"220 smtp ready\r\n\r\n", None])
    failure = (await send(server.url)).failure
    assert failure is not None
    assert (failure.kind, failure.received) == ("protocol", b"220 smtp ready\r\n\r\n")
    assert "220 smtp ready" in failure.message


@pytest.mark.parametrize(
    "location", ["http://[::1", "file:///etc/passwd", "https://a:99999999/", "\x80", "//"]
)
async def test_no_location_ends_a_run(serve, reply, location: str) -> None:
    head = f"HTTP/1.1 307 Elsewhere\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n"
    server = serve(lambda _: [head.encode("latin-1")])
    response = (await send(server.url)).response
    assert response is not None
    assert response.status == 307
    assert len(server.received) == 1


async def test_stores_no_cookies(serve, reply) -> None:
    server = serve(lambda _: [reply(200, {}, {"Set-Cookie": "session=1; Path=/"})])
    async with Client(target_at(server.url), {DOCUMENT: "/openai"}) as client:
        for _ in range(2):
            await client.send(chat_case())
    assert ["cookie" in request.headers for request in server.received] == [False, False]


async def test_an_error_while_reading_a_response_fails_only_that_exchange(serve, reply, monkeypatch) -> None:
    def broken(*_: object) -> None:
        raise KeyError(KEY)

    monkeypatch.setattr("aoai_conformance.engine.receiver.Arrival.begin", broken)
    server = serve(lambda _: [reply(200, {})])
    exchange = await send(server.url)
    assert exchange.failure is not None
    assert exchange.failure.kind == "harness"
    assert "KeyError" in exchange.failure.message
    assert KEY not in repr(exchange)


async def test_a_response_that_no_record_can_hold_is_not_kept(serve, reply) -> None:
    stream = b"id: " + b"x" * 10_000 + b"\n" + b"data: {}\n\n" * 100
    server = serve(lambda _: [reply(200, stream, content_type="text/event-stream")])
    failure = (await send(server.url, limits=Limits(record_bytes=500_000))).failure
    assert failure is not None
    assert "500000 bytes in the record" in failure.message


async def test_a_connection_that_breaks_before_the_status_is_tried_again(serve, reply) -> None:
    answers: list[list[bytes | float | None]] = [[None], [reply(200, {})]]
    server = serve(lambda _: answers.pop(0))
    exchange = await send(server.url)
    assert exchange.response is not None
    assert exchange.attempts == 2


async def test_a_broken_chunked_body_is_kept_as_incomplete(serve) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    server = serve(lambda _: [head, b"5\r\nhello\r\n", 0.05, None])
    exchange = await send(server.url)
    assert exchange.response is not None
    assert (exchange.response.body, exchange.response.complete) == (b"hello", False)
    assert exchange.attempts == 2


async def test_a_broken_chunked_body_is_discarded_if_the_next_attempt_is_complete(serve, reply) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    answers: list[list[bytes | float | None]] = [[head, b"5\r\nhello\r\n", 0.05, None], [reply(200, {})]]
    server = serve(lambda _: answers.pop(0))
    exchange = await send(server.url)
    assert exchange.response is not None
    assert exchange.response.complete


async def test_an_endless_body_is_not_read_to_its_end(serve) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"
    server = serve(lambda _: [head, *[b"x" * 10_000] * 100, None])
    exchange = await send(server.url, limits=Limits(body_bytes=50_000))
    assert exchange.failure is not None
    assert "50000 bytes" in exchange.failure.message
    assert exchange.attempts == 1


async def test_sends_no_more_requests_than_the_budget_allows(serve, reply) -> None:
    server = serve(lambda _: [reply(429)])
    budget = Budget(2)
    exchange = await send(server.url, budget=budget)
    assert len(server.received) == 2
    assert budget.is_spent
    assert exchange.failure is not None
    assert exchange.failure.kind == "throttled"
    later = await send(server.url, budget=budget)
    assert later.failure is not None
    assert later.failure.kind == "budget"
    assert len(server.received) == 2


async def test_gives_up_on_a_lane_that_never_responds(serve) -> None:
    server = serve(lambda _: [None])
    patience = Patience(first_wait=0.001, broken_attempts=2, give_up_after=3)
    async with Client(target_at(server.url), {DOCUMENT: "/openai"}, pacer=Pacer(patience)) as client:
        exchanges = [await client.send(chat_case()) for _ in range(5)]
    assert [exchange.attempts for exchange in exchanges] == [2, 2, 2, 0, 0]
    assert len(server.received) == 6
    assert all(exchange.failure is not None for exchange in exchanges)


async def test_a_request_that_cannot_be_built_is_an_internal_error(serve, reply) -> None:
    server = serve(lambda _: [reply()])
    exchange = await send(server.url, chat_case(path="/things/{thing}"))
    assert exchange.failure is not None
    assert exchange.failure.kind == "harness"
    assert server.received == []


async def test_ignores_proxies_of_the_environment_on_loopback(serve, reply, monkeypatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    server = serve(lambda _: [reply(200, {})])
    assert (await send(server.url)).response is not None
