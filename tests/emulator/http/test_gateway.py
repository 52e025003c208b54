"""Checks before a model is called: credentials, api-version, deployment, method, media type, size."""

from __future__ import annotations

import json

import pytest

CHAT = "/openai/deployments/gpt-4o/chat/completions"
BODY = {"messages": [{"role": "user", "content": "hi"}], "max_tokens": 3}


def without_key(client):
    del client.http.headers["api-key"]
    return client


async def post(client, **options):
    return await client.http.post(CHAT, json=BODY, **options)


async def test_answers_a_valid_request(client):
    response = await post(client)
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"


async def test_a_wrong_key_is_reported_as_such(client):
    response = await post(client, headers={"api-key": "wrong-key-for-conformance-test"})
    assert response.status_code == 401
    assert response.json()["error"]["code"] == "401"
    assert response.json()["error"]["message"].startswith("Access denied due to invalid subscription key")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": "Bearer wrong-token"},
        {"authorization": "Bearer"},
        {"authorization": "Bearer wrong words"},
        {"authorization": "Bearer "},
        {"authorization": "Basic any"},
        {"authorization": "any"},
        {"x-api-key": "any"},
    ],
)
async def test_without_a_usable_credential_the_401_has_its_bare_form(emulator, headers):
    azure = await post(without_key(emulator(flavour="azure")), headers=headers)
    strict = await post(without_key(emulator(flavour="strict")), headers=headers)
    assert azure.status_code == strict.status_code == 401
    assert azure.json()["statusCode"] == 401
    assert azure.json()["message"].startswith("Unauthorized. Access token is missing, invalid")
    assert strict.json()["error"]["code"] == "401"


@pytest.mark.parametrize("token", ["a.b-c_d", "two words", "sk-ü"])
async def test_any_bearer_token_is_accepted_too(client, token):
    headers = {"authorization": f"Bearer {token}".encode()}
    assert (await post(without_key(client), headers=headers)).status_code == 200


async def test_with_a_configured_key_only_that_key_is_accepted(emulator):
    client = emulator(api_key="wrong-on-purpose")
    assert (await post(client, headers={"api-key": "any"})).status_code == 401
    assert (await post(client, headers={"api-key": "wrong-on-purpose"})).status_code == 200
    without_key(client)
    assert (await post(client, headers={"authorization": "Bearer any"})).status_code == 401
    assert (await post(client, headers={"authorization": "Bearer wrong-on-purpose"})).status_code == 200


@pytest.mark.parametrize("version", [None, "", "2099-01-01", "latest", "2024-10-21-preview"])
async def test_an_api_version_that_is_missing_or_unknown_is_a_resource_not_found(emulator, version):
    client = emulator()
    client.http.params = {} if version is None else {"api-version": version}
    response = await post(client)
    assert response.status_code == 404
    assert response.json() == {"error": {"code": "404", "message": "Resource not found"}}


@pytest.mark.parametrize(
    "path",
    [
        "/nowhere",
        "/openai/deployments/gpt-4o",
        "/openai/deployments/gpt-4o/chat",
        CHAT + "/",
        "/openai/a/b/c/d",
    ],
)
async def test_an_unknown_path_is_a_resource_not_found(client, path):
    response = await client.http.post(path, json=BODY)
    assert response.status_code == 404
    assert response.json() == {"error": {"code": "404", "message": "Resource not found"}}


async def test_an_unknown_deployment_is_reported_as_such(client):
    response = await client.http.post("/openai/deployments/nobody/chat/completions", json=BODY)
    assert response.status_code == 404
    assert response.json()["error"]["code"] == "DeploymentNotFound"


async def test_a_deployment_of_another_kind_does_not_support_the_operation(client):
    response = await client.http.post("/openai/deployments/whisper/chat/completions", json=BODY)
    assert response.status_code == 400
    assert response.json()["error"]["code"] == "OperationNotSupported"
    assert "chatCompletion" in response.json()["error"]["message"]


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS"])
async def test_only_post_is_allowed(client, method):
    response = await client.http.request(method, CHAT)
    assert response.status_code == 405
    assert response.headers["allow"] == "POST"
    client.check(response)


@pytest.mark.parametrize(
    "media_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""]
)
async def test_a_body_of_another_media_type_is_rejected(client, media_type):
    response = await client.http.post(CHAT, content=json.dumps(BODY), headers={"content-type": media_type})
    assert response.status_code == 415
    client.check(response)


