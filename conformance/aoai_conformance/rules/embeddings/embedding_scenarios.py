"""Embeddings of the same input in several requests: encodings, repetition, and batches."""

from __future__ import annotations

from collections.abc import Iterator

from aoai_conformance.formats.vectors import Vector, cosine, largest_difference
from aoai_conformance.rule import EMBEDDINGS, Inconclusive, rule
from aoai_conformance.views.responses import EmbeddingsReply
from aoai_conformance.views.scenarios import (
    EmbeddingsAloneAgainstBatch,
    EmbeddingsFloatAgainstBase64,
    EmbeddingsRepeated,
)
from aoai_model.verdict import Violation

_POST = "azure-openai@2024-10-21#/paths/~1deployments~1{deployment-id}~1embeddings/post"
_REQUEST = f"{_POST}/requestBody/content/application~1json/schema/properties"
#: Slightly more than the rounding error of a float32 near 1.
_EQUAL = 1e-6
#: The tolerance for repeated requests to the same model.
_SAME = 0.999


def _vectors(reply: EmbeddingsReply) -> dict[int, Vector]:
    vectors = {
        item.index: item.vector for item in reply.items if item.index is not None and item.vector is not None
    }
    if not vectors:
        raise Inconclusive("a step has no vectors to compare")
    return vectors


@rule(
    "EMBEDDINGS-PAIR-001",
    must="encode the same numbers in base64 as in float",
    clause=f"{_REQUEST}/encoding_format",
    operations=EMBEDDINGS,
    note="Vectors with a different direction are a MUST violation. A small difference above 1e-6, such as "
    "between repeated requests, is a SHOULD violation.",
)
def base64_equals_float(scenario: EmbeddingsFloatAgainstBase64) -> Iterator[Violation]:
    """Compares the vectors of the same input."""
    floats, decoded = _vectors(scenario.floats), _vectors(scenario.base64)
    for index in sorted(floats.keys() & decoded.keys()):
        one, other = floats[index], decoded[index]
        difference = largest_difference(one, other)
        if difference <= _EQUAL:
            continue
        alike = cosine(one, other)
        yield Violation(
            f"/data/{index}/embedding",
            "The numbers in base64 and in float differ.",
            f"a difference of at most {_EQUAL}",
            str(difference),
            "other numbers" if alike is None or alike < _SAME else "rounding",
            level=None if alike is None or alike < _SAME else "should",
        )
        return


@rule(
    "EMBEDDINGS-PAIR-002",
    should="return the same vector for the same input",
    clause=f"{_REQUEST}/input",
    operations=EMBEDDINGS,
)
def same_input_has_the_same_vector(scenario: EmbeddingsRepeated) -> Iterator[Violation]:
    """Clients compare stored vectors with vectors that they request later."""
    first, second = _vectors(scenario.first), _vectors(scenario.second)
    for index in sorted(first.keys() & second.keys()):
        yield from _require_same_vectors(f"/data/{index}/embedding", first[index], second[index])


@rule(
    "EMBEDDINGS-PAIR-003",
    should="return the same vector for an input alone and in a batch",
    clause=f"{_REQUEST}/input",
    operations=EMBEDDINGS,
)
def batches_do_not_change_vectors(scenario: EmbeddingsAloneAgainstBatch) -> Iterator[Violation]:
    """The other inputs of a batch must not affect the vector."""
    alone, batch = scenario.alone, scenario.batch
    if not alone.inputs or batch.inputs is None or alone.inputs[0] not in batch.inputs:
        raise Inconclusive("the batch does not have the input that was sent alone")
    one, others = _vectors(alone).get(0), _vectors(batch)
    for index, text in enumerate(batch.inputs):
        if one is not None and text == alone.inputs[0] and index in others:
            yield from _require_same_vectors(f"/data/{index}/embedding", one, others[index])


def _require_same_vectors(pointer: str, one: Vector, other: Vector) -> Iterator[Violation]:
    alike = cosine(one, other)
    if len(one) == len(other) and alike is not None and alike < _SAME:
        yield Violation(
            pointer, "The same input has a different vector.", f"a cosine of {_SAME}", round(alike, 6)
        )
    elif len(one) != len(other):
        yield Violation(
            pointer, "The same input has a vector of a different size.", len(one), len(other), "size"
        )
