"""The emulator serves whatever document it is given: its paths, its versions, only the fields it knows."""

from __future__ import annotations

import httpx
import pytest

from aoai_emulator.app import create_app
from aoai_emulator.settings import Settings
from aoai_specs.catalogue import Catalogue

ELDER = """
openapi: 3.0.0
info: {title: Azure OpenAI, version: '2022-01-01'}
servers:
  - url: https://{endpoint}/openai
    variables: {endpoint: {default: x.example.com}}
paths:
  /deployments/{deploymentId}/chat/completions:
    post:
      operationId: talk
      parameters:
        - {in: path, name: deploymentId, required: true, schema: {type: string}}
        - {in: query, name: api-version, required: true, schema: {type: string}}
      requestBody:
        required: true
        content:
          application/json:
            schema:
              type: object
              required: [messages]
              properties:
                messages: {type: array, minItems: 1, items: {$ref: '#/components/schemas/message'}}
                n: {type: integer, minimum: 1, maximum: 3}
      responses:
        '200': {description: OK, content: {application/json: {schema: {type: object}}}}
components:
  schemas:
    message:
      type: object
      required: [role, content]
      properties: {role: {type: string, enum: [user]}, content: {type: string}}
"""
CHAT = "/openai/deployments/gpt-4o/chat/completions"
BODY = {"messages": [{"role": "user", "content": "hi"}]}


@pytest.fixture
def http(document, tmp_path):
    path = tmp_path / "elder.yaml"
    path.write_text(ELDER)
    elder = Catalogue.packaged().load_file(str(path))
    app = create_app(Settings(documents=(elder, document)))
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://emulator.test", headers={"api-key": "any"}
    )


async def post(http, version, path=CHAT, **fields):
    return await http.post(path, params={"api-version": version}, json={**BODY, **fields})


async def test_each_version_is_judged_by_its_own_document(http):
    assert (await post(http, "2024-10-21", n=4)).status_code == 200
    assert (await post(http, "2022-01-01", n=3)).status_code == 200
    assert (await post(http, "2022-01-01", n=4)).json()["error"]["param"] == "n"
    assert (await post(http, "2023-01-01")).status_code == 404


async def test_a_path_that_a_version_lacks_is_a_resource_not_found(http):
    path = "/openai/deployments/gpt-35-turbo-instruct/completions"
    assert (await post(http, "2024-10-21", path, prompt="a")).status_code == 200
    response = await post(http, "2022-01-01", path, prompt="a")
    assert response.status_code == 404
    assert response.json()["error"]["message"] == "Resource not found"


async def test_a_field_that_a_version_does_not_declare_is_ignored(http):
    strange = {"tools": 5, "stop": {"a": 1}, "max_tokens": "many", "stream_options": [], "logit_bias": [1]}
    response = await post(http, "2022-01-01", **strange, stream=True)
    assert response.status_code == 200
    assert response.json()["object"] == "chat.completion"


async def test_a_field_that_a_role_does_not_have_is_ignored(http):
    odd = {"role": "user", "content": "hi", "name": "a", "tool_calls": [5], "function_call": [5]}
    assert (await post(http, "2024-10-21", messages=[odd])).status_code == 200
