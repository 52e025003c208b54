"""Thresholds, budgets and excluded operations: their exit codes and summaries."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from half_working_rows import BOTH
from half_working_runs import (
    CHAT,
    EMBEDDINGS,
    Outcome,
    chosen,
    contractual_exit,
    names_budget,
    run,
)
from half_working_servers import Broken, Empty, OneOperationFails, Reasoning
from half_working_wire import HalfWorking, Host

from aoai_conformance.cli import main

Try = Callable[..., Outcome]


@pytest.fixture
def attempt(host: Host, tmp_path: Path) -> Try:
    """A small run of two operations against a server, with these options."""

    def tried(
        server: HalfWorking, *options: str, operations: tuple[str, ...] = BOTH, profile: str = "smoke"
    ) -> Outcome:
        return run(host, server, tmp_path, *chosen(operations, profile), *options)

    return tried


def planned_points(operation: str) -> set[str]:
    """The points that `plan` prints for an operation."""
    arguments = ["plan", "--format", "json", *chosen((operation,), "smoke")]
    printed = CliRunner().invoke(main, arguments).stdout
    return {
        point["id"] if isinstance(point, dict) else point
        for case in json.loads(printed)["cases"]
        for point in case["points"]
    }


def test_the_whole_plan_is_planned_whatever_the_budget(attempt: Try) -> None:
    whole = attempt(HalfWorking())
    outcome = attempt(HalfWorking(), "--max-requests", "5")
    assert outcome.points["planned"] == whole.points["planned"]
    assert outcome.summary["requests"] <= 5


def test_what_a_budget_cuts_is_not_sent_and_does_not_count(attempt: Try) -> None:
    outcome = attempt(HalfWorking(), "--max-requests", "5")
    assert outcome.code == 0, outcome.printed
    assert outcome.points["not_sent"] > 0
    assert outcome.points["not_shown"] == 0
    assert all(names_budget(each["reason"]) for each in outcome.unshown if each["state"] == "not_sent")
    assert outcome.code == contractual_exit(outcome)


@pytest.mark.parametrize("budget", [("--max-requests", "5"), ("--max-tokens", "20")])
def test_a_run_that_must_be_complete_is_inconclusive_if_a_budget_cuts_it(
    budget: tuple[str, str], attempt: Try
) -> None:
    outcome = attempt(HalfWorking(), *budget, "--require-complete")
    assert outcome.code == 3, outcome.printed
    assert names_budget(outcome.doubts)


def test_a_complete_run_that_must_be_complete_conforms(attempt: Try) -> None:
    outcome = attempt(HalfWorking(), "--require-complete", operations=(EMBEDDINGS,))
    assert outcome.code == 0, outcome.printed
    assert outcome.points["shown_correct"] == outcome.points["planned"] == len(planned_points(EMBEDDINGS))


def test_a_budget_hides_no_violation(attempt: Try) -> None:
    assert attempt(Empty(), "--max-requests", "5").code == 1


def test_an_operation_that_is_excluded_is_reported_and_not_counted(attempt: Try) -> None:
    outcome = attempt(OneOperationFails(), "--exclude-operation", EMBEDDINGS)
    assert outcome.code == 0, outcome.printed
    assert outcome.violations("must", "should", "may") == []
    assert [line.case for line in outcome.record.exchanges if line.operation == EMBEDDINGS] == []
    assert EMBEDDINGS in json.dumps(outcome.summary) + outcome.printed


def test_an_excluded_operation_that_does_not_exist_is_wrong_usage(attempt: Try) -> None:
    outcome = attempt(HalfWorking(), "--exclude-operation", "Embedings_Create")
    assert outcome.code == 2
    assert "Embedings_Create" in outcome.printed


def test_a_lower_threshold_allows_more_open_points(attempt: Try) -> None:
    server = Broken(408, "invalid", "Request Timeout")
    outcome = attempt(server, "--min-shown", "10", operations=(EMBEDDINGS,))
    assert outcome.points["not_shown"] > 0
    assert outcome.code == contractual_exit(outcome, 10) == 0, outcome.printed


def test_a_threshold_of_zero_still_requires_a_valid_request_to_succeed(attempt: Try) -> None:
    server = Broken(504, "valid", "Gateway Time-out")
    assert attempt(server, "--min-shown", "0", operations=(EMBEDDINGS,)).code == 3


def test_what_a_model_lacks_does_not_count_against_the_highest_threshold(attempt: Try) -> None:
    outcome = attempt(Reasoning(), "--min-shown", "100", operations=(CHAT,))
    assert outcome.points["not_applicable"] > 0
    assert outcome.code == contractual_exit(outcome, 100) == 0, outcome.printed


@pytest.mark.parametrize("percent", ["-1", "101", "most"])
def test_a_threshold_that_is_not_a_percentage_is_wrong_usage(percent: str, attempt: Try) -> None:
    outcome = attempt(HalfWorking(), "--min-shown", percent)
    assert outcome.code == 2
    assert percent in outcome.printed


def test_a_failing_operation_that_is_accepted_leaves_the_verdict_open(attempt: Try, tmp_path: Path) -> None:
    baseline = tmp_path / "baseline.yaml"
    baseline.write_text(
        f"- rule: OPERATION-001\n  operation: {EMBEDDINGS}\n  reason: it comes back next week, ticket 1234\n"
    )
    outcome = attempt(OneOperationFails(), "--baseline", str(baseline))
    assert outcome.violations("must") == []
    assert outcome.code == 3, outcome.printed


def test_points_are_planned_for_each_document(attempt: Try) -> None:
    versions = ("2024-06-01", "2024-10-21")
    options = [each for version in versions for each in ("--api-version", version)]
    outcome = attempt(HalfWorking(), *options, operations=(EMBEDDINGS,))
    of_each = [attempt_one(attempt, version) for version in versions]
    assert outcome.points["planned"] == sum(each.points["planned"] for each in of_each)
    assert outcome.code == 0, outcome.printed


def attempt_one(attempt: Try, version: str) -> Outcome:
    return attempt(HalfWorking(), "--api-version", version, operations=(EMBEDDINGS,))
