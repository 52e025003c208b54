"""A tape finds the recorded response to a request, and names the nearest request if there is none."""

from __future__ import annotations

import json

import pytest

from aoai_emulator.tape.nearest import ReceivedRequest
from aoai_emulator.tape.tape import Tape
from aoai_emulator.traffic.recorded_exchange import RecordedExchange

PATH = "/openai/deployments/gpt-4o/chat/completions"
JSON = "application/json"


def recorded(number, body, *, method="POST", path=PATH, query=(), content_type=JSON):
    return RecordedExchange(
        f"request-{number}",
        method,
        path,
        query,
        content_type,
        encoded(body),
        200,
        (),
        (str(number).encode(),),
    )


def received(body, *, method="POST", path=PATH, query=(), content_type=JSON):
    return ReceivedRequest(method, path, query, content_type, encoded(body))


def encoded(body):
    return body if isinstance(body, bytes) else json.dumps(body).encode()


def played(tape, *requests):
    found = [tape.next_response(request) for request in requests]
    return [each and each.name for each in found]


def test_finds_a_request_whatever_the_order_of_its_keys():
    tape = Tape([recorded(1, {"a": 1, "b": [{"c": 2, "d": 3}]})])
    assert played(tape, received({"b": [{"d": 3, "c": 2}], "a": 1.0})) == ["request-1"]
    assert played(tape, received({"a": 1, "b": [{"c": 2, "d": 4}]})) == [None]


def test_repeated_requests_get_the_responses_in_order_and_the_last_one_again():
    tape = Tape([recorded(1, {"a": 1}), recorded(2, {"b": 1}), recorded(3, {"a": 1})])
    assert played(tape, *[received({"a": 1})] * 3) == ["request-1", "request-3", "request-3"]
    tape.rewind()
    assert played(tape, received({"a": 1})) == ["request-1"]


def test_the_api_version_does_not_matter_but_other_parameters_do():
    tape = Tape(
        [recorded(1, b"", method="GET", path="/openai/files", query=(("api-version", "1"), ("after", "x")))]
    )
    ask = {"method": "GET", "path": "/openai/files"}
    assert played(tape, received(b"", **ask, query=(("after", "x"), ("api-version", "2")))) == ["request-1"]
    assert played(tape, received(b"", **ask, query=(("api-version", "1"),))) == [None]


@pytest.mark.parametrize("prefix", ["/gateway", "/a/b"])
def test_a_prefix_of_a_gateway_does_not_matter(prefix):
    assert played(Tape([recorded(1, {}, path=prefix + PATH)]), received({})) == ["request-1"]
    assert played(Tape([recorded(1, {})]), received({}, path=prefix + PATH)) == ["request-1"]


def test_the_exact_path_comes_before_one_with_a_prefix():
    tape = Tape([recorded(1, {}, path=f"/gateway{PATH}"), recorded(2, {})])
    assert played(tape, received({})) == ["request-2"]


def test_another_deployment_is_another_path():
    other = PATH.replace("gpt-4o", "other")
    assert played(Tape([recorded(1, {})]), received({}, path=other)) == [None]


def test_the_boundary_of_a_form_does_not_matter():
    def form(boundary):
        body = f'--{boundary}\r\ncontent-disposition: form-data; name="a"\r\n\r\n1\r\n--{boundary}--\r\n'
        return body.encode(), f"multipart/form-data; boundary={boundary}"

    (body, content_type), (same, other_type) = form("abc"), form("xyz")
    tape = Tape([recorded(1, body, content_type=content_type)])
    assert played(tape, received(same, content_type=other_type)) == ["request-1"]
    assert played(tape, received(same.replace(b"1\r\n", b"2\r\n"), content_type=other_type)) == [None]


SAME_BODY = received({"messages": [{"content": "Hi"}], "n": 1}, query=(("a", "b"),))


@pytest.mark.parametrize(
    ("request_", "sentence"),
    [
        (
            received({"messages": [{"content": "Hello"}], "n": 1}),
            f"The nearest recorded request is request-2, POST {PATH}; its body differs ",
        ),
        (
            received({"messages": [{"content": "Hello"}], "n": 1}),
            'its body differs at /messages/0/content: recorded "Hi", received "Hello".',
        ),
        (
            received({"messages": [{"content": "Hi"}], "n": 1, "stop": "x"}),
            'its body differs at /stop: recorded nothing, received "x".',
        ),
        (received({"messages": [], "n": 1}), 'at /messages/0: recorded {"content": "Hi"}, received nothing.'),
        (SAME_BODY, "its query or its body differs."),
        (received({}, method="PUT"), "none has this method and path."),
        (received({}, path="/v1/chat/completions"), "is request-1, POST /openai/deployments/gpt-4o/chat"),
    ],
)
def test_names_the_nearest_request_and_where_it_differs(request_, sentence):
    tape = Tape([recorded(1, {"n": 7}), recorded(2, {"messages": [{"content": "Hi"}], "n": 1})])
    assert sentence in tape.explain(request_)


def test_hostile_bodies_are_compared_within_bounds():
    deep = b"[" * 5000 + b"]" * 5000
    tape = Tape([recorded(1, deep), recorded(2, [0] * 40_000)])
    assert tape.next_response(received([1] * 40_000)) is None
    assert len(tape.explain(received([1] * 40_000))) < 400
    assert played(tape, received(deep)) == ["request-1"]
