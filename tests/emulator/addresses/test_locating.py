"""The addresses at which an operation can be reached: versions, the OpenAI layout, serverless endpoints."""

from __future__ import annotations

import io
import wave

import httpx
import pytest

from aoai_emulator import choose_documents, parse_deployments
from aoai_emulator.app import create_app
from aoai_emulator.settings import Settings

MESSAGES = [{"role": "user", "content": "hi"}]
CHAT = "/openai/deployments/gpt-4o/chat/completions"
SERVED = "x-emulator-api-version"


@pytest.fixture(scope="module")
def everything():
    documents = choose_documents()
    return create_app(Settings(documents=documents, versions="nearest"))


@pytest.fixture
def http(everything):
    return client_of(everything)


@pytest.fixture
def whole_second():
    content = io.BytesIO()
    with wave.open(content, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(16000))
    return content.getvalue()


def client_of(app):
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://emulator.test", headers={"api-key": "any"}
    )


async def chat(http, path, version=None, **fields):
    params = {} if version is None else {"api-version": version}
    return await http.post(path, params=params, json={"messages": MESSAGES, **fields})


async def test_the_nearest_document_is_announced(http):
    response = await chat(http, CHAT, "2025-02-01-preview")
    assert response.status_code == 200
    assert response.headers[SERVED] == "2025-01-01-preview"


async def test_a_document_of_the_requested_version_is_not_announced(http):
    response = await chat(http, CHAT, "2024-10-21")
    assert response.status_code == 200
    assert SERVED not in response.headers


async def test_the_nearest_document_judges_the_request(http):
    older = await chat(http, CHAT, "2024-07-01-preview", temperature=3)
    assert older.headers[SERVED] == "2024-06-01"
    assert older.json()["error"]["param"] == "temperature"


@pytest.mark.parametrize("version", ["1999-01-01", "v1", "", None])
async def test_an_unknown_version_is_rejected_as_the_service_rejects_it(http, version):
    response = await chat(http, CHAT, version)
    assert response.status_code == 404
    assert response.json() == {"error": {"code": "404", "message": "Resource not found"}}


async def test_an_unknown_version_of_model_inference_is_a_bad_request(http):
    response = await chat(http, "/models/chat/completions", "2025-02-01-preview")
    assert response.status_code == 400
    assert response.json()["error"]["message"] == "API version not supported"


async def test_exact_versions_are_those_of_the_documents(document):
    http = client_of(create_app(Settings(documents=(document,))))
    assert (await chat(http, CHAT, "2024-10-21")).status_code == 200
    assert (await chat(http, CHAT, "2025-02-01-preview")).status_code == 404


@pytest.mark.parametrize("prefix", ["/v1", "/openai/v1"])
@pytest.mark.parametrize("version", [None, "v1", "latest", "preview"])
async def test_the_openai_layout_takes_the_model_from_the_body(http, prefix, version):
    response = await chat(http, f"{prefix}/chat/completions", version, model="gpt-4o")
    assert response.status_code == 200
    assert response.json()["model"] == "gpt-4o-2024-08-06"
    assert response.headers.get(SERVED) == (None if version == "v1" else "v1")


async def test_the_openai_layout_rejects_dated_versions(http):
    response = await chat(http, "/v1/chat/completions", "2024-10-21", model="gpt-4o")
    assert response.status_code == 400
    assert response.json()["error"]["message"] == "API version not supported"


async def test_the_openai_layout_requires_a_model(http):
    response = await chat(http, "/v1/chat/completions")
    assert response.status_code == 400
    assert response.json()["error"]["message"] == "you must provide a model parameter"


async def test_the_openai_layout_rejects_an_unknown_model(http):
    response = await chat(http, "/v1/chat/completions", model="nobody")
    assert response.status_code == 404
    assert response.json()["error"]["code"] == "DeploymentNotFound"


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/models/chat/completions", "/chat/completions"])
@pytest.mark.parametrize("model", ["text-embedding-3-small", "whisper"])
async def test_a_model_of_another_kind_is_rejected_where_the_body_names_it(http, path, model):
    version = None if path.startswith("/v1") else "2025-04-01"
    response = await chat(http, path, version, model=model)
    assert response.status_code == 400
    assert response.json()["error"]["code"] == "OperationNotSupported"


async def test_a_chat_model_embeds_nothing_in_any_layout(http):
    for path, fields in (
        ("/openai/deployments/gpt-4o/embeddings?api-version=2024-10-21", {}),
        ("/v1/embeddings", {"model": "gpt-4o"}),
        ("/models/embeddings?api-version=2025-04-01", {"model": "gpt-4o"}),
        ("/embeddings?api-version=2025-04-01", {"model": "gpt-4o"}),
    ):
        response = await http.post(path, json={"input": ["a"], **fields})
        assert response.json()["error"]["code"] == "OperationNotSupported", path


async def test_a_form_of_the_openai_layout_names_its_model(http, whole_second):
    files = {"file": ("a.wav", whole_second, "audio/wav")}
    response = await http.post("/v1/audio/transcriptions", data={"model": "whisper"}, files=files)
    assert response.status_code == 200
    assert response.json()["text"]
    missing = await http.post("/v1/audio/transcriptions", files=files)
    assert missing.json()["error"]["message"] == "you must provide a model parameter"
    wrong = await http.post("/v1/audio/transcriptions", data={"model": "gpt-4o"}, files=files)
    assert wrong.json()["error"]["code"] == "OperationNotSupported"


async def test_the_openai_layout_stores_files_and_lists_models(http):
    files = {"file": ("a.jsonl", b"{}\n", "application/jsonl")}
    stored = await http.post("/v1/files", data={"purpose": "batch"}, files=files)
    assert stored.status_code in (200, 201)
    assert stored.headers[SERVED] == "v1"
    assert (await http.get(f"/openai/v1/files/{stored.json()['id']}")).status_code == 200
    assert (await http.get("/v1/models")).json()["data"]


@pytest.mark.parametrize("path", ["/v1/extensions/chat/completions", "/v1/deployments", "/v1/containers/a"])
async def test_the_openai_layout_lacks_what_no_document_describes_for_it(http, path):
    assert (await http.post(path, json={"model": "gpt-4o"})).status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/chat/completions", {"messages": MESSAGES}),
        ("POST", "/embeddings", {"input": ["a"]}),
        ("POST", "/images/embeddings", {"input": [{"image": "data:image/png;base64,iVBORw0KGgo="}]}),
        ("GET", "/info", None),
    ],
)
async def test_a_serverless_endpoint_has_no_prefix(http, method, path, body):
    response = await http.request(method, path, params={"api-version": "2025-05-15-preview"}, json=body)
    assert response.status_code == 200, response.text
    assert response.headers[SERVED] == "2025-04-01"


@pytest.mark.parametrize(
    ("path", "version", "status"),
    [
        ("/openai/deployments/thinking/chat/completions", "2024-10-21", 400),
        ("/openai/v1/chat/completions", None, 400),
        ("/models/chat/completions", "2024-05-01-preview", 422),
        ("/chat/completions", "2025-04-01", 422),
    ],
)
async def test_a_model_rejects_what_the_real_model_rejects_in_every_layout(path, version, status):
    deployments = parse_deployments(["thinking=o3-mini"])
    settings = Settings(documents=choose_documents(), versions="nearest", deployments=deployments)
    http = client_of(create_app(settings))
    accepted = await chat(http, path, version, model="thinking")
    assert accepted.status_code == 200, accepted.text
    rejected = await chat(http, path, version, model="thinking", max_tokens=20)
    assert rejected.status_code == status
    assert "max_tokens" in rejected.text
