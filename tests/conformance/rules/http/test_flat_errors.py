"""On the surface for models of all makers, a model that lacks something answers with a flat error."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from by_hand import exchange

from aoai_conformance.judging.judge import judge
from aoai_conformance.rule import rule_named
from aoai_specs.catalogue import Catalogue

FLAT: dict[str, Any] = {
    "status": 422,
    "code": "parameter_not_supported",
    "message": "One of the parameters holds what the model does not know.",
    "detail": {"loc": ["body", "dimensions"], "input": 1},
}
ERROR_RULES = ("ERROR-001", "ERROR-002", "ERROR-003", "ERROR-007")


def outcomes(document: str, operation: str, body: Any, status: int = 422) -> set[str]:
    described = Catalogue.packaged().load(document).operation(operation)
    made = exchange("embeddings", body, status=status, points=["dimensions.format:outside"])
    made = replace(made, case=replace(made.case, document=document, operation=operation))
    return {
        verdict.outcome
        for rule in ERROR_RULES
        for verdict in judge(made, described, [rule_named(rule)])
        if verdict.outcome != "not applicable"
    }


def test_is_an_error_on_model_inference() -> None:
    assert outcomes("ai-model-inference@2025-04-01", "getEmbeddings", FLAT) == {"pass"}


def test_reports_the_model_and_not_the_request() -> None:
    described = Catalogue.packaged().load("ai-model-inference@2025-04-01").operation("getEmbeddings")
    made = exchange("embeddings", FLAT, status=422, points=["dimensions.format:valid"], expect="accept")
    made = replace(made, case=replace(made.case, document="ai-model-inference@2025-04-01"))
    (verdict,) = judge(made, described, [rule_named("BOUNDARY-003")])
    assert verdict.outcome == "inconclusive"


def test_is_not_an_error_elsewhere() -> None:
    assert "violation" in outcomes("azure-openai@2024-10-21", "embeddings_create", FLAT)


@pytest.mark.parametrize("change", [{"status": 400}, {"code": None}, {"message": None}, {"status": None}])
def test_must_contain_the_status_a_code_and_a_message(change: dict[str, Any]) -> None:
    body = FLAT | change
    assert "violation" in outcomes("ai-model-inference@2025-04-01", "getEmbeddings", body)


def test_an_error_object_is_equally_valid() -> None:
    body = {"error": {"code": "x", "message": "y"}}
    assert outcomes("ai-model-inference@2025-04-01", "getEmbeddings", body) == {"pass"}
