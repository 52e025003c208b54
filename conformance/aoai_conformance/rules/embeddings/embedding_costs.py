"""What embeddings cost and which model they name, compared over requests for the same input."""

from __future__ import annotations

from collections.abc import Iterator

from aoai_conformance.json_access import dig, text, whole
from aoai_conformance.rule import EMBEDDINGS, Inconclusive, rule
from aoai_conformance.views.answers import EmbeddingsAnswer
from aoai_conformance.views.scenarios import EmbeddingsAloneAgainstBatch, ScenarioView
from aoai_model.verdict import Violation

_POST = "azure-openai@2024-10-21#/paths/~1deployments~1{deployment-id}~1embeddings/post"
_RESPONSE = f"{_POST}/responses/200/content/application~1json/schema/properties"
_PROMPT = f"{_RESPONSE}/usage/properties/prompt_tokens"
#: The steps of the scenarios that send one input twice.
_TWICE = {
    "embeddings.repeated": ("first", "second"),
    "embeddings.float-against-base64": ("float", "base64"),
}


class SameInputTwice(ScenarioView):
    """The same input twice, in one encoding or in two."""

    kinds = frozenset(_TWICE)

    @property
    def answers(self) -> tuple[EmbeddingsAnswer, EmbeddingsAnswer]:
        """Both answers. Raises Inconclusive where a step has none."""
        first, second = _TWICE[self.kind]
        return self.step(first, EmbeddingsAnswer), self.step(second, EmbeddingsAnswer)


def _counts(one: EmbeddingsAnswer, other: EmbeddingsAnswer) -> tuple[int, int]:
    """The prompt tokens of both. Raises Inconclusive where one has none or a count below 0."""
    first, second = (whole(dig(answer.json, "/usage/prompt_tokens")) for answer in (one, other))
    if first is None or second is None or min(first, second) < 0:
        raise Inconclusive("the responses do not both count their tokens")
    return first, second


@rule(
    "EMBEDDINGS-PAIR-004",
    should="count the same tokens for the same input",
    clause=_PROMPT,
    operations=EMBEDDINGS,
    note="One model has one tokenizer, whatever the encoding of the vectors.",
)
def same_input_same_count(scenario: SameInputTwice) -> Iterator[Violation]:
    """The second response is compared with the first."""
    first, second = scenario.answers
    before, after = _counts(first, second)
    if first.json.get("model") != second.json.get("model"):
        raise Inconclusive("the responses are of two models")
    if before != after:
        yield second.violates(
            "/usage/prompt_tokens",
            "The same input has another number of tokens the second time.",
            expected=before,
            actual=after,
            reason="differs",
        )


@rule(
    "EMBEDDINGS-PAIR-005",
    should="count more tokens for an input among others than for the same input alone",
    clause=_PROMPT,
    operations=EMBEDDINGS,
    note="A total for the whole batch, not for one of its inputs.",
)
def batches_cost_more(scenario: EmbeddingsAloneAgainstBatch) -> Iterator[Violation]:
    """Each further input that is not empty has at least one token."""
    alone, batch = scenario.alone, scenario.batch
    before, after = _counts(alone, batch)
    more = [each for each in batch.inputs or () if each]
    if not alone.inputs or alone.inputs[0] not in more or len(more) < 2:
        raise Inconclusive("the batch does not hold the input and a further one")
    if len(more) <= after <= before:  # fewer tokens than inputs are EMBEDDINGS-014's
        yield batch.violates(
            "/usage/prompt_tokens",
            "A batch counts no more tokens than one of its inputs alone.",
            expected=f"above {before}",
            actual=after,
            reason="batch",
        )


@rule(
    "EMBEDDINGS-PAIR-006",
    may="name one model for the same input",
    clause=f"{_RESPONSE}/model",
    operations=EMBEDDINGS,
    note="A deployment may be moved to another model between two requests, hence a may.",
)
def one_model_for_one_input(scenario: SameInputTwice) -> Iterator[Violation]:
    """Vectors of different models cannot be compared."""
    first, second = scenario.answers
    before, after = text(first.json.get("model")), text(second.json.get("model"))
    if not before or not after:
        raise Inconclusive("the responses do not both name their model")
    if before != after:
        message = "The same input is answered by another model the second time."
        yield second.violates("/model", message, expected=before, actual=after, reason="differs")
