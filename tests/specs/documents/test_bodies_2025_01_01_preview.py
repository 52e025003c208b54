"""Bodies as the service sends and accepts them, paraphrased, for azure-openai@2025-01-01-preview."""

from __future__ import annotations

from typing import Any

import pytest

from aoai_specs.catalogue import Catalogue
from aoai_specs.document import Document

NAME = "azure-openai@2025-01-01-preview"
FORM = "multipart/form-data"
HELLO: dict[str, Any] = {"messages": [{"role": "user", "content": "Hello"}]}
USAGE = {"prompt_tokens": 3, "completion_tokens": 1, "total_tokens": 4}
SAFE = {"filtered": False, "severity": "safe"}
MESSAGE: dict[str, Any] = {"role": "assistant", "content": "Hi", "refusal": None}
ANSWER: dict[str, Any] = {
    "id": "chatcmpl-7",
    "object": "chat.completion",
    "created": 1736000000,
    "model": "gpt-4o",
    "choices": [{"index": 0, "finish_reason": "stop", "logprobs": None, "message": MESSAGE}],
    "usage": USAGE,
}
CHUNK: dict[str, Any] = {
    "id": "chatcmpl-7",
    "object": "chat.completion.chunk",
    "created": 1736000000,
    "model": "gpt-4o",
    "choices": [{"index": 0, "delta": {"content": "Hi"}, "finish_reason": None}],
    "usage": None,
}
STORED: dict[str, Any] = {
    "object": "file",
    "id": "file-1",
    "bytes": 12,
    "filename": "questions.jsonl",
    "created_at": 1736000000,
    "purpose": "batch",
    "status": "processed",
}
WAITING: dict[str, Any] = {
    "object": "batch",
    "id": "batch_1",
    "endpoint": "/chat/completions",
    "errors": None,
    "input_file_id": "file-1",
    "completion_window": "24h",
    "status": "validating",
    "output_file_id": None,
    "error_file_id": None,
    "created_at": 1736000000,
    "in_progress_at": None,
    "expires_at": None,
    "finalizing_at": None,
    "completed_at": None,
    "failed_at": None,
    "expired_at": None,
    "cancelling_at": None,
    "cancelled_at": None,
    "request_counts": {"total": 0, "completed": 0, "failed": 0},
    "metadata": {"asked_by": "a test"},
}
BEGUN: dict[str, Any] = {
    "object": "upload",
    "id": "upload_1",
    "created_at": 1736000000,
    "expires_at": 1736003600,
    "filename": "questions.jsonl",
    "bytes": 3_000_000_000,
    "purpose": "batch",
    "status": "pending",
    "file": None,
}


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


def lets_pass(document: Document, operation: str, status: int, body: Any) -> bool:
    validator = document.operation(operation).response_validator(status)
    assert validator is not None
    return validator.is_valid(body)


def chunk_passes(document: Document, operation: str, chunk: Any) -> bool:
    validator = document.operation(operation).item_validator(200)
    assert validator is not None
    return validator.is_valid(chunk)


@pytest.mark.parametrize(
    ("operation", "mark", "body"),
    [("UploadFile", "file-status", STORED), ("CreateUpload", "upload-status", BEGUN)],
)
def test_both_statuses_of_an_upload_are_declared_and_distinguished(
    published: Document, document: Document, operation: str, mark: str, body: Any
) -> None:
    assert list(published.operation(operation).responses) == ["200"]
    first, second = (document.operation(operation).response_for(status) for status in (200, 201))
    assert first is not None
    assert second is not None
    assert "x-two-descriptions" not in document.resolve(first.pointer)
    assert document.resolve(second.pointer)["x-two-descriptions"] == mark
    assert lets_pass(document, operation, 200, body)
    assert lets_pass(document, operation, 201, body)


def test_a_mistake_in_a_batch_may_have_the_form_of_either_description(
    published: Document, document: Document
) -> None:
    def failed(errors: Any) -> dict[str, Any]:
        return {**WAITING, "status": "failed", "failed_at": 1736000009, "errors": errors}

    mistake = {"code": "invalid_json_line", "message": "Line 3 is no JSON.", "param": None, "line": 3}
    for errors in (
        {"object": "list", "data": [mistake]},
        {"object": "list", "data": [{**mistake, "line": "3"}, {**mistake, "line": None}]},
        {"object": "list", "data": mistake},
    ):
        assert not lets_pass(published, "GetBatch", 200, failed(errors))
        assert lets_pass(document, "GetBatch", 200, failed(errors))
    assert not lets_pass(document, "GetBatch", 200, failed({"object": "list", "data": [{"line": [3]}]}))
    assert not lets_pass(document, "GetBatch", 200, failed({"object": "list", "data": "broken"}))


