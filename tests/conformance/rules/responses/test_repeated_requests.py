"""An invalid value that a response repeats from its request is reported once, with the request."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from flows_by_hand import document
from responses_by_hand import V1, as_stream, create, events_of, message, response

from aoai_conformance.judging.judge import judge
from aoai_conformance.rule import rule_named
from aoai_model.case import Expectation

IMAGE_TOOL = {"type": "image_generation", "partial_images": 9}
VALUE = {"tools": [IMAGE_TOOL]}
MISSING = {"text": {"format": {"type": "json_schema", "schema": {"type": "object"}}}}


def reported(
    sent: dict[str, Any], answered: dict[str, Any], *, expect: Expectation = "reject", streamed: bool = False
) -> set[str]:
    """The places at which SCHEMA-001 or, in a stream, SCHEMA-002 reports the response to a request."""
    final = response(message(), **answered)
    made = create(as_stream(events_of(final)) if streamed else final, **sent)
    exchange = replace(made, expect=expect).exchange()
    operation = document(V1).operation(exchange.case.operation)
    rules = [rule_named("SCHEMA-002" if streamed else "SCHEMA-001")]
    return {
        violation.pointer for verdict in judge(exchange, operation, rules) for violation in verdict.violations
    }


@pytest.mark.parametrize("expect", ["reject", "any"])
@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("sent", [VALUE, MISSING])
def test_an_invalid_value_that_the_request_has_at_the_same_place_is_not_reported_again(
    sent: dict[str, Any], streamed: bool, expect: Expectation
) -> None:
    assert reported(sent, sent, expect=expect, streamed=streamed) == set()


@pytest.mark.parametrize("sent", [VALUE, MISSING])
def test_a_response_to_a_valid_request_is_reported(sent: dict[str, Any]) -> None:
    assert reported(sent, sent, expect="accept")


def test_an_invalid_value_that_the_request_does_not_have_is_reported() -> None:
    other = {"tools": [{**IMAGE_TOOL, "partial_images": 10}]}
    assert reported(VALUE, other) == {"/tools/0/partial_images"}
    assert reported({}, VALUE) == {"/tools/0/partial_images"}
    assert reported(VALUE, {**VALUE, "parallel_tool_calls": "yes"}) == {"/parallel_tool_calls"}


@pytest.mark.parametrize("streamed", [False, True])
def test_a_value_that_only_the_response_may_not_have_is_reported(streamed: bool) -> None:
    sent = {"parallel_tool_calls": None, "temperature": 9}  # invalid because of its temperature
    place = "/response/parallel_tool_calls" if streamed else "/parallel_tool_calls"
    assert reported(sent, {"parallel_tool_calls": None}, streamed=streamed) == {place}
    assert reported(sent, {"parallel_tool_calls": None}, expect="any", streamed=streamed) == {place}


def test_only_the_same_value_is_a_repetition() -> None:
    assert reported({"background": 1}, {"background": 1}) == set()
    assert reported({"background": 1}, {"background": 0}) == {"/background"}
    nested = {"metadata": {"room": {"number": 5}}}
    assert reported(nested, nested) == set()
    assert reported(nested, {"metadata": {"room": {"number": 6}}}) == {"/metadata"}
    assert reported({"metadata": {"room": True}}, {"metadata": {"room": 1}}) == {"/metadata"}


def test_a_further_defect_at_the_place_of_a_repeated_value_is_reported_in_a_stream() -> None:
    other = {"tools": [IMAGE_TOOL, {**IMAGE_TOOL, "partial_images": "many"}]}
    assert reported(VALUE, other, streamed=True) == {"/response/tools/1/partial_images"}


def test_a_member_that_the_response_leaves_out_is_reported_though_the_request_lacks_it_too() -> None:
    final = response(message())
    del final["parallel_tool_calls"]
    exchange = replace(create(final, **VALUE), expect="reject").exchange()
    operation = document(V1).operation(exchange.case.operation)
    (verdict,) = judge(exchange, operation, [rule_named("SCHEMA-001")])
    assert [each.pointer for each in verdict.violations] == ["/parallel_tool_calls"]
