"""Sums of the probabilities of text completions."""

from __future__ import annotations

import math
from collections.abc import Iterator

from aoai_conformance.json_access import elements, members, number
from aoai_conformance.rule import COMPLETIONS, rule
from aoai_conformance.rules.completions.completion_logprobs import ScoredCompletion
from aoai_conformance.views.responses import CompletionChoice
from aoai_model.verdict import Violation

_RESPONSE = "azure-openai@2024-10-21#/components/schemas/createCompletionResponse/properties"
#: Rounded probabilities may add up to slightly more than 1, and a logarithm may be slightly above 0.
_MOST, _SLACK = 1.01, 1e-4


def _likely_tokens(reply: ScoredCompletion) -> list[tuple[CompletionChoice, int, dict[str, float]]]:
    """Return the choice, the position and the log probabilities by token of each position that lists any."""
    found: list[tuple[CompletionChoice, int, dict[str, float]]] = []
    for choice, logprobs in reply.scored:
        for place, top in enumerate(elements(logprobs.get("top_logprobs"))):
            known = {
                token: value for token, each in members(top).items() if (value := number(each)) is not None
            }
            if known and max(known.values()) <= _SLACK:
                found.append((choice, place, known))
    return found


@rule(
    "COMPLETIONS-LOGPROBS-013",
    should="return probabilities for each position that add up to at most 1",
    clause=f"{_RESPONSE}/choices/items/properties/logprobs/properties/top_logprobs",
    operations=COMPLETIONS,
    evidence=_likely_tokens,
    note="Allows 0.01 for rounding. The sampled token is not added, because it may be listed with another "
    "spelling.",
)
def likely_tokens_add_up(likely: list[tuple[CompletionChoice, int, dict[str, float]]]) -> Iterator[Violation]:
    """A position has exactly one token."""
    for choice, place, values in likely:
        total = math.fsum(math.exp(value) for value in values.values())
        if total > _MOST:
            yield choice.violates(
                f"/logprobs/top_logprobs/{place}",
                "The probabilities of the tokens at this position add up to more than 1.",
                expected="at most 1",
                actual=round(total, 4),
                reason="sum",
            )
            return
