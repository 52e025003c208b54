"""What an exchange shows about its points, by its response and the rules about acceptance."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from by_case import INFERENCE, answered, case, error, failed, operation, point, unsupported

from aoai_conformance.exchange import Exchange
from aoai_conformance.judging.point_states import find_point_states
from aoai_model.exchange import FailureKind
from aoai_model.verdict import PointsShown, Verdict, Violation
from aoai_reports.results.point_account import BUDGET, CLOSED, KNOWN_QUIRK

PASS = Verdict("A-001", "pass")
VIOLATED = Verdict("A-002", "violation", (Violation("", "No.", None, None),))
UNSURE = Verdict("A-003", "inconclusive", note="The rejection names another field, top_p.")
SILENT = Verdict("A-004", "not_applicable")
FILTERED = error("Filtered.", "content_filter", param="prompt")
HOT = point("temperature.maximum:at", 2)


def shown(exchange: Exchange, *deciding: Verdict, name: str = "azure-openai@2024-10-21") -> PointsShown:
    return find_point_states(exchange, operation(exchange.case.kind, name), deciding)


def accepted(expect: Any = "accept", **more: Any) -> Exchange:
    return answered(case(HOT, expect=expect), **more)


def test_an_accepted_point_is_right_if_no_rule_reports_a_violation() -> None:
    assert shown(accepted(), SILENT, PASS) == PointsShown("correct")
    assert shown(accepted()) == PointsShown("correct")


def test_a_violation_makes_a_point_wrong_whatever_the_other_verdicts() -> None:
    assert shown(accepted(), PASS, UNSURE, VIOLATED) == PointsShown("wrong")
    refused = answered(case(HOT), 400, FILTERED)
    assert shown(refused, VIOLATED) == PointsShown("wrong")


def test_a_rule_that_cannot_decide_shows_nothing() -> None:
    refused = answered(case(HOT), 400, error("no", None, param="top_p"))
    assert shown(refused, PASS, UNSURE) == PointsShown("not_shown", "inconclusive", "", UNSURE.note)


def test_a_rejection_with_another_cause_shows_nothing_in_the_servers_words() -> None:
    refused = answered(case(HOT), 400, FILTERED)
    for deciding in ((), (PASS,), (UNSURE,)):
        assert shown(refused, *deciding) == PointsShown(
            "not_shown", "content filter", "prompt", "400 content_filter Filtered."
        )


def test_what_the_deployment_cannot_do_does_not_apply() -> None:
    refused = answered(case(HOT), 400, unsupported("temperature"))
    assert shown(refused, UNSURE) == PointsShown(
        "not_applicable",
        "capability",
        "temperature",
        "400 unsupported_value 'temperature' is not supported with this model.",
    )


def test_several_fields_of_a_rejection_are_listed() -> None:
    words = "logprobs, best_of and echo parameters are not available on this."
    refused = answered(case(kind="completions"), 400, error(words, None))
    assert shown(refused).subject == "logprobs, best_of, echo"


def test_an_expected_rejection_is_right_if_a_rule_passes() -> None:
    refused = answered(case(HOT, expect="reject"), 401, error("no", "401"))
    assert shown(refused, PASS) == PointsShown("correct")
    assert shown(refused, SILENT) == PointsShown("not_shown", "access", "", "401 no")
    assert shown(refused, PASS, UNSURE).cause == "access"


def test_a_rejection_of_the_content_is_right_if_a_rule_passes() -> None:
    refused = answered(case(HOT, expect="reject"), 400, error("Too hot."))
    assert shown(refused, PASS) == PointsShown("correct")
    assert shown(refused, SILENT) == PointsShown("not_shown", "status 400", "", refused.response.text)  # type: ignore[union-attr]


def test_a_rejection_is_never_right_for_a_request_that_should_be_accepted() -> None:
    assert shown(answered(case(HOT), 400, error("Too hot.")), PASS).cause == "status 400"


@pytest.mark.parametrize(("status", "state"), [(199, "not_shown"), (200, "correct"), (299, "correct")])
def test_only_a_2xx_accepts(status: int, state: str) -> None:
    assert shown(accepted(status=status), PASS).state == state


def test_a_redirection_neither_accepts_nor_rejects() -> None:
    assert shown(accepted(status=300)).cause == "status 300"


def test_a_truncated_response_shows_nothing() -> None:
    assert shown(accepted(complete=False), PASS) == PointsShown("not_shown", "the response is incomplete")


def test_a_stream_with_an_error_shows_nothing_in_the_servers_words() -> None:
    content = '{"error": {"code": "429", "message": "Too many."}}'
    asked = case(HOT, stream=True)
    found = shown(answered(asked, 200, f"data: {content}\n\n".encode()), PASS)
    assert found == PointsShown("not_shown", "error inside the stream", "", "429 Too many.")


def test_a_complete_stream_shows_its_points() -> None:
    chunk = b'data: {"id": "a", "object": "chat.completion.chunk", "choices": []}\n\ndata: [DONE]\n\n'
    assert shown(answered(case(HOT, stream=True), 200, chunk), PASS) == PointsShown("correct")


@pytest.mark.parametrize(
    ("kind", "cause"),
    [("timeout", "time-out"), ("connect", "no connection"), ("budget", BUDGET), ("closed", CLOSED)],
)
def test_a_request_without_a_response_shows_nothing_and_says_why(kind: FailureKind, cause: str) -> None:
    found = shown(failed(case(HOT), kind, "No answer."), PASS)
    assert found == PointsShown("not_shown", cause, "", "No answer.")


def test_every_failure_has_a_name() -> None:
    causes = {shown(failed(case(HOT), kind)).cause for kind in get_args(FailureKind)}
    assert len(causes) == len(get_args(FailureKind))


def test_the_servers_words_are_cut() -> None:
    assert len(shown(failed(case(HOT), "timeout", "x" * 1_000)).message) == 400


def info(status: int, origin: str = "base") -> PointsShown:
    asked = case(kind="info", name=INFERENCE, origin=origin)
    return shown(answered(asked, status, error("Resource not found", "404")), name=INFERENCE)


def test_an_operation_that_this_kind_of_endpoint_does_not_serve_does_not_apply() -> None:
    found = info(404)
    assert (found.state, found.cause) == ("not_applicable", KNOWN_QUIRK)
    assert "Foundry" in found.subject


def test_a_quirk_excuses_only_the_minimal_request_and_only_by_its_status() -> None:
    assert info(404, origin="point").cause == "not found"
    assert info(401).cause == "access"