def test_a_batch_has_null_for_times_not_reached(published: Document, document: Document) -> None:
    cancelling = {
        **WAITING,
        "status": "cancelling",
        "in_progress_at": 1736000002,
        "cancelling_at": 1736000005,
    }
    listed = {"object": "list", "data": [WAITING, cancelling], "first_id": "batch_1", "last_id": "batch_1"}
    empty: dict[str, Any] = {
        "object": "list",
        "data": [],
        "first_id": None,
        "last_id": None,
        "has_more": False,
    }
    for operation, status, body in (
        ("CreateBatch", 201, WAITING),
        ("CreateBatch", 201, {**WAITING, "metadata": None, "request_counts": None}),
        ("GetBatch", 200, WAITING),
        ("CancelBatch", 200, cancelling),
        ("ListBatches", 200, {**listed, "has_more": True}),
        ("ListBatches", 200, empty),
    ):
        assert not lets_pass(published, operation, status, body), operation
        assert lets_pass(document, operation, status, body), operation
    for field in ("id", "object", "input_file_id"):
        assert not lets_pass(document, "GetBatch", 200, {**WAITING, field: None}), field
    assert not lets_pass(document, "GetBatch", 200, {**WAITING, "status": "sleeping"})


def test_a_stored_file_may_lack_its_size_or_have_8_gb(document: Document) -> None:
    without = {name: value for name, value in STORED.items() if name not in ("bytes", "status")}
    assert lets_pass(document, "UploadFile", 201, without)
    assert lets_pass(document, "GetFile", 200, {**STORED, "bytes": 8 * 2**30, "status_details": None})
    assert lets_pass(document, "ListFiles", 200, {"object": "list", "data": [STORED]})
    assert lets_pass(document, "DeleteFile", 200, {"object": "file", "deleted": True, "id": "file-1"})
    assert not lets_pass(document, "GetFile", 200, {**STORED, "bytes": "12"})
    assert not lets_pass(document, "GetFile", 200, {**STORED, "object": "upload"})


def test_an_upload_has_no_file_until_it_is_complete(published: Document, document: Document) -> None:
    without = {name: value for name, value in BEGUN.items() if name != "file"}
    done = {**BEGUN, "status": "completed", "file": STORED}
    assert not lets_pass(published, "CancelUpload", 200, {**BEGUN, "status": "cancelled"})
    assert lets_pass(document, "CancelUpload", 200, {**BEGUN, "status": "cancelled"})
    assert lets_pass(document, "CreateUpload", 200, without)
    assert lets_pass(document, "CompleteUpload", 200, done)
    assert not lets_pass(document, "CompleteUpload", 200, {**done, "file": {}})
    part = {"object": "upload.part", "id": "part_1", "created_at": 1736000000, "upload_id": "upload_1"}
    assert lets_pass(document, "AddUploadPart", 200, {**part, "azure_block_id": "QUJD"})


def test_requests_for_files_uploads_and_batches_have_the_bounds_of_the_prose(
    published: Document, document: Document
) -> None:
    batch = {"input_file_id": "file-1", "endpoint": "/chat/completions", "completion_window": "24h"}
    upload = {"filename": "f", "purpose": "batch", "bytes": 8 * 2**30, "mime_type": "application/jsonl"}
    assert accepts(document, "CreateBatch", batch)
    assert accepts(document, "CreateUpload", upload)
    for operation, body in (
        ("CreateBatch", {**batch, "completion_window": "48h"}),
        ("CreateUpload", {**upload, "bytes": 8 * 2**30 + 1}),
    ):
        assert accepts(published, operation, body)
        assert not accepts(document, operation, body)
    assert accepts(document, "CompleteUpload", {"part_ids": ["part_1"], "md5": "0" * 32})
    assert not accepts(document, "CompleteUpload", {"md5": "0" * 32})


