"""A rule whose sentence only Azure OpenAI has blames nobody on the other surface for it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from by_hand import chat_answer, exchange, operation, stream
from examples_media import embedded

from aoai_conformance.exchange import Exchange
from aoai_conformance.judging import judge
from aoai_conformance.rule import rule_named
from aoai_specs.catalogue import Catalogue

INFERENCE = Catalogue.packaged().load("ai-model-inference@2025-04-01")
USAGE = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
HEAD = {"id": "c", "object": "chat.completion.chunk", "created": 1700000000, "model": "m"}
FINGERLESS = {key: value for key, value in chat_answer().items() if key != "system_fingerprint"}


def outcome(rule: str, made: Exchange, *, there: bool = True) -> str:
    kind = made.case.kind
    described = next(each for each in INFERENCE.operations.values() if each.kind == kind)
    judged = made
    if there:
        judged = replace(made, case=replace(made.case, document=str(INFERENCE.name), operation=described.id))
    (verdict,) = judge(judged, described if there else operation(kind), [rule_named(rule)])
    return verdict.outcome


def reporting() -> Exchange:
    begun = {"index": 0, "delta": {"role": "assistant", "content": "Hi"}, "finish_reason": None}
    ended = {"index": 0, "delta": {}, "finish_reason": "stop"}
    chunks = [{**HEAD, "choices": [begun]}, {**HEAD, "choices": [ended]}]
    return exchange("chat", stream(*chunks, {**HEAD, "choices": [], "usage": USAGE}), sent={"stream": True})


def test_a_stream_may_report_its_usage_there() -> None:
    assert outcome("SSE-302", reporting()) == "pass"
    assert outcome("SSE-302", reporting(), there=False) == "violation"


def test_a_seed_needs_no_fingerprint_there() -> None:
    made = exchange("chat", FINGERLESS, sent={"seed": 7})
    assert outcome("META-004", made) == "pass"
    assert outcome("META-004", made, there=False) == "violation"


@pytest.mark.parametrize(
    ("form", "vector", "expected"),
    [
        ("binary", [-12, 7], "pass"),
        ("ubinary", [255, 0], "pass"),
        ("binary", [1] * 16, "violation"),
        ("int8", [1] * 16, "pass"),
        ("uint8", [1, 2], "violation"),
        ("float", [0.25] * 16, "pass"),
    ],
)
def test_a_vector_of_bits_has_eight_dimensions_to_a_number(
    form: str, vector: list[Any], expected: str
) -> None:
    made = embedded(vector, sent={"dimensions": 16, "encoding_format": form})
    assert outcome("EMBEDDINGS-010", made) == expected


def test_a_number_of_dimensions_beyond_any_float_is_still_a_number() -> None:
    made = embedded([1, 2], sent={"dimensions": 10**400, "encoding_format": "binary"})
    assert outcome("EMBEDDINGS-010", made) == "violation"


@pytest.mark.parametrize(("form", "expected"), [("int8", "pass"), ("binary", "pass"), ("float", "violation")])
def test_only_plain_vectors_have_a_length_of_one(form: str, expected: str) -> None:
    made = embedded([3.0, 4.0], sent={"encoding_format": form})
    assert outcome("EMBEDDINGS-012", made) == expected


def pictured(*vectors: list[float], **sent: Any) -> Exchange:
    made = embedded(
        *vectors, sent={"input": [{"image": "data:image/png;base64,AAAA"}] * len(vectors), **sent}
    )
    return replace(made, case=replace(made.case, kind="image-embeddings"))


@pytest.mark.parametrize(
    ("rule", "lawful", "wrong"),
    [
        ("EMBEDDINGS-009", pictured([1.0, 0.0], [0.0, 1.0]), pictured([1.0, 0.0], [1.0])),
        ("EMBEDDINGS-010", pictured([1.0] * 8, dimensions=8), pictured([1.0] * 8, dimensions=16)),
        ("EMBEDDINGS-011", pictured([1.0, 0.0]), pictured([float("inf"), 0.0])),
    ],
)
def test_vectors_of_pictures_are_held_to_their_size_too(rule: str, lawful: Exchange, wrong: Exchange) -> None:
    assert outcome(rule, lawful) == "pass"
    assert outcome(rule, wrong) == "violation"
