"""Which rejected point explains another rejection, by the fields of their requests."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from by_case import answered, case, point

from aoai_conformance.engine.isolation.attribution import Refusals, attribute_to, features, name_by_fields
from aoai_model.case import Case, JsonBody, MultipartBody, PlannedRequest

SEED = point("seed.type:integer", 0)


def sent_case(**sent: Any) -> Case:
    return case(origin="scenario", **sent)


def refusals(refused: Case, *, was_refused: bool = True) -> Refusals:
    known = Refusals()
    known.note(answered(case(origin="base")), refused=False)
    known.note(answered(refused, 400), refused=was_refused)
    return known


def test_a_request_with_the_same_field_and_value_is_explained() -> None:
    known = refusals(case(SEED, seed=0))
    assert known.find_cause(sent_case(seed=0, user="me")) == SEED
    assert known.find_cause(sent_case(seed=1)) is None
    assert known.find_cause(sent_case(user="me")) is None


def test_only_valid_points_that_were_rejected_alone_explain_anything() -> None:
    asked = sent_case(seed=0)
    assert refusals(case(SEED, seed=0), was_refused=False).find_cause(asked) is None
    assert refusals(case(SEED, seed=0, expect="reject")).find_cause(asked) is None
    assert refusals(case(SEED, point("n"), seed=0)).find_cause(asked) is None


def test_what_every_request_contains_explains_nothing() -> None:
    assert refusals(case(SEED)).find_cause(sent_case(user="me")) is None


def test_fields_of_the_minimal_request_do_not_belong_to_the_point() -> None:
    known = refusals(replace(case(SEED, seed=0), base=None))
    assert known.find_cause(sent_case(seed=0, max_tokens=99, messages=[])) == SEED


def test_fields_of_the_request_that_a_point_was_put_into_do_not_belong_to_it() -> None:
    base = case(user="me").request
    known = refusals(replace(case(SEED, seed=0, user="me"), base=base))
    assert known.find_cause(sent_case(seed=0)) == SEED


@pytest.mark.parametrize(("seed", "loosely"), [(0, False), (7, True)])
def test_a_request_with_nothing_but_the_point_is_explained(seed: int, *, loosely: bool) -> None:
    known = Refusals()
    refused = replace(case(SEED, kind="embeddings", seed=0), base=None)
    known.note(answered(refused, 400), refused=True)
    again = case(origin="scenario", kind="embeddings", seed=seed)
    assert known.find_cause(again, loosely=loosely) == SEED


def test_a_point_deep_inside_a_field_explains_its_own_value_only() -> None:
    def message(name: str) -> dict[str, Any]:
        return {"messages": [{"role": "user", "content": "Say hi.", "name": name}]}

    known = refusals(case(point("messages[].name"), **message("mine")))
    assert known.find_cause(sent_case(**message("mine"))) is not None
    assert known.find_cause(sent_case(**message("yours")), loosely=True) is None


def test_a_rejection_of_another_operation_explains_nothing() -> None:
    known = refusals(case(SEED, seed=0))
    assert known.find_cause(replace(sent_case(seed=0), operation="Other")) is None


def test_the_output_limit_counts_only_if_it_is_the_only_field() -> None:
    beside = refusals(case(SEED, seed=0, max_tokens=99))
    assert beside.find_cause(sent_case(seed=0)) == SEED
    alone = refusals(case(point("max_tokens.minimum:at"), max_tokens=1))
    assert alone.find_cause(sent_case(max_tokens=1)) is not None
    assert alone.find_cause(sent_case(max_tokens=2)) is None


def test_a_loose_match_ignores_the_value() -> None:
    known = refusals(case(SEED, seed=0))
    assert known.find_cause(sent_case(seed=7), loosely=True) == SEED
    assert known.find_cause(sent_case(user="me"), loosely=True) is None


def test_a_loose_match_ignores_the_type() -> None:
    known = refusals(case(point("stop"), stop=[]))
    assert known.find_cause(sent_case(stop="END"), loosely=True) is not None


def test_the_branch_of_a_union_explains_everything_in_it() -> None:
    schema = {"type": "json_schema", "json_schema": {"name": "a", "schema": {"type": "object"}}}
    known = refusals(case(point("response_format:json_schema"), response_format=schema))
    other = {"type": "json_schema", "json_schema": {"name": "b", "schema": {}}}
    assert known.find_cause(sent_case(response_format=other)) is not None
    assert known.find_cause(sent_case(response_format={"type": "json_object"})) is None


def test_an_exchange_reported_under_a_point_lists_it_first_and_once() -> None:
    exchange = answered(case(point("n"), SEED), 400)
    assert [each.id for each in attribute_to(exchange, SEED).case.points] == [SEED.id, "n"]


@pytest.mark.parametrize(
    ("sent", "name"),
    [({"seed": 1, "n": 2}, "g:valid[n,seed]"), ({}, "g:valid"), ({"max_completion_tokens": 1}, "g:valid")],
)
def test_the_remainder_of_a_generated_request_names_its_point(sent: dict[str, Any], name: str) -> None:
    assert name_by_fields(case(point("g:valid"), **sent)).id == name


def test_the_remainder_is_added_to_the_first_point() -> None:
    assert name_by_fields(case(point("g:valid"), SEED, seed=1)).id == "g:valid[seed]"


def test_a_request_without_an_object_keeps_the_name_of_its_point() -> None:
    listed = replace(case(point("g:valid")), request=PlannedRequest("POST", "/p", body=JsonBody([1])))
    assert name_by_fields(listed).id == "g:valid"


def test_the_query_and_headers_are_features_but_the_version_is_not() -> None:
    asked = PlannedRequest("GET", "/p", {"api-version": "x", "limit": "2"}, {"a": "b"})
    found = features(asked)
    assert {"query:limit=2", "header:a=b"} <= found
    assert not any("api-version" in each for each in found)
    assert features(replace(asked, body=MultipartBody(()))) >= {"query:limit=2"}
