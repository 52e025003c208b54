"""Responses that are expensive to judge are judged, and the reports on them are bounded."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from itertools import count

import hostile_answers
import pytest
from chat_by_hand import body, choice, plain, reported, verdict_of, verdicts

from aoai_conformance.judging import judge as judging
from aoai_conformance.judging.judged import JudgedExchange
from aoai_conformance.judging.precedence import MOST_BROKEN, Broken, Foundations, condense
from aoai_conformance.recording.record_lines import exchange_line


@pytest.mark.parametrize(
    "kind",
    [
        pytest.param(kind, marks=pytest.mark.whole_selftest if place % 2 == 0 else ())
        for place, kind in enumerate(hostile_answers.KINDS)
    ],
)
def test_a_hostile_response_is_judged_with_few_violations(
    kind: str, end_after: Callable[[int], AbstractContextManager[None]]
) -> None:
    with end_after(120):
        judged = verdicts(hostile_answers.KINDS[kind]())
    assert [each.note for each in judged if each.note.startswith(("The probe raised", "Not judged: "))] == []
    assert max(len(each.violations) for each in judged) <= judging.MOST_LISTED


def test_violations_beyond_those_listed_are_counted() -> None:
    verdict = verdict_of("SCHEMA-001", plain(body(*[{} for _ in range(100)])))
    assert len(verdict.violations) == judging.MOST_LISTED
    assert verdict.further == 300 - judging.MOST_LISTED


def test_each_kind_of_defect_is_listed_before_a_second_one_of_any() -> None:
    broken = [{"finish_reason": "stop"}] * 50 + [{**choice(), "message": "no"}]
    verdict = verdict_of("SCHEMA-001", plain(body(*broken)))
    assert verdict.further
    assert any(each.reason == "type" for each in verdict.violations)


def test_a_record_has_the_number_of_further_violations() -> None:
    exchange = plain(body(*[{} for _ in range(100)]))
    line, _ = exchange_line(JudgedExchange(exchange, (verdict_of("SCHEMA-001", exchange),)))
    assert line.to_json()["further"] == {"SCHEMA-001": 280}
    assert (
        "further"
        not in exchange_line(JudgedExchange(plain(), (verdict_of("SCHEMA-001", plain()),)))[0].to_json()
    )


def test_a_probe_is_stopped_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judging, "MOST_LOOKED_AT", 30)
    verdict = verdict_of("SCHEMA-001", plain(body(*[{} for _ in range(100)])))
    assert verdict.outcome == "violation"
    assert len(verdict.violations) + verdict.further == 30
    assert verdict.note == "Stopped after 30 violations."


def _tick(monkeypatch: pytest.MonkeyPatch, *clocks: str) -> None:
    for name in clocks:
        ticks = count(0, 30)
        monkeypatch.setattr(judging, name, lambda ticks=ticks: float(next(ticks)))


def test_what_is_not_judged_within_a_bound_of_processor_time_is_inconclusive(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _tick(monkeypatch, "monotonic", "thread_time")
    judged = verdicts(plain())
    assert {each.outcome for each in judged[-20:]} <= {"inconclusive", "not_applicable"}
    assert any("took more than 120 s of processor time" in each.note for each in judged)


def test_elapsed_time_changes_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = verdicts(plain())
    _tick(monkeypatch, "monotonic")
    assert verdicts(plain()) == expected


def test_only_so_many_errors_of_one_body_are_explained() -> None:
    verdict = verdict_of("SCHEMA-001", plain(body(*[{} for _ in range(1000)])))
    assert 1000 <= len(verdict.violations) + verdict.further < 1003  # three in each choice
    assert "only the first 1,000 errors" in verdict.note.casefold()


def test_a_verdict_that_depends_on_a_broken_place_waits_among_very_many() -> None:
    few_broken, many_broken = (plain(body(*[{} for _ in range(count)])) for count in (2, 2000))
    assert reported(few_broken).keys() == reported(many_broken).keys()


def test_very_many_broken_places_are_reported_by_kind() -> None:
    def broken(pointer: str) -> Broken:
        return Broken("SCHEMA-001", 1, pointer, streamed=False, strength=0)

    listed = condense(broken(f"/choices/{at}/index") for at in range(MOST_BROKEN + 1))
    assert [each.pointer for each in listed] == ["/choices/*/index"]
    assert [each.pointer for each in condense(broken(f"/key-{at}") for at in range(MOST_BROKEN + 1))] == [""]
    assert len(condense(broken(f"/choices/{at}") for at in range(MOST_BROKEN))) == MOST_BROKEN
    assert list(Foundations(listed).at(1, "/choices/999999/index", 7)) == list(listed)
    assert list(Foundations(listed).at(1, "/choices/0/message", 7)) == []
