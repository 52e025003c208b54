"""Deployments of other known models: what each rejects, and that each serves only operations of its kind."""

from __future__ import annotations

import base64
import io
import wave
from typing import Any

import pytest

CUE = "[emulate: prompt filtered]"
FILES = {"file": ("words.txt", b"These are only words.", "audio/wav")}


def recording() -> bytes:
    held = io.BytesIO()
    with wave.open(held, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(16_000))
    return held.getvalue()


def invalid(message: str, param: str | None = None, code: str | None = None) -> dict[str, Any]:
    return {"message": message, "type": "invalid_request_error", "param": param, "code": code}


async def post(client, path: str, **fields: Any):
    return await client.http.post(f"/openai/deployments/it/{path}", json=fields)


NO_DIMENSIONS = invalid("This model does not support specifying dimensions.")
TOO_MANY = invalid(
    "Too many inputs. The max number of inputs is 16.  We hope to increase the number of inputs per request "
    "soon. Please contact us through an Azure support request at: "
    "https://go.microsoft.com/fwlink/?linkid=2213926 for further questions."
)
ONE_PICTURE = invalid("You must provide n=1 for this model.")
SIZE = invalid("The size is not supported by this model.", code="invalid_size")
OF_TURBO = {
    "code": "BadRequest",
    "message": "logprobs, best_of and echo parameters are not available on gpt-35-turbo model. Please remove "
    "the parameter and try again. For more details, see https://go.microsoft.com/fwlink/?linkid=2227346.",
}
TOGETHER = invalid("Setting 'echo' and 'logprobs' at the same time is not supported for this model.")


@pytest.mark.parametrize(
    ("model", "path", "fields", "error"),
    [
        ("text-embedding-ada-002", "embeddings", {"input": "a", "dimensions": 1536}, NO_DIMENSIONS),
        ("text-embedding-ada-002-1", "embeddings", {"input": ["a"] * 17}, TOO_MANY),
        ("gpt-35-turbo-0301", "completions", {"prompt": "a", "logprobs": 1}, OF_TURBO),
        ("gpt-35-turbo-0301", "completions", {"prompt": "a", "best_of": 2}, OF_TURBO),
        ("gpt-35-turbo-0301", "completions", {"prompt": "a", "echo": True}, OF_TURBO),
        ("gpt-35-turbo-instruct", "completions", {"prompt": "a", "echo": True, "logprobs": 1}, TOGETHER),
        ("dall-e-3", "images/generations", {"prompt": "a", "n": 2}, ONE_PICTURE),
        ("dall-e-3", "images/generations", {"prompt": "a", "size": "512x512"}, SIZE),
        ("dall-e-2", "images/generations", {"prompt": "a", "size": "1792x1024"}, SIZE),
        (
            "gpt-image-1",
            "images/generations",
            {"prompt": "a", "response_format": "url"},
            invalid("Unknown parameter: 'response_format'.", "response_format", "unknown_parameter"),
        ),
        (
            "gpt-image-1",
            "images/generations",
            {"prompt": "a", "quality": "standard"},
            invalid(
                "Invalid value: 'standard'. Supported values are: 'low', 'medium', 'high', and 'auto'.",
                "quality",
                "invalid_value",
            ),
        ),
    ],
    ids=lambda value: str(value)[:50],
)
async def test_a_model_rejects(emulator, newer, model, path, fields, error):
    response = await post(emulator(deployed=[f"it={model}"], served=newer), path, **fields)
    assert response.status_code == 400
    assert response.json()["error"] == error


@pytest.mark.parametrize(
    ("model", "path", "fields"),
    [
        ("text-embedding-ada-002", "embeddings", {"input": ["a"] * 17}),
        ("text-embedding-ada-002-1", "embeddings", {"input": ["a"] * 16}),
        ("text-embedding-3-large", "embeddings", {"input": "a", "dimensions": 3072}),
        ("gpt-35-turbo-0301", "completions", {"prompt": "a", "max_tokens": 5, "n": 2}),
        ("gpt-35-turbo-instruct", "completions", {"prompt": "a", "logprobs": 1}),
        ("davinci-002", "completions", {"prompt": "a", "logprobs": 1, "echo": True, "best_of": 2}),
        ("dall-e-3", "images/generations", {"prompt": "a", "n": 1, "size": "1792x1024", "style": "vivid"}),
        ("dall-e-2", "images/generations", {"prompt": "a", "n": 2, "size": "256x256"}),
    ],
    ids=lambda value: str(value)[:50],
)
async def test_a_model_accepts(emulator, newer, model, path, fields):
    response = await post(emulator(deployed=[f"it={model}"], served=newer), path, **fields)
    assert response.status_code == 200


async def test_a_large_embedding_has_the_length_of_its_model(emulator):
    response = await post(emulator(deployed=["it=text-embedding-3-large"]), "embeddings", input="a")
    assert len(response.json()["data"][0]["embedding"]) == 3072


@pytest.mark.parametrize("flavour", ["azure", "strict"])
async def test_a_picture_prompt_that_violates_the_policy_is_rejected(emulator, flavour):
    client = emulator(deployed=["it=dall-e-3"], flavour=flavour)
    response = await post(client, "images/generations", prompt=f"A picture. {CUE}")
    assert response.status_code == 400
    client.check(response)
    error = response.json()["error"]
    inner = error.pop("inner_error")
    assert error == {
        "code": "content_policy_violation",
        "message": "Your request was rejected as a result of our safety system. "
        "Your prompt may contain text that is not allowed by our safety system.",
        "type": "invalid_request_error",
    }
    assert inner["code"] == "ResponsibleAIPolicyViolation"
    assert inner["content_filter_results"]["violence"]["filtered"] is True


