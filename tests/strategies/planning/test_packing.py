from __future__ import annotations

from collections.abc import Iterator

import pytest

from aoai_model.case import Case, Edit, JsonBody, Plan, PlannedRequest, Point
from aoai_specs.document import Document
from aoai_strategies.errors import CannotSplitError
from aoai_strategies.planning.packing import bisect, conflicts, join_points, pack
from aoai_strategies.points.field_dependencies import EXCLUSIONS, exclusion_sides, is_within
from aoai_strategies.points.planned_point import PlannedPoint
from aoai_strategies.requests.editing import body_value
from aoai_strategies.requests.forms import admits

BASE = PlannedRequest("POST", "/things", body=JsonBody({"messages": ["hello"]}))


def point(name: str, *edits: Edit) -> Point:
    return Point(f"{name}:at", name, "accept", "must", "", f"{name}.", edits)


def packable(one: Point, field: str) -> PlannedPoint:
    return PlannedPoint(one, field, 0, BASE)


def parts(case: Case) -> Iterator[Case]:
    yield case
    if len(case.points) > 1:
        for half in bisect(case):
            yield from parts(half)


def excluded(kind: str, one: str, other: str) -> bool:
    sides = exclusion_sides(kind, other)
    return any((rule, not first) in sides for rule, first in exclusion_sides(kind, one))


def test_points_of_different_places_share_a_request() -> None:
    one, other = point("a", Edit("/a", 1)), point("b", Edit("/b", 2))
    assert not conflicts(one, other)
    assert join_points(BASE, [one, other]).body == JsonBody({"messages": ["hello"], "a": 1, "b": 2})


def test_points_of_the_same_place_do_not() -> None:
    assert conflicts(point("a", Edit("/a", 1)), point("b", Edit("/a", 2)))


def test_points_within_one_another_do_not() -> None:
    assert conflicts(point("a", Edit("/a", {})), point("b", Edit("/a/b", 2)))


def test_points_that_share_their_container_do() -> None:
    host = Edit("/a", {"x": 1})
    one, other = point("b", host, Edit("/a/b", 1)), point("c", host, Edit("/a/c", 2))
    assert not conflicts(one, other)
    assert join_points(BASE, [one, other]).body == JsonBody(
        {"messages": ["hello"], "a": {"x": 1, "b": 1, "c": 2}}
    )


def test_points_that_need_another_container_do_not() -> None:
    one = point("b", Edit("/a", {"x": 1}), Edit("/a/b", 1))
    other = point("c", Edit("/a", {"x": 2}), Edit("/a/c", 2))
    assert conflicts(one, other)


def test_points_with_the_same_dependency_share_it() -> None:
    dependency = Edit("/stream", True)
    assert not conflicts(point("a", dependency, Edit("/a", 1)), point("b", dependency, Edit("/b", 1)))


def test_a_dependency_that_another_point_contradicts_conflicts() -> None:
    assert conflicts(point("a", Edit("/stream", True), Edit("/a", 1)), point("b", Edit("/stream", False)))


def test_edits_that_append_to_one_array_do_not_conflict() -> None:
    one, other = point("a", Edit("/messages/-", "one")), point("b", Edit("/messages/-", "two"))
    assert not conflicts(one, other)
    assert join_points(BASE, [one, other]).body == JsonBody({"messages": ["hello", "one", "two"]})


def test_an_appended_item_and_a_new_array_conflict() -> None:
    assert conflicts(point("a", Edit("/messages/-", "one")), point("b", Edit("/messages", [])))


def test_the_same_item_is_appended_once_for_two_points_and_twice_within_one() -> None:
    one, other = point("a", Edit("/messages/-", "one")), point("b", Edit("/messages/-", "one"))
    assert join_points(BASE, [one, other]).body == JsonBody({"messages": ["hello", "one"]})
    twice = point("c", Edit("/messages/-", "x"), Edit("/messages/-", "x"))
    assert join_points(BASE, [twice]).body == JsonBody({"messages": ["hello", "x", "x"]})


