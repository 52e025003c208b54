"""From an exchange to its line and back."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aoai_conformance.engine.send_order import repeat_case
from aoai_conformance.engine.sse import read_events
from aoai_conformance.exchange import Exchange
from aoai_conformance.formats.multipart import parse_multipart
from aoai_conformance.judging.judged import JudgedExchange, JudgedScenario
from aoai_conformance.recording.record_lines import count_tokens, exchange_line, scenario_line
from aoai_conformance.recording.recorded import as_sent, exchange_of
from aoai_conformance.target.request_bytes import encode_body
from aoai_model.case import (
    Case,
    Derivation,
    JsonBody,
    MultipartBody,
    Part,
    Placeholder,
    PlannedRequest,
    Point,
    PollCondition,
    RawBody,
    ScenarioStep,
)
from aoai_model.exchange import Request, Response, TransportFailure
from aoai_model.verdict import Verdict
from aoai_reports.record.lines import CASE_FIELDS, ExchangeLine
from aoai_strategies.requests.costs import usage_if_accepted

NAME = "azure-openai@2024-10-21"
URL = "http://h/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21"
REQUEST = PlannedRequest("POST", "/x", body=JsonBody({"a": 1}))
CASE = Case(
    "c",
    NAME,
    "ChatCompletions_Create",
    "chat",
    REQUEST,
    "accept",
    (Point("p:x", "p", "accept", "must", "#/c", "words"),),
    "scenario",
    scenario=ScenarioStep("s", "chat.same-seed", "first"),
    takes=(Placeholder("upload", "/id", "doc:"), Placeholder.deployment("chat")),
    until=PollCondition("/status", ("done", "failed"), 4),
    derived=Derivation("c0", "half"),
    prompt_tokens=7,
    completion_tokens=9,
)
HEADERS = (("Host", "h"), ("Content-Type", "application/json"), ("api-key", "***"), ("x-own", "1"))
SENT = Request("POST", URL, HEADERS, b'{"a":1}')
STREAM = (
    b'data: {"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 4}}\n\ndata: [DONE]\n\ndata: x'
)


def line_of(exchange: Exchange) -> ExchangeLine:
    line, _ = exchange_line(JudgedExchange(exchange, ()))
    return ExchangeLine.from_json(json.loads(json.dumps(line.to_json())))


@pytest.mark.parametrize(
    "exchange",
    [
        Exchange(
            CASE,
            SENT,
            Response(200, (("a", "b"), ("a", "c")), b"\xff\x00", None, 0.5, 1.5, False),
            attempts=3,
        ),
        Exchange(CASE, SENT, Response(200, (), STREAM, read_events(STREAM, 2.0))),
        Exchange(CASE, SENT, None, TransportFailure("timeout", "too late")),
    ],
)
def test_an_exchange_is_restored_from_its_line(exchange: Exchange) -> None:
    again = exchange_of(line_of(exchange))
    assert again.request == exchange.request
    assert again.response == exchange.response
    assert again.failure == exchange.failure
    assert again.attempts == exchange.attempts
    for name in CASE_FIELDS:
        assert getattr(again.case, name) == getattr(CASE, name), name
    assert again.case.request.body == JsonBody({"a": 1})
    assert again.case.request.headers == {"x-own": "1"}
    assert again.case.request.credentials == "configured"


def test_the_line_of_a_scenario_keeps_why_a_rule_is_inconclusive() -> None:
    verdict = Verdict("CHAT-SEED-001", "inconclusive", note="The step 'second' has no response.")
    steps = {"first": Exchange(CASE, SENT, Response(200, (), b""))}
    line, not_applicable = scenario_line(JudgedScenario("s", "chat.same-seed", steps, (verdict,)))
    assert line.notes == ("CHAT-SEED-001: The step 'second' has no response.",)
    assert line.verdicts == {"CHAT-SEED-001": "inconclusive"}
    assert not_applicable == ()


def test_repeated_and_throttled_cases_name_the_planned_case() -> None:
    planned = replace(CASE, derived=None)
    again = repeat_case(planned, 1)
    busy, answered = Exchange(
        again, SENT, Response(200, (), b""), attempts=2, throttled=Response(429, (), b"")
    ).split()
    assert [line_of(each).planned_case for each in (busy, answered)] == ["c", "c"]
    assert [line_of(each).is_throttled for each in (busy, answered)] == [True, False]
    assert (busy.case.id, answered.case.id) == ("c/again-01/busy", "c/again-01")


def test_a_line_can_be_sent_again_byte_for_byte() -> None:
    line = line_of(Exchange(CASE, SENT, Response(200, (), b"")))
    again = as_sent(exchange_of(line).case, line, "/openai").request
    assert again.path == "/deployments/gpt-4o/chat/completions"
    assert again.query == {"api-version": "2024-10-21"}
    assert again.body == RawBody(b'{"a":1}', "application/json")


@pytest.mark.parametrize(
    ("path", "base_path", "root_path"),
    [
        ("/openai-gateway/openai/files", "/openai", "/openai-gateway"),
        ("/team-a/openai/files", "/openai", "/team-a/openai"),
        ("/files", "", ""),
        ("/team-a/files", "", "/team-a"),
        ("/openai/files", "/openai", ""),
    ],
)
def test_a_path_is_sent_again_below_the_root_and_the_base_path(
    path: str, base_path: str, root_path: str
) -> None:
    sent = Request("GET", f"http://h{path}", (), b"")
    line = line_of(Exchange(CASE, sent, Response(200, (), b"")))
    assert as_sent(exchange_of(line).case, line, base_path, root_path).request.path == "/files"


@pytest.mark.parametrize(
    ("headers", "credentials"),
    [
        ((("api-key", "***"),), "configured"),
        ((("Authorization", "Bearer ***"),), "configured"),
        ((("api-key", "wrong-key-for-conformance-test"),), "wrong-key"),
        ((("Authorization", "Bearer wrong-key-for-conformance-test"),), "wrong-bearer"),
        ((("Authorization", "Bearer"),), "malformed-bearer"),
        ((("x-api-key", "***"),), "key-in-wrong-header"),
        ((), "none"),
    ],
)
def test_credentials_are_detected_by_the_headers(
    headers: tuple[tuple[str, str], ...], credentials: str
) -> None:
    exchange = Exchange(CASE, replace(SENT, headers=headers), Response(200, (), b""))
    assert exchange_of(line_of(exchange)).case.request.credentials == credentials


parts = st.lists(
    st.builds(
        Part,
        st.text("abc_[]", min_size=1),
        st.binary(max_size=60),
        st.none() | st.text("abc.wav ", min_size=1),
        st.none() | st.just("audio/wav"),
    ),
    max_size=5,
)


@settings(suppress_health_check=[HealthCheck.too_slow])  # it depends on the machine's load
@given(parts)
def test_multipart_is_restored_part_by_part(given_parts: list[Part]) -> None:
    body = MultipartBody(tuple(given_parts))
    content, content_type = encode_body(body)
    assert content_type is not None
    again = parse_multipart(content, content_type)
    assert again is not None
    described = [(part.name, part.content, part.filename) for part in again.parts]
    assert described == [(part.name, part.content, part.filename) for part in given_parts]


@pytest.mark.parametrize(
    "content_type", ["multipart/form-data", "multipart/mixed; boundary=x", "multipart/form-data; boundary=y"]
)
def test_a_malformed_multipart_body_has_no_parts(content_type: str) -> None:
    assert parse_multipart(b"--x\r\n\r\n\r\n--x--\r\n", content_type) is None


def exchange_with(response: Response) -> Exchange:
    return Exchange(CASE, SENT, response)


def test_tokens_are_read_from_the_usage() -> None:
    body = b'{"usage": {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}}'
    assert count_tokens(exchange_with(Response(200, (), body))).to_json() == {"prompt": 3, "completion": 4}
    streamed = Response(200, (), STREAM, read_events(STREAM))
    assert count_tokens(exchange_with(streamed)).to_json() == {"prompt": 3, "completion": 4}


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"usage": null}', b'{"usage": {"prompt_tokens": "x"}}'])
def test_tokens_are_estimated_if_a_response_has_no_usage(body: bytes) -> None:
    asking = PlannedRequest(
        "POST", "/x", body=JsonBody({"messages": [{"role": "user", "content": "Say hi."}]})
    )
    exchange = exchange_with(Response(200, (), body))
    counted = count_tokens(replace(exchange, case=replace(CASE, request=asking)))
    assert counted.prompt == usage_if_accepted(replace(CASE, request=asking)).prompt_tokens > 0


def test_a_rejection_costs_nothing() -> None:
    assert count_tokens(exchange_with(Response(400, (), b"{}"))).to_json() == {
        "prompt": 0,
        "completion": 0,
    }
