"""Each known mistake of azure-openai@2024-10-21 is in the publication and fixed by the overlay."""

from __future__ import annotations

from typing import Any

import pytest

from aoai_specs.catalogue import Catalogue
from aoai_specs.document import Document
from aoai_specs.errors import DocumentError
from aoai_specs.loading.overlay import Overlay
from aoai_specs.versions import DocumentName

SCHEMAS = "#/components/schemas"
HELLO: dict[str, Any] = {"messages": [{"role": "user", "content": "Hello"}]}
CHUNK: dict[str, Any] = {
    "id": "chatcmpl-1",
    "object": "chat.completion.chunk",
    "created": 1700000000,
    "model": "gpt-4o",
    "choices": [{"index": 0, "delta": {"content": "Hi"}, "finish_reason": None}],
}
ANSWER: dict[str, Any] = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1700000000,
    "model": "gpt-4o",
    "choices": [
        {
            "index": 0,
            "finish_reason": "stop",
            "logprobs": None,
            "message": {"role": "assistant", "content": "Hi", "refusal": None},
        }
    ],
}


@pytest.fixture(scope="module")
def overlay() -> Overlay:
    found = Catalogue.packaged().overlay(DocumentName.parse("azure-openai@2024-10-21"))
    assert found is not None
    return found


def accepts(document: Document, operation: str, body: Any, media_type: str = "application/json") -> bool:
    validator = document.operation(operation).request_validator(media_type)
    assert validator is not None
    return validator.is_valid(body)


def lets_pass(document: Document, operation: str, status: int, body: Any) -> bool:
    validator = document.operation(operation).response_validator(status)
    assert validator is not None
    return validator.is_valid(body)


def chunk_passes(document: Document, chunk: Any) -> bool:
    return document.validator(f"{SCHEMAS}/createChatCompletionStreamResponse", "response").is_valid(chunk)


def test_every_action_matches_exactly_one_place(overlay: Overlay, published: Document) -> None:
    matches = overlay.apply(published.content).matches
    missed = [action.path.text for action, count in zip(overlay.actions, matches, strict=True) if count != 1]
    assert missed == []


def test_every_action_changes_something(overlay: Overlay, published: Document) -> None:
    content = published.content
    for action in overlay.actions:
        alone = Overlay(overlay.title, overlay.version, overlay.extends, (action,), overlay.source)
        changed = alone.apply(content).content
        assert changed != content, action.path.text
        content = changed


def test_every_source_that_is_a_clause_leads_to_its_place(overlay: Overlay) -> None:
    for action in overlay.actions:
        source = action.source.removeprefix("prose of ")
        if source.startswith("https://github.com/"):
            continue
        name, _, pointer = source.partition("#")
        Catalogue.packaged().load(name, as_published=True).resolve(f"#{pointer}")


def test_marks_each_keyword_that_only_the_prose_states(overlay: Overlay) -> None:
    for action in overlay.actions:
        if action.source.startswith("prose of ") and isinstance(action.update, dict):
            marked = action.update.get("x-aoai-prose", [])
            bounds = {"minimum", "maximum", "maxItems", "maxLength", "pattern", "enum"} & action.update.keys()
            assert set(marked) == bounds, action.path.text


def test_1_usage_is_a_field_of_the_chunk_and_object_requires_nothing(
    published: Document, document: Document
) -> None:
    place = f"{SCHEMAS}/createChatCompletionStreamResponse/properties"
    assert "required" in published.resolve(f"{place}/object")
    assert "usage" not in published.resolve(place)
    assert "required" not in document.resolve(f"{place}/object")
    last = {**CHUNK, "choices": []}
    usage = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}
    assert chunk_passes(document, {**last, "usage": usage})
    assert chunk_passes(document, {**last, "usage": None})
    assert not chunk_passes(document, {**last, "usage": {}})