def test_packs_into_the_first_group_that_has_room() -> None:
    points = [
        point("a", Edit("/a", 1)),
        point("a2", Edit("/a", 2)),
        point("b", Edit("/b", 1)),
        point("b2", Edit("/b", 2)),
    ]
    groups = pack("other", [packable(one, one.constraint) for one in points])
    assert [[member.field for member in group] for group in groups] == [["a", "b"], ["a2", "b2"]]


def test_excluded_fields_never_share_a_request() -> None:
    tools = packable(point("tools[].type", Edit("/tools", [])), "tools[].type")
    functions = packable(point("functions[].name", Edit("/functions", [])), "functions[].name")
    assert len(pack("chat", [tools, functions])) == 2
    assert len(pack("other", [tools, functions])) == 1


def test_an_exclusion_holds_in_both_orders_and_inside_its_fields() -> None:
    assert excluded("completions", "best_of", "stream_options.include_usage")
    assert excluded("completions", "stream", "best_of")
    assert not excluded("chat", "stream", "best_of")
    assert not is_within("functions", "function")


def test_every_exclusion_has_a_reason() -> None:
    assert all(rule.reason for rule in EXCLUSIONS)


def test_no_packed_case_of_the_plan_has_an_excluded_pair(standard: Plan) -> None:
    for case in standard.cases:
        if case.origin != "packed" or not isinstance(case.request.body, JsonBody):
            continue
        body = case.request.body.value
        assert isinstance(body, dict)
        assert not {"tools", "functions"} <= body.keys(), case.id
        assert not {"max_tokens", "max_completion_tokens"} <= body.keys(), case.id
        assert not (body.get("best_of") is not None and body.get("stream")), case.id
        assert not ("top_logprobs" in body and body["top_logprobs"] is not None and not body.get("logprobs"))
        assert not (body.get("stream_options") is not None and not body.get("stream")), case.id
        assert not ("tool_choice" in body and "tools" not in body), case.id
        assert not ("parallel_tool_calls" in body and "tools" not in body), case.id


def test_128_choices_have_one_token_each(standard: Plan) -> None:
    bodies = [body_value(case.request.body) for case in standard.cases if case.expect == "accept"]
    many = [body for body in bodies if isinstance(body, dict) and body.get("n") in (127, 128)]
    assert many
    assert all(body["max_tokens"] == 1 for body in many)


def test_every_tool_message_of_a_packed_case_follows_its_call(standard: Plan) -> None:
    for case in standard.cases:
        body = body_value(case.request.body)
        if case.expect != "accept" or case.kind != "chat" or not isinstance(body, dict):
            continue
        open_calls: set[str] = set()
        for message in body["messages"]:
            assert isinstance(message, dict)
            if message["role"] == "tool":
                assert message["tool_call_id"] in open_calls, case.id
                open_calls.remove(str(message["tool_call_id"]))
                continue
            assert not open_calls, f"{case.id} leaves calls unanswered"
            open_calls = {call["id"] for call in message.get("tool_calls") or ()}
        assert not open_calls, case.id


def test_halves_share_the_points_and_nothing_else(standard: Plan) -> None:
    case = next(case for case in standard.cases if case.id == "chat/accept-01")
    first, second = bisect(case)
    assert (*first.points, *second.points) == case.points
    assert (first.id, second.id) == ("chat/accept-01/1", "chat/accept-01/2")
    assert first.base == second.base == case.base
    assert first.request != case.request != second.request


def test_a_case_of_one_point_cannot_be_split(standard: Plan) -> None:
    case = next(case for case in standard.cases if len(case.points) == 1)
    with pytest.raises(CannotSplitError, match="cannot be split"):
        bisect(case)


def test_every_part_of_every_packed_case_is_admitted_by_the_description(
    document: Document, standard: Plan
) -> None:
    ends = 0
    for case in standard.cases:
        if case.origin != "packed":
            continue
        for part in parts(case):
            assert admits(document.operation(case.operation), body_value(part.request.body)), part.id
            ends += len(part.points) == 1
    packed_points = sum(len(case.points) for case in standard.cases if case.origin == "packed")
    assert ends == packed_points
