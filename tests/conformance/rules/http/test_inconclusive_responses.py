"""A rejection or acceptance that proves nothing about the contract gives no verdict."""

from __future__ import annotations

from typing import Any

import pytest
from by_hand import Raw, chat_answer, error, exchange, operation
from examples_refusals import AT, HOT, SOURCE

from aoai_conformance.exchange import Exchange
from aoai_conformance.judging.judge import judge
from aoai_conformance.rule import rule_named
from aoai_model.verdict import Verdict


def verdict(rule: str, made: Exchange) -> Verdict:
    (only,) = judge(made, operation(made.case.kind), [rule_named(rule)])
    return only


def asked(status: int, answer: Any = None, point: str = AT, **more: Any) -> Exchange:
    given = error() if answer is None else answer
    return exchange("chat", given, status=status, points=[point], expect="accept", **more)


@pytest.mark.parametrize("status", [401, 403, 404, 408, 409, 429, 502, 503, 504])
def test_a_status_about_something_else_is_inconclusive(status: int) -> None:
    rejected = exchange("chat", error(), status=status, points=[HOT])
    assert verdict("BOUNDARY-001", rejected).outcome == "inconclusive"
    assert verdict("BOUNDARY-003", asked(status)).outcome == "inconclusive"


@pytest.mark.parametrize(
    "content",
    [
        error(
            "OperationNotSupported",
            "The chatCompletion operation does not work with the specified model, tts.",
        ),
        error("unsupported_value", "Unsupported value: 'temperature' does not support 2 with this model."),
        error("unsupported_parameter"),
        error("BadRequest", "logprobs is not supported by this model."),
        error("BadRequest", "The model 'x' does not support image inputs."),
        error(None, "This model's maximum context length is 16385 tokens.", type="invalid_request_error"),
        error("content_filter"),
        error("BadRequest", innererror={"code": "ResponsibleAIPolicyViolation"}),
    ],
)
def test_an_error_about_the_model_is_inconclusive(content: dict[str, Any]) -> None:
    assert verdict("BOUNDARY-003", asked(400, content)).outcome == "inconclusive"


def test_a_limit_of_an_older_embedding_model_is_inconclusive() -> None:
    content = error(None, "Too many inputs. The max number of inputs is 16.", type="invalid_request_error")
    many = exchange("embeddings", content, status=400, points=["input.maxItems:at"], expect="accept")
    assert verdict("BOUNDARY-003", many).outcome == "inconclusive"


@pytest.mark.parametrize(
    "content",
    [
        error("BadRequest", "temperature must be below 2."),
        error("invalid_value", "The value is not supported."),
        error(None, "Too many inputs. The max number of inputs is 2047.", type="invalid_request_error"),
        {"detail": "no"},
    ],
)
def test_an_error_about_the_request_is_a_rejection(content: dict[str, Any]) -> None:
    assert verdict("BOUNDARY-003", asked(400, content)).outcome == "violation"


@pytest.mark.parametrize("status", [400, 405, 413, 415, 422])
def test_these_statuses_reject_the_content(status: int) -> None:
    assert verdict("BOUNDARY-003", asked(status)).outcome == "violation"
    assert verdict("BOUNDARY-001", exchange("chat", error(), status=status, points=[HOT])).outcome == "pass"


def test_a_filter_does_not_prove_that_a_limit_is_enforced() -> None:
    made = exchange("chat", error("content_filter"), status=400, points=[HOT])
    assert verdict("BOUNDARY-001", made).outcome == "inconclusive"


def test_a_rejected_packed_case_waits_to_be_split() -> None:
    both = [AT, "top_p.maximum:at"]
    packed = exchange("chat", error(), status=400, points=both, expect="accept", origin="packed")
    assert verdict("BOUNDARY-003", packed).outcome == "inconclusive"
    failed = exchange("chat", error(), status=500, points=both, expect="accept", origin="packed")
    assert verdict("BOUNDARY-004", failed).outcome == "inconclusive"
    single = exchange("chat", error(), status=400, points=[AT], expect="accept", origin="packed")
    assert verdict("BOUNDARY-003", single).violations[0].point == AT


def test_a_data_source_cannot_be_required() -> None:
    refused = asked(400, point="data_sources[].parameters.endpoint.type:string")
    assert verdict("BOUNDARY-003", refused).outcome == "inconclusive"
    failed = asked(500, point="data_sources[].parameters.endpoint.type:string")
    assert verdict("BOUNDARY-004", failed).outcome == "inconclusive"


