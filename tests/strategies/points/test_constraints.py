from __future__ import annotations

from collections.abc import Callable

from aoai_specs.document import Document, Operation
from aoai_specs.schemas.constraints import constraints

Describe = Callable[..., Operation]


def test_lists_a_bound_with_its_value_and_its_clause(chat: Operation) -> None:
    named = {constraint.name: constraint for constraint in constraints(chat)}
    maximum = named["temperature.maximum"]
    assert (maximum.field, maximum.keyword, maximum.value) == ("temperature", "maximum", 2)
    assert maximum.location == "body"
    assert maximum.source == "schema"
    assert maximum.clause.startswith("azure-openai@2024-10-21#/components/schemas/")
    assert maximum.clause.endswith("/temperature/maximum")


def test_lists_the_required_field_itself(chat: Operation) -> None:
    names = {constraint.name for constraint in constraints(chat)}
    assert "messages.required" in names
    assert "messages[tool].tool_call_id.required" in names


def test_lists_the_parameters_with_their_location(chat: Operation) -> None:
    locations = {constraint.field: constraint.location for constraint in constraints(chat)}
    assert locations["api-version"] == "query"
    assert locations["deployment-id"] == "path"


def test_lists_a_shared_schema_once_at_its_first_place(chat: Operation) -> None:
    texts = [one.name for one in constraints(chat) if one.clause.endswith("PartText/properties/text/type")]
    assert texts == ["messages[system].content[].text.type"]


def test_gives_each_constraint_a_unique_name(document: Document) -> None:
    for operation in document.operations.values():
        names = [constraint.name for constraint in constraints(operation)]
        assert len(names) == len(set(names)), operation.id


def test_gives_each_constraint_a_unique_clause(document: Document) -> None:
    for operation in document.operations.values():
        clauses = [(constraint.clause, constraint.keyword) for constraint in constraints(operation)]
        assert len(clauses) == len(set(clauses)), operation.id


def test_marks_constraints_that_only_the_prose_states(document: Document) -> None:
    images = document.operation("ImageGenerations_Create")
    assert {one.name for one in constraints(images) if one.source == "prose"} == {"prompt.maxLength"}


def test_distinguishes_equal_keywords_of_two_branches(describe: Describe) -> None:
    operation = describe(
        {
            "type": "object",
            "properties": {
                "id": {"anyOf": [{"type": "string", "minLength": 1}, {"type": "string", "minLength": 9}]}
            },
        }
    )
    assert [one.name for one in constraints(operation) if one.keyword == "minLength"] == [
        "id.minLength",
        "id.minLength-2",
    ]


def test_reads_forms_as_well(document: Document) -> None:
    names = {one.name for one in constraints(document.operation("Transcriptions_Create"))}
    assert {"file.required", "response_format.enum", "temperature.maximum"} <= names