def test_streams_are_declared_and_a_chunk_is_not_a_complete_response(
    published: Document, document: Document
) -> None:
    for operation in ("GetChatCompletions", "GetCompletions"):
        assert published.operation(operation).item_validator(200) is None
    first = {"role": "assistant", "content": "", "refusal": None}
    filtered = {"prompt_index": 0, "content_filter_results": {"hate": SAFE}}
    choice: dict[str, Any] = CHUNK["choices"][0]
    for chunk in (
        CHUNK,
        {**CHUNK, "choices": [{**choice, "delta": first, "content_filter_results": {}, "logprobs": None}]},
        {**CHUNK, "choices": [{**choice, "delta": {}, "finish_reason": "stop"}]},
        {**CHUNK, "choices": [], "usage": USAGE},
        {**CHUNK, "choices": [], "prompt_filter_results": [filtered]},
        {**CHUNK, "choices": [{**choice, "delta": {"audio": {"transcript": "Hi"}}}]},
    ):
        assert chunk_passes(document, "GetChatCompletions", chunk)
    for broken in (
        {**CHUNK, "object": "chat.completion"},
        {**CHUNK, "choices": [{**choice, "finish_reason": "done"}]},
        {**CHUNK, "usage": {}},
    ):
        assert not chunk_passes(document, "GetChatCompletions", broken)
    assert lets_pass(document, "GetChatCompletions", 200, ANSWER)
    assert not lets_pass(document, "GetChatCompletions", 200, CHUNK)
    nameless = {name: value for name, value in ANSWER.items() if name != "object"}
    assert not lets_pass(document, "GetChatCompletions", 200, nameless)
    piece = {"text": "Hi", "index": 0, "logprobs": None, "finish_reason": None}
    text = {**CHUNK, "object": "text_completion", "choices": [piece]}
    assert chunk_passes(document, "GetCompletions", text)


def test_null_log_probabilities_pass(published: Document, document: Document) -> None:
    assert not lets_pass(published, "GetChatCompletions", 200, ANSWER)
    choice = {"text": "Hi", "index": 0, "logprobs": None, "finish_reason": "stop"}
    body = {**ANSWER, "object": "text_completion", "choices": [choice]}
    assert not lets_pass(published, "GetCompletions", 200, body)
    assert lets_pass(document, "GetCompletions", 200, body)
    echoed = {
        "tokens": ["Hello", " you"],
        "token_logprobs": [None, -1.5],
        "top_logprobs": [None, {" you": -1.5}],
        "text_offset": [0, 5],
    }
    assert lets_pass(document, "GetCompletions", 200, {**body, "choices": [{**choice, "logprobs": echoed}]})


def test_an_answer_may_be_spoken_and_filtered_in_every_way(document: Document) -> None:
    spoken = {**MESSAGE, "audio": {"id": "a", "expires_at": 1, "data": "AAAA", "transcript": "Hi"}}
    results = {
        "hate": SAFE,
        "self_harm": SAFE,
        "sexual": SAFE,
        "violence": {"filtered": False, "severity": "low"},
        "protected_material_code": {"filtered": False, "detected": False},
        "custom_blocklists": {"filtered": False, "details": []},
    }
    choice = {**ANSWER["choices"][0], "message": spoken, "content_filter_results": results}
    prompts = [
        {"prompt_index": 0, "content_filter_results": {"jailbreak": {"filtered": False, "detected": False}}}
    ]
    body = {**ANSWER, "choices": [choice], "prompt_filter_results": prompts}
    assert lets_pass(document, "GetChatCompletions", 200, body)
    results["hate"] = {"filtered": False, "severity": "mild"}
    assert not lets_pass(document, "GetChatCompletions", 200, body)


@pytest.mark.parametrize(
    ("body", "lawful"),
    [
        ({"messages": [{"role": "developer", "content": "Be brief."}]}, True),
        ({"messages": [{"role": "user", "content": [{"type": "text", "text": "Hi"}]}]}, True),
        ({"messages": [{"role": "user", "content": 7}]}, False),
        ({"messages": [{"role": "user", "content": []}]}, False),
        ({"messages": [{"role": "user", "content": [{"type": "smell"}]}]}, False),
        ({"messages": [{"role": "narrator", "content": "Once"}]}, False),
        ({"messages": [{"role": "assistant", "content": None}]}, True),
        ({"messages": [{"role": "assistant"}]}, True),
        ({**HELLO, "modalities": ["text", "audio"], "audio": {"voice": "alloy", "format": "wav"}}, True),
        ({**HELLO, "modalities": ["smell"]}, False),
        ({**HELLO, "audio": {"voice": "alloy"}}, False),
        ({**HELLO, "prediction": {"type": "content", "content": "Hello, you"}}, True),
        ({**HELLO, "prediction": {"type": "content", "content": 7}}, False),
        ({**HELLO, "store": True, "metadata": {"topic": "greeting"}}, True),
        ({**HELLO, "metadata": {"topic": 7}}, False),
        ({**HELLO, "stop": "\n"}, True),
        ({**HELLO, "stop": ["\n", "."]}, True),
        ({**HELLO, "stop": None, "stream_options": None}, True),
        ({**HELLO, "stop": 7}, False),
        ({**HELLO, "tool_choice": "maybe"}, False),
        ({**HELLO, "tool_choice": {"type": "function", "function": {"name": "f"}}}, True),
        ({**HELLO, "logit_bias": {"5": 101}}, False),
        ({**HELLO, "top_logprobs": 20, "logprobs": True}, True),
        ({**HELLO, "top_logprobs": 21, "logprobs": True}, False),
    ],
)
def test_a_request_for_a_conversation(document: Document, body: Any, lawful: bool) -> None:
    assert accepts(document, "GetChatCompletions", body) is lawful


