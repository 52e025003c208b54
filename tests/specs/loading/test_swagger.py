"""Swagger 2.0 descriptions are read as OpenAPI 3.0."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from aoai_specs.catalogue import Catalogue
from aoai_specs.document import Document

SWAGGER = """
swagger: '2.0'
info: {title: Older, version: 2030-01-01-preview}
x-ms-parameterized-host: {hostTemplate: '{endpoint}/openai'}
consumes: [application/json]
produces: [application/json]
security: [{ApiKeyAuth: []}]
securityDefinitions: {ApiKeyAuth: {type: apiKey, name: api-key, in: header}}
parameters:
  Version: {name: api-version, in: query, required: true, type: string, minLength: 1}
  Body: {name: body, in: body, required: true, schema: {$ref: '#/definitions/Request'}}
paths:
  /deployments/{deploymentId}/chat/completions:
    post:
      operationId: Chat
      parameters:
        - $ref: '#/parameters/Version'
        - {name: deploymentId, in: path, required: true, type: string}
        - $ref: '#/parameters/Body'
      responses:
        '200':
          description: ''
          schema: {$ref: '#/definitions/Answer'}
          headers: {x-request-id: {type: string}}
        default: {description: '', schema: {type: object}}
  /deployments/{deploymentId}/audio/transcriptions:
    post:
      operationId: Transcribe
      consumes: [multipart/form-data]
      produces: [text/plain, application/json]
      parameters:
        - {name: file, in: formData, required: true, type: file}
        - {name: temperature, in: formData, type: number, maximum: 1}
      responses:
        '200': {description: '', schema: {type: string}}
definitions:
  Request:
    type: object
    required: [messages]
    properties:
      messages: {type: array, items: {$ref: '#/definitions/Message'}}
      stream: {type: boolean, x-nullable: true}
  Message:
    type: object
    discriminator: role
    required: [role]
    properties: {role: {type: string, enum: [user, tool]}, discriminator: {type: string}}
  User:
    allOf: [{$ref: '#/definitions/Message'}]
    x-ms-discriminator-value: user
    required: [content]
    properties: {content: {type: string}}
  Answer: {type: object, required: [id], properties: {id: {type: string}}}
"""


@pytest.fixture
def older(tmp_path: Path) -> Document:
    path = tmp_path / "older.yaml"
    path.write_text(SWAGGER, encoding="utf-8")
    return Catalogue.packaged().load_file(str(path))


def test_reads_name_base_path_and_security(older: Document) -> None:
    assert str(older.name) == "azure-openai@2030-01-01-preview"
    assert older.base_path == "/openai"
    assert [dict(each) for each in older.operation("Chat").security] == [{"ApiKeyAuth": ()}]


def test_separates_parameters_from_the_body(older: Document) -> None:
    chat = older.operation("Chat")
    assert [(each.name, each.location) for each in chat.parameters] == [
        ("api-version", "query"),
        ("deploymentId", "path"),
    ]
    assert older.resolve(chat.parameters[0].pointer)["schema"] == {"type": "string", "minLength": 1}
    assert dict(chat.request_media) == {"application/json": "#/components/schemas/Request"}
    assert chat.request_required


def test_builds_a_form_from_form_fields(older: Document) -> None:
    validator = older.operation("Transcribe").request_validator("multipart/form-data")
    assert validator is not None
    assert validator.is_valid({"file": "a.wav", "temperature": 1})
    assert [error.pointer for error in validator.errors({"temperature": 2})] == ["/file", "/temperature"]


def test_keeps_media_types_and_headers_of_responses(older: Document) -> None:
    assert list(older.operation("Transcribe").responses["200"].media) == ["text/plain", "application/json"]
    assert list(older.operation("Chat").responses["200"].headers) == ["x-request-id"]


def test_reads_nullability_and_discriminators(older: Document) -> None:
    validator = older.operation("Chat").request_validator()
    assert validator is not None
    assert validator.is_valid(
        {"messages": [{"role": "user", "content": "x"}, {"role": "tool"}], "stream": None}
    )
    assert [error.pointer for error in validator.errors({"messages": [{"role": "user"}]})] == [
        "/messages/0/content"
    ]


def test_declares_the_stream(older: Document) -> None:
    media = older.operation("Chat").responses["200"].media["text/event-stream"]
    assert media.item_schema_pointer == "#/components/schemas/Answer"


def test_names_the_line_of_a_broken_reference(tmp_path: Path) -> None:
    path = tmp_path / "older.yaml"
    path.write_text(SWAGGER.replace("#/definitions/Answer'}\n", "#/definitions/Anser'}\n"), encoding="utf-8")
    (warning,) = Catalogue.packaged().load_file(str(path)).warnings
    assert re.search(r"older\.yaml, line 23: .*Anser", warning)
