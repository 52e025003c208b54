"""Each known mistake of ai-model-inference@2025-04-01 is published and fixed by the overlay."""

from __future__ import annotations

from typing import Any

import pytest

from aoai_specs.catalogue import Catalogue
from aoai_specs.document import Document
from aoai_specs.schemas.constraints import constraints

NAME = "ai-model-inference@2025-04-01"
HELLO: dict[str, Any] = {"messages": [{"role": "user", "content": "Hello"}]}
PICTURE = "data:image/png;base64,aGk="
CALL: dict[str, Any] = {"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
CHUNK: dict[str, Any] = {
    "id": "c",
    "object": "chat.completion.chunk",
    "created": 1,
    "model": "m",
    "choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": None}],
}


@pytest.fixture(scope="module")
def document() -> Document:
    return Catalogue.packaged().load(NAME)


@pytest.fixture(scope="module")
def published() -> Document:
    return Catalogue.packaged().load(NAME, as_published=True)


def accepts(document: Document, body: Any, operation: str = "getChatCompletions") -> bool:
    validator = document.operation(operation).request_validator()
    assert validator is not None
    return validator.is_valid(body)


def lets_pass(
    document: Document, body: Any, operation: str = "getChatCompletions", status: int = 200
) -> bool:
    validator = document.operation(operation).response_validator(status)
    assert validator is not None
    return validator.is_valid(body)


def says(*messages: dict[str, Any]) -> dict[str, Any]:
    return {"messages": [*HELLO["messages"], *messages]}


def answer(message: dict[str, Any], **others: Any) -> dict[str, Any]:
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", **message}}
    usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
    head = {"id": "c", "object": "chat.completion", "created": 1, "model": "m", "usage": usage}
    return {**head, "choices": [choice], **others}


def test_has_its_four_operations(document: Document) -> None:
    assert {each.id: each.kind for each in document.operations.values()} == {
        "getChatCompletions": "chat",
        "getEmbeddings": "embeddings",
        "getImageEmbeddings": "image-embeddings",
        "getModelInfo": "info",
    }


def test_is_found_below_models(published: Document, document: Document) -> None:
    assert published.base_path == "/api/models"
    assert document.base_path == "/models"


@pytest.mark.parametrize("operation", ["getChatCompletions", "getEmbeddings", "getImageEmbeddings"])
def test_the_header_for_extra_fields_is_open_and_rejects_by_default(
    document: Document, operation: str
) -> None:
    (header,) = (each for each in document.operation(operation).parameters if each.name == "extra-parameters")
    assert (header.location, header.required) == ("header", False)
    assert document.follow(f"{header.pointer}/schema")[1]["default"] == "error"
    validator = document.validator(f"{header.pointer}/schema", "request")
    assert all(validator.is_valid(value) for value in ("error", "drop", "pass-through", "allow"))


def test_the_stream_is_declared(published: Document, document: Document) -> None:
    assert published.operation("getChatCompletions").item_validator(200) is None
    assert document.operation("getChatCompletions").item_validator(200) is not None


