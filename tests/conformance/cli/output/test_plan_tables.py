"""How many requests a case takes at most."""

from __future__ import annotations

from dataclasses import replace

from aoai_conformance.cli.output.plan_tables import most_requests
from aoai_model.case import Case, PlannedRequest, Point, PollCondition

POINTS = tuple(Point(f"n.minimum:{each}", "n.minimum", "accept", "must", "") for each in range(5))
CASE = Case("c", "d@1", "Chat", "chat", PlannedRequest("POST", "/x"), "accept", POINTS, "packed")


def test_a_packed_case_takes_the_nodes_of_a_binary_tree_over_its_points() -> None:
    assert most_requests(CASE) == 2 * 5 - 1


def test_a_single_point_takes_one_request() -> None:
    assert most_requests(replace(CASE, points=POINTS[:1])) == 1
    assert most_requests(replace(CASE, points=())) == 1


def test_a_case_that_should_be_rejected_is_not_split() -> None:
    assert most_requests(replace(CASE, expect="reject")) == 1


def test_a_job_is_polled_to_its_limit() -> None:
    assert most_requests(replace(CASE, points=(), until=PollCondition("/status", ("done",), 7))) == 7
