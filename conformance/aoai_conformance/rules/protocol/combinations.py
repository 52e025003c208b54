"""Requests that combine points which are accepted separately."""

from __future__ import annotations

from collections.abc import Iterator

from aoai_conformance.rule import EVERY, rule
from aoai_conformance.views.scenarios import BisectedRequest
from aoai_model.verdict import Violation


@rule(
    "COMBINATION-001",
    should="accept points together that it accepts separately",
    clause="azure-openai@2024-10-21#/paths",
    operations=EVERY,
    note=(
        "Only judged if a request with several points is rejected and both of its halves are accepted. The "
        "document forbids no such combination, but a model may, so this is only a SHOULD."
    ),
)
def accepts_combined_points(request: BisectedRequest) -> Iterator[Violation]:
    """Compares a rejected request with its two accepted halves."""
    response = request.whole.response
    points = request.point_ids
    yield Violation(
        "",
        f"Rejected together, but accepted in two halves: {', '.join(points)}.",
        expected="200",
        actual=None if response is None else response.status,
        reason=" + ".join(sorted(points))[:200],
    )
