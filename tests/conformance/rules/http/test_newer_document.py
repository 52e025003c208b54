"""Features of 2025-01-01-preview: ranges of types, headers of errors, discriminated bases."""

from __future__ import annotations

import json
from typing import Any

import pytest

from aoai_conformance.exchange import Exchange
from aoai_conformance.judging.judge import judge
from aoai_conformance.rule import rule_named
from aoai_conformance.views.drift import drift
from aoai_model.case import Case, JsonBody, PlannedRequest, Point
from aoai_model.exchange import Request, Response
from aoai_specs.catalogue import Catalogue
from aoai_specs.document import Document

NAME = "azure-openai@2025-01-01-preview"


@pytest.fixture(scope="module")
def document() -> Document:
    return Catalogue.packaged().load(NAME)


def outcome(
    document: Document,
    rule: str,
    operation: str,
    status: int,
    headers: dict[str, str],
    content: bytes = b"{}",
    *,
    point: str | None = None,
) -> str:
    described = document.operation(operation)
    request = PlannedRequest("POST", described.path, {"api-version": "2025-01-01-preview"}, body=JsonBody({}))
    points = (
        () if point is None else (Point(point, point, "reject", "must", f"{NAME}#/info", "It is wrong."),)
    )
    expect = "reject" if points else "accept"
    case = Case("by-hand", NAME, operation, described.kind, request, expect, points, "protocol")
    sent = Request("POST", "http://127.0.0.1:1/openai", (), b"{}")
    response = Response(status, tuple(headers.items()), content, None, 0.1, 0.2, True)
    (verdict,) = judge(Exchange(case, sent, response), described, [rule_named(rule)])
    return verdict.outcome


@pytest.mark.parametrize(
    ("media_type", "expected"),
    [("audio/mpeg", "pass"), ("application/octet-stream", "pass"), ("video/mp4", "violation")],
)
def test_a_range_declares_each_of_its_types(document: Document, media_type: str, expected: str) -> None:
    headers = {"content-type": media_type}
    assert outcome(document, "HTTP-003", "GenerateSpeechFromText", 200, headers, b"ID3") == expected


def test_a_header_is_required_only_on_the_path_of_the_operation(document: Document) -> None:
    body = json.dumps({"error": {"code": "404", "message": "There is none."}}).encode()
    headers = {"content-type": "application/json"}

    def missed(**more: Any) -> str:
        return outcome(document, "HTTP-007", "GetChatCompletions", 404, headers, body, **more)

    assert missed(point="deployment:unknown") == "violation"
    assert missed(point="path:unknown") == "not_applicable"


def test_fields_of_what_a_discriminator_selects_are_declared(document: Document) -> None:
    call = {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{}"}, "colour": "red"}
    pointer = "#/components/schemas/ChatResponseMessage"
    found = [each.pointer for each in drift(document, pointer, {"role": "assistant", "tool_calls": [call]})]
    assert found == ["/tool_calls/0/colour"]


def test_lists_the_options_of_a_discriminator(document: Document) -> None:
    schemas = "#/components/schemas"
    calls = document.selected_at(f"{schemas}/ChatCompletionsToolCall")
    assert calls == (f"{schemas}/ChatCompletionsFunctionToolCall",)
    assert document.selected_at(f"{schemas}/CompletionsUsage") == ()
