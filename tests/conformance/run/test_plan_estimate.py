"""What a plan costs before it is sent."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

from aoai_conformance import api
from aoai_conformance.cli.output.plan_tables import assumptions, cost_text, duration_text
from aoai_conformance.cost.rates import EMULATOR_DEPLOYMENTS, Cost, Rates
from aoai_conformance.run.plan_estimate import PlanEstimate, estimate_plans, most_requests
from aoai_conformance.run.preflight import minimal_cases
from aoai_conformance.run.probing import expected_probes
from aoai_model.case import Case, Plan, PlannedRequest, Point, PollCondition
from aoai_specs.catalogue import Catalogue
from aoai_specs.document import Document
from aoai_strategies.planning.planning import plan

POINTS = tuple(Point(f"n.minimum:{each}", "n.minimum", "accept", "must", "") for each in range(5))
CASE = Case("c", "d@1", "Chat", "chat", PlannedRequest("POST", "/x"), "accept", POINTS, "packed")
RATES = Rates(deployments=EMULATOR_DEPLOYMENTS)


@cache
def document() -> Document:
    return Catalogue.packaged().load("azure-openai@2024-10-21")


@cache
def standard() -> Plan:
    return plan(document())


def estimate(rates: Rates = RATES, *, probing: bool = False, planned: Plan | None = None) -> PlanEstimate:
    documents = {str(document().name): document()}
    planned = planned or standard()
    probes = expected_probes(minimal_cases(planned.cases), documents, EMULATOR_DEPLOYMENTS)
    return estimate_plans([planned], rates, probes if probing else ())


@pytest.mark.parametrize(("most", "probes"), [(300, 4), (100, 0)])
def test_a_plan_leaves_room_for_the_probes_of_its_run(most: int, probes: int) -> None:
    """Few requests are not spent on probes."""
    planned = api.plan(operations=["ChatCompletions_Create"], max_requests=most)
    assert planned.requests == most - probes


def test_a_packed_case_takes_the_nodes_of_a_binary_tree_over_its_points() -> None:
    assert most_requests(CASE) == 2 * 5 - 1


def test_a_single_point_takes_one_request() -> None:
    assert most_requests(replace(CASE, points=POINTS[:1])) == 1
    assert most_requests(replace(CASE, points=())) == 1


def test_a_case_that_should_be_rejected_is_not_split() -> None:
    assert most_requests(replace(CASE, expect="reject")) == 1


def test_a_job_is_polled_to_its_limit() -> None:
    assert most_requests(replace(CASE, points=(), until=PollCondition("/status", ("done",), 7))) == 7


def test_a_server_that_behaves_as_expected_is_asked_once_for_each_case() -> None:
    expected = estimate().expected.usage
    assert expected.requests == len(standard().cases)
    assert expected.completion_tokens == sum(case.completion_tokens for case in standard().cases)
    assert expected.images > 0
    assert expected.audio_seconds > 0


def test_a_server_that_accepts_everything_bills_what_should_be_rejected() -> None:
    found = estimate()
    assert found.accepting.usage.images > 5 * found.expected.usage.images
    assert found.accepting.usage.completion_tokens > 3 * found.expected.usage.completion_tokens
    assert found.accepting.cost.amount > found.expected.cost.amount > 0


def test_a_server_that_rejects_packed_requests_is_asked_more_often_and_bills_less() -> None:
    found = estimate()
    assert found.rejecting.usage.requests == sum(map(most_requests, standard().cases))
    assert found.rejecting.usage.tokens < found.expected.usage.tokens


def test_probes_are_included() -> None:
    without, included = estimate().expected, estimate(probing=True).expected
    assert 0 < included.usage.requests - without.usage.requests <= 22
    assert included.seconds > without.seconds


def test_the_time_includes_the_longest_chain_of_requests() -> None:
    many = estimate(Rates(concurrency=256)).expected
    requests = len(standard().cases)
    assert many.seconds > requests / 256 + 2
    assert estimate(Rates(concurrency=1)).expected.seconds > requests


def test_a_missing_price_is_named() -> None:
    found = estimate(Rates(deployments={**EMULATOR_DEPLOYMENTS, "chat": "my-chat"}))
    assert found.expected.cost.unknown == ("my-chat",)
    assert any(sentence.startswith("The cost of my-chat is unknown") for sentence in assumptions(found))


def test_an_empty_plan_costs_nothing() -> None:
    found = estimate(planned=replace(standard(), cases=()), probing=True)
    assert found.expected == found.accepting == found.rejecting
    assert found.expected.usage.requests == 0
    assert list(assumptions(found)) == []


def test_the_limits_of_the_target_are_stated() -> None:
    (*_, sentence) = assumptions(estimate(Rates(rpm={"": 60}, concurrency=3)))
    assert "3 requests at the same time, at most 60 requests a minute for each deployment" in sentence


@pytest.mark.parametrize(
    ("cost", "text"),
    [
        (Cost(0.31006), "USD 0.3101"),
        (Cost(12.5), "USD 12.50"),
        (Cost(0.0), "USD 0.0000"),
        (Cost(0.00001), "under USD 0.0001"),
        (Cost(0.0, ("tts",)), "unknown"),
        (Cost(2.0, ("tts",)), "USD 2.00 + unknown"),
    ],
)
def test_an_unknown_cost_is_never_shown_as_nothing(cost: Cost, text: str) -> None:
    assert cost_text(cost, "USD") == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.2, "1 s"), (59, "59 s"), (90, "1 min 30 s"), (7500, "2 h 5 min")]
)
def test_a_duration_is_rounded_up(seconds: float, text: str) -> None:
    assert duration_text(seconds) == text
