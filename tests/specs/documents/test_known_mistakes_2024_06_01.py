"""Each known mistake of azure-openai@2024-06-01 is in the publication and fixed by the overlay."""

from __future__ import annotations

from typing import Any

import pytest

from aoai_specs.catalogue import Catalogue
from aoai_specs.document import Document
from aoai_specs.schemas.constraints import constraints

NAME = "azure-openai@2024-06-01"
HELLO: dict[str, Any] = {"messages": [{"role": "user", "content": "Hello"}]}
CALL: dict[str, Any] = {"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
SAFE = {"filtered": False, "severity": "safe"}


@pytest.fixture(scope="module")
def document() -> Document:
    return Catalogue.packaged().load(NAME)


@pytest.fixture(scope="module")
def published() -> Document:
    return Catalogue.packaged().load(NAME, as_published=True)


def accepts(document: Document, operation: str, body: Any, media_type: str = "application/json") -> bool:
    validator = document.operation(operation).request_validator(media_type)
    assert validator is not None
    return validator.is_valid(body)


def lets_pass(
    document: Document, operation: str, body: Any, status: int = 200, media_type: str = "application/json"
) -> bool:
    validator = document.operation(operation).response_validator(status, media_type)
    assert validator is not None
    return validator.is_valid(body)


def says(message: dict[str, Any]) -> dict[str, Any]:
    return {"messages": [*HELLO["messages"], message]}


def test_has_its_nine_operations(document: Document) -> None:
    assert [each.kind for each in document.operations.values()] == [
        "chat",
        "completions",
        "embeddings",
        "images",
        "transcription",
        "translation",
        "speech",
        "model-list",
        "deployment-list",
    ]
    assert document.base_path == "/openai"


@pytest.mark.parametrize("operation", ["ChatCompletions_Create", "Completions_Create"])
def test_streams_are_declared(published: Document, document: Document, operation: str) -> None:
    assert published.operation(operation).item_validator(200) is None
    assert document.operation(operation).item_validator(200) is not None


CHUNK: dict[str, Any] = {
    "id": "chatcmpl-1",
    "object": "chat.completion.chunk",
    "created": 1,
    "model": "m",
    "choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": None}],
    "usage": None,
}


@pytest.mark.parametrize(
    ("change", "lawful"),
    [
        ({}, True),
        ({"choices": [], "prompt_filter_results": [{"prompt_index": 0, "content_filter_results": {}}]}, True),
        ({"choices": [], "usage": {"prompt_tokens": 1, "total_tokens": 1}}, True),
        ({"object": "chat.completion"}, False),
        ({"usage": {}}, False),
        ({"choices": [{"index": 0, "delta": {}, "finish_reason": "done"}]}, False),
        ({"choices": [{"index": 0, "delta": {"tool_calls": [{"id": "1"}]}, "finish_reason": None}]}, False),
        (
            {
                "choices": [
                    {
                        "index": 0,
                        "delta": {
                            "content": None,
                            "tool_calls": [{"index": 0, "function": {"arguments": "{"}}],
                        },
                        "finish_reason": None,
                        "content_filter_results": {"hate": SAFE},
                    }
                ]
            },
            True,
        ),
    ],
)
def test_a_chunk_is_described(document: Document, change: dict[str, Any], lawful: bool) -> None:
    validator = document.operation("ChatCompletions_Create").item_validator(200)
    assert validator is not None
    assert validator.is_valid(CHUNK | change) is lawful


def test_a_piece_of_a_completion_is_described(document: Document) -> None:
    validator = document.operation("Completions_Create").item_validator(200)
    assert validator is not None
    piece = {"index": 0, "text": "a", "logprobs": None, "finish_reason": None}
    chunk = {"id": "c", "object": "text_completion", "created": 1, "model": "m", "choices": [piece]}
    assert validator.is_valid(chunk)
    assert not validator.is_valid({**chunk, "choices": [{**piece, "finish_reason": "tool_calls"}]})


