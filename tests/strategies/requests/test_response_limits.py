"""Responses stay short, and many choices are requested once."""

from __future__ import annotations

from typing import Any

import pytest

from aoai_model.case import Case, Plan
from aoai_specs.document import Document
from aoai_strategies.planning.planning import plan
from aoai_strategies.requests.costs import usage_if_accepted
from aoai_strategies.requests.editing import body_value
from aoai_strategies.requests.response_limits import (
    LIMITS,
    MOST_WITH_AUDIO,
    WRITING,
    asks_for_many_choices,
    limit_response,
)

FIELDS = {"messages", "max_tokens", "max_completion_tokens", "n", "best_of", "modalities"}


def limited(**body: Any) -> Any:
    return limit_response("chat", FIELDS, body)


def limit_of(case: Case) -> Any:
    body = body_value(case.request.body)
    assert isinstance(body, dict)
    return next((body[name] for name in LIMITS if body.get(name) is not None), None)


def is_about_the_limit(case: Case) -> bool:
    return any(point.id.startswith(LIMITS) for point in case.points)


def writing(planned: Plan) -> list[Case]:
    """The cases for text whose body is an object."""
    return [
        case
        for case in planned.cases
        if case.kind in WRITING and isinstance(body_value(case.request.body), dict)
    ]


def test_a_body_without_a_limit_gets_one() -> None:
    assert limited(messages=[]) == {"messages": [], "max_tokens": 64}
    assert limited(max_tokens=None)["max_tokens"] == 64
    assert limited(max_completion_tokens=5) == {"max_completion_tokens": 5}


def test_a_large_limit_becomes_a_small_one() -> None:
    assert limited(max_tokens=10**18) == {"max_tokens": 64}
    assert limited(max_tokens=3) == {"max_tokens": 3}
    spoken = limited(max_completion_tokens=4000, modalities=["text", "audio"])
    assert spoken["max_completion_tokens"] == MOST_WITH_AUDIO


def test_many_choices_become_few() -> None:
    assert limited(n=128, best_of=20, max_tokens=1) == {"n": 4, "best_of": 4, "max_tokens": 1}
    assert limited(n=1, max_tokens=1)["n"] == 1


@pytest.mark.parametrize("value", ["many", 1.5, True, [1]])
def test_a_value_that_is_rejected_anyway_is_kept(value: Any) -> None:
    assert limited(max_tokens=value, n=value) == {"max_tokens": value, "n": value}


def test_other_operations_and_documents_without_a_limit_are_left_alone() -> None:
    assert limit_response("embeddings", FIELDS, {"n": 128}) == {"n": 128}
    assert limit_response("chat", {"messages"}, {"messages": []}) == {"messages": []}
    assert limit_response("chat", FIELDS, [1]) == [1]


def test_every_request_that_may_be_answered_limits_its_response(standard: Plan) -> None:
    for case in writing(standard):
        if case.expect != "reject" and not is_about_the_limit(case):
            assert 0 < limit_of(case) <= MOST_WITH_AUDIO, case.id


def test_generated_requests_limit_their_responses(document: Document) -> None:
    planned = plan(document, profile="deep", examples=4, operations=["Completions_Create"])
    for case in writing(planned):
        if case.origin == "generated" and case.expect != "reject":
            assert usage_if_accepted(case).completion_tokens <= 4096, case.id


def test_a_request_without_a_limit_tests_nothing_else(standard: Plan) -> None:
    lifted = [case for case in writing(standard) if case.expect == "accept" and limit_of(case) is None]
    assert {point.id for case in lifted for point in case.points} == {
        "max_tokens.nullable:null", "max_completion_tokens.nullable:null",
    }  # fmt: skip
    assert all(len(case.points) == 1 for case in lifted)


def test_many_choices_are_requested_once_and_not_split(standard: Plan) -> None:
    many = [
        case for case in standard.cases if asks_for_many_choices(case.request) and case.expect != "reject"
    ]
    requested = [(case.operation, body_value(case.request.body)["n"]) for case in many]  # type: ignore[index,call-overload]
    assert len(set(requested)) == len(requested) == 4
    assert all(len(case.points) == 1 for case in many)
    assert all(usage_if_accepted(case).completion_tokens <= 128 for case in many)
