"""Verdicts about half-working servers: no pass without evidence, no false violation."""

from __future__ import annotations

import json

import pytest
from half_working_rows import ROWS, VARIANTS
from half_working_runs import (
    CHAT,
    DEPLOYMENTS,
    EMBEDDINGS,
    STATES,
    UNSHOWN,
    Outcome,
    Outcomes,
    contractual_exit,
    is_stream,
)
from half_working_servers import STREAM_ERROR_MESSAGE, Throttled

from aoai_reports.record.lines import ExchangeLine
from aoai_reports.results.summary import exit_code, summarize

VERDICTS = {0: "conformant", 1: "nonconformant", 3: "inconclusive"}
LONGEST_REASON = 400
#: The server that the gate tries for both of its limits; `tox -e selftest` tries each alone.
BOTH_LIMITS = "a reasoning model without data sources"
#: The gate tries each defect; `tox -e selftest` tries its variants.
EVERY_ROW = [*ROWS, *(pytest.param(each, marks=pytest.mark.whole_selftest) for each in VARIANTS)]


@pytest.mark.parametrize("name", EVERY_ROW, scope="module")
def test_a_half_working_server_is_judged_by_its_evidence(name: str, outcomes: Outcomes) -> None:
    row, outcome = (ROWS | VARIANTS)[name], outcomes(name).outcome
    if row.exit is not None:
        assert outcome.code == row.exit, outcome.printed
    for words in row.quotes:
        assert words in outcome.doubts
    if outcome.folder is None:
        assert row.exit == 3  # only a target that cannot be tested leaves nothing behind
        return
    assert outcome.code == contractual_exit(outcome), outcome.printed
    for words in row.reasons:
        assert words in outcome.reasons
    if row.fails is not None:
        assert_one_failed_operation(outcome, row.fails)
    elif outcome.code != 1:
        assert [each["rule"] for each in outcome.violations("must", "should")] == list(row.warns)
    assert_capabilities(outcome, row.unsupported)


@pytest.mark.parametrize("name", EVERY_ROW, scope="module")
def test_the_figures_of_a_summary_are_consistent(name: str, outcomes: Outcomes) -> None:
    outcome = outcomes(name).outcome
    if outcome.folder is None:
        return
    summary, points = outcome.summary, outcome.points
    assert summary["verdict"] == VERDICTS[outcome.code]
    assert exit_code(summarize(outcome.record)) == outcome.code
    if outcome.code != 1:
        assert bool(summary["doubts"]) == (outcome.code == 3)
    assert points["planned"] == sum(map(outcome.planned, outcome.operations))
    assert points["planned"] == sum(points[state] for state in STATES)
    assert points["sent"] <= points["planned"] - points["not_sent"]
    for state in UNSHOWN:
        assert outcome.count(state) == points[state]
    for each in outcome.unshown:
        assert each["count"] > 0
        assert each["document"] in summary["documents"]
        assert each["operation"] in outcome.operations
        assert 0 < len(each["reason"]) <= LONGEST_REASON
    untested = summary["coverage"]["rules"]["untested"]
    why = summary["coverage"]["rules"]["untested_why"]
    assert set(why) == {"not_in_document", "operation_not_configured", "nothing_to_check", "missing_extra"}
    assert sorted(id_ for ids in why.values() for id_ in ids) == sorted(untested)


def assert_one_failed_operation(outcome: Outcome, operation: str) -> None:
    """Check one entry for the minimal request, no other entry of the operation, and all other operations."""
    (entry,) = outcome.violations("must", "should")
    assert (entry["rule"], entry["level"], entry["operation"]) == ("OPERATION-001", "must", operation)
    line = next(line for line in outcome.record.exchanges if line.case == entry["case"])
    assert line.origin == "base"
    assert line.response is not None
    content = json.dumps(entry, ensure_ascii=False)
    assert str(line.response.status) in content
    assert words_of(line.response.body) in content
    lost = outcome.count("not_shown", operation) + outcome.count("not_sent", operation)
    assert lost == outcome.planned(operation)
    others = [each for each in outcome.unshown if each["operation"] != operation]
    assert others == []


def words_of(body: bytes) -> str:
    """The message of an error, or the title of an error page."""
    try:
        return str(json.loads(body)["error"]["message"])
    except ValueError:
        return body.decode().partition("<title>")[2].partition("</title>")[0]


