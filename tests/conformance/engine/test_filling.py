"""Values from earlier responses, the placeholders that they replace, and the reason if one is missing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from by_case import answered, case, failed

from aoai_conformance.engine.placeholders import (
    MissingValueError,
    has_ended,
    may_lack_value,
    read_placeholder,
    resolve_placeholders,
)
from aoai_conformance.exchange import Exchange
from aoai_model.case import (
    Body,
    Case,
    JsonBody,
    MultipartBody,
    Part,
    Placeholder,
    PlannedRequest,
    PollCondition,
    RawBody,
)

ID = Placeholder("make", "/id")
UNTIL = PollCondition("/status", ("completed", "failed"))


def made(status: int = 200, body: Any = None, **more: Any) -> Exchange:
    return answered(case(id_="make", **more), status, {"id": "thing-1", "size": 7} if body is None else body)


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        ("/id", "thing-1"),
        ("/size", 7),
        ("header:Content-Type", "application/json"),
        ("", {"id": "thing-1", "size": 7}),
    ],
)
def test_a_value_is_taken_from_the_body_or_a_header(pointer: str, value: Any) -> None:
    assert read_placeholder(Placeholder("make", pointer), made()) == value


@pytest.mark.parametrize("status", [200, 299])
def test_every_2xx_provides_a_value(status: int) -> None:
    assert read_placeholder(ID, made(status)) == "thing-1"


@pytest.mark.parametrize(
    ("exchange", "message"),
    [
        (None, "it depends on make, which has no response"),
        (failed(case()), "it depends on make, which has no response"),
        (made(199), "failed with 199"),
        (made(300), "failed with 300"),
        (made(404), "failed with 404"),
        (made(body={"other": 1}), "the response to make has no value at /id"),
        (made(body={"id": None}), "the response to make has no value at /id"),
        (made(body=b"no JSON"), "the response to make has no value at /id"),
    ],
)
def test_a_missing_value_is_explained_in_a_sentence(exchange: Exchange | None, message: str) -> None:
    with pytest.raises(MissingValueError, match=f"^Not sent: .*{message}\\.$"):
        read_placeholder(ID, exchange)


def test_a_missing_header_provides_no_value() -> None:
    with pytest.raises(MissingValueError, match="no value at header:Location"):
        read_placeholder(Placeholder("make", "header:Location"), made())


def using(body: Body) -> Case:
    texts = {"x": f"a-{ID.mark}"}
    return replace(
        case(), request=PlannedRequest("POST", "/p", texts, texts, texts, "none", body), takes=(ID,)
    )


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (JsonBody({"a": [ID.mark, 1], "b": f"{ID.mark}/x"}), JsonBody({"a": ["v", 1], "b": "v/x"})),
        (RawBody(ID.mark.encode() + b"\x00", "text/x"), RawBody(b"v\x00", "text/x")),
        (
            MultipartBody((Part("f", ID.mark.encode(), "f.txt", "text/plain"),)),
            MultipartBody((Part("f", b"v", "f.txt", "text/plain"),)),
        ),
        (None, None),
    ],
)
def test_placeholders_are_replaced_in_every_part_of_a_request(body: Body, expected: Body) -> None:
    request = resolve_placeholders(using(body), {ID: "v"}).request
    assert request.body == expected
    assert request.query == request.headers == request.path_parameters == {"x": "a-v"}
    assert (request.method, request.path, request.credentials) == ("POST", "/p", "none")


def test_a_string_that_is_only_a_placeholder_becomes_the_value_itself() -> None:
    body = JsonBody({"whole": ID.mark, "within": f"{ID.mark}!", "number": 3})
    assert resolve_placeholders(using(body), {ID: 7}).request.body == JsonBody(
        {"whole": 7, "within": "7!", "number": 3}
    )


def test_placeholders_without_a_value_stay() -> None:
    other = using(JsonBody(Placeholder("other", "/id").mark))
    assert resolve_placeholders(other, {}) == other
    assert resolve_placeholders(other, {ID: "v"}).request.body == other.request.body


@pytest.mark.parametrize(
    ("exchange", "ended"),
    [
        (made(body={"status": "completed"}), True),
        (made(body={"status": "failed"}), True),
        (made(body={"status": "running"}), False),
        (made(body={}), False),
        (made(299, {"status": "running"}), False),
        (made(300, {"status": "running"}), True),
        (made(199, {"status": "running"}), True),
        (made(404, {"status": "running"}), True),
        (made(body=b"no JSON"), True),
        (failed(case()), True),
    ],
)
def test_waiting_ends_at_the_expected_state_or_once_it_is_unreachable(
    exchange: Exchange, ended: bool
) -> None:
    assert has_ended(exchange, UNTIL) is ended


@pytest.mark.parametrize(
    ("exchange", "nobody"),
    [
        (made(200), True),
        (made(299), True),
        (made(300), False),
        (made(199), False),
        (made(404), False),
        (made(404, expect="any"), True),
        (made(500, expect="any"), False),
        (made(404, expect="reject"), False),
        (failed(case(expect="any")), False),
    ],
)
def test_knows_which_responses_may_lack_the_value(exchange: Exchange, nobody: bool) -> None:
    assert may_lack_value(exchange) is nobody
