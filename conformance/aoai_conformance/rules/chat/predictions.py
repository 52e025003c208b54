"""Predicted outputs: accepted and rejected tokens."""

from __future__ import annotations

from collections.abc import Iterator

from aoai_conformance.json_access import dig, whole
from aoai_conformance.rule import CHAT, rule
from aoai_conformance.views.responses import TextReply
from aoai_model.verdict import Violation


@rule(
    "PREDICTION-001",
    should="count no prediction tokens if the request has no prediction",
    clause="azure-openai@2025-01-01-preview#/components/schemas/CompletionsUsage/properties/completion_tokens_details",
    operations=CHAT,
)
def counts_no_unrequested_prediction(reply: TextReply) -> Iterator[Violation]:
    """Rejected prediction tokens are charged."""
    if reply.sent.get("prediction") is not None:
        return
    for name in ("accepted_prediction_tokens", "rejected_prediction_tokens"):
        count = whole(dig(reply.usage, f"/completion_tokens_details/{name}"))
        if count:
            yield reply.usage_place.violates(
                f"/usage/completion_tokens_details/{name}",
                "Prediction tokens are counted, but the request has no prediction.",
                expected=0,
                actual=count,
                reason="unasked",
            )