@pytest.mark.parametrize(
    ("operation", "field", "lawful", "unlawful"),
    [
        ("GetCompletions", "prompt", ["Once", ["Once", "Twice"], [1, 2], [[1], [2]]], [7, [True], None]),
        ("GetEmbeddings", "input", ["Once", ["Once"], ["x"] * 2048], [7, [], [""], ["x"] * 2049]),
        ("GetImageGenerations", "n", [1, 10], [0, 11, "1"]),
    ],
)
def test_texts_may_be_single_and_lists_are_bounded(
    document: Document, operation: str, field: str, lawful: list[Any], unlawful: list[Any]
) -> None:
    base = {"prompt": "A dot"} if field == "n" else {}
    for value in lawful:
        assert accepts(document, operation, {**base, field: value}), value
    for value in unlawful:
        assert not accepts(document, operation, {**base, field: value}), value


def test_embeddings_are_numbers_or_base64(published: Document, document: Document) -> None:
    def answer(embedding: Any) -> dict[str, Any]:
        item = {"index": 0, "object": "embedding", "embedding": embedding}
        usage = {"prompt_tokens": 1, "total_tokens": 1}
        return {"object": "list", "model": "m", "data": [item], "usage": usage}

    assert not lets_pass(published, "GetEmbeddings", 200, answer("AACAPw=="))
    for embedding in ("AACAPw==", [1.0, 0]):
        assert lets_pass(document, "GetEmbeddings", 200, answer(embedding))
    assert not lets_pass(document, "GetEmbeddings", 200, answer(["x"]))


@pytest.mark.parametrize("operation", ["GetAudioTranscriptionAsPlainText", "GetAudioTranslationAsPlainText"])
def test_a_transcript_is_an_object_or_plain_text(
    published: Document, document: Document, operation: str
) -> None:
    assert not lets_pass(published, operation, 200, {"text": "Hi"})
    verbose = {"text": "Hi", "task": "transcribe", "language": "english", "duration": 1.5, "segments": []}
    for transcript in ({"text": "Hi"}, verbose):
        assert lets_pass(document, operation, 200, transcript)
    assert not lets_pass(document, operation, 200, "Hi")
    assert not lets_pass(document, operation, 200, {**verbose, "segments": "none"})
    assert set(document.operation(operation).responses["200"].media) == {"text/plain", "application/json"}
    assert list(document.operation(operation).responses["default"].media) == ["application/json"]
    assert not accepts(document, operation, {"file": "a.wav", "temperature": 1.1}, FORM)


@pytest.mark.parametrize(
    ("error", "lawful"),
    [
        ({"error": {"code": "401", "message": "The key opens nothing."}}, True),
        ({"statusCode": 401, "message": "There is no token."}, True),
        ({"error": {"code": None, "message": "Too many.", "param": None, "type": "invalid"}}, True),
        (
            {
                "error": {
                    "code": "content_filter",
                    "message": "Filtered.",
                    "param": "prompt",
                    "type": None,
                    "status": 400,
                    "innererror": {
                        "code": "ResponsibleAIPolicyViolation",
                        "content_filter_result": {"hate": {"filtered": True, "severity": "high"}},
                    },
                }
            },
            True,
        ),
        ({}, False),
        ({"detail": "Not Found"}, False),
        ({"error": {"code": "x"}}, False),
    ],
)
def test_every_form_of_error_that_the_service_sends_passes(
    document: Document, error: Any, lawful: bool
) -> None:
    for operation in ("GetChatCompletions", "GetImageGenerations", "CreateBatch"):
        assert lets_pass(document, operation, 400, error) is lawful
