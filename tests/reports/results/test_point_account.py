"""The state of each planned point: five states, each with its reason, that add up to the plan."""

from __future__ import annotations

from typing import Any

import pytest

from aoai_model.exchange import TransportFailure
from aoai_model.verdict import PointsShown
from aoai_reports.record.lines import ExchangeLine, NotSent, Planned
from aoai_reports.results.point_account import (
    CLOSED,
    KNOWN_QUIRK,
    OperationAccount,
    Outcome,
    account_of,
    reason_of,
    sent_count,
    totals,
    was_sent,
)

POINT = "n.minimum:at"
OTHER = "user.type:null"


def planned(build: Any, *points: str, left_out: tuple[NotSent, ...] = ()) -> Planned:
    return Planned(1, {build.chat: points}, {build.document: {build.chat: points}}, left_out)


def account(build: Any, *lines: ExchangeLine, **changes: Any) -> OperationAccount:
    """The account of a plan of two points."""
    points = changes.pop("points", (POINT, OTHER))
    left_out = changes.pop("left_out", ())
    record = build.record(*lines, planned=planned(build, *points, left_out=left_out), **changes)
    (found,) = account_of(record)
    return found


def carrying(build: Any, shown: PointsShown | None, *points: str, **changes: Any) -> ExchangeLine:
    line: ExchangeLine = build.exchange(points=build.points(*points or (POINT,)), shown=shown, **changes)
    return line


def base(build: Any, shown: PointsShown, **changes: Any) -> ExchangeLine:
    line: ExchangeLine = build.exchange("chat/base", origin="base", shown=shown, **changes)
    return line


def unsent(build: Any, kind: str, shown: PointsShown, *points: str) -> ExchangeLine:
    line: ExchangeLine = build.failed(
        "chat-2", kind, points=build.points(*points or (POINT,)), shown=shown, attempts=0
    )
    return line


@pytest.mark.parametrize(
    ("shown", "state"),
    [
        (PointsShown("correct"), "shown_correct"),
        (PointsShown("wrong"), "shown_wrong"),
        (PointsShown("not_shown", "quota"), "not_shown"),
        (PointsShown("not_applicable", "capability"), "not_applicable"),
    ],
)
def test_the_exchange_states_what_its_points_show(build: Any, shown: PointsShown, state: str) -> None:
    found = account(build, carrying(build, shown))
    assert found.outcomes[POINT].state == state
    assert found.outcomes[OTHER] == Outcome("not_sent", "not reached")


def test_a_point_that_is_not_shown_keeps_the_reason(build: Any) -> None:
    shown = PointsShown("not_shown", "content filter", "prompt", "400 content_filter")
    outcome = account(build, carrying(build, shown)).outcomes[POINT]
    assert outcome == Outcome("not_shown", "content filter", "prompt", "400 content_filter")
    assert reason_of(outcome) == "content filter: prompt: 400 content_filter"


def test_a_reason_omits_what_it_does_not_have() -> None:
    assert reason_of(Outcome("not_sent", "budget")) == "budget"
    assert reason_of(Outcome("not_shown", "quota", "", "429")) == "quota: 429"


def test_a_point_with_its_violation_is_wrong_whatever_the_exchange_shows(build: Any) -> None:
    line = carrying(build, PointsShown("correct"), POINT, OTHER, violations=(build.violation(point=OTHER),))
    found = account(build, line)
    assert (found.outcomes[POINT].state, found.outcomes[OTHER].state) == ("shown_correct", "shown_wrong")


STRENGTH = [
    PointsShown("not_shown", "quota"),
    PointsShown("not_applicable", "capability"),
    PointsShown("correct"),
    PointsShown("wrong"),
]


@pytest.mark.parametrize("place", range(3))
def test_the_exchange_that_shows_more_counts_whichever_came_first(build: Any, place: int) -> None:
    weaker, stronger = STRENGTH[place : place + 2]
    lines = [carrying(build, weaker), carrying(build, stronger)]
    states = {account(build, *order).outcomes[POINT].state for order in (lines, lines[::-1])}
    assert states == {account(build, carrying(build, stronger)).outcomes[POINT].state}