def test_a_case_that_expects_nothing_is_not_judged_by_its_status() -> None:
    made = exchange("chat", error(), status=400, points=[AT], expect="any")
    outcomes = {verdict(f"BOUNDARY-00{number}", made).outcome for number in range(1, 6)}
    assert outcomes == {"not_applicable"}


def unsettled(status: int, point: str = SOURCE, **more: Any) -> Exchange:
    given = chat_answer() if status == 200 else error()
    return exchange("chat", given, status=status, points=[point], expect="any", **more)


@pytest.mark.parametrize("status", [200, 400, 404, 409, 422, 501])
def test_an_open_point_may_be_accepted_or_rejected(status: int) -> None:
    assert verdict("BOUNDARY-006", unsettled(status)).outcome == "pass"


def test_a_throttled_attempt_is_judged_only_by_the_throttling_rules() -> None:
    assert verdict("BOUNDARY-006", unsettled(429)).outcome == "not_applicable"
    assert verdict("HTTP-008", unsettled(429)).outcome == "violation"


@pytest.mark.parametrize("status", [408, 502, 503, 504])
def test_a_transient_status_is_inconclusive_for_an_open_point(status: int) -> None:
    assert verdict("BOUNDARY-006", unsettled(status)).outcome == "inconclusive"


@pytest.mark.parametrize("status", [500, 505])
def test_a_server_should_not_fail_at_an_open_point(status: int) -> None:
    (violation,) = verdict("BOUNDARY-006", unsettled(status)).violations
    assert (violation.level, violation.reason) == ("should", "5xx")


def test_points_that_need_resources_are_one_entry_and_open_points_are_separate() -> None:
    of_sources = verdict("BOUNDARY-006", unsettled(500)).violations[0]
    of_itself = verdict("BOUNDARY-006", unsettled(500, "language:not-iso-639-1", level="may")).violations[0]
    assert (of_sources.point, of_itself.point) == (None, "language:not-iso-639-1")
    assert of_itself.level == "should"


def test_a_failure_in_recorded_traffic_is_only_noted() -> None:
    (violation,) = verdict("BOUNDARY-006", unsettled(500, origin="recorded")).violations
    assert violation.level == "may"


@pytest.mark.parametrize("expect", ["accept", "reject"])
def test_a_decided_point_is_judged_by_its_expectation(expect: str) -> None:
    made = exchange("chat", error(), status=500, points=[AT], expect=expect)  # type: ignore[arg-type]
    assert verdict("BOUNDARY-006", made).outcome == "not_applicable"


def test_protocol_requests_are_not_boundaries() -> None:
    made = exchange("chat", error(), status=200, points=["path:unknown"], origin="protocol")
    assert verdict("BOUNDARY-001", made).outcome == "not_applicable"


def test_a_rejected_key_is_inconclusive_about_the_deployment() -> None:
    made = exchange("chat", error(), status=401, points=["deployment:unknown"], origin="protocol")
    assert verdict("DEPLOYMENT-001", made).outcome == "inconclusive"


def test_a_busy_server_is_inconclusive_about_credentials() -> None:
    made = exchange("chat", error(), status=429, points=["authentication:none"], origin="protocol")
    assert verdict("AUTH-001", made).outcome == "inconclusive"


def test_a_weak_point_makes_a_weak_violation() -> None:
    made = exchange("chat", chat_answer(), points=["body:empty"], origin="protocol", level="should")
    assert [each.level for each in verdict("BODY-003", made).violations] == ["should"]


def test_each_point_is_a_separate_violation() -> None:
    points = [
        verdict("BOUNDARY-001", exchange("chat", chat_answer(), points=[each]))
        for each in (HOT, "n.type:string")
    ]
    assert [each.violations[0].point for each in points] == [HOT, "n.type:string"]


def test_a_success_for_a_bad_request_violates_only_the_boundary() -> None:
    made = exchange(
        "embeddings", {"data": [], "object": "x"}, points=["dimensions.minimum:below"], sent={"dimensions": 0}
    )
    reported = {
        each.rule_id
        for each in judge(
            made, operation("embeddings"), [rule_named(f"EMBEDDINGS-0{n:02}") for n in range(1, 17)]
        )
        if each.outcome == "violation"
    }
    assert reported <= {"EMBEDDINGS-004"}


def test_a_gateway_in_between_is_not_the_server() -> None:
    made = exchange("chat", Raw(b"<html>502</html>", "text/html"), status=502, expect="any")
    assert verdict("ERROR-001", made).outcome == "inconclusive"
