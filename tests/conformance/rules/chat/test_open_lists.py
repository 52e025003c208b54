"""Open lists: an unlisted value is drift, whatever makes the list open."""

from __future__ import annotations

from typing import Any

import pytest

from aoai_conformance.views.drift import drift
from aoai_specs.catalogue import Catalogue
from aoai_specs.document import Document
from aoai_specs.versions import DocumentName

LISTED = {"type": "string", "enum": ["stop", "length"]}
TEXT = {"type": "string", "description": "Or any other."}
NOTHING = {"type": "object", "nullable": True, "enum": [None]}
REFERRED = {"$ref": "#/components/schemas/listed"}


def beyond(schema: dict[str, Any], value: Any = "xyzzy") -> list[tuple[str, ...]]:
    """Return the listed values if a value is drift under this schema."""
    content = {
        "openapi": "3.0.0",
        "info": {"title": "One schema", "version": "1"},
        "paths": {},
        "components": {"schemas": {"listed": LISTED, "held": schema}},
    }
    document = Document(DocumentName.parse("azure-openai@2024-10-21"), content)
    return [each.declared for each in drift(document, "#/components/schemas/held", value)]


@pytest.mark.parametrize(
    "schema",
    [
        {**LISTED, "x-ms-enum": {"name": "Reason", "modelAsString": True}},
        {"anyOf": [TEXT, LISTED]},
        {"oneOf": [LISTED, {"type": "string"}]},
        {"anyOf": [{"type": ["string", "null"]}, REFERRED]},
        {"allOf": [{"anyOf": [TEXT, REFERRED]}], "nullable": True},
        {"anyOf": [{"anyOf": [TEXT, LISTED]}, NOTHING]},
        {"anyOf": [TEXT, {"oneOf": [LISTED, NOTHING]}]},
    ],
)
def test_a_value_beyond_an_open_list_is_drift(schema: dict[str, Any]) -> None:
    assert beyond(schema) == [("stop", "length")]
    assert beyond(schema, "stop") == []
    assert beyond(schema, None) == []


@pytest.mark.parametrize(
    "schema",
    [
        LISTED,
        {"anyOf": [{"type": "integer"}, LISTED]},
        {"anyOf": [{"type": "string", "pattern": "^ft:"}, LISTED]},
        {"anyOf": [TEXT, {"type": "array", "items": TEXT}]},
        {"allOf": [TEXT, LISTED]},
        {"oneOf": [{"anyOf": [TEXT, LISTED]}, {"type": "string", "enum": ["end"]}]},
    ],
)
def test_a_closed_list_is_checked_by_the_schema_and_a_text_without_a_list_by_no_rule(
    schema: dict[str, Any],
) -> None:
    assert beyond(schema) == []


def test_the_reasons_and_roles_of_the_surface_for_all_makers_are_open_lists() -> None:
    document = Catalogue.packaged().load("ai-model-inference@2025-04-01")
    choice = {"index": 0, "finish_reason": "xyzzy", "message": {"role": "Assistant", "content": "Hi."}}
    found = drift(document, "#/components/schemas/ChatCompletions", {"choices": [choice]})
    assert [each.pointer for each in found] == ["/choices/0/finish_reason", "/choices/0/message/role"]
    known = {**choice, "finish_reason": None, "message": {"role": "assistant", "content": "Hi."}}
    assert list(drift(document, "#/components/schemas/ChatCompletions", {"choices": [known]})) == []


@pytest.mark.parametrize(
    ("additional", "is_drift"), [({}, False), (True, False), (TEXT, False), (False, True)]
)
def test_a_field_is_drift_only_if_additional_fields_are_not_described(
    additional: object, is_drift: bool
) -> None:
    schema = {"type": "object", "properties": {"a": TEXT}, "additionalProperties": additional}
    assert beyond(schema, {"b": 1}) == ([()] if is_drift else [])
