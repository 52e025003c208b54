from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from aoai_model.case import Plan
from aoai_specs.catalogue import Catalogue
from aoai_specs.document import Document, Operation
from aoai_specs.versions import DocumentName
from aoai_strategies.planning.planning import plan


@pytest.fixture(scope="session")
def document() -> Document:
    return Catalogue.packaged().load("azure-openai@2024-10-21")


@pytest.fixture(scope="session")
def chat(document: Document) -> Operation:
    return document.operation("ChatCompletions_Create")


@pytest.fixture(scope="session")
def standard(document: Document) -> Plan:
    return plan(document)


@pytest.fixture(scope="session")
def describe() -> Callable[..., Operation]:
    """Makes an operation whose request body has the given schema."""

    def made(
        schema: dict[str, Any],
        *,
        path: str = "/things",
        media_type: str = "application/json",
        components: dict[str, Any] | None = None,
        parameters: list[dict[str, Any]] | None = None,
        openapi: str = "3.0.0",
    ) -> Operation:
        content = {
            "openapi": openapi,
            "info": {"title": "Made up", "version": "2024-10-21"},
            "security": [{"apiKey": []}],
            "paths": {
                path: {
                    "post": {
                        "operationId": "Things_Create",
                        "parameters": parameters or [],
                        "requestBody": {"required": True, "content": {media_type: {"schema": schema}}},
                        "responses": {"200": {"description": "OK"}},
                    }
                }
            },
            "components": {
                "schemas": components or {},
                "securitySchemes": {"apiKey": {"type": "apiKey", "in": "header", "name": "api-key"}},
            },
        }
        made_up = Document(DocumentName.parse("azure-openai@2024-10-21"), content)
        return made_up.operation("Things_Create")

    return made