def test_2_a_function_message_requires_only_fields_that_it_has(
    published: Document, document: Document
) -> None:
    place = f"{SCHEMAS}/chatCompletionRequestMessageFunction/required"
    assert published.resolve(place) == ["function_call_id", "content"]
    assert document.resolve(place) == ["content"]


def test_3_an_ordinary_json_schema_request_is_accepted(published: Document, document: Document) -> None:
    body = {
        **HELLO,
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "x", "schema": {"type": "object"}},
        },
    }
    assert not accepts(published, "ChatCompletions_Create", body)
    assert accepts(document, "ChatCompletions_Create", body)


def test_4_a_chunk_whose_finish_reason_is_null_passes(published: Document, document: Document) -> None:
    assert not chunk_passes(published, CHUNK)
    assert chunk_passes(document, CHUNK)


@pytest.mark.parametrize("field", ["max_tokens", "presence_penalty", "frequency_penalty"])
def test_5_the_common_part_does_not_cancel_nullability(
    published: Document, document: Document, field: str
) -> None:
    assert not accepts(published, "ChatCompletions_Create", {**HELLO, field: None})
    assert accepts(document, "ChatCompletions_Create", {**HELLO, field: None})


@pytest.mark.parametrize(
    "place",
    [
        "createCompletionRequest/properties/prompt",
        "createCompletionRequest/properties/stop",
        "chatCompletionRequestAssistantMessage/properties/content",
    ],
)
def test_6_nullable_accompanies_a_type(published: Document, document: Document, place: str) -> None:
    assert "nullable" in published.resolve(f"{SCHEMAS}/{place}")
    assert "nullable" not in document.resolve(f"{SCHEMAS}/{place}")