def assert_capabilities(outcome: Outcome, unsupported: tuple[str, ...]) -> None:
    """The fields that the deployment does not support are listed under its name, and no others."""
    if unsupported:
        assert DEPLOYMENTS["chat"] in json.dumps(outcome.summary["capabilities"])
    assert set(unsupported) <= outcome.unsupported
    for name in {"messages", "stream", "seed", "input", "user", "temperature"} - set(unsupported):
        assert name not in outcome.unsupported


@pytest.mark.parametrize(
    "name",
    [
        "502 for every stream of a small run",
        pytest.param("502 for every stream of a completion", marks=pytest.mark.whole_selftest),
        "completions that break off with an error",
    ],
)
def test_points_of_streams_that_fail_are_not_shown(name: str, outcomes: Outcomes) -> None:
    outcome = outcomes(name).outcome
    (operation,) = (ROWS | VARIANTS)[name].operations
    streamed = outcome.carried_only_by(is_failed_stream, operation)
    assert streamed
    assert outcome.count("not_shown", operation) == len(streamed)


def is_failed_stream(line: ExchangeLine) -> bool:
    """Whether a stream was requested, and not rejected for its content."""
    return is_stream(line) and (line.response is None or line.response.status != 400)


def test_points_of_invalid_requests_that_time_out_are_not_shown(outcomes: Outcomes) -> None:
    outcome = outcomes("408 for what is invalid").outcome
    invalid = outcome.carried_only_by(lambda line: line.expect == "reject", EMBEDDINGS)
    assert outcome.count("not_shown", EMBEDDINGS) == len(invalid) > 0
    assert outcome.points["shown_correct"] == outcome.planned(EMBEDDINGS) - len(invalid)


@pytest.mark.parametrize("name", ["45 requests a second", "20 requests and a wait in milliseconds"])
def test_a_requested_delay_is_respected(name: str, outcomes: Outcomes) -> None:
    ran = outcomes(name)
    assert isinstance(ran.server, Throttled)
    assert ran.server.throttled > 0
    assert ran.outcome.points["shown_correct"] == ran.outcome.points["planned"]


def test_an_error_before_any_content_of_a_stream_is_a_violation(outcomes: Outcomes) -> None:
    outcome = outcomes("streams that are one error").outcome
    cases = {each["case"] for each in outcome.violations("must")}
    streams = {line.case for line in outcome.record.exchanges if is_stream(line)}
    assert cases
    assert cases <= streams


def test_an_error_after_some_content_of_a_stream_is_reported_and_not_judged(outcomes: Outcomes) -> None:
    outcome = outcomes("streams that break off with an error").outcome
    streams = [line for line in outcome.record.exchanges if is_stream(line)]
    assert streams
    for line in streams:
        assert [each.message for each in line.violations if each.level != "may"] == []
        assert "inconclusive" in line.verdicts.values()
        assert STREAM_ERROR_MESSAGE in "\n".join([*line.notes, outcome.reasons, outcome.doubts])


@pytest.mark.parametrize(
    "name", [BOTH_LIMITS, pytest.param("no data sources", marks=pytest.mark.whole_selftest)], scope="module"
)
def test_rejected_data_sources_are_not_violations(name: str, outcomes: Outcomes) -> None:
    outcome = outcomes(name).outcome
    asked = [line for line in outcome.record.exchanges if b'"data_sources"' in line.request.body]
    assert asked
    reported = [line.case for line in asked if any(each.level != "may" for each in line.violations)]
    assert reported == []
    assert outcome.points["shown_wrong"] == 0


@pytest.mark.parametrize(
    "name", [BOTH_LIMITS, pytest.param("a reasoning model", marks=pytest.mark.whole_selftest)], scope="module"
)
def test_what_a_model_does_not_support_is_not_applicable(name: str, outcomes: Outcomes) -> None:
    outcome = outcomes(name).outcome
    assert outcome.count("not_applicable", CHAT) > 0
    assert outcome.points["shown_wrong"] == 0
    supported = outcome.planned(CHAT) - outcome.count("not_applicable", CHAT)
    assert outcome.points["shown_correct"] >= 0.9 * supported > 100