async def test_a_gpt_image_is_returned_as_base64(emulator):
    response = await post(emulator(deployed=["it=gpt-image-1"]), "images/generations", prompt="a")
    (picture,) = response.json()["data"]
    assert "url" not in picture
    assert base64.b64decode(picture["b64_json"]).startswith(b"\x89PNG")


@pytest.mark.parametrize("path", ["audio/transcriptions", "audio/translations"])
async def test_whisper_answers_an_unknown_format_with_424(emulator, path):
    client = emulator(deployed=["it=whisper"])
    response = await client.http.post(f"/openai/deployments/it/{path}", files=FILES)
    assert response.status_code == 424
    assert response.json()["error"] == invalid(
        "Unrecognized file format. Supported formats: "
        "['flac', 'm4a', 'mp3', 'mp4', 'mpeg', 'mpga', 'oga', 'ogg', 'wav', 'webm']"
    )
    assert response.headers["ms-azureml-model-error-reason"] == "model_error"


@pytest.mark.parametrize("path", ["audio/transcriptions", "audio/translations"])
async def test_whisper_answers_a_missing_file_with_an_empty_body(emulator, path):
    fields = {"response_format": (None, "json")}
    client = emulator(deployed=["it=whisper"])
    response = await client.http.post(f"/openai/deployments/it/{path}", files=fields)
    assert response.status_code == 400
    assert response.content == b""
    assert response.headers["content-length"] == "0"
    assert "content-type" not in response.headers
    strict = emulator(deployed=["it=whisper"], flavour="strict")
    response = await strict.http.post(f"/openai/deployments/it/{path}", files=fields)
    assert response.json()["error"]["param"] == "file"


async def test_whisper_transcribes_a_recording(emulator):
    client = emulator(deployed=["it=whisper"])
    response = await client.http.post(
        "/openai/deployments/it/audio/transcriptions",
        files={"file": ("a.wav", recording(), "audio/wav")},
        data={"response_format": "verbose_json"},
    )
    assert response.json()["duration"] == 1.0


@pytest.mark.parametrize("form", ["srt", "vtt", "verbose_json"])
async def test_gpt_4o_transcribe_writes_json_or_text_only(emulator, form):
    client = emulator(deployed=["it=gpt-4o-transcribe"])
    files = {"file": ("a.wav", recording(), "audio/wav")}
    path = "/openai/deployments/it/audio/transcriptions"
    response = await client.http.post(path, files=files, data={"response_format": form})
    assert response.status_code == 400
    assert response.json()["error"] == invalid(
        f"response_format '{form}' is not compatible with model 'gpt-4o-transcribe'. "
        "Use 'json' or 'text' instead.",
        "response_format",
        "unsupported_value",
    )
    for known in ("json", "text"):
        assert (await client.http.post(path, files=files, data={"response_format": known})).status_code == 200


async def test_gpt_4o_transcribe_rejects_an_unknown_format(emulator):
    client = emulator(deployed=["it=gpt-4o-transcribe"])
    response = await client.http.post("/openai/deployments/it/audio/transcriptions", files=FILES)
    assert response.status_code == 400
    assert response.json()["error"] == invalid(
        "This model does not support the format you provided.", "messages", "unsupported_format"
    )


OPERATIONS = {
    "chat/completions": "chatCompletion",
    "completions": "completion",
    "embeddings": "embeddings",
    "images/generations": "imageGeneration",
    "audio/transcriptions": "audioTranscription",
    "audio/translations": "audioTranslation",
}


@pytest.mark.parametrize(
    ("model", "served"),
    [
        ("gpt-5", {"chat/completions"}),
        ("gpt-4o", {"chat/completions"}),
        ("gpt-35-turbo-0613", {"chat/completions"}),
        ("gpt-35-turbo-0301", {"chat/completions", "completions"}),
        ("gpt-35-turbo-instruct", {"completions"}),
        ("davinci-002", {"completions"}),
        ("text-embedding-ada-002", {"embeddings"}),
        ("whisper", {"audio/transcriptions", "audio/translations"}),
        ("gpt-4o-transcribe", {"audio/transcriptions"}),
        ("dall-e-3", {"images/generations"}),
        ("tts", set()),
        ("gpt-5-codex", set()),
    ],
)
async def test_a_deployment_serves_the_operations_of_its_kind_only(emulator, model, served):
    client = emulator(deployed=[f"it={model}"])
    for path, name in OPERATIONS.items():
        response = await post(client, path)
        error = response.json()["error"]
        if path in served:
            assert error["code"] != "OperationNotSupported"
        else:
            assert response.status_code == 400
            assert error["code"] == "OperationNotSupported"
            assert error["message"].startswith(
                f"The {name} operation does not work with the specified model, {model}."
            )


async def test_a_deployment_that_is_not_configured_does_not_exist(emulator):
    client = emulator(deployed=["it=gpt-4o"])
    response = await client.chat(checked=False)
    assert response.status_code == 404
    assert response.json()["error"]["code"] == "DeploymentNotFound"
