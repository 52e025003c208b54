"""Changes over many nights."""

from __future__ import annotations

from dataclasses import replace

from aoai_reports.history.drift import drift_of
from aoai_reports.history.entry import CauseSeen, DefectSeen, RespondedPoints, RunEntry
from aoai_reports.history.store import History
from aoai_reports.history.text import drift_text


def test_an_intermittent_rule_is_reported_with_its_flips(make) -> None:
    nights = [make(day, broken=day in {2, 3, 5}) for day in range(1, 7)]
    (rule,) = drift_of(nights, 30).rules
    assert (rule.rule, rule.level) == ("USAGE-001", "must")
    assert (rule.first_seen[:10], rule.last_seen[:10]) == ("2026-01-02", "2026-01-05")
    assert (rule.flips, rule.broken, rule.judged, rule.broken_now) == (4, 3, 6, False)


def test_a_night_that_judged_nothing_is_not_a_flip(make) -> None:
    silent = make(2, rules=(replace(make(1).rules[0], passed=0, inconclusive=4),))
    (rule,) = drift_of([make(1, broken=True), silent, make(3, broken=True)], 30).rules
    assert (rule.flips, rule.judged, rule.broken_now) == (0, 2, True)


def test_undeclared_fields_are_listed_in_order_of_appearance(make) -> None:
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


def test_without_runs_there_is_no_drift() -> None:
    assert drift_of([], 30).nights == ()


def seen(night: RunEntry, place: str, reason: str) -> RunEntry:
    """The night with one defect of the rule that every night judges."""
    rule = night.rules[0]
    defect = DefectSeen(rule.document, rule.operation, rule.rule, place, reason, "must", "m", 1)
    return replace(night, defects=(defect,))


def test_defects_of_one_rule_are_distinguished_by_place_and_reason(make) -> None:
    nights = [seen(make(1), "/usage", "sum"), seen(make(2), "/usage", "type"), seen(make(3), "/id", "type")]
    found = drift_of(nights, 30).rules
    assert [(each.place, each.reason, each.first_seen[:10]) for each in found] == [
        ("/id", "type", "2026-01-03"),
        ("/usage", "sum", "2026-01-01"),
        ("/usage", "type", "2026-01-02"),
    ]
    assert [(each.flips, each.broken, each.judged, each.broken_now) for each in found] == [
        (1, 1, 3, True),
        (1, 1, 3, False),
        (2, 1, 3, False),
    ]
    output = drift_of(nights, 30).to_json()["rules"]
    assert len({each["fingerprint"] for each in output}) == 3  # type: ignore[union-attr, call-overload, index]


def test_a_night_that_did_not_send_a_point_is_not_a_flip(make, history: History) -> None:
    point = "n.minimum:below"
    rule = make(1).rules[0]
    sent = (RespondedPoints(rule.document, rule.operation, (point,)),)
    nights = [
        seen(make(1, responded_points=sent), point, "accepted"),
        make(2),
        seen(make(3, responded_points=sent), point, "accepted"),
        make(4, responded_points=sent),
    ]
    for night in nights:
        history.add(night)
    assert list(history.runs()) == nights
    (found,) = drift_of(history.runs(), 30).rules
    assert (found.flips, found.judged, found.broken_now) == (1, 3, False)


def test_a_run_stored_without_response_counts_counts_as_having_responses(make, history: History) -> None:
    nights = [seen(make(1), "n.minimum:below", "accepted"), make(2, responded_points=None)]
    for night in nights:
        history.add(night)
    assert list(history.runs()) == nights
    (found,) = drift_of(history.runs(), 30).rules
    assert (found.flips, found.broken_now) == (1, False)


def test_a_cause_has_one_number_for_each_night(make) -> None:
    nights = [make(1), make(2, broken=True), make(3, broken=True)]
    (cause,) = drift_of(nights, 30).causes
    assert (cause.id, cause.violations, cause.failing_now, cause.is_new) == (
        "token-usage", (0, 1, 1), True, False,
    )  # fmt: skip
    assert (cause.first_seen[:10], cause.last_seen[:10]) == ("2026-01-02", "2026-01-03")


def test_a_cause_that_only_the_last_night_shows_is_new(make) -> None:
    assert [each.is_new for each in drift_of([make(1), make(2, broken=True)], 30).causes] == [True]


def test_a_cause_that_no_earlier_night_tested_is_not_new(make) -> None:
    (cause,) = drift_of([make(1, rules=()), make(2, broken=True)], 30).causes
    assert (cause.violations, cause.is_new) == ((None, 1), False)


def test_accepted_defects_do_not_count_in_the_numbers_of_a_cause(make) -> None:
    night = make(1, broken=True)
    accepted = replace(night, defects=tuple(replace(each, known=True) for each in night.defects))
    (cause,) = drift_of([accepted], 30).causes
    assert (cause.violations, cause.failing_now) == ((0,), False)


def test_a_cause_has_the_title_of_the_newest_run(make) -> None:
    def titled(day: int, title: str) -> RunEntry:
        cause = CauseSeen("token-usage", title, "responses", "must", 1)
        return replace(make(day, broken=True), causes=(cause,))

    (cause,) = drift_of([titled(1, "old"), titled(2, "new")], 30).causes
    assert cause.title == "new"
    assert "██" in drift_text(drift_of([titled(1, "old"), titled(2, "new")], 30))


def test_new_causes_come_first(make) -> None:
    nights = [make(1, fields=("/a",)), make(2, fields=("/a",), broken=True)]
    nights = [
        replace(each, rules=(*each.rules, replace(each.rules[0], rule="SCHEMA-003"))) for each in nights
    ]
    assert [each.id for each in drift_of(nights, 30).causes] == ["token-usage", "undeclared-field"]
