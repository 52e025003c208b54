"""The rules about boundaries, for rejections that neither confirm nor refute the point."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from by_hand import chat_answer, error, exchange, operation

from aoai_conformance.exchange import Exchange
from aoai_conformance.judging.judge import judge
from aoai_conformance.rule import rule_named
from aoai_model.case import ScenarioStep
from aoai_model.verdict import Verdict

HOT, AT = "temperature.maximum:above", "temperature.maximum:at"


def judged(rule: str, answered: Exchange) -> Verdict:
    (verdict,) = judge(answered, operation("chat"), [rule_named(rule)])
    return verdict


def asked(answer: Any, status: int, expect: Any, *points: str, **more: Any) -> Exchange:
    made = exchange("chat", answer, status=status, points=points or (AT,), expect=expect, **more)
    about = tuple(replace(each, fields=(each.constraint.partition(".")[0],)) for each in made.case.points)
    return replace(made, case=replace(made.case, points=about))


def outcomes(answered: Exchange) -> list[str]:
    return [judged(f"BOUNDARY-00{number}", answered).outcome for number in (1, 2, 3, 4)]


def test_a_rejection_that_names_the_field_of_the_point_decides() -> None:
    content = error(param="temperature")
    assert judged("BOUNDARY-001", asked(content, 400, "reject", HOT)).outcome == "pass"
    assert judged("BOUNDARY-003", asked(content, 400, "accept")).outcome == "violation"


@pytest.mark.parametrize(("rule", "expect"), [("BOUNDARY-001", "reject"), ("BOUNDARY-003", "accept")])
def test_a_rejection_that_names_another_field_is_inconclusive_with_a_reason(rule: str, expect: str) -> None:
    verdict = judged(rule, asked(error(param="top_p"), 400, expect))
    assert verdict.outcome == "inconclusive"
    assert verdict.note == "The rejection names another field, top_p."


@pytest.mark.parametrize(("rule", "expect"), [("BOUNDARY-001", "reject"), ("BOUNDARY-003", "accept")])
@pytest.mark.parametrize("status", [199, 302, 409])
def test_a_status_that_neither_accepts_nor_rejects_decides_nothing(
    rule: str, expect: str, status: int
) -> None:
    assert judged(rule, asked({}, status, expect)).outcome == "inconclusive"


def test_a_server_that_fails_at_a_boundary_is_reported_once() -> None:
    assert outcomes(asked(error("500"), 500, "reject", HOT)) == [
        "inconclusive", "violation", "not_applicable", "not_applicable",
    ]  # fmt: skip
    assert outcomes(asked(error("500"), 500, "accept")) == [
        "not_applicable", "not_applicable", "inconclusive", "violation",
    ]  # fmt: skip


def test_a_step_of_a_flow_is_judged_by_the_rules_about_flows() -> None:
    accepted = asked(chat_answer(), 200, "reject", HOT)
    step = ScenarioStep("s", "flow.files", "again")
    in_flow = replace(accepted, case=replace(accepted.case, scenario=step))
    assert judged("BOUNDARY-001", accepted).outcome == "violation"
    assert judged("BOUNDARY-001", in_flow).outcome == "not_applicable"
    elsewhere = replace(accepted, case=replace(accepted.case, scenario=replace(step, kind="chat.same-seed")))
    assert judged("BOUNDARY-001", elsewhere).outcome == "violation"


def test_a_version_left_out_is_judged_where_two_descriptions_differ() -> None:
    left_out = asked(error("500"), 500, "any", "api-version:missing")
    assert judged("BOUNDARY-006", left_out).outcome == "not_applicable"


def test_points_that_share_an_unpacked_request_are_reported_under_the_first() -> None:
    same = asked(error(), 400, "accept", AT, "temperature.type:number", origin="scenario")
    (violation,) = judged("BOUNDARY-003", same).violations
    assert violation.point == AT


def test_the_minimal_request_is_not_a_boundary() -> None:
    answered = exchange("chat", chat_answer(), origin="base")
    assert outcomes(answered) == ["not_applicable"] * 4


@pytest.mark.parametrize("rule", ["BOUNDARY-003", "BOUNDARY-004"])
def test_a_packed_request_is_judged_once_it_is_split(rule: str) -> None:
    status = 400 if rule == "BOUNDARY-003" else 500
    several = asked(error(), status, "accept", AT, "n.maximum:at", origin="packed")
    assert judged(rule, several).outcome == "inconclusive"
    alone = asked(error(), status, "accept", AT, origin="packed")
    assert judged(rule, alone).outcome == "violation"
    same = asked(error(), status, "accept", AT, "temperature.type:number", origin="scenario")
    assert judged(rule, same).outcome == "violation"


@pytest.mark.parametrize("rule", ["BOUNDARY-003", "BOUNDARY-004"])
def test_data_sources_cannot_be_required(rule: str) -> None:
    status = 400 if rule == "BOUNDARY-003" else 500
    answered = asked(error(), status, "accept", "data_sources[].type:azure_search")
    assert judged(rule, answered).outcome == "inconclusive"


@pytest.mark.parametrize(
    ("status", "content", "outcome"),
    [
        (400, "It is wrong.", "pass"),
        (402, "It is wrong.", "violation"),
        (418, "It is wrong.", "violation"),
        (413, "It is wrong.", "pass"),
        (401, "The temperature is wrong.", "inconclusive"),
        (404, "It is wrong.", "inconclusive"),
        (404, "The temperature is wrong.", "violation"),
        (403, "The temperature is wrong.", "violation"),
        (409, "The temperature is wrong.", "violation"),
        (409, "The temperatures are wrong.", "inconclusive"),
        (500, "It is wrong.", "not_applicable"),
    ],
)
def test_a_rejection_has_a_status_about_the_content(status: int, content: str, outcome: str) -> None:
    assert (
        judged("BOUNDARY-005", asked(error(str(status), content), status, "reject", HOT)).outcome == outcome
    )


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(200, "pass"), (400, "pass"), (404, "pass"), (429, "not_applicable"), (500, "violation"), (501, "pass")],
)
def test_an_open_point_may_be_accepted_or_rejected(status: int, outcome: str) -> None:
    assert judged("BOUNDARY-006", asked(error(str(status)), status, "any")).outcome == outcome
