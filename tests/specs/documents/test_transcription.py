"""The transcribed document matches the publication: operations, limits, enumerations, required fields."""

from __future__ import annotations

from typing import Any

import pytest

from aoai_specs.document import Document
from aoai_specs.errors import DocumentError
from aoai_specs.loading.references import follow, references

SCHEMAS = "#/components/schemas"
CHAT = f"{SCHEMAS}/createChatCompletionRequest/allOf/1/properties"
COMMON = f"{SCHEMAS}/chatCompletionsRequestCommon/properties"
COMPLETION = f"{SCHEMAS}/createCompletionRequest/properties"
EMBEDDINGS = (
    "#/paths/~1deployments~1{deployment-id}~1embeddings/post/requestBody/content/application~1json"
    "/schema/properties"
)


def test_has_the_six_operations_of_inference_in_their_order(published: Document) -> None:
    assert [(each.id, each.kind) for each in published.usual_operations] == [
        ("Completions_Create", "completions"),
        ("embeddings_create", "embeddings"),
        ("ChatCompletions_Create", "chat"),
        ("Transcriptions_Create", "transcription"),
        ("Translations_Create", "translation"),
        ("ImageGenerations_Create", "images"),
    ]
    assert published.base_path == "/openai"


def test_has_every_schema(published: Document) -> None:
    added = [part for part in published.published_parts if part.startswith(SCHEMAS)]
    assert (len(published.content["components"]["schemas"]), len(added)) == (140, 41)


@pytest.mark.parametrize("which", ["document", "published"])
def test_every_reference_resolves(which: str, request: pytest.FixtureRequest) -> None:
    content = request.getfixturevalue(which).content
    targets = [target for _, target in references(content)]
    assert len(targets) > 100
    for target in targets:
        assert follow(content, target)[1] is not None


@pytest.mark.parametrize(
    ("place", "keywords"),
    [
        (f"{COMMON}/temperature", {"minimum": 0, "maximum": 2, "default": 1, "nullable": True}),
        (f"{COMMON}/top_p", {"minimum": 0, "maximum": 1, "default": 1, "nullable": True}),
        (f"{COMMON}/max_tokens", {"type": "integer", "default": 4096}),
        (f"{CHAT}/presence_penalty", {"minimum": -2, "maximum": 2, "default": 0, "nullable": True}),
        (f"{CHAT}/frequency_penalty", {"minimum": -2, "maximum": 2, "default": 0, "nullable": True}),
        (f"{CHAT}/n", {"type": "integer", "minimum": 1, "maximum": 128, "default": 1, "nullable": True}),
        (f"{CHAT}/top_logprobs", {"type": "integer", "minimum": 0, "maximum": 20, "nullable": True}),
        (f"{CHAT}/seed", {"minimum": -9223372036854775808, "maximum": 9223372036854775807}),
        (f"{CHAT}/stop/oneOf/1", {"type": "array", "minItems": 1, "maxItems": 4}),
        (f"{CHAT}/messages", {"type": "array", "minItems": 1}),
        (f"{CHAT}/functions", {"minItems": 1, "maxItems": 128, "deprecated": True}),
        (f"{COMPLETION}/best_of", {"minimum": 0, "maximum": 20, "default": 1, "nullable": True}),
        (f"{COMPLETION}/logprobs", {"minimum": 0, "maximum": 5, "default": None, "nullable": True}),
        (f"{COMPLETION}/max_tokens", {"minimum": 0, "default": 16, "nullable": True}),
        (f"{COMPLETION}/n", {"minimum": 1, "maximum": 128, "default": 1}),
        (f"{COMPLETION}/stop/oneOf/1", {"minItems": 1, "maxItems": 4}),
        (f"{COMPLETION}/prompt", {"default": "<|endoftext|>", "nullable": True}),
        (f"{EMBEDDINGS}/input/oneOf/1", {"minItems": 1, "maxItems": 2048}),
        (f"{EMBEDDINGS}/input/oneOf/1/items", {"minLength": 1, "nullable": False}),
        (f"{SCHEMAS}/azureSearchChatExtensionParameters/properties/strictness", {"minimum": 1, "maximum": 5}),
        (f"{SCHEMAS}/imageGenerationsRequest/properties/n", {"minimum": 1, "maximum": 1, "default": 1}),
        (f"{SCHEMAS}/imageGenerationsRequest/properties/prompt", {"minLength": 1, "format": "string"}),
        (f"{SCHEMAS}/generateImagesResponse/properties/created", {"type": "integer", "format": "unixtime"}),
    ],
)
def test_has_the_published_limits(published: Document, place: str, keywords: dict[str, Any]) -> None:
    described = published.resolve(place)
    assert {keyword: described.get(keyword, "absent") for keyword in keywords} == keywords


@pytest.mark.parametrize(
    ("place", "values"),
    [
        (f"{SCHEMAS}/chatCompletionToolChoiceOption/oneOf/0", ["none", "auto", "required"]),
        (f"{SCHEMAS}/audioResponseFormat", ["json", "text", "srt", "verbose_json", "vtt"]),
        (f"{SCHEMAS}/imageSize", ["1792x1024", "1024x1792", "1024x1024"]),
        (f"{SCHEMAS}/imageQuality", ["standard", "hd"]),
        (f"{SCHEMAS}/imageStyle", ["vivid", "natural"]),
        (f"{SCHEMAS}/imagesResponseFormat", ["url", "b64_json"]),
        (f"{SCHEMAS}/azureChatExtensionType", ["azure_search", "azure_cosmos_db"]),
        (
            f"{SCHEMAS}/createChatCompletionResponse/properties/choices/items/properties/finish_reason",
            ["stop", "length", "tool_calls", "content_filter", "function_call"],
        ),
        (
            f"{SCHEMAS}/createCompletionResponse/properties/choices/items/properties/finish_reason",
            ["stop", "length", "content_filter"],
        ),
    ],
)
def test_has_the_published_enumerations(published: Document, place: str, values: list[str]) -> None:
    assert published.resolve(place)["enum"] == values


@pytest.mark.parametrize(
    ("schema", "required"),
    [
        ("createChatCompletionResponse", ["choices", "created", "id", "model", "object"]),
        ("createChatCompletionStreamResponse", ["choices", "created", "id", "model", "object"]),
        ("chatCompletionResponseMessage", ["role", "content", "refusal"]),
        ("chatCompletionTokenLogprob", ["token", "logprob", "bytes", "top_logprobs"]),
        ("completionUsage", ["prompt_tokens", "completion_tokens", "total_tokens"]),
        ("createCompletionResponse", ["id", "object", "created", "model", "choices"]),
        ("generateImagesResponse", ["created", "data"]),
        ("createTranscriptionRequest", ["file"]),
    ],
)
def test_has_the_published_required_fields(published: Document, schema: str, required: list[str]) -> None:
    assert published.resolve(f"{SCHEMAS}/{schema}")["required"] == required


def test_copies_no_example(published: Document) -> None:
    def keys(node: object) -> set[str]:
        if isinstance(node, dict):
            return set(node) | {key for each in node.values() for key in keys(each)}
        return {key for each in node for key in keys(each)} if isinstance(node, list) else set()

    assert not {"example", "examples", "x-ms-examples"} & keys(published.content)


def test_an_unknown_place_is_an_error_that_names_it(document: Document) -> None:
    with pytest.raises(DocumentError, match=r"azure-openai@2024-10-21: .*there is no 'unheard-of'"):
        document.resolve("#/components/schemas/unheard-of/type")
