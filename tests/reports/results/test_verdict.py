"""The verdict of a run: what fails it, what leaves it open, and what conformance requires."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from aoai_model.verdict import PointsShown
from aoai_reports.record.lines import ExchangeLine, Planned
from aoai_reports.results.baseline import Accepted, Baseline
from aoai_reports.results.sufficiency import Demands
from aoai_reports.results.summary import Summary, exit_code, summarize

POINT, OTHER = "n.minimum:at", "user.type:null"


def run(build: Any, *lines: ExchangeLine, footer: Any = None, **options: Any) -> Summary:
    """The summary of a run that planned two points and showed one, with further exchanges."""
    plan = Planned(2, {build.chat: (POINT, OTHER)}, {build.document: {build.chat: (POINT, OTHER)}})
    shown = build.exchange("first", points=build.points(POINT), shown=PointsShown("correct"))
    record = build.record(shown, *lines, planned=plan, footer=footer)
    return summarize(record, **({"demands": Demands(50.0)} | options))


def breaking(build: Any, rule: str) -> ExchangeLine:
    line: ExchangeLine = build.broken("second", build.violation(rule), shown=PointsShown("correct"))
    return line


MUST, SHOULD, MAY = "USAGE-001", "HTTP-004", "SCHEMA-002"


@pytest.mark.parametrize(
    ("rule", "strict", "verdict", "code"),
    [
        (None, True, "conformant", 0),
        (MUST, False, "nonconformant", 1),
        (SHOULD, False, "conformant", 0),
        (SHOULD, True, "nonconformant", 1),
        (MAY, True, "conformant", 0),
    ],
)
def test_the_level_of_the_violation_decides(
    build: Any, rule: str | None, strict: bool, verdict: str, code: int
) -> None:
    lines = [breaking(build, rule)] if rule else []
    found = run(build, *lines, strict=strict)
    assert (found.verdict, exit_code(found)) == (verdict, code)


def test_too_little_shown_is_inconclusive(build: Any) -> None:
    found = run(build, demands=Demands(60.0))
    assert (found.verdict, exit_code(found)) == ("inconclusive", 3)
    assert "only 1 of 2 points were shown" in found.doubts[0]


def test_the_required_share_is_that_of_the_run(build: Any) -> None:
    assert run(build, demands=None).verdict == "inconclusive"


def test_violations_count_although_too_little_was_shown(build: Any) -> None:
    assert run(build, breaking(build, MUST), demands=Demands(60.0)).verdict == "nonconformant"


def test_an_accepted_violation_does_not_fail_the_run(build: Any) -> None:
    found = run(build, breaking(build, MUST), known=lambda _: "ticket 7")
    assert found.verdict == "conformant"
    assert (len(found.at("must")), len(found.known)) == (0, 1)


def test_strictness_can_be_changed_afterwards(build: Any) -> None:
    lax = run(build, breaking(build, SHOULD))
    strict = run(build, breaking(build, SHOULD), strict=True)
    assert (exit_code(lax), exit_code(lax, strict=True)) == (0, 1)
    assert (exit_code(strict), exit_code(strict, strict=False)) == (1, 0)


def test_a_run_that_was_interrupted_is_inconclusive(build: Any) -> None:
    found = run(build, footer=build.footer(interrupted=True))
    assert (found.verdict, found.doubts) == (
        "inconclusive",
        ("The run was interrupted.",),
    )


def test_a_record_without_a_footer_is_inconclusive(build: Any) -> None:
    found = summarize(replace(build.record(build.exchange()), footer=None))
    assert found.doubts[0] == "The record has no footer: the run did not finish."
    assert found.seconds == 0.0


def accepted(build: Any) -> Accepted:
    return Accepted(rule=MUST, why="ticket 7", operation=build.chat)


def test_an_entry_of_the_baseline_accepts_its_defect(build: Any) -> None:
    found = run(build, breaking(build, MUST), baseline=Baseline((accepted(build),)))
    assert (found.verdict, exit_code(found), len(found.known)) == ("conformant", 0, 1)


def test_a_stale_entry_of_the_baseline_fails_the_run(build: Any) -> None:
    found = run(build, baseline=Baseline((accepted(build),)))
    assert (found.verdict, exit_code(found)) == ("nonconformant", 1)


def test_an_expired_entry_of_the_baseline_fails_the_run(build: Any) -> None:
    found = run(build, baseline=Baseline((), (accepted(build),)))
    assert (found.verdict, exit_code(found, strict=True)) == ("nonconformant", 1)


def test_a_run_without_an_applicable_rule_is_inconclusive(build: Any) -> None:
    shown = build.exchange("first", points=build.points(POINT), shown=PointsShown("correct"), verdicts={})
    plan = Planned(1, {}, {build.document: {build.chat: (POINT,)}})
    found = summarize(build.record(shown, planned=plan))
    assert found.doubts == ("No rule applied to any exchange.",)
    assert found.verdict == "inconclusive"


def test_a_run_without_a_baseline_has_no_baseline_state(build: Any) -> None:
    assert run(build, baseline=Baseline()).baseline is None


def test_exercised_and_untested_rules_add_up(build: Any) -> None:
    found = run(build)
    assert found.exercised == 2
    assert found.exercised + len(found.untested) == len(found.rules)
    assert "AUTH-001" in found.untested
    assert found.untested_why["nothing_to_check"] == found.untested


def test_the_points_of_summary_json_add_up_to_the_plan(build: Any) -> None:
    points = run(build).to_json()["coverage"]["points"]  # type: ignore[index,call-overload]
    assert points == {
        "planned": 2, "sent": 1,
        "shown_correct": 1, "shown_wrong": 0, "not_shown": 0, "not_sent": 1, "not_applicable": 0,
    }  # fmt: skip
