"""When a run has enough evidence to call its target conformant, and what it reports if not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from aoai_model.verdict import PointsShown
from aoai_reports.record.lines import ExchangeLine
from aoai_reports.results.point_account import KNOWN_QUIRK, OperationAccount, Outcome
from aoai_reports.results.sufficiency import Demands, Sufficiency, sufficiency_of

NEVER = Outcome("not_sent", "not reached")


def points(**counts: int) -> dict[str, Outcome]:
    """So many points in each state."""
    states: Mapping[str, Outcome] = {
        "correct": Outcome("shown_correct"),
        "wrong": Outcome("shown_wrong"),
        "silent": Outcome("not_shown", "quota", "", "429 used up"),
        "unsent": NEVER,
        "cut": Outcome("not_sent", "budget"),
        "billed": Outcome("not_sent", "needs --allow-billed"),
        "unsendable": Outcome("not_sent", "cannot be sent"),
        "foreign": Outcome("not_applicable", "capability", "logprobs"),
    }
    return {f"{name}-{n}": states[name] for name, count in counts.items() for n in range(count)}


def judged(
    build: Any,
    outcomes: Mapping[str, Outcome],
    *lines: ExchangeLine,
    demands: Demands | None = None,
    **more: Any,
) -> Sufficiency:
    record = build.record(*lines, **more)
    account = OperationAccount(build.document, build.chat, outcomes)
    return sufficiency_of(record, [account], demands or Demands())


def good(build: Any, **changes: Any) -> ExchangeLine:
    line: ExchangeLine = build.exchange(**{"shown": PointsShown("correct")} | changes)
    return line


def rejected(build: Any, message: str = "400 no", **changes: Any) -> ExchangeLine:
    line: ExchangeLine = build.exchange(
        **{"shown": PointsShown("not_shown", "quota", "", message), "response": response(build, 400)}
        | changes
    )
    return line


def response(build: Any, status: int) -> Any:
    return replace(build.exchange().response, status=status)


def test_a_run_that_showed_every_point_leaves_no_doubt(build: Any) -> None:
    assert judged(build, points(correct=10), good(build)) == Sufficiency()


def test_a_point_that_is_wrong_is_shown_too(build: Any) -> None:
    assert judged(build, points(correct=1, wrong=9), good(build)).doubts == ()


def test_nine_of_ten_points_are_enough(build: Any) -> None:
    assert judged(build, points(correct=9, silent=1), good(build)).doubts == ()


def test_less_than_nine_of_ten_is_too_little_with_a_reason(build: Any) -> None:
    found = judged(build, points(correct=8, silent=2, unsent=1), good(build))
    (doubt,) = found.doubts
    assert doubt.startswith(f"{build.chat}: only 8 of 11 points were shown (")
    assert doubt.endswith("(2 not shown: quota: 429 used up; 1 not sent: not reached).")


def test_one_sentence_quotes_two_reasons_at_most(build: Any) -> None:
    outcomes = points(correct=1, silent=3, unsent=2) | {"x": Outcome("not_shown", "gateway")}
    (doubt,) = judged(build, outcomes, good(build)).doubts
    assert doubt.count(";") == 1
    assert "gateway" not in doubt


@pytest.mark.parametrize(("share", "enough"), [(50.0, True), (80.0, True), (80.1, False), (100.0, False)])
def test_the_user_sets_the_required_share(build: Any, share: float, enough: bool) -> None:
    found = judged(build, points(correct=8, silent=2), good(build), demands=Demands(share))
    assert (found.doubts == ()) is enough


def test_points_that_do_not_apply_are_not_expected(build: Any) -> None:
    assert judged(build, points(correct=9, foreign=90), good(build)) == Sufficiency()


def test_points_cut_by_a_budget_are_not_expected_but_mentioned(build: Any) -> None:
    found = judged(build, points(correct=9, cut=1_500), good(build))
    assert found == Sufficiency((), ("The budget cut 1,500 of 1,509 planned points.",))


def test_points_that_need_permission_are_not_expected_but_mentioned_once(build: Any) -> None:
    found = judged(build, points(correct=9, billed=3), good(build))
    assert found.doubts == ()
    (remark,) = found.remarks
    assert remark.startswith("3 of 12 planned points were not sent because they may cost more")
    assert f"--allow-billed sends them ({build.chat})" in remark


def test_an_operation_that_needs_permission_is_no_doubt(build: Any) -> None:
    record = build.record(good(build))
    accounts = [
        OperationAccount(build.document, build.chat, points(correct=9)),
        OperationAccount(build.document, "CreateBatch", points(billed=3, unsendable=1)),
    ]
    assert sufficiency_of(record, accounts, Demands()).doubts == ()
    assert len(sufficiency_of(record, accounts, Demands(require_complete=True)).doubts) == 2


def test_a_run_of_nothing_but_points_that_need_permission_shows_nothing(build: Any) -> None:
    (doubt,) = judged(build, points(billed=3)).doubts
    assert "--allow-billed" in doubt


def test_if_completeness_is_required_points_cut_by_a_budget_are_a_doubt(build: Any) -> None:
    demands = Demands(require_complete=True)
    found = judged(build, points(correct=9, cut=3), good(build), demands=demands)
    assert found.remarks == ()
    assert found.doubts[0] == "The budget cut 3 of 12 planned points."
    assert "only 9 of 12 points were shown (3 not sent: budget)" in found.doubts[1]


def test_a_budget_that_left_nothing_is_a_doubt(build: Any) -> None:
    found = judged(build, points(cut=3))
    assert found == Sufficiency(("The budget cut 3 of 3 planned points.",))


def test_an_operation_without_points_whose_requests_were_never_sent_is_a_doubt_only_if_points_miss(
    build: Any,
) -> None:
    assert judged(build, points(unsent=1)).doubts != ()
    assert judged(build, {}).doubts == ()


def test_requests_omitted_for_a_budget_do_not_count_as_tried(build: Any) -> None:
    line = build.failed("cut", "budget", attempts=0, shown=PointsShown("not_shown", "budget"))
    assert judged(build, points(cut=1), line).doubts == ("The budget cut 1 of 1 planned points.",)


def test_an_operation_without_a_successful_valid_request_is_a_doubt(build: Any) -> None:
    refusal = build.exchange(expect="reject", shown=PointsShown("correct"), response=response(build, 400))
    found = judged(build, points(correct=10), refusal, rejected(build, "429 used up."))
    assert found.doubts == (f"{build.chat}: no valid request succeeded – 429 used up.",)


def test_an_operation_that_only_flows_of_others_try_with_an_unknown_resource_need_not_succeed(
    build: Any,
) -> None:
    unknown = build.exchange(expect="reject", origin="scenario", response=response(build, 404))
    assert judged(build, {}, unknown).doubts == ()
    assert judged(build, {}, unknown, rejected(build)).doubts != ()
    assert judged(build, {}, unknown, rejected(build, origin="scenario")).doubts != ()


def test_an_operation_without_points_must_succeed_too(build: Any) -> None:
    assert judged(build, {}, good(build)).doubts == ()
    assert judged(build, {}, rejected(build)).doubts != ()


def test_one_valid_request_that_succeeded_is_enough(build: Any) -> None:
    assert judged(build, points(correct=10), rejected(build), good(build)).doubts == ()


@pytest.mark.parametrize(("state", "enough"), [("correct", True), ("wrong", True), ("not_shown", False)])
def test_a_response_that_shows_nothing_is_not_a_success(build: Any, state: Any, enough: bool) -> None:
    found = judged(build, points(correct=10), good(build, shown=PointsShown(state)))
    assert (found.doubts == ()) is enough


def test_a_response_in_a_record_of_an_earlier_version_is_a_success(build: Any) -> None:
    assert judged(build, points(correct=10), good(build, shown=None)).doubts == ()


@pytest.mark.parametrize(("status", "enough"), [(199, False), (200, True), (299, True), (300, False)])
def test_only_a_2xx_is_a_success(build: Any, status: int, enough: bool) -> None:
    found = judged(build, points(correct=10), good(build, response=response(build, status)))
    assert (found.doubts == ()) is enough


def test_a_request_without_a_response_did_not_succeed(build: Any) -> None:
    found = judged(build, points(correct=10), build.failed("slow"))
    assert found.doubts == (f"{build.chat}: no valid request succeeded – no answer within 60 s.",)


def test_if_nothing_is_promised_an_open_request_must_succeed(build: Any) -> None:
    open_, protocol = good(build, expect="any"), good(build, expect="any", origin="protocol")
    assert judged(build, points(correct=10), open_).doubts == ()
    assert judged(build, points(correct=10), protocol).doubts != ()


def test_if_something_is_promised_an_open_request_does_not_count(build: Any) -> None:
    assert judged(build, points(correct=10), good(build, expect="any"), rejected(build)).doubts != ()


def streamed(build: Any, shown: PointsShown, **changes: Any) -> ExchangeLine:
    line: ExchangeLine = build.streamed("stream", ("{}",), shown=shown, **changes)
    return line


def test_streams_without_a_success_are_a_doubt(build: Any) -> None:
    broken = PointsShown("not_shown", "error inside the stream", "", "boom")
    found = judged(build, points(correct=10), good(build), streamed(build, broken))
    assert found.doubts == (f"{build.chat}: no streamed request succeeded – boom.",)


def test_a_doubt_quotes_the_server_and_not_a_packed_request_that_was_split(build: Any) -> None:
    packed = PointsShown("not_shown", "inconclusive", "", "The case carries several points.")
    several = build.points("n.minimum:at", "stream.type:true", expect="accept")
    answer = replace(
        response(build, 400), body=b'{"error": {"code": "BadRequest", "message": "No streams."}}'
    )
    found = judged(
        build,
        points(correct=10),
        good(build),
        streamed(build, packed, response=response(build, 400), points=several),
        streamed(build, PointsShown("wrong"), response=answer),
    )
    assert found.doubts == (f"{build.chat}: no streamed request succeeded – 400 BadRequest No streams.",)


def test_one_stream_that_succeeded_is_enough(build: Any) -> None:
    broken, whole = PointsShown("not_shown", "error inside the stream"), PointsShown("correct")
    found = judged(build, points(correct=10), good(build), streamed(build, broken), streamed(build, whole))
    assert found.doubts == ()


def test_streams_that_the_deployment_does_not_support_are_not_required(build: Any) -> None:
    foreign = PointsShown("not_applicable", "capability", "stream")
    refused = streamed(build, foreign, response=response(build, 400))
    assert judged(build, points(correct=10), good(build), refused).doubts == ()


def test_an_operation_that_a_known_quirk_excuses_is_mentioned_and_not_counted(build: Any) -> None:
    shown = PointsShown("not_applicable", KNOWN_QUIRK, "/info answers 404")
    minimal = rejected(build, origin="base", shown=shown)
    found = judged(build, points(unsent=4), minimal)
    assert found.doubts == ()
    assert found.remarks == (
        f"{build.chat} is not available at this kind of endpoint and was ignored: /info answers 404",
    )


def test_a_minimal_request_that_fails_for_another_cause_excuses_nothing(build: Any) -> None:
    found = judged(build, points(unsent=4), rejected(build, origin="base"))
    assert found == Sufficiency((f"{build.chat}: no valid request succeeded – 400 no.",))


def test_only_the_minimal_request_excuses_an_operation(build: Any) -> None:
    shown = PointsShown("not_applicable", KNOWN_QUIRK, "/info answers 404")
    assert judged(build, points(unsent=4), rejected(build, shown=shown)).doubts != ()


def test_excluded_operations_are_mentioned(build: Any) -> None:
    found = judged(build, points(correct=1), good(build), excluded=("Images",))
    assert found.remarks == ("Images was excluded.",)


def test_capabilities_lost_since_the_previous_run_are_mentioned(build: Any) -> None:
    lost = [{"deployment": "gpt", "capability": "temperature", "message": "400 no"}, "junk"]
    found = judged(build, points(correct=1), good(build), capabilities={"lost": lost})
    assert found.remarks == ("gpt no longer supports temperature, unlike in the previous run: 400 no",)


def test_operations_are_named_with_their_document_if_there_are_several(build: Any) -> None:
    accounts = [
        OperationAccount(document, build.chat, points(unsent=1)) for document in (build.document, "elder")
    ]
    found = sufficiency_of(build.record(), accounts, Demands())
    assert [doubt.partition(":")[0] for doubt in found.doubts] == [
        f"{build.chat} ({build.document})",
        f"{build.chat} (elder)",
    ]


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        ({}, Demands(90.0, False)),
        ({"min_shown": 75}, Demands(75.0, False)),
        ({"min_shown": 12.5, "require_complete": True}, Demands(12.5, True)),
        ({"min_shown": True, "require_complete": "yes"}, Demands(90.0, False)),
        ({"min_shown": "50"}, Demands(90.0, False)),
    ],
)
def test_a_record_states_what_was_required(build: Any, options: dict[str, Any], wanted: Demands) -> None:
    assert Demands.of(build.record(options=options)) == wanted