def test_6_null_is_still_accepted_there(document: Document) -> None:
    assert accepts(document, "Completions_Create", {"prompt": None, "stop": None})
    call = {"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    said = {"role": "assistant", "content": None, "tool_calls": [call]}
    assert accepts(document, "ChatCompletions_Create", {"messages": [said]})


@pytest.mark.parametrize("operation", ["Transcriptions_Create", "Translations_Create"])
def test_7_a_transcript_matches_one_schema(published: Document, document: Document, operation: str) -> None:
    verbose = {"text": "a", "task": "transcribe", "language": "en", "duration": 1.5, "segments": []}
    for transcript in ({"text": "a"}, verbose):
        assert not lets_pass(published, operation, 200, transcript)
        assert lets_pass(document, operation, 200, transcript)
    assert not lets_pass(document, operation, 200, {**verbose, "segments": "none"})


def test_7_the_type_of_authentication_decides(published: Document, document: Document) -> None:
    place = f"{SCHEMAS}/azureSearchChatExtensionParameters/properties/authentication"
    assert "discriminator" not in published.resolve(place)
    assert document.resolve(place)["discriminator"]["propertyName"] == "type"
    parameters = {"endpoint": "https://x", "index_name": "i"}

    def accepted(authentication: Any) -> bool:
        source = {"type": "azure_search", "parameters": {**parameters, "authentication": authentication}}
        return accepts(document, "ChatCompletions_Create", {**HELLO, "data_sources": [source]})

    assert accepted({"type": "api_key", "key": "k"})
    assert accepted({"type": "system_assigned_managed_identity"})
    assert not accepted({"type": "api_key"})
    assert not accepted({"type": "connection_string", "connection_string": "c"})
    assert not accepted({"key": "k"})


@pytest.mark.parametrize("body", [{}, {"detail": "Not Found"}, {"error": {}}, {"error": {"code": "x"}}])
def test_8_an_error_must_have_content(published: Document, document: Document, body: Any) -> None:
    for operation in ("ChatCompletions_Create", "ImageGenerations_Create"):
        assert lets_pass(published, operation, 400, body)
        assert not lets_pass(document, operation, 400, body)


FILTERED = {
    "code": "ResponsibleAIPolicyViolation",
    "content_filter_result": {"hate": {"filtered": True, "severity": "high"}},
}


@pytest.mark.parametrize(
    "body",
    [
        {"error": {"code": "401", "message": "Access denied."}},
        {"statusCode": 401, "message": "Unauthorized."},
        {"error": {"code": "DeploymentNotFound", "message": "There is none."}},
        {"error": {"message": "Too many.", "type": "invalid_request_error", "param": None, "code": None}},
        {
            "error": {
                "message": "Filtered.",
                "type": None,
                "param": "prompt",
                "code": "content_filter",
                "status": 400,
                "innererror": FILTERED,
            }
        },
        {
            "error": {
                "message": "Filtered.",
                "code": "content_filter",
                "inner_error": {"code": "SomethingNew", "content_filter_results": {}},
            }
        },
    ],
)
def test_8_every_form_of_error_that_the_service_sends_passes(document: Document, body: Any) -> None:
    assert lets_pass(document, "ChatCompletions_Create", 400, body)
    assert lets_pass(document, "ImageGenerations_Create", 400, body)


def test_10_embeddings_are_numbers_or_base64(published: Document, document: Document) -> None:
    def answer(embedding: Any) -> dict[str, Any]:
        item = {"index": 0, "object": "embedding", "embedding": embedding}
        return {
            "object": "list",
            "model": "m",
            "data": [item],
            "usage": {"prompt_tokens": 1, "total_tokens": 1},
        }

    assert not lets_pass(published, "embeddings_create", 200, answer("AACAPw=="))
    for embedding in ("AACAPw==", [1.0, 0]):
        assert lets_pass(document, "embeddings_create", 200, answer(embedding))
    assert not lets_pass(document, "embeddings_create", 200, answer(["x"]))


def test_10_encoding_format_is_an_enumeration(published: Document, document: Document) -> None:
    body = {"input": "x", "encoding_format": "hex"}
    assert accepts(published, "embeddings_create", body)
    assert not accepts(document, "embeddings_create", body)
    for lawful in ("float", "base64", None):
        assert accepts(document, "embeddings_create", {**body, "encoding_format": lawful})


def test_12_streams_are_declared(published: Document, document: Document) -> None:
    for operation, chunk in (
        ("ChatCompletions_Create", "createChatCompletionStreamResponse"),
        ("Completions_Create", "createCompletionStreamResponse"),
    ):
        assert published.operation(operation).item_validator(200) is None
        media = document.operation(operation).responses["200"].media["text/event-stream"]
        assert media.item_schema_pointer == f"{SCHEMAS}/{chunk}"
        assert media.schema_pointer is None


def test_12_a_chunk_is_no_longer_a_complete_response(published: Document, document: Document) -> None:
    reported = {**CHUNK, "choices": [{**CHUNK["choices"][0], "finish_reason": "stop"}]}
    assert lets_pass(published, "ChatCompletions_Create", 200, reported)
    assert not lets_pass(document, "ChatCompletions_Create", 200, reported)
    assert lets_pass(document, "ChatCompletions_Create", 200, ANSWER)


@pytest.mark.parametrize("operation", ["embeddings_create", "Transcriptions_Create", "Translations_Create"])
def test_every_operation_describes_its_failures(
    published: Document, document: Document, operation: str
) -> None:
    assert published.operation(operation).response_for(400) is None
    assert document.operation(operation).response_for(400) is not None


@pytest.mark.parametrize(
    ("operation", "media_type", "lawful", "unlawful"),
    [
        (
            "ChatCompletions_Create",
            "application/json",
            {**HELLO, "logit_bias": {"1": -100}},
            {"logit_bias": {"1": 101}},
        ),
        (
            "Completions_Create",
            "application/json",
            {"prompt": "x", "logit_bias": {"1": 100}},
            {"logit_bias": {"1": -101}},
        ),
        ("ImageGenerations_Create", "application/json", {"prompt": "x" * 4000}, {"prompt": "x" * 4001}),
        ("embeddings_create", "application/json", {"input": "x", "dimensions": 1}, {"dimensions": 0}),
        (
            "Transcriptions_Create",
            "multipart/form-data",
            {"file": "a.wav", "temperature": 1},
            {"temperature": 1.1},
        ),
        (
            "Translations_Create",
            "multipart/form-data",
            {"file": "a.wav", "temperature": 0},
            {"temperature": -0.1},
        ),
    ],
)
def test_limits_that_only_the_prose_states_bind(
    published: Document, document: Document, operation: str, media_type: str, lawful: Any, unlawful: Any
) -> None:
    assert accepts(document, operation, lawful, media_type)
    assert not accepts(document, operation, {**lawful, **unlawful}, media_type)
    assert accepts(published, operation, {**lawful, **unlawful}, media_type)


@pytest.mark.parametrize(
    ("name", "lawful"),
    [("a" * 64, True), ("a-B_9", True), ("a" * 65, False), ("", False), ("é", False), ("a\n", False)],
)
def test_names_have_the_bounds_of_the_prose(document: Document, name: str, lawful: bool) -> None:
    tools = [{"type": "function", "function": {"name": name}}]
    form = {"type": "json_schema", "json_schema": {"name": name}}
    assert accepts(document, "ChatCompletions_Create", {**HELLO, "tools": tools}) is lawful
    assert accepts(document, "ChatCompletions_Create", {**HELLO, "functions": [{"name": name}]}) is lawful
    assert accepts(document, "ChatCompletions_Create", {**HELLO, "response_format": form}) is lawful


def test_at_most_128_tools(document: Document) -> None:
    tools = [{"type": "function", "function": {"name": f"f{n}"}} for n in range(129)]
    assert accepts(document, "ChatCompletions_Create", {**HELLO, "tools": tools[:128]})
    assert not accepts(document, "ChatCompletions_Create", {**HELLO, "tools": tools})


@pytest.mark.parametrize(
    ("prompt", "lawful"),
    [
        ("x", True),
        (["x", "y"], True),
        ([1, 2], True),
        ([[1], [2, 3]], True),
        ([True], False),
        ([["x"]], False),
        ([1, "x"], False),
    ],
)
def test_prompts_may_be_tokens_as_in_the_prose(document: Document, prompt: Any, lawful: bool) -> None:
    assert accepts(document, "Completions_Create", {"prompt": prompt}) is lawful


def test_a_mixture_of_two_roles_matches_neither(document: Document) -> None:
    mixed = {"role": "user", "content": "x", "tool_call_id": "1"}
    assert accepts(document, "ChatCompletions_Create", {"messages": [mixed]})
    assert not accepts(document, "ChatCompletions_Create", {"messages": [{"role": "tool", "content": "x"}]})
    part = {"type": "image_url", "image_url": {"url": "data:,"}}
    assert not accepts(
        document, "ChatCompletions_Create", {"messages": [{"role": "system", "content": [part]}]}
    )


def test_the_chunks_of_a_completion_have_a_separate_schema(document: Document) -> None:
    validator = document.operation("Completions_Create").item_validator(200)
    assert validator is not None
    piece = {"index": 0, "text": "a", "logprobs": None, "finish_reason": None}
    chunk = {"id": "c", "object": "text_completion", "created": 1, "model": "m", "choices": [piece]}
    assert validator.is_valid(chunk)
    assert validator.is_valid({**chunk, "choices": [], "usage": None})
    assert not validator.is_valid({**chunk, "choices": [{**piece, "finish_reason": "tool_calls"}]})
    assert not lets_pass(document, "Completions_Create", 200, chunk)


def test_an_unknown_document_has_no_overlay() -> None:
    assert Catalogue.packaged().overlay(DocumentName.parse("azure-openai@1999-01-01")) is None
    with pytest.raises(DocumentError):
        Catalogue.packaged().load_file("/nowhere/at/all.yaml")