@pytest.mark.parametrize(
    ("change", "lawful"),
    [
        ({}, True),
        ({"usage": None}, True),
        ({"choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}}, True),
        ({"choices": [], "prompt_filter_results": [{"prompt_index": 0, "content_filter_results": {}}]}, True),
        ({"object": "chat.completion"}, False),
        ({"usage": {}}, False),
        ({"choices": [{"index": 0, "delta": {}, "finish_reason": "something-new"}]}, True),
        ({"choices": [{"index": 0, "delta": {}, "finish_reason": 1}]}, False),
        ({"choices": [{"index": 0, "delta": {"reasoning_content": "Hm."}, "finish_reason": None}]}, True),
    ],
)
def test_a_chunk_is_identified_as_a_chunk(document: Document, change: dict[str, Any], lawful: bool) -> None:
    validator = document.operation("getChatCompletions").item_validator(200)
    assert validator is not None
    assert validator.is_valid(CHUNK | change) is lawful


@pytest.mark.parametrize(
    ("piece", "lawful"),
    [
        ({"index": 0, "id": "1", "type": "function", "function": {"name": "f", "arguments": ""}}, True),
        ({"index": 0, "function": {"arguments": "{"}}, True),
        ({"id": None, "function": {"name": None, "arguments": None}}, True),
        ({"index": "0"}, False),
        ({"function": {"arguments": 1}}, False),
    ],
)
def test_parts_of_a_call_need_not_repeat_its_name(
    document: Document, piece: dict[str, Any], lawful: bool
) -> None:
    validator = document.operation("getChatCompletions").item_validator(200)
    assert validator is not None
    delta = {"content": None, "tool_calls": [piece]}
    chunk = CHUNK | {"choices": [{"index": 0, "delta": delta, "finish_reason": None}]}
    assert validator.is_valid(chunk) is lawful


@pytest.mark.parametrize(
    ("operation", "field"), [("StreamingChatChoiceUpdate", "finish_reason"), ("ChatChoice", "finish_reason")]
)
def test_null_is_declared_if_it_has_an_effect(
    published: Document, document: Document, operation: str, field: str
) -> None:
    place = f"#/components/schemas/{operation}/properties/{field}"
    assert published.resolve(place).keys() >= {"allOf", "nullable"}
    assert "nullable" not in document.resolve(place)
    validator = document.validator(place, "response")
    assert [validator.is_valid(value) for value in (None, "stop", "new", 1)] == [True, True, True, False]


def test_an_answer_like_the_published_examples_passes(published: Document, document: Document) -> None:
    message = {"content": None, "reasoning_content": None, "tool_calls": None}
    assert not lets_pass(published, answer(message))
    assert lets_pass(document, answer(message))


def test_usage_may_omit_what_a_model_lacks(published: Document, document: Document) -> None:
    usage = {
        "prompt_tokens": 1,
        "completion_tokens": 1,
        "total_tokens": 2,
        "completion_tokens_details": {"reasoning_tokens": 0},
        "prompt_tokens_details": {"cached_tokens": 0},
    }
    assert not lets_pass(published, answer({"content": "x"}, usage=usage))
    assert lets_pass(document, answer({"content": "x"}, usage=usage))


@pytest.mark.parametrize("operation", ["getEmbeddings", "getImageEmbeddings"])
def test_vectors_are_numbers_or_base64_without_an_id(
    published: Document, document: Document, operation: str
) -> None:
    def result(embedding: Any) -> dict[str, Any]:
        item = {"index": 0, "object": "embedding", "embedding": embedding}
        usage = {"prompt_tokens": 1, "total_tokens": 1}
        return {"object": "list", "model": "m", "data": [item], "usage": usage}

    assert not lets_pass(published, {"id": "e"} | result("AACAPw=="), operation)
    assert not lets_pass(published, result([1.0]), operation)
    for embedding in ("AACAPw==", [1.0, 0], [-3, 7]):
        assert lets_pass(document, result(embedding), operation)
    assert not lets_pass(document, result(["x"]), operation)


def test_a_call_can_be_sent_back(published: Document, document: Document) -> None:
    body = says(
        {"role": "assistant", "content": None, "tool_calls": [CALL]},
        {"role": "tool", "tool_call_id": "1", "content": "x"},
    )
    assert not accepts(published, body)
    assert accepts(document, body)


def test_the_role_developer_is_allowed(published: Document, document: Document) -> None:
    body = says({"role": "developer", "content": "x"})
    assert not accepts(published, body)
    assert accepts(document, body)
    assert not accepts(document, says({"role": "developer"}))
    assert not accepts(document, says({"role": "nobody", "content": "x"}))


def test_a_recording_is_a_part_of_a_message(published: Document, document: Document) -> None:
    part = {"type": "input_audio", "input_audio": {"data": "aGk=", "format": "wav"}}
    body = says({"role": "user", "content": [part]})
    assert not accepts(published, body)
    assert accepts(document, body)
    assert not accepts(
        document, says({"role": "user", "content": [{"type": "input_audio", "format": "wav"}]})
    )


@pytest.mark.parametrize(("name", "lawful"), [("a" * 64, True), ("a" * 65, False), ("a b", False)])
def test_the_prose_bounds_the_name_of_a_schema(
    published: Document, document: Document, name: str, lawful: bool
) -> None:
    form = {"type": "json_schema", "json_schema": {"name": name, "schema": {}}}
    assert accepts(published, {**HELLO, "response_format": form})
    assert accepts(document, {**HELLO, "response_format": form}) is lawful


@pytest.mark.parametrize(
    ("operation", "body"),
    [("getEmbeddings", {"input": ["x"]}), ("getImageEmbeddings", {"input": [{"image": PICTURE}]})],
)
def test_null_selects_the_length_of_the_model(
    published: Document, document: Document, operation: str, body: dict[str, Any]
) -> None:
    assert not accepts(published, {**body, "dimensions": None}, operation)
    assert accepts(document, {**body, "dimensions": None}, operation)
    stated = {each.name: each for each in constraints(document.operation(operation))}
    assert stated["dimensions.nullable"].source == "prose"


@pytest.mark.parametrize(
    ("image", "lawful"),
    [
        (PICTURE, True),
        ("data:image/svg+xml;base64,", True),
        ("https://example.com/a.png", False),
        ("", False),
    ],
)
def test_the_prose_requires_pictures_as_data_urls(
    published: Document, document: Document, image: str, lawful: bool
) -> None:
    body = {"input": [{"image": image}]}
    assert accepts(published, body, "getImageEmbeddings")
    assert accepts(document, body, "getImageEmbeddings") is lawful


@pytest.mark.parametrize(
    ("body", "lawful"),
    [
        ({}, False),
        ({"detail": "Not Found"}, False),
        ({"error": {"code": "x"}}, False),
        ({"error": {"code": "x", "message": "y"}}, True),
        ({"error": {"code": None, "message": "y", "param": None, "type": None}}, True),
        ({"statusCode": 401, "message": "y"}, True),
        ({"status": 422, "code": "x", "message": "y", "detail": {"loc": ["body"], "input": 1}}, True),
        ({"status": 422, "message": "y"}, False),
        ({"error": {"code": "x", "message": "y", "innererror": {"content_filter_result": []}}}, False),
    ],
)
def test_an_error_has_one_of_the_forms_of_the_service(document: Document, body: Any, lawful: bool) -> None:
    for operation in document.operations:
        assert lets_pass(document, body, operation, 400) is lawful


@pytest.mark.parametrize("field", ["temperature", "top_p"])
def test_temperature_is_at_most_one(document: Document, field: str) -> None:
    assert accepts(document, {**HELLO, field: 1})
    assert not accepts(document, {**HELLO, field: 1.1})
