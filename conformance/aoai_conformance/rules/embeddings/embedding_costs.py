"""Token counts and models of embeddings, compared over requests with the same input."""

from __future__ import annotations

from collections.abc import Iterator

from aoai_conformance.json_access import dig, text, whole
from aoai_conformance.rule import EMBEDDINGS, Inconclusive, rule
from aoai_conformance.views.responses import EmbeddingsReply
from aoai_conformance.views.scenarios import EmbeddingsAloneAgainstBatch, ScenarioView
from aoai_model.verdict import Violation

_POST = "azure-openai@2024-10-21#/paths/~1deployments~1{deployment-id}~1embeddings/post"
_RESPONSE = f"{_POST}/responses/200/content/application~1json/schema/properties"
_PROMPT = f"{_RESPONSE}/usage/properties/prompt_tokens"
#: The steps of the scenarios that send the same input twice.
_TWICE = {
    "embeddings.repeated": ("first", "second"),
    "embeddings.float-against-base64": ("float", "base64"),
}


class SameInputTwice(ScenarioView):
    """The same input twice, in one encoding or in two."""

    kinds = frozenset(_TWICE)

    @property
    def replies(self) -> tuple[EmbeddingsReply, EmbeddingsReply]:
        """Both responses. Raises Inconclusive if a step has none."""
        first, second = _TWICE[self.kind]
        return self.step(first, EmbeddingsReply), self.step(second, EmbeddingsReply)


def _counts(one: EmbeddingsReply, other: EmbeddingsReply) -> tuple[int, int]:
    """The prompt tokens of both. Raises Inconclusive if one has none or a negative count."""
    first, second = (whole(dig(reply.json, "/usage/prompt_tokens")) for reply in (one, other))
    if first is None or second is None or min(first, second) < 0:
        raise Inconclusive("the responses do not both report their tokens")
    return first, second


@rule(
    "EMBEDDINGS-PAIR-004",
    should="count the same number of tokens for the same input",
    clause=_PROMPT,
    operations=EMBEDDINGS,
    note="A model has one tokenizer, whatever the encoding of the vectors.",
)
def same_input_has_the_same_count(scenario: SameInputTwice) -> Iterator[Violation]:
    """Compares the second response with the first."""
    first, second = scenario.replies
    before, after = _counts(first, second)
    if first.json.get("model") != second.json.get("model"):
        raise Inconclusive("the responses are from different models")
    if before != after:
        yield second.violates(
            "/usage/prompt_tokens",
            "The same input has a different number of tokens the second time.",
            expected=before,
            actual=after,
            reason="differs",
        )


@rule(
    "EMBEDDINGS-PAIR-005",
    should="count more tokens for a batch than for one of its inputs alone",
    clause=_PROMPT,
    operations=EMBEDDINGS,
    note="The total covers the whole batch, not one of its inputs.",
)
def batches_count_more_tokens(scenario: EmbeddingsAloneAgainstBatch) -> Iterator[Violation]:
    """Each further input that is not empty has at least one token."""
    alone, batch = scenario.alone, scenario.batch
    before, after = _counts(alone, batch)
    more = [each for each in batch.inputs or () if each]
    if not alone.inputs or alone.inputs[0] not in more or len(more) < 2:
        raise Inconclusive("the batch does not have the input and a further one")
    if len(more) <= after <= before:  # EMBEDDINGS-014 reports fewer tokens than inputs
        yield batch.violates(
            "/usage/prompt_tokens",
            "The batch has no more tokens than one of its inputs alone.",
            expected=f"above {before}",
            actual=after,
            reason="batch",
        )


@rule(
    "EMBEDDINGS-PAIR-006",
    may="name the same model for the same input",
    clause=f"{_RESPONSE}/model",
    operations=EMBEDDINGS,
    note="A deployment may switch to another model between two requests, so this is only a MAY.",
)
def same_input_has_the_same_model(scenario: SameInputTwice) -> Iterator[Violation]:
    """Vectors of different models cannot be compared."""
    first, second = scenario.replies
    before, after = text(first.json.get("model")), text(second.json.get("model"))
    if not before or not after:
        raise Inconclusive("the responses do not both name their model")
    if before != after:
        message = "A different model responds to the same input the second time."
        yield second.violates("/model", message, expected=before, actual=after, reason="differs")
