"""Findings about rejected requests with one cause are one entry; others stay separate."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from aoai_model.exchange import Response
from aoai_reports.record.lines import ExchangeLine
from aoai_reports.results.baseline import Accepted, Baseline
from aoai_reports.results.summary import summarize

MESSAGES = [{"role": "user", "content": "Say hi."}]
FUNCTION = {"type": "function", "function": {"name": "get_time"}}
RULE = "BOUNDARY-002"


class Requests:
    """Return lines of accepted and rejected requests, each with a different point."""

    def __init__(self, build: Any) -> None:
        self.build = build

    def accepted(self, point: str, **fields: Any) -> ExchangeLine:
        return self.build.exchange(
            point, self._body(fields), points=self.build.points(point, expect="accept")
        )

    def rejected(
        self, point: str, *, code: str = "invalid", message: str = "Bad request.", **fields: Any
    ) -> ExchangeLine:
        body = f'{{"error": {{"code": "{code}", "message": "{message}"}}}}'.encode()
        violation = self.build.violation(
            RULE, pointer="", point=point, reason="refused", message=f"{point} is refused."
        )
        return self.build.broken(
            point,
            violation,
            self._body(fields),
            points=self.build.points(point, expect="accept"),
            response=Response(400, (("content-type", "application/json"),), body, None, 0.01, 0.02),
        )

    def _body(self, fields: dict[str, Any]) -> dict[str, Any]:
        return {"messages": MESSAGES, "max_tokens": 16, **fields}


@pytest.fixture
def requests(build: Any) -> Requests:
    return Requests(build)


def entries(build: Any, *lines: ExchangeLine, baseline: Baseline | None = None) -> dict[str, list[str]]:
    """The point of each entry, with the further points of the same cause."""
    summary = summarize(build.run_of(*lines), baseline=baseline)
    return {finding.place: list(finding.others) for finding in summary.findings}


def test_points_that_need_a_rejected_field_belong_to_it(build: Any, requests: Requests) -> None:
    found = entries(
        build,
        requests.accepted("base"),
        requests.rejected("stream_options.type:object", stream=True, stream_options={}),
        requests.rejected("stream.type:true", stream=True),
        requests.rejected(
            "stream_options.include_usage.type:true", stream=True, stream_options={"include_usage": True}
        ),
    )
    assert found == {
        "stream.type:true": ["stream_options.include_usage.type:true", "stream_options.type:object"]
    }


def test_every_value_of_a_field_that_is_always_rejected_is_one_entry(build: Any, requests: Requests) -> None:
    found = entries(
        build,
        requests.accepted("stop.nullable:null", stop=None),
        requests.rejected("stop.oneOf:string", stop="a"),
        requests.rejected("stop.items:2", stop=["a", "b"]),
        requests.rejected("tools.items:1", tools=[FUNCTION]),
    )
    assert found == {"stop.items:2": ["stop.oneOf:string"], "tools.items:1": []}


def test_a_field_that_is_rejected_even_as_null_is_one_entry(build: Any, requests: Requests) -> None:
    found = entries(
        build,
        requests.accepted("base"),
        requests.rejected("seed.nullable:null", seed=None),
        requests.rejected("seed.type:integer", seed=1),
    )
    assert found == {"seed.type:integer": ["seed.nullable:null"]}


def test_numbers_above_all_accepted_ones_have_one_cause(build: Any, requests: Requests) -> None:
    found = entries(
        build,
        requests.accepted("n.minimum:at", n=1),
        requests.rejected("n.minimum:inside", n=2),
        requests.rejected("n.maximum:at", n=128),
    )
    assert found == {"n.maximum:at": ["n.minimum:inside"]}


def test_a_value_that_another_accepted_request_had_is_not_a_cause(build: Any, requests: Requests) -> None:
    found = entries(
        build,
        requests.accepted("tools.items:1", tools=[FUNCTION]),
        requests.rejected("tool_choice.enum:none", tools=[FUNCTION], tool_choice="none"),
        requests.rejected("parallel_tool_calls.type:true", tools=[FUNCTION], parallel_tool_calls=True),
    )
    assert found == {"tool_choice.enum:none": [], "parallel_tool_calls.type:true": []}


def test_the_output_limit_is_a_cause_only_if_nothing_else_is(build: Any, requests: Requests) -> None:
    found = entries(
        build,
        requests.accepted("base"),
        requests.rejected("seed.type:integer", seed=1, max_tokens=1),
        requests.rejected("user.type:string", user="Some one", max_tokens=1),
    )
    assert found == {"seed.type:integer": [], "user.type:string": []}


@pytest.mark.parametrize("other", [{"code": "other"}, {"message": "Something else."}])
def test_different_errors_have_separate_causes(build: Any, requests: Requests, other: dict[str, str]) -> None:
    found = entries(
        build,
        requests.accepted("base"),
        requests.rejected("stop.oneOf:string", stop="a"),
        requests.rejected("stop.items:2", stop=["a", "b"], **other),
    )
    assert found == {"stop.oneOf:string": [], "stop.items:2": []}


def test_values_and_request_ids_in_the_error_make_no_difference(build: Any, requests: Requests) -> None:
    found = entries(
        build,
        requests.accepted("base"),
        requests.rejected("stop.oneOf:string", stop="a", message="No 'a' (request 1f2e)."),
        requests.rejected("stop.items:2", stop=["a", "b"], message="No 'b' (request 77aa)."),
    )
    assert found == {"stop.items:2": ["stop.oneOf:string"]}


def test_the_entry_counts_all_and_states_the_number_of_points(build: Any, requests: Requests) -> None:
    lines = [requests.rejected("stop.oneOf:string", stop="a"), requests.rejected("stop.items:2", stop=["a"])]
    (finding,) = summarize(build.run_of(requests.accepted("base"), *lines)).findings
    assert finding.count == 2
    assert finding.violation.message.endswith("1 more point is rejected for the same reason.")


def test_an_accepted_defect_hides_no_other_and_is_not_stale(build: Any, requests: Requests) -> None:
    baseline = Baseline((Accepted(rule=RULE, why="known", place="stop.items:2", operation=build.chat),))
    lines = [
        requests.accepted("base"),
        requests.rejected("stop.oneOf:string", stop="a"),
        requests.rejected("stop.items:2", stop=["a", "b"]),
        requests.rejected("stop.items:3", stop=["a", "b", "c"]),
    ]
    summary = summarize(build.run_of(*lines), baseline=baseline)
    assert {(each.place, each.others, each.known) for each in summary.findings} == {
        ("stop.items:2", (), True),
        ("stop.items:3", ("stop.oneOf:string",), False),
    }
    assert summary.baseline is not None
    assert not summary.baseline.stale


def test_a_body_that_is_not_json_has_no_common_cause(build: Any, requests: Requests) -> None:
    def unreadable(line: ExchangeLine) -> ExchangeLine:
        return replace(line, request=replace(line.request, body=b"\xff{"))

    lines = [requests.rejected("stop.oneOf:string", stop="a"), requests.rejected("stop.items:2", stop=["a"])]
    assert entries(build, *map(unreadable, lines)) == {"stop.oneOf:string": [], "stop.items:2": []}