@pytest.mark.parametrize(
    ("message", "lawful"),
    [
        ({"role": "system", "content": "x"}, True),
        ({"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:,"}}]}, True),
        ({"role": "assistant", "content": None, "tool_calls": [CALL]}, True),
        ({"role": "tool", "content": "x", "tool_call_id": "1"}, True),
        ({"role": "tool", "content": "x"}, False),
        ({"role": "user", "content": None}, False),
        ({"role": "user"}, False),
        ({"role": "user", "content": []}, False),
        ({"role": "system", "content": [{"type": "image_url", "image_url": {"url": "data:,"}}]}, False),
    ],
)
def test_a_message_must_match_its_role(document: Document, message: dict[str, Any], lawful: bool) -> None:
    assert accepts(document, "ChatCompletions_Create", says(message)) is lawful


def test_as_published_one_schema_serves_every_role(published: Document) -> None:
    assert accepts(published, "ChatCompletions_Create", says({"role": "tool", "content": "x"}))
    pictured = {"role": "user", "content": [{"type": "text", "text": "x"}]}
    assert not accepts(published, "ChatCompletions_Create", says(pictured))


def test_an_answer_has_the_role_assistant(published: Document, document: Document) -> None:
    def answer(role: str) -> dict[str, Any]:
        message = {"role": role, "content": "x"}
        choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
        head = {"id": "c", "object": "chat.completion", "created": 1, "model": "m"}
        return {**head, "choices": [choice]}

    for role, lawful in (("assistant", True), ("user", False)):
        assert lets_pass(published, "ChatCompletions_Create", answer(role))
        assert lets_pass(document, "ChatCompletions_Create", answer(role)) is lawful


@pytest.mark.parametrize(
    ("operation", "body"),
    [
        ("ChatCompletions_Create", {**HELLO, "temperature": None}),
        ("ChatCompletions_Create", {**HELLO, "top_p": None, "n": None}),
        ("ChatCompletions_Create", {**HELLO, "stream": None, "seed": None, "stop": None}),
        ("Completions_Create", {"prompt": "x", "max_tokens": None, "n": None, "stop": None}),
        ("Completions_Create", {"prompt": "x", "temperature": None, "top_p": None, "stream": None}),
        ("Embeddings_Create", {"input": "x", "encoding_format": None, "dimensions": None}),
    ],
)
def test_null_is_allowed_if_the_provider_allows_it(
    published: Document, document: Document, operation: str, body: Any
) -> None:
    assert not accepts(published, operation, body)
    assert accepts(document, operation, body)


def test_embeddings_are_numbers_or_base64(published: Document, document: Document) -> None:
    def answer(embedding: Any) -> dict[str, Any]:
        item = {"index": 0, "object": "embedding", "embedding": embedding}
        usage = {"prompt_tokens": 1, "total_tokens": 1}
        return {"object": "list", "model": "m", "data": [item], "usage": usage}

    assert not lets_pass(published, "Embeddings_Create", answer("AACAPw=="))
    for embedding in ("AACAPw==", [1.0, 0]):
        assert lets_pass(document, "Embeddings_Create", answer(embedding))
    assert not lets_pass(document, "Embeddings_Create", answer(["x"]))


def test_at_most_2048_texts_are_embedded(published: Document, document: Document) -> None:
    texts = ["x"] * 2049
    assert accepts(published, "Embeddings_Create", {"input": texts})
    assert not accepts(document, "Embeddings_Create", {"input": texts})
    assert accepts(document, "Embeddings_Create", {"input": texts[1:]})


@pytest.mark.parametrize("operation", ["AudioTranscriptions_Create", "AudioTranslations_Create"])
def test_a_transcript_may_be_text_or_verbose(published: Document, document: Document, operation: str) -> None:
    assert "text/plain" not in published.operation(operation).responses["200"].media
    assert lets_pass(document, operation, "1\n00:00:00,000 --> 00:00:01,000\nHi\n", media_type="text/plain")
    verbose = {"text": "a", "task": "transcribe", "language": "en", "duration": 1.5, "segments": [{"id": 0}]}
    assert lets_pass(document, operation, verbose)
    assert lets_pass(published, operation, {**verbose, "segments": "none"})
    assert not lets_pass(document, operation, {**verbose, "segments": "none"})


