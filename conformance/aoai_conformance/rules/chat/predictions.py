"""Predicted output: what of a prediction was taken over, and what was not."""

from __future__ import annotations

from collections.abc import Iterator

from aoai_conformance.json_access import dig, whole
from aoai_conformance.rule import CHAT, rule
from aoai_conformance.views.answers import TextAnswer
from aoai_model.verdict import Violation


@rule(
    "PREDICTION-001",
    should="count no tokens of a prediction where nothing was predicted",
    clause="azure-openai@2025-01-01-preview#/components/schemas/CompletionsUsage/properties/completion_tokens_details",
    operations=CHAT,
)
def no_prediction_without_one(answer: TextAnswer) -> Iterator[Violation]:
    """Rejected tokens of a prediction are billed."""
    if answer.sent.get("prediction") is not None:
        return
    for name in ("accepted_prediction_tokens", "rejected_prediction_tokens"):
        count = whole(dig(answer.usage, f"/completion_tokens_details/{name}"))
        if count:
            yield answer.usage_place.violates(
                f"/usage/completion_tokens_details/{name}",
                "Tokens of a prediction are counted, and there was none.",
                expected=0,
                actual=count,
                reason="unasked",
            )
