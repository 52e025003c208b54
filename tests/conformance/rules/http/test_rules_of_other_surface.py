"""Rules that only Azure OpenAI documents report nothing on model inference."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from by_hand import chat_answer, exchange, operation, stream
from examples_media import embedded, packed

from aoai_conformance.exchange import Exchange
from aoai_conformance.judging.judge import judge
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
    assert outcome("SSE-302", reporting()) == "not_applicable"
    assert outcome("SSE-302", reporting(), there=False) == "violation"


def test_a_seed_needs_no_fingerprint_there() -> None:
    made = exchange("chat", FINGERLESS, sent={"seed": 7})
    assert outcome("META-004", made) == "not_applicable"
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


@pytest.mark.parametrize(
    ("form", "expected"), [("int8", "not_applicable"), ("binary", "not_applicable"), ("float", "violation")]
)
def test_only_plain_vectors_have_a_length_of_one(form: str, expected: str) -> None:
    made = embedded([3.0, 4.0], sent={"encoding_format": form})
    assert outcome("EMBEDDINGS-012", made) == expected


CODED = packed([0.6, 0.8])


def answering(made: Exchange, **content: Any) -> Exchange:
    """The same exchange, its answer changed."""
    response = made.response
    assert response is not None
    body = json.dumps({**response.json, **content}).encode()
    return replace(made, response=replace(response, body=body))


def pictured(*vectors: Any, **sent: Any) -> Exchange:
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
        ("EMBEDDINGS-006", pictured([1.0, 0.0]), pictured(CODED)),
        (
            "EMBEDDINGS-007",
            pictured(CODED, encoding_format="base64"),
            pictured([1.0], encoding_format="base64"),
        ),
        (
            "EMBEDDINGS-008",
            pictured(CODED, encoding_format="base64"),
            pictured("xyzzy", encoding_format="base64"),
        ),
        ("EMBEDDINGS-015", pictured([1.0, 0.0]), answering(pictured([1.0, 0.0]), model="")),
        ("EMBEDDINGS-015", answering(pictured([1.0, 0.0]), id="e-1"), answering(pictured([1.0, 0.0]), id="")),
        ("EMBEDDINGS-017", pictured([0, 0], encoding_format="ubinary"), pictured([0.0, 0.0])),
    ],
)
def test_vectors_of_pictures_must_match_their_size_too(rule: str, lawful: Exchange, wrong: Exchange) -> None:
    assert outcome(rule, lawful) == "pass"
    assert outcome(rule, wrong) == "violation"


@pytest.mark.parametrize(
    ("prompt", "total", "expected"),
    [(85, 85, None), (85, 90, "should"), (85, 84, "must"), (-85, -85, "must"), (0, 0, None)],
)
def test_pictures_cost_in_total_what_the_request_costs(prompt: int, total: int, expected: str | None) -> None:
    made = answering(pictured([1.0, 0.0]), usage={"prompt_tokens": prompt, "total_tokens": total})
    described = next(each for each in INFERENCE.operations.values() if each.kind == "image-embeddings")
    (verdict,) = judge(made, described, [rule_named("EMBEDDINGS-013")])
    assert [each.level for each in verdict.violations] == ([expected] if expected else [])


def test_a_stream_there_must_match_the_usage_that_it_reports() -> None:
    begun = {"index": 0, "delta": {"role": "assistant", "content": "Hi"}, "finish_reason": "stop"}
    wrong = {**HEAD, "choices": [], "usage": {**USAGE, "total_tokens": 3}}
    made = exchange("chat", stream({**HEAD, "choices": [begun]}, wrong), sent={"stream": True})
    assert outcome("USAGE-001", made) == "violation"
    assert outcome("USAGE-001", reporting()) == "pass"