@pytest.mark.parametrize("operation", ["AudioTranscriptions_Create", "AudioTranslations_Create"])
def test_the_prose_bounds_the_temperature_of_a_transcript(document: Document, operation: str) -> None:
    stated = {each.name: each for each in constraints(document.operation(operation))}
    for name, bound in (("temperature.minimum", 0), ("temperature.maximum", 1)):
        assert (stated[name].value, stated[name].source) == (bound, "prose")


@pytest.mark.parametrize("media_type", ["audio/mpeg", "audio/opus", "audio/ogg", "audio/aac", "audio/flac"])
def test_speech_has_its_media_types(published: Document, document: Document, media_type: str) -> None:
    assert published.operation("AudioSpeech_Create").responses["200"].media_for(media_type) is None
    assert document.operation("AudioSpeech_Create").responses["200"].media_for(media_type) is not None
    assert document.operation("AudioSpeech_Create").responses["200"].media_for("application/octet-stream")


def test_speech_requires_a_text(published: Document, document: Document) -> None:
    spoken = {"model": "tts-1", "voice": "alloy", "input": ""}
    assert accepts(published, "AudioSpeech_Create", spoken)
    assert not accepts(document, "AudioSpeech_Create", spoken)
    assert accepts(document, "AudioSpeech_Create", {**spoken, "input": "a"})


def test_a_model_as_the_service_lists_it_passes(published: Document, document: Document) -> None:
    model = {
        "id": "gpt-35-turbo",
        "object": "model",
        "created_at": 1,
        "status": "succeeded",
        "lifecycle_status": "deprecating",
        "capabilities": {"inference": True},
        "deprecation": {"inference": 2},
    }
    answer = {"object": "list", "data": [model]}
    assert not lets_pass(published, "Models_List", answer)
    assert lets_pass(document, "Models_List", answer)
    timeless = {key: value for key, value in model.items() if key != "created_at"}
    assert not lets_pass(document, "Models_List", {"object": "list", "data": [timeless]})
    assert lets_pass(document, "Models_List", {"object": "list", "data": [{**timeless, "created": 1}]})


def test_a_deployment_as_the_service_lists_it_passes(published: Document, document: Document) -> None:
    deployment = {
        "id": "mine",
        "object": "deployment",
        "model": "text-embedding-ada-002",
        "owner": "organization-owner",
        "created_at": 1,
    }
    answer = {"object": "list", "data": [deployment]}
    assert not lets_pass(published, "Deployments_List", answer)
    assert lets_pass(document, "Deployments_List", answer)
    dated = {**deployment, "created_at": "2026-01-15T10:30:00Z"}
    assert not lets_pass(document, "Deployments_List", {"object": "list", "data": [dated]})


@pytest.mark.parametrize(
    ("body", "lawful"),
    [
        ({}, False),
        ({"detail": "Not Found"}, False),
        ({"error": {}}, False),
        ({"error": {"code": "401", "message": "No."}}, True),
        ({"statusCode": 401, "message": "No."}, True),
        ({"error": {"code": None, "message": "No.", "param": None, "type": "x"}}, True),
        (
            {
                "error": {
                    "code": "content_filter",
                    "message": "No.",
                    "param": "prompt",
                    "type": None,
                    "status": 400,
                    "innererror": {"code": "x", "content_filter_result": {"hate": SAFE}},
                }
            },
            True,
        ),
        ({"error": {"code": "x", "message": "y", "inner_error": {"content_filter_results": []}}}, False),
    ],
)
def test_an_error_has_one_of_the_forms_of_the_service(document: Document, body: Any, lawful: bool) -> None:
    assert lets_pass(document, "ChatCompletions_Create", body, 400) is lawful
    assert lets_pass(document, "Models_List", body, 500) is lawful


def test_as_published_any_object_is_an_error(published: Document) -> None:
    assert lets_pass(published, "ChatCompletions_Create", {"detail": "Not Found"}, 400)