def test_of_two_exchanges_that_show_nothing_the_first_reason_counts(build: Any) -> None:
    lines = [carrying(build, PointsShown("not_shown", cause)) for cause in ("quota", "time-out")]
    assert account(build, *lines).outcomes[POINT].cause == "quota"


def test_a_request_that_was_not_sent_makes_its_points_not_sent(build: Any) -> None:
    line = unsent(build, "budget", PointsShown("not_shown", "budget"))
    assert account(build, line).outcomes[POINT] == Outcome("not_sent", "budget")


def test_a_request_without_a_response_makes_its_points_not_shown(build: Any) -> None:
    line = build.failed("slow", points=build.points(POINT), shown=PointsShown("not_shown", "time-out"))
    assert account(build, line).outcomes[POINT] == Outcome("not_shown", "time-out")


def test_the_reason_of_an_exchange_replaces_the_reason_that_nothing_was_sent(build: Any) -> None:
    line = unsent(build, "source", PointsShown("not_shown", "an earlier step failed"))
    assert account(build, line).outcomes[POINT].cause == "an earlier step failed"


@pytest.mark.parametrize(("interrupted", "cause"), [(False, "not reached"), (True, "interrupted")])
def test_points_without_a_request_state_the_reason(build: Any, interrupted: bool, cause: str) -> None:
    found = account(build, footer=build.footer(interrupted=interrupted))
    assert set(found.outcomes.values()) == {Outcome("not_sent", cause)}


def test_points_omitted_for_a_budget_are_not_sent_and_others_do_not_apply(build: Any) -> None:
    left_out = (
        NotSent(build.document, build.chat, "budget", (POINT,)),
        NotSent(build.document, build.chat, "capability", (OTHER,), "user", "400 no"),
    )
    found = account(build, left_out=left_out)
    assert found.outcomes[POINT] == Outcome("not_sent", "budget")
    assert found.outcomes[OTHER] == Outcome("not_applicable", "capability", "user", "400 no")


def test_an_omitted_point_that_is_not_planned_is_not_counted(build: Any) -> None:
    found = account(build, left_out=(NotSent(build.document, build.chat, "budget", ("ghost",)),))
    assert set(found.outcomes) == {POINT, OTHER}


def test_a_point_that_is_sent_but_not_planned_is_not_counted(build: Any) -> None:
    found = account(build, carrying(build, PointsShown("correct"), "ghost"))
    assert set(found.outcomes) == {POINT, OTHER}


def test_points_after_a_failed_minimal_request_state_why_it_failed(build: Any) -> None:
    minimal = base(build, PointsShown("not_shown", "quota", "", "429 insufficient_quota"))
    found = account(build, minimal, unsent(build, "closed", PointsShown("not_shown", CLOSED)))
    assert found.outcomes[POINT] == Outcome(
        "not_sent", "the minimal request failed: quota", "", "429 insufficient_quota"
    )
    assert found.outcomes[OTHER] == Outcome("not_sent", "not reached")


def test_points_after_a_minimal_request_that_does_not_apply_do_not_either(build: Any) -> None:
    minimal = base(build, PointsShown("not_applicable", KNOWN_QUIRK, "/info answers 404"))
    found = account(build, minimal, unsent(build, "closed", PointsShown("not_shown", CLOSED)))
    assert found.outcomes[POINT] == Outcome("not_applicable", KNOWN_QUIRK, "/info answers 404")


def test_a_minimal_request_that_succeeded_explains_nothing(build: Any) -> None:
    lines = base(build, PointsShown("correct")), unsent(build, "closed", PointsShown("not_shown", CLOSED))
    assert account(build, *lines).outcomes[POINT] == Outcome("not_sent", CLOSED)


def test_only_the_minimal_request_explains_what_is_closed(build: Any) -> None:
    other = carrying(build, PointsShown("not_shown", "quota"), OTHER)
    found = account(build, other, unsent(build, "closed", PointsShown("not_shown", CLOSED)))
    assert found.outcomes[POINT] == Outcome("not_sent", CLOSED)


