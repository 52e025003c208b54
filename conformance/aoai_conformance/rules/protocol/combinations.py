"""What is accepted apart is accepted together."""

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
        "Only seen where a request that carries several points is refused and each of its halves is not. The "
        "document forbids no such combination; a model may, hence it is a should."
    ),
)
def accepts_together_what_it_accepts_apart(request: BisectedRequest) -> Iterator[Violation]:
    """The halves pass and the whole does not."""
    response = request.whole.response
    points = request.point_ids
    yield Violation(
        "",
        f"Refused together, accepted in two halves: {', '.join(points)}.",
        expected="200",
        actual=None if response is None else response.status,
        reason=" + ".join(sorted(points))[:200],
    )
