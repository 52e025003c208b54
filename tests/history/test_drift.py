"""What moved over many nights."""

from __future__ import annotations

from dataclasses import replace

from aoai_reports.history.drift import drift_of


def test_a_rule_that_comes_and_goes_is_told_with_its_flips(make) -> None:
    nights = [make(day, broken=day in {2, 3, 5}) for day in range(1, 7)]
    (rule,) = drift_of(nights, 30).rules
    assert (rule.rule, rule.level) == ("USAGE-001", "must")
    assert (rule.first_seen[:10], rule.last_seen[:10]) == ("2026-01-02", "2026-01-05")
    assert (rule.flips, rule.broken, rule.judged, rule.broken_now) == (4, 3, 6, False)


def test_a_night_that_judged_nothing_is_no_flip(make) -> None:
    silent = make(2, rules=(replace(make(1).rules[0], passed=0, inconclusive=4),))
    (rule,) = drift_of([make(1, broken=True), silent, make(3, broken=True)], 30).rules
    assert (rule.flips, rule.judged, rule.broken_now) == (0, 2, True)


def test_undeclared_fields_stand_as_they_appeared(make) -> None:
    nights = [make(1), make(2, fields=("/z",)), make(3, fields=("/a", "/z"))]
    assert [(each.place, each.first_seen[:10], each.runs) for each in drift_of(nights, 30).fields] == [
        ("/z", "2026-01-02", 2),
        ("/a", "2026-01-03", 1),
    ]


def test_only_the_last_nights_count_and_a_night_may_have_several_runs(make) -> None:
    nights = [make(1, broken=True), make(2), make(3), make(3, id="again", broken=True)]
    found = drift_of(nights, 2)
    assert [(each.day, each.runs, each.musts, each.requests) for each in found.nights] == [
        ("2026-01-02", 1, 0, 100),
        ("2026-01-03", 2, 1, 200),
    ]
    assert found.rules[0].first_seen[:10] == "2026-01-03"


def test_no_run_is_no_drift() -> None:
    assert drift_of([], 30).nights == ()
