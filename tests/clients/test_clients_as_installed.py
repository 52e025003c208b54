"""Clients with nothing but an address and a key, against an emulator that accepts every deployment."""

from __future__ import annotations

import io
import wave

import openai
import pytest
from azure.ai.inference import ChatCompletionsClient, EmbeddingsClient
from azure.core.credentials import AzureKeyCredential

import aoai_emulator

MESSAGES = [{"role": "user", "content": "hi"}]
KEY = "a key with spaces"


@pytest.fixture(scope="module")
def url():
    with aoai_emulator.run_emulator(any_deployment=True) as emulator:
        yield emulator.url


@pytest.fixture(params=["/v1", "/openai/v1/"])
def plain(request, url):
    with openai.OpenAI(base_url=url + request.param, api_key=KEY, max_retries=0) as client:
        yield client


def test_the_plain_openai_client_chats_and_streams(plain):
    whole = plain.chat.completions.create(model="my-model", messages=MESSAGES)
    chunks = plain.chat.completions.create(model="my-model", messages=MESSAGES, stream=True)
    deltas = (choice.delta.content or "" for chunk in chunks for choice in chunk.choices)
    assert "".join(deltas) == whole.choices[0].message.content
    assert whole.model == "my-model"


def test_the_plain_openai_client_reaches_the_other_operations(plain):
    assert len(plain.embeddings.create(model="my-vectors", input="a").data[0].embedding) == 1536
    assert plain.completions.create(model="my-model", prompt="a").choices[0].text
    assert plain.images.generate(model="my-images", prompt="a").data[0].url
    assert [model.id for model in plain.models.list()]
    stored = plain.files.create(file=("a.jsonl", b"{}\n"), purpose="batch")
    assert plain.files.retrieve(stored.id).filename == "a.jsonl"
    assert plain.uploads.create(
        filename="a.jsonl", bytes=10, mime_type="application/jsonl", purpose="batch"
    ).id
    assert plain.batches.list().data == []


def test_the_plain_openai_client_transcribes(plain):
    content = io.BytesIO()
    with wave.open(content, "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes(bytes(16000))
    heard = plain.audio.transcriptions.create(model="my-ears", file=("a.wav", content.getvalue()))
    assert heard.text


@pytest.mark.parametrize("version", ["2024-02-15-preview", "2024-12-01-preview", "2025-02-01-preview"])
def test_the_azure_client_may_have_any_known_version(url, version):
    with openai.AzureOpenAI(azure_endpoint=url, api_key=KEY, api_version=version, max_retries=0) as client:
        assert client.chat.completions.create(model="my-model", messages=MESSAGES).choices


def test_the_azure_client_with_a_token_may_use_the_v1_address(url):
    with openai.AzureOpenAI(
        base_url=f"{url}/openai/v1", azure_ad_token=KEY, api_version="preview", max_retries=0
    ) as client:
        assert [model.id for model in client.models.list()]  # chats have a path of this client's own


@pytest.mark.parametrize("path", ["/models", ""])
def test_azure_ai_inference_needs_no_version_and_no_prefix(url, path):
    credential = AzureKeyCredential(KEY)
    with ChatCompletionsClient(endpoint=url + path, credential=credential) as client:
        assert client.complete(messages=MESSAGES).choices[0].message.content
        assert client.get_model_info().model_name
        assert client.complete(messages=MESSAGES, model="my-model").model == "my-model"
    with EmbeddingsClient(endpoint=url + path, credential=credential) as client:
        assert client.embed(input=["a"]).data
