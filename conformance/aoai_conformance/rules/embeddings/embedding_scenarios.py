"""Embeddings between exchanges: encodings, repetition, and a text alone against the same text in a batch."""

from __future__ import annotations

from collections.abc import Iterator

from aoai_conformance.formats.vectors import Vector, cosine, largest_difference
from aoai_conformance.rule import EMBEDDINGS, Inconclusive, rule
from aoai_conformance.views.answers import EmbeddingsAnswer
from aoai_conformance.views.scenarios import (
    EmbeddingsAloneAgainstBatch,
    EmbeddingsFloatAgainstBase64,
    EmbeddingsRepeated,
)
from aoai_model.verdict import Violation

_POST = "azure-openai@2024-10-21#/paths/~1deployments~1{deployment-id}~1embeddings/post"
_REQUEST = f"{_POST}/requestBody/content/application~1json/schema/properties"
#: What a float32 keeps of a number near 1, and a little more.
_EQUAL = 1e-6
#: What the same model may give when it is asked twice.
_SAME = 0.999


def _vectors(answer: EmbeddingsAnswer) -> dict[int, Vector]:
    vectors = {
        item.index: item.vector for item in answer.items if item.index is not None and item.vector is not None
    }
    if not vectors:
        raise Inconclusive("a step has no vectors to compare")
    return vectors


@rule(
    "EMBEDDINGS-PAIR-001",
    must="encode the same numbers in base64 as in float",
    clause=f"{_REQUEST}/encoding_format",
    operations=EMBEDDINGS,
    note="Vectors that point elsewhere break a must. A small difference above 1e-6, such as a model may "
    "make by itself when it is asked twice, breaks a should.",
)
def base64_equals_float(scenario: EmbeddingsFloatAgainstBase64) -> Iterator[Violation]:
    """Both are the vector of the same input."""
    floats, decoded = _vectors(scenario.floats), _vectors(scenario.base64)
    for index in sorted(floats.keys() & decoded.keys()):
        one, other = floats[index], decoded[index]
        difference = largest_difference(one, other)
        if difference <= _EQUAL:
            continue
        alike = cosine(one, other)
        yield Violation(
            f"/data/{index}/embedding",
            "base64 and float are different numbers.",
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
def repeats_itself(scenario: EmbeddingsRepeated) -> Iterator[Violation]:
    """Vectors that are stored are compared with vectors that are asked for later."""
    first, second = _vectors(scenario.first), _vectors(scenario.second)
    for index in sorted(first.keys() & second.keys()):
        yield from _alike(f"/data/{index}/embedding", first[index], second[index])


@rule(
    "EMBEDDINGS-PAIR-003",
    should="return the same vector for an input alone and in a batch",
    clause=f"{_REQUEST}/input",
    operations=EMBEDDINGS,
)
def batches_change_nothing(scenario: EmbeddingsAloneAgainstBatch) -> Iterator[Violation]:
    """What else is asked for has no part in a text's meaning."""
    alone, batch = scenario.alone, scenario.batch
    if not alone.inputs or batch.inputs is None or alone.inputs[0] not in batch.inputs:
        raise Inconclusive("the batch does not hold the input that was sent alone")
    one, others = _vectors(alone).get(0), _vectors(batch)
    for index, text in enumerate(batch.inputs):
        if one is not None and text == alone.inputs[0] and index in others:
            yield from _alike(f"/data/{index}/embedding", one, others[index])


def _alike(pointer: str, one: Vector, other: Vector) -> Iterator[Violation]:
    alike = cosine(one, other)
    if len(one) == len(other) and alike is not None and alike < _SAME:
        yield Violation(
            pointer, "The same input has another vector.", f"a cosine of {_SAME}", round(alike, 6)
        )
    elif len(one) != len(other):
        yield Violation(pointer, "The same input has a vector of another size.", len(one), len(other), "size")
