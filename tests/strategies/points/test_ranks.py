"""The order in which points are sent while the budget lasts: one row for each line of the ranking."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from aoai_specs.document import Operation
from aoai_strategies.points.planned_point import DEEP_ONLY, PlannedPoint
from aoai_strategies.points.points import OperationPoints, standard_budget

SCHEMA = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": {"type": "string", "pattern": "^[a-z]+$"},
        "count": {"type": "integer", "maximum": 9},
        "when": {"type": "string", "format": "date"},
        "either": {"anyOf": [{"type": "string", "maxLength": 3}, {"type": "string", "minLength": 4}]},
        "one": {"oneOf": [{"type": "string", "maxLength": 3}, {"type": "string", "maxLength": 5}]},
        "nested": {
            "type": "object",
            "required": ["inner"],
            "properties": {
                "inner": {"type": "integer", "maximum": 5},
                "other": {"type": "integer"},
            },
        },
        "data_sources": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["kind"],
                "properties": {"kind": {"type": "string", "enum": ["a", "b"]}, "limit": {"type": "integer"}},
            },
        },
    },
}
RANKS = {
    "name.pattern:matching": 0,
    "count.maximum:at": 0,
    "nested.inner.maximum:inside": 0,
    "name.required:missing": 1,
    "nested.inner.required:missing": 1,
    "count.maximum:above": 1,
    "count.type:string": 1,
    "name.pattern:space": 1,
    "count.type:fraction": 2,
    "nested.inner.maximum:above": 2,
    "data_sources[].kind.required:missing": 2,
    "count.type:null": 3,
    "nested.inner.type:string": 3,
    "count.type:array": 4,
    "name.pattern:empty": 4,
    "name.pattern:sign": 4,
    "nested.inner.type:null": 4,
    "data_sources[].limit.type:string": 5,
    "data_sources[].kind.enum:outside": 5,
    "nested.inner.type:fraction": 6,
    "nested.inner.type:array": 6,
    "nested.other.type:null": 6,
    "data_sources[].kind.type:null": 6,
    "when.format:outside": 6,
}


@pytest.fixture(scope="module")
def planned(describe: Callable[..., Operation]) -> dict[str, PlannedPoint]:
    return {one.point.id: one for one in OperationPoints.of(describe(SCHEMA)).planned}


@pytest.mark.parametrize("name", RANKS)
def test_a_point_has_the_rank_of_its_line(planned: dict[str, PlannedPoint], name: str) -> None:
    assert planned[name].rank == RANKS[name]


def test_a_value_that_another_branch_admits_is_left_to_the_profile_deep(
    planned: dict[str, PlannedPoint],
) -> None:
    too_long = planned["either.maxLength:above"]
    assert (too_long.point.expect, too_long.point.level, too_long.rank) == ("any", "may", DEEP_ONLY)


def test_a_valid_value_that_two_branches_admit_is_sent_first_and_decides_nothing(
    planned: dict[str, PlannedPoint],
) -> None:
    short = planned["one.maxLength:at"]
    assert (short.point.expect, short.point.level, short.rank) == ("any", "may", 0)


def test_a_document_with_many_operations_sends_the_ranks_up_to_three(
    describe: Callable[..., Operation], monkeypatch: pytest.MonkeyPatch
) -> None:
    document = describe(SCHEMA).document
    assert standard_budget(document) == (321, DEEP_ONLY - 1)
    one = next(iter(document.operations.values()))
    object.__setattr__(document, "operations", {str(number): one for number in range(10)})
    assert standard_budget(document) == (321, DEEP_ONLY - 1)
    object.__setattr__(document, "operations", {str(number): one for number in range(11)})
    assert standard_budget(document) == (321, 3)