async def test_a_charset_beside_the_media_type_does_no_harm(client):
    headers = {"content-type": "Application/JSON; charset=utf-8"}
    response = await client.http.post(CHAT, content=json.dumps(BODY), headers=headers)
    assert response.status_code == 200


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b'"text"',
        b"null",
        b"{'a': 1}",
        b"\xff\xfe",
        b'{"messages": "\xe9"}',
        b'{"temperature": NaN}',
        b'{"temperature": 1e999}',
        b'{"user": "\\ud800"}',
        b'{"seed": ' + b"9" * 5000 + b"}",
        b'{"a":' * 90_000,
        b'{"a":' * 150 + b"1" + b"}" * 150,
        b"[" * 500_000,
        b'{"messages": [' + b"1," * 60_000 + b"1]}",
        b'{"messages": [1,]}',
    ],
    ids=lambda content: repr(content[:24]),
)
async def test_a_body_that_is_not_a_json_object_is_a_bad_request(client, content):
    response = await client.http.post(CHAT, content=content, headers={"content-type": "application/json"})
    assert response.status_code == 400
    assert response.json()["error"]["type"] == "invalid_request_error"
    client.check(response)


async def test_credentials_are_checked_first_and_the_body_last(client):
    wrong = {"api-key": "wrong", "content-type": "text/plain"}
    everything = await client.http.put(
        "/openai/deployments/nobody/chat/completions", content=b"{", headers=wrong
    )
    assert everything.status_code == 401
    deployment = await client.http.put("/openai/deployments/nobody/chat/completions", content=b"{")
    assert deployment.json()["error"]["code"] == "DeploymentNotFound"
    method = await client.http.put(CHAT, content=b"{", headers={"content-type": "text/plain"})
    assert method.status_code == 405
    media_type = await client.http.post(CHAT, content=b"{", headers={"content-type": "text/plain"})
    assert media_type.status_code == 415


async def test_every_response_has_a_unique_id(client):
    replies = [await post(client), await post(client), await client.http.get("/nowhere")]
    assert len({reply.headers["apim-request-id"] for reply in replies}) == 3


async def test_azure_adds_the_headers_of_the_real_service(emulator):
    response = await post(emulator(flavour="azure"), headers={"x-ms-client-request-id": "mine"})
    assert response.headers["x-ms-client-request-id"] == "mine"
    for name in (
        "x-request-id",
        "x-ms-region",
        "x-ratelimit-remaining-requests",
        "x-ratelimit-remaining-tokens",
        "azureml-model-session",
        "x-ms-rai-invoked",
        "x-content-type-options",
        "strict-transport-security",
        "x-ms-deployment-name",
    ):
        assert response.headers[name]


async def test_strict_sends_only_the_declared_header(emulator):
    response = await post(emulator(flavour="strict"))
    assert set(response.headers) == {"apim-request-id", "content-type", "content-length"}


async def test_azure_sends_param_null_if_no_field_is_at_fault(emulator):
    headers = {"content-type": "application/json"}
    azure = await emulator(flavour="azure").http.post(CHAT, content=b"{", headers=headers)
    strict = await emulator(flavour="strict").http.post(CHAT, content=b"{", headers=headers)
    assert azure.json()["error"]["param"] is None
    assert "param" not in strict.json()["error"]


async def test_it_identifies_itself_to_anyone(emulator):
    client = without_key(emulator("json-cut-off", flavour="strict"))
    identification = (await client.http.get("/")).json()
    assert identification["emulator"] == "aoai-emulator"
    assert identification["flavour"] == "strict"
    assert identification["faults"] == ["json-cut-off"]
    assert identification["documents"] == ["azure-openai@2024-10-21"]
    assert identification["deployments"] == {
        "chat": "gpt-4o",
        "extension-chat": "gpt-4o",
        "completions": "gpt-35-turbo-instruct",
        "embeddings": "text-embedding-3-small",
        "image-embeddings": "embed-v-4-0",
        "images": "dall-e-3",
        "transcription": "whisper",
        "translation": "whisper",
        "speech": "tts-1",
    }


async def test_an_internal_error_is_a_500_in_json(emulator, monkeypatch, caplog):
    import aoai_emulator.operations.chat as chat

    def broken(request):
        raise RuntimeError("boom")

    monkeypatch.setattr(chat, "only_text", broken)
    client = emulator(flavour="strict")
    response = await post(client)
    assert response.status_code == 500
    assert response.json()["error"]["code"] == "InternalServerError"
    assert "boom" not in response.text
    assert "boom" in caplog.text
    client.check(response)


async def test_a_whole_number_may_be_written_with_a_decimal_point(client):
    reply = await client.chat(n=2.0, max_tokens=3.0)
    assert reply.status_code == 200
    assert len(reply.json()["choices"]) == 2
