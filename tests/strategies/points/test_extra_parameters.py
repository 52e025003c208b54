"""An undeclared field must be accepted only if the request declares that it may be present."""

from __future__ import annotations

import pytest

from aoai_model.case import Edit, JsonBody
from aoai_specs.catalogue import Catalogue
from aoai_strategies.planning.planning import plan
from aoai_strategies.points.points import OperationPoints

INFERENCE = Catalogue.packaged().load("ai-model-inference@2025-04-01")


@pytest.mark.parametrize("operation", ["getChatCompletions", "getEmbeddings", "getImageEmbeddings"])
def test_an_undeclared_field_has_the_header_that_makes_the_server_drop_it(operation: str) -> None:
    (undeclared,) = (
        one
        for one in OperationPoints.of(INFERENCE.operation(operation)).planned
        if one.point.id == "body.additionalProperties:undeclared"
    )
    assert undeclared.point.expect == "accept"
    assert undeclared.point.edits[0] == Edit("header:extra-parameters", "drop")


def test_a_version_without_the_header_gets_the_field_alone() -> None:
    embeddings = Catalogue.packaged().load("azure-openai@2024-10-21").operation("embeddings_create")
    (undeclared,) = (
        one
        for one in OperationPoints.of(embeddings).planned
        if one.point.id == "body.additionalProperties:undeclared"
    )
    assert [edit.pointer for edit in undeclared.point.edits] == ["/undeclared_property"]


def test_no_packed_request_has_an_undeclared_field_that_its_header_rejects() -> None:
    cases = [
        case
        for case in plan(INFERENCE, profile="standard").cases
        if case.expect != "reject"
        and isinstance(case.request.body, JsonBody)
        and isinstance(case.request.body.value, dict)
        and "undeclared_property" in case.request.body.value
    ]
    assert len(cases) >= 3
    assert {case.request.headers.get("extra-parameters") for case in cases} == {"drop", "pass-through"}


def test_a_header_is_sent_without_the_header_that_it_requires() -> None:
    start = Catalogue.packaged().load("azure-openai@2023-10-01-preview").operation("IngestionJobs_Create")
    named = "embeddingKey:missing-beside-embeddingEndpoint"
    (found,) = (one for one in OperationPoints.of(start).planned if one.point.id == named)
    assert found.point.expect == "reject"
    assert "embeddingEndpoint" in found.request.headers
    assert "embeddingKey" not in found.request.headers


@pytest.mark.parametrize(
    ("operation", "name"), [("getResponse", "include[]"), ("listConversationItems", "include")]
)
def test_an_item_of_a_parameter_is_sent_under_the_name_of_the_parameter(operation: str, name: str) -> None:
    planned = OperationPoints.of(Catalogue.packaged().load("azure-openai@v1").operation(operation)).planned
    of_items = [one for one in planned if one.point.id.startswith(f"{name}[].enum:")]
    assert of_items
    assert {edit.pointer for one in of_items for edit in one.point.edits} == {f"query:{name}"}
