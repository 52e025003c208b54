"""The defects of two runs by cause."""

from __future__ import annotations

import pytest

from aoai_reports.run_comparison.comparing import compare_runs
from aoai_reports.run_comparison.formats.markdown import comparison_markdown
from aoai_reports.run_comparison.formats.text import comparison_text


def causes(comparison) -> list[tuple[str, str]]:
    return [(each.kind, each.id) for part in comparison.parts for each in part.causes]


@pytest.fixture
def sound(build):
    return build.record(build.exchange())


@pytest.fixture
def lacking(build):
    """A run with two missing fields: two causes."""
    return build.record(
        build.exchange(violations=(build.violation(pointer="/id"), build.violation(pointer="/model")))
    )


def test_a_cause_whose_defects_are_all_new_is_new(sound, lacking) -> None:
    assert causes(compare_runs(sound, lacking)) == [
        ("new", "missing-field:/id"),
        ("new", "missing-field:/model"),
    ]


def test_a_cause_whose_defects_are_all_fixed_is_fixed(sound, lacking) -> None:
    assert {kind for kind, _ in causes(compare_runs(lacking, sound))} == {"fixed"}


def test_a_cause_with_the_same_defects_is_unchanged_and_not_listed(lacking) -> None:
    compared = compare_runs(lacking, lacking)
    assert {kind for kind, _ in causes(compared)} == {"unchanged"}
    assert "Causes: 2 unchanged" in comparison_text(compared)
    assert "is missing in" not in comparison_text(compared)


def test_a_cause_with_old_and_new_defects_has_changed(build) -> None:
    points = ("n.minimum:below", "n.maximum:above")
    accepted = [
        build.exchange(
            case=f"chat/{point}",
            points=(point,),
            violations=(build.violation("BOUNDARY-001", point=point, reason="accepted"),),
        )
        for point in points
    ]
    rejected = build.exchange(case=f"chat/{points[1]}", points=points[1:], verdicts={"BOUNDARY-001": "pass"})
    compared = compare_runs(build.record(accepted[0], rejected), build.record(*accepted))
    (cause,) = compared.parts[0].causes
    assert (cause.kind, cause.id, cause.counts_sentence) == (
        "changed", "accepts-invalid", "1 new, 1 still failing",
    )  # fmt: skip
    assert cause.title == "Accepts every invalid request (2): limits 2"


def test_every_format_lists_the_causes_that_changed(sound, lacking) -> None:
    compared = compare_runs(sound, lacking)
    for text in (comparison_text(compared), comparison_markdown(compared)):
        assert "Causes: 2 new" in text
        assert "is missing in every response" in text or "is missing in 1 response" in text
    (part,) = compared.to_json()["comparisons"]
    assert [each["class"] for each in part["causes"]] == ["new", "new"]
    assert {each["cause"] for each in part["defects"]} == {each["id"] for each in part["causes"]}
