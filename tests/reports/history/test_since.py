"""What changed since the previous night, and which defects come and go, over ten nights of built records."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.reports.history.conftest import CHAT, DOCUMENT

from aoai_reports.history.entry import DefectSeen, RunEntry
from aoai_reports.history.presence import comes_and_goes, is_lasting
from aoai_reports.history.since import changes_since, flaky_in
from aoai_reports.results.night_changes import DefectChange, NightChanges

#: The nights in which each defect is present, as `#`; `?` is a night that did not test it.
NIGHTS = {
    "constant": "##########",
    "appears": ".......###",
    "fixed": "####......",
    "blip": "...#......",
    "flaky": "#.#.#..#.#",
    "worse": "#.#.######",
    "regressed": "##.......#",
    "untested": "##??##....",
}


def night(make: Any, number: int, **changes: Any) -> RunEntry:
    """One night with a rule for each defect."""
    base = make(number + 1)
    rules, defects = [], []
    for name, nights in NIGHTS.items():
        tested = nights[number] != "?"
        rules.append(replace(base.rules[0], rule=name, passed=5 * tested, inconclusive=5 * (not tested)))
        if nights[number] == "#":
            defects.append(DefectSeen(DOCUMENT, CHAT, name, "/usage", "sum", "must", f"{name} is wrong", 1))
    return replace(base, rules=tuple(rules), defects=tuple(defects), **changes)


def changed(make: Any, number: int) -> NightChanges:
    return changes_since([night(make, each) for each in range(number)], night(make, number))


def names(changes: tuple[DefectChange, ...]) -> set[str]:
    return {change.identity.rule for change in changes}


#: What each night reports: new, fixed, flaky, lasting.
REPORTED = [
    ({"constant", "fixed", "flaky", "worse", "regressed", "untested"}, set(), set(), set()),
    (set(), {"flaky", "worse"}, set(), set()),
    ({"flaky", "worse"}, {"regressed"}, set(), set()),
    ({"blip"}, set(), {"flaky", "worse"}, set()),
    (set(), {"fixed", "blip"}, {"flaky", "worse"}, set()),
    (set(), set(), {"flaky"}, set()),
    (set(), {"untested"}, set(), {"worse"}),
    ({"appears"}, set(), {"flaky"}, set()),
    (set(), set(), {"flaky"}, set()),
    ({"regressed"}, set(), {"flaky"}, set()),
]


@pytest.mark.parametrize("number", range(10))
def test_each_night_reports_exactly_what_changed(number: int, make: Any) -> None:
    found = changed(make, number)
    reported = tuple(names(each) for each in (found.new, found.fixed, found.flaky, found.lasting))
    assert reported == REPORTED[number]
    assert bool(found) == any(REPORTED[number])


def excused(make: Any, number: int, build: Any) -> set[str]:
    """The defects of a night that do not fail it with `--flaky`."""
    known = flaky_in([night(make, each) for each in range(number)])
    found = set()
    for defect in night(make, number).defects:
        finding = build(defect)
        if known(finding) is not None:
            found.add(defect.rule)
    return found


class Found:
    """What `flaky_in` reads of a finding."""

    def __init__(self, defect: DefectSeen) -> None:
        self.identity = defect.identity


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (0, set()),
        (2, set()),
        (4, {"flaky", "worse"}),
        (5, {"worse"}),
        (6, set()),
        (7, {"flaky"}),
        (9, {"flaky"}),
    ],
)
def test_only_a_defect_that_came_went_and_came_back_is_excused(
    number: int, expected: set[str], make: Any
) -> None:
    assert excused(make, number, Found) == expected


def test_a_regression_is_never_excused(make: Any) -> None:
    assert not any("regressed" in excused(make, number, Found) for number in range(10))


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ("", False), ("#", False), (".#", False), ("#.#", True), (".#.", False), ("#.##", True),
        ("#.###", False), ("#.#.###.", True), ("#.#.........#", False), ("#.........#", False),
    ],
)  # fmt: skip
def test_comes_and_goes(seen: str, expected: bool) -> None:
    assert comes_and_goes([each == "#" for each in seen]) is expected


def test_lasting_are_three_runs_in_a_row() -> None:
    assert not is_lasting([True, True])
    assert not is_lasting([True, True, False, True, True])
    assert is_lasting([False, True, True, True])


def test_what_the_baseline_accepts_is_not_new(make: Any) -> None:
    accepted = replace(
        make(2, broken=True),
        defects=tuple(replace(each, known=True) for each in make(2, broken=True).defects),
    )
    assert not changes_since([make(1)], accepted)
    assert names(changes_since([accepted], make(3)).fixed) == {"USAGE-001"}


def test_an_excused_defect_still_counts_as_present(make: Any) -> None:
    runs = [make(day, broken=day % 2 == 1) for day in range(1, 6)]
    last = runs[-1]
    runs[-1] = replace(last, defects=tuple(replace(each, known=True, flaky=True) for each in last.defects))
    assert names(changes_since(runs, make(6)).flaky) == {"USAGE-001"}


@pytest.mark.parametrize("place", ["/usage", "stream:/usage", "header:retry-after", ""])
def test_a_defect_at_a_place_in_responses_is_fixed_once_its_rule_passes(place: str, make: Any) -> None:
    """Unlike a defect at a point, which may not have been sent again."""
    seen = DefectSeen(DOCUMENT, CHAT, "constant", place, "sum", "must", "wrong", 1)
    nights = [replace(night(make, 0), defects=each, responded_points=()) for each in ((seen,), ())]
    assert names(changes_since(nights[:1], nights[1]).fixed) == {"constant"}


def test_without_an_earlier_run_everything_is_new(make: Any) -> None:
    found = changes_since([], make(1, broken=True))
    assert (found.since, names(found.new)) == ("", {"USAGE-001"})
    assert found.to_json()["since"] is None
