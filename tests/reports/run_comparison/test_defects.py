"""The states of each defect in two runs."""

from __future__ import annotations

import pytest

from aoai_reports.run_comparison.comparing import compare_runs


def kinds(comparison) -> list[tuple[str, str]]:
    return [(each.kind, each.finding.violation.reason) for part in comparison.parts for each in part.defects]


def test_a_defect_that_only_the_second_run_shows_is_new(build) -> None:
    compared = compare_runs(
        build.record(build.exchange()), build.record(build.exchange(violations=(build.violation(),)))
    )
    assert kinds(compared) == [("new", "required")]
    assert len(compared.newly_broken()) == 1


def test_a_defect_that_only_the_first_run_shows_is_fixed(build) -> None:
    compared = compare_runs(
        build.record(build.exchange(violations=(build.violation(),))), build.record(build.exchange())
    )
    assert kinds(compared) == [("fixed", "required")]
    assert not compared.newly_broken()


def test_a_defect_of_both_runs_still_fails_and_is_not_a_difference(build) -> None:
    record = build.record(build.exchange(violations=(build.violation(),)))
    compared = compare_runs(record, record)
    assert kinds(compared) == [("still failing", "required")]
    assert not compared.differs


def test_defects_are_matched_by_place_whatever_the_index(build) -> None:
    first = build.exchange(violations=(build.violation(pointer="/choices/0/index"),))
    second = build.exchange(violations=(build.violation(pointer="/choices/7/index"),))
    assert kinds(compare_runs(build.record(first), build.record(second))) == [("still failing", "required")]


def test_another_reason_at_the_same_place_is_a_changed_reason_and_counts_as_new(build) -> None:
    old = build.exchange(violations=(build.violation(),))
    new = build.exchange(violations=(build.violation(reason="type"),))
    compared = compare_runs(build.record(old), build.record(new))
    assert kinds(compared) == [("changed reason", "type")]
    assert compared.parts[0].defects[0].before.violation.reason == "required"
    assert len(compared.newly_broken()) == 1


def test_two_reasons_replaced_by_one_are_a_changed_reason_and_a_fix(build) -> None:
    old = build.exchange(violations=(build.violation(reason="a"), build.violation(reason="b")))
    new = build.exchange(violations=(build.violation(reason="c"),))
    assert kinds(compare_runs(build.record(old), build.record(new))) == [
        ("changed reason", "c"),
        ("fixed", "b"),
    ]


def test_what_the_first_run_did_not_try_is_newly_tested(build) -> None:
    old = build.exchange(verdicts={})
    new = build.exchange(violations=(build.violation(),))
    compared = compare_runs(build.record(old), build.record(new))
    assert kinds(compared) == [("newly tested", "required")]
    assert [each.kind for each in compared.parts[0].tested] == ["newly tested"]


def test_what_the_second_run_did_not_try_is_no_longer_tested(build) -> None:
    old = build.exchange(violations=(build.violation(),))
    assert kinds(compare_runs(build.record(old), build.record(build.exchange(verdicts={})))) == [
        ("no longer tested", "required")
    ]


def test_a_point_without_a_response_is_inconclusive_not_fixed(build) -> None:
    broken = build.violation("BOUNDARY-001", point="n.minimum:below", reason="accepted")
    old = build.exchange(points=("n.minimum:below",), violations=(broken,))
    new = build.exchange(points=("n.minimum:below",), failed=True, verdicts={})
    compared = compare_runs(build.record(old), build.record(new))
    assert kinds(compared) == [("inconclusive", "accepted")]
    assert compared.parts[0].matched.unanswered == ("chat/base",)


def test_differences_between_runs_of_the_same_target_are_flaky(build) -> None:
    sound = build.record(build.exchange())
    broken = build.record(build.exchange(violations=(build.violation(),)))
    compared = compare_runs(sound, broken, [broken])
    assert kinds(compared) == [("flaky", "required")]
    assert not compared.newly_broken()


def test_a_defect_that_varies_within_a_run_for_the_same_request_is_flaky(build) -> None:
    twice = {"n": 1}
    sound = [build.exchange(f"chat/{name}", sent=twice) for name in "ab"]
    broken = [sound[0], build.exchange("chat/b", sent=twice, violations=(build.violation(),))]
    assert kinds(compare_runs(build.record(*sound), build.record(*broken))) == [("flaky", "required")]


def test_an_accepted_defect_is_not_newly_broken(build) -> None:
    compared = compare_runs(
        build.record(build.exchange()),
        build.record(build.exchange(violations=(build.violation(),))),
        known=lambda _: "accepted",
    )
    assert not compared.newly_broken()


@pytest.mark.parametrize("level", ["should", "may"])
def test_only_musts_are_newly_broken_musts(build, level: str) -> None:
    broken = build.exchange(violations=(build.violation(level=level),))
    compared = compare_runs(build.record(build.exchange()), build.record(broken))
    assert kinds(compared) == [("new", "required")]
    assert not compared.newly_broken()
