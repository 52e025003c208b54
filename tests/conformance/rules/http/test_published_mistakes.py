"""Responses that only a mistake of the published document forbids are not reported at must or should."""

from __future__ import annotations

import json
from typing import Any

from by_hand import exchange

from aoai_conformance.exchange import Exchange
from aoai_conformance.judging.judge import judge
from aoai_conformance.rule import rule_named, rules
from aoai_model.case import Case, JsonBody, PlannedRequest
from aoai_model.exchange import Request, Response
from aoai_model.verdict import Verdict
from aoai_specs.catalogue import Catalogue
from aoai_specs.document import Operation

NAME = "azure-openai@2024-10-21"


def operation(kind: str) -> Operation:
    document = Catalogue.packaged().load(NAME, as_published=True)
    return next(each for each in document.operations.values() if each.kind == kind)


def judged(kind: str, sent: dict[str, Any], answer: Any) -> Verdict:
    of = operation(kind)
    request = PlannedRequest("POST", of.path, {"api-version": "2024-10-21"}, body=JsonBody(sent))
    case = Case("by-hand", NAME, of.id, kind, request, "accept", (), "point")
    response = Response(200, (("Content-Type", "application/json"),), json.dumps(answer).encode())
    exchange = Exchange(case, Request("POST", "http://127.0.0.1:1", (), json.dumps(sent).encode()), response)
    (verdict,) = judge(exchange, of, [rule_named("SCHEMA-001")])
    return verdict


def embedded(vector: Any) -> dict[str, Any]:
    entry = {"object": "embedding", "index": 0, "embedding": vector}
    usage = {"prompt_tokens": 1, "total_tokens": 1}
    return {"object": "list", "model": "m", "data": [entry], "usage": usage}


def test_a_base64_vector_is_valid_if_base64_was_requested() -> None:
    verdict = judged("embeddings", {"input": "hi", "encoding_format": "base64"}, embedded("AACAPw=="))
    assert verdict.outcome == "pass"
    assert verdict.quirks == ("base64-vector",)


def test_a_base64_vector_that_was_not_requested_is_reported() -> None:
    verdict = judged("embeddings", {"input": "hi"}, embedded("AACAPw=="))
    assert [(each.pointer, each.level) for each in verdict.violations] == [("/data/0/embedding", "must")]


def test_a_vector_of_neither_kind_is_reported() -> None:
    verdict = judged("embeddings", {"input": "hi", "encoding_format": "base64"}, embedded(True))
    assert [(each.pointer, each.level) for each in verdict.violations] == [("/data/0/embedding", "must")]


def test_overlapping_branches_are_a_mistake_of_the_document() -> None:
    verdict = judged("transcription", {}, {"text": "Hi.", "task": "transcribe"})
    assert {each.level for each in verdict.violations} == {"may"}


def test_a_value_that_matches_no_branch_is_reported() -> None:
    verdict = judged("transcription", {}, {"text": 7})
    assert "must" in {each.level for each in verdict.violations}


def test_the_services_form_of_a_401_satisfies_a_schema_that_requires_an_error() -> None:
    document = Catalogue.packaged().load("2025-01-01-preview", as_published=True)
    chat = next(each for each in document.operations.values() if each.kind == "chat")
    refused = exchange("chat", {"statusCode": 401, "message": "Unauthorized."}, status=401, expect="reject")
    reported = {each.rule_id for each in judge(refused, chat, rules()) if each.outcome == "violation"}
    assert "SCHEMA-001" not in reported
    bare = exchange("chat", {"message": "Unauthorized."}, status=401, expect="reject")
    # without the status it is no error at all, which is told once
    assert "ERROR-001" in {each.rule_id for each in judge(bare, chat, rules()) if each.outcome == "violation"}
