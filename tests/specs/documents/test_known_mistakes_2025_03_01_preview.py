"""Mistakes of azure-openai@2025-03-01-preview about responses and vector stores that its overlay fixes."""

from __future__ import annotations

from typing import Any

import pytest

from aoai_specs.catalogue import Catalogue
from aoai_specs.document import Document

NAME = "azure-openai@2025-03-01-preview"
NOT_FOUND = {"error": {"message": "No such response", "type": "invalid_request_error", "code": None}}
ASKED = {"type": "message", "role": "user", "id": "msg_1", "content": [{"type": "input_text", "text": "Hi."}]}
SAID = {
    "type": "message",
    "role": "assistant",
    "id": "msg_2",
    "status": "completed",
    "content": [{"type": "output_text", "text": "Hello.", "annotations": []}],
}
EMPTY = {"object": "list", "data": [], "has_more": False, "first_id": None, "last_id": None}


@pytest.fixture(scope="module")
def document() -> Document:
    return Catalogue.packaged().load(NAME)


def lets_pass(document: Document, operation: str, body: Any, status: int = 200) -> bool:
    validator = document.operation(operation).response_validator(status, "application/json")
    assert validator is not None
    return validator.is_valid(body)


def accepts(document: Document, body: Any) -> bool:
    validator = document.operation("createResponse").request_validator("application/json")
    assert validator is not None
    return validator.is_valid(body)


def items(*found: Any) -> Any:
    return {"object": "list", "data": list(found), "has_more": False, "first_id": "msg_1", "last_id": "msg_2"}


def test_the_error_of_a_deletion_has_its_envelope(document: Document) -> None:
    assert lets_pass(document, "deleteResponse", NOT_FOUND, 404)
    assert not lets_pass(document, "deleteResponse", {"error": "No such response"}, 404)


def test_the_items_of_an_input_are_messages_of_both_sides(document: Document) -> None:
    assert lets_pass(document, "listInputItems", items(ASKED, SAID))
    assert not lets_pass(document, "listInputItems", items({**ASKED, "role": "nobody"}))
    assert not lets_pass(document, "listInputItems", items({**ASKED, "content": "Hi."}))


@pytest.mark.parametrize("operation", ["listInputItems", "List_Vector_Stores", "List_Vector_Store_Files"])
def test_an_empty_page_has_no_items_to_name(document: Document, operation: str) -> None:
    assert lets_pass(document, operation, EMPTY)
    assert not lets_pass(document, operation, {**EMPTY, "last_id": 1})


def test_what_the_model_said_can_be_sent_back(document: Document) -> None:
    assert accepts(document, {"model": "gpt-4o", "input": [ASKED, SAID]})
    assert not accepts(document, {"model": "gpt-4o", "input": [{**SAID, "content": [{"type": "said"}]}]})