def test_lines_of_earlier_versions_count_a_response_as_correct_and_a_failure_as_not_shown(build: Any) -> None:
    answered, failed = carrying(build, None), build.failed("slow", points=build.points(OTHER))
    found = account(build, answered, failed)
    assert found.outcomes[POINT] == Outcome("shown_correct")
    assert found.outcomes[OTHER] == Outcome("not_shown", "timeout", "", "no answer within 60 s")


def mixed(build: Any) -> OperationAccount:
    """One wrong, one correct, one cut by the budget, one that does not apply, two not shown."""
    points = ("a", "b", "c", "d", "e", "f")
    lines = [
        carrying(build, PointsShown("wrong"), "a"),
        carrying(build, PointsShown("correct"), "b"),
        carrying(build, PointsShown("not_shown", "quota"), "e", "f"),
    ]
    left_out = (
        NotSent(build.document, build.chat, "budget", ("c",)),
        NotSent(build.document, build.chat, "capability", ("d",), "user"),
    )
    return account(build, *lines, points=points, left_out=left_out)


def test_the_states_add_up_to_the_plan(build: Any) -> None:
    found = mixed(build)
    assert totals([found]) == {
        "shown_correct": 1, "shown_wrong": 1, "not_shown": 2, "not_sent": 1, "not_applicable": 1,
    }  # fmt: skip
    assert found.shown == 2


def test_totals_are_over_all_operations(build: Any) -> None:
    assert totals([mixed(build), mixed(build)])["not_shown"] == 4


def test_a_verdict_expects_neither_what_does_not_apply_nor_what_the_budget_cut(build: Any) -> None:
    assert mixed(build).expected(complete=False) == 4
    assert mixed(build).expected(complete=True) == 5


def test_what_is_undecided_is_counted_by_reason_most_frequent_first(build: Any) -> None:
    output = [(each.state, each.reason, each.count) for each in mixed(build).undecided()]
    assert output == [
        ("not_shown", "quota", 2),
        ("not_applicable", "capability: user", 1),
        ("not_sent", "budget", 1),
    ]


@pytest.mark.parametrize(
    ("kind", "attempts", "sent"),
    [
        ("timeout", 1, True),
        ("throttled", 3, True),
        ("timeout", 0, False),
        ("connect", 1, False),
        ("harness", 1, False),
        ("budget", 1, False),
        ("closed", 1, False),
        ("source", 1, False),
    ],
)
def test_a_request_counts_as_sent_if_it_may_have_reached_the_target(
    build: Any, kind: str, attempts: int, sent: bool
) -> None:
    line = build.exchange(response=None, failure=TransportFailure(kind, "why"), attempts=attempts)
    assert was_sent(line) is sent


def test_a_response_counts_as_sent_even_if_no_attempt_was_counted(build: Any) -> None:
    assert was_sent(build.exchange(attempts=0))


def test_points_count_as_sent_once_and_only_if_planned(build: Any) -> None:
    lines = [
        carrying(build, PointsShown("correct"), POINT, "ghost"),
        carrying(build, PointsShown("correct"), POINT),
        unsent(build, "closed", PointsShown("not_shown", CLOSED), OTHER),
    ]
    record = build.record(*lines, planned=planned(build, POINT, OTHER))
    assert sent_count(record, account_of(record)) == 1


def test_operations_of_several_documents_have_separate_accounts(build: Any) -> None:
    elder = "azure-openai@2024-06-01"
    plan = Planned(2, {}, {build.document: {build.chat: (POINT,)}, elder: {build.chat: (POINT,)}})
    record = build.record(carrying(build, PointsShown("correct"), document=elder), planned=plan)
    found = {each.document: each.outcomes[POINT].state for each in account_of(record)}
    assert found == {build.document: "not_sent", elder: "shown_correct"}


def test_a_plan_of_an_earlier_version_uses_the_document_of_the_exchanges(build: Any) -> None:
    record = build.record(
        carrying(build, PointsShown("correct"), document="elder"),
        planned=Planned(1, {build.chat: (POINT,), build.embeddings: ("x",)}),
    )
    found = {(each.document, each.operation): each.shown for each in account_of(record)}
    assert found == {("elder", build.chat): 1, (build.document, build.embeddings): 0}
