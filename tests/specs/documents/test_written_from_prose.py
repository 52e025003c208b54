"""Documents written from prose: each keyword has its sentence, and gaps of the page have no keyword."""

from __future__ import annotations

from typing import Any

import pytest

from aoai_specs.catalogue import Catalogue
from aoai_specs.document import Document
from aoai_specs.errors import DocumentError
from aoai_specs.loading.overlay import Overlay
from aoai_specs.loading.references import references
from aoai_specs.schemas.constraints import Constraint, constraints
from aoai_specs.schemas.provenance import Provenance, citations, provenance, stated_limits

VERSIONS = (
    "2023-06-01-preview",
    "2023-09-01-preview",
    "2023-10-01-preview",
    "2023-12-01-preview",
    "2024-02-01",
    "2024-02-15-preview",
)
OF_A_VALUE = {"minimum", "maximum", "maxLength", "pattern", "enum", "maxItems"}


def document(version: str, *, as_published: bool = False) -> Document:
    return Catalogue.packaged().load(f"azure-openai@{version}", as_published=as_published)


def sources(version: str) -> Provenance:
    found = provenance(document(version))
    assert found is not None
    return found


def overlay(version: str) -> Overlay:
    found = Catalogue.packaged().overlay(document(version).name)
    assert found is not None
    return found


def limits(version: str, operation: str) -> dict[str, Constraint]:
    return {each.name: each for each in constraints(document(version).operation(operation))}


@pytest.mark.parametrize("as_published", [False, True])
@pytest.mark.parametrize("version", VERSIONS)
def test_every_limit_names_its_source(version: str, as_published: bool) -> None:
    found = list(stated_limits(document(version, as_published=as_published).content))
    assert len(found) > 5
    assert [each.pointer for each in found if not each.sentences and not each.other_sources] == []


@pytest.mark.parametrize("version", VERSIONS)
def test_no_source_is_named_where_there_is_no_keyword(version: str) -> None:
    known = sources(version)
    for as_published in (False, True):
        for each in citations(document(version, as_published=as_published).content):
            assert each.exists, each
            ids = known.sentences if each.extension == "x-aoai-prose" else known.other_sources
            assert each.id in ids, each


@pytest.mark.parametrize("version", VERSIONS)
def test_every_source_is_one_of_some_keyword(version: str) -> None:
    both = (document(version), document(version, as_published=True))
    named = {each.id for one in both for each in citations(one.content)}
    known = sources(version)
    assert {*known.sentences, *known.other_sources} - named == set()


@pytest.mark.parametrize("version", VERSIONS)
def test_what_the_page_leaves_open_is_not_a_constraint(version: str) -> None:
    described = document(version)
    questions = sources(version).open_questions
    assert len(questions) >= 3
    for question in questions:
        stated = constraints(described.operation(question.operation))
        if question.field is not None:
            assert question.keywords, question
            assert any(each.field == question.field for each in stated), question
            names = {each.keyword for each in stated if each.field == question.field}
            assert names.isdisjoint(question.keywords), question
        if question.place is not None:
            assert described.resolve(question.place).keys().isdisjoint(question.keywords), question


@pytest.mark.parametrize("version", VERSIONS)
def test_relations_name_existing_operations(version: str) -> None:
    operations = document(version).operations
    assert {each.operation for each in sources(version).relations} <= operations.keys()


@pytest.mark.parametrize("version", VERSIONS)
def test_names_the_page_and_no_machine(version: str) -> None:
    known = sources(version)
    assert known.page == "Azure OpenAI Service REST API reference"
    assert known.address.startswith("https://learn.microsoft.com/")
    for each in known.other_sources.values():
        assert each.source.startswith("https://github.com/")
    assert known.contradictions


@pytest.mark.parametrize("version", VERSIONS)
def test_constraints_say_that_prose_states_them_unless_they_come_from_elsewhere(version: str) -> None:
    described = document(version)
    stated = stated_limits(described.content)
    elsewhere = {each.pointer for each in stated if each.other_sources and not each.sentences}
    for operation in described.operations.values():
        for each in constraints(operation):
            pointer = each.clause.partition("#")[2]
            is_published = described.publication(f"#{pointer}") != described.published_at
            if each.keyword in OF_A_VALUE and not is_published:
                assert (each.source == "prose") == (f"#{pointer}" not in elsewhere), each


def test_nothing_of_a_published_part_is_marked_as_prose_without_a_correction_that_says_so() -> None:
    described = document("2023-09-01-preview", as_published=True)
    sources = {each.source for each in constraints(described.operation("ChatCompletions_Create"))}
    assert sources == {"schema"}


def test_a_limit_from_another_source_is_not_marked_as_prose() -> None:
    found = limits("2024-02-01", "embeddings_create")["input.maxItems"]
    assert (found.value, found.source) == (2048, "schema")
    published = constraints(document("2024-02-01", as_published=True).operation("embeddings_create"))
    assert [(each.value, each.source) for each in published if each.name == "input.maxItems"] == [
        (16, "prose")
    ]


def test_a_published_description_has_no_provenance() -> None:
    assert provenance(document("2024-10-21")) is None


def test_an_entry_without_its_section_is_rejected() -> None:
    whole = document("2024-02-15-preview")
    content = {**whole.content, "x-aoai-sentences": {"a": {"says": "b"}}}
    with pytest.raises(DocumentError, match="#/x-aoai-sentences/a needs section"):
        provenance(Document(whole.name, content, as_published=False))


@pytest.mark.parametrize("version", VERSIONS)
def test_validates_both_ways_and_resolves_every_reference(version: str) -> None:
    for as_published in (False, True):
        described = document(version, as_published=as_published)
        described.build_validators()
        for _, target in references(described.content):
            assert described.resolve(target) is not None


@pytest.mark.parametrize("version", VERSIONS)
def test_each_correction_matches_one_place_and_changes_it(version: str) -> None:
    actions = overlay(version)
    content = document(version, as_published=True).content
    for action in actions.actions:
        alone = Overlay(actions.title, actions.version, actions.extends, (action,), actions.source)
        applied = alone.apply(content)
        assert applied.matches == (1,), action.path.text
        assert applied.content != content, action.path.text
        content = applied.content


@pytest.mark.parametrize("version", VERSIONS)
def test_each_correction_leads_to_its_place(version: str) -> None:
    for action in overlay(version).actions:
        if action.source.startswith("https://github.com/"):
            continue
        name, _, pointer = action.source.removeprefix("prose of ").partition("#")
        assert name == f"azure-openai@{version}"
        document(version, as_published=True).resolve(f"#{pointer}")


@pytest.mark.parametrize(
    ("version", "operation", "expected"),
    [
        (
            "2024-02-01",
            "Completions_Create",
            {
                "temperature.maximum": 2,
                "stop.maxItems": 4,
                "logit_bias.*.minimum": -100,
                "suffix.nullable": True,
            },
        ),
        (
            "2024-02-01",
            "ChatCompletions_Create",
            {
                "messages[system].name.pattern": "^[a-zA-Z0-9_]{0,64}$",
                "tools[].function.name.pattern": "^[a-zA-Z0-9_-]{0,64}$",
                "stop.maxItems": 4,
                "presence_penalty.minimum": -2,
                "messages[user].content[image_url].image_url.detail.enum": ["auto", "low", "high"],
            },
        ),
        (
            "2023-12-01-preview",
            "ExtensionsChatCompletions_Create",
            {
                "stop.maxItems": 2,
                "temperature.maximum": 2,
                "dataSources[Pinecone].parameters.authentication.type.enum": ["APIKey"],
                "dataSources[Elasticsearch].parameters.authentication.keyId.required": "keyId",
                "dataSources[AzureMLIndex].parameters.version.required": "version",
            },
        ),
        (
            "2023-12-01-preview",
            "ImageGenerations_Create",
            {"prompt.maxLength": 4000, "n.maximum": 1, "quality.enum": ["hd", "standard"]},
        ),
        (
            "2023-06-01-preview",
            "ImageGenerations_Submit",
            {
                "prompt.maxLength": 1000,
                "n.minimum": 1,
                "n.maximum": 5,
                "size.enum": ["256x256", "512x512", "1024x1024"],
            },
        ),
        ("2023-09-01-preview", "Translations_Create", {"temperature.maximum": 1, "file.required": "file"}),
        (
            "2023-10-01-preview",
            "IngestionJobs_Create",
            {
                "searchServiceEndpoint.required": True,
                "storageContainer.required": True,
                "dataRefreshIntervalInMinutes.type": "integer",
                "completionAction.enum": ["cleanUpAssets", "keepAllAssets"],
            },
        ),
        (
            "2024-02-15-preview",
            "Speech_Create",
            {"input.maxLength": 4096, "voice.enum": ["alloy", "echo", "fable", "onyx", "nova", "shimmer"]},
        ),
    ],
)
def test_states_the_limits_of_the_page(version: str, operation: str, expected: dict[str, Any]) -> None:
    found = limits(version, operation)
    assert {name: found[name].value for name in expected if name in found} == expected


@pytest.mark.parametrize(
    ("version", "operation", "absent"),
    [
        ("2024-02-01", "embeddings_create", ["encoding_format.type", "dimensions.type"]),
        ("2024-02-01", "ChatCompletions_Create", ["enhancements.type", "dataSources.type", "top_p.type"]),
        ("2023-10-01-preview", "IngestionJobs_Create", ["searchServiceAdminKey.required", "url.required"]),
        ("2023-12-01-preview", "ChatCompletions_Create", ["n.maximum", "messages.minItems"]),
    ],
)
def test_attributes_nothing_else_to_the_page(version: str, operation: str, absent: list[str]) -> None:
    found = limits(version, operation)
    assert [name for name in absent if name in found and found[name].source == "prose"] == []


SAID = {"role": "user", "content": "What is covered?"}
KEYED = {"type": "DeploymentName", "deploymentName": "ada"}
DATA_SOURCES: dict[str, dict[str, Any]] = {
    "AzureCognitiveSearch": {"endpoint": "e", "key": "k", "indexName": "i"},
    "AzureCosmosDB": {
        "authentication": {"type": "ConnectionString", "connectionString": "c"},
        "databaseName": "d",
        "containerName": "c",
        "indexName": "i",
        "embeddingDependency": KEYED,
        "fieldsMapping": {"vectorFields": ["v"]},
    },
    "Elasticsearch": {
        "endpoint": "e",
        "indexName": "i",
        "authentication": {"type": "KeyAndKeyId", "key": "k", "keyId": "id"},
    },
    "AzureMLIndex": {"projectResourceId": "/subscriptions/s", "name": "p", "version": "5"},
    "Pinecone": {
        "authentication": {"type": "APIKey", "apiKey": "k"},
        "environment": "e",
        "indexName": "i",
        "embeddingDependency": KEYED,
        "fieldsMapping": {
            "titleField": "t",
            "urlField": "u",
            "filepathField": "f",
            "contentFields": ["c"],
            "contentFieldsSeparator": "\n",
        },
    },
    "AzureComputerVision": {"endpoint": "e", "key": "k"},
}


def accepts(version: str, operation: str, body: Any) -> bool:
    validator = document(version).operation(operation).request_validator()
    assert validator is not None
    return validator.is_valid(body)


@pytest.mark.parametrize("kind", DATA_SOURCES)
def test_accepts_each_data_source_with_its_parameters(kind: str) -> None:
    operation = "ExtensionsChatCompletions_Create"

    def taken(parameters: dict[str, Any]) -> bool:
        sources = [{"type": kind, "parameters": parameters}]
        return accepts("2023-12-01-preview", operation, {"messages": [SAID], "dataSources": sources})

    parameters = DATA_SOURCES[kind]
    assert taken(parameters)
    for name in parameters:
        if (kind, name) != ("AzureCosmosDB", "embeddingDependency"):
            assert not taken({key: value for key, value in parameters.items() if key != name}), name


def test_the_older_version_has_two_data_sources() -> None:
    found = [
        kind
        for kind, parameters in DATA_SOURCES.items()
        if accepts(
            "2023-06-01-preview",
            "ExtensionsChatCompletions_Create",
            {"messages": [SAID], "dataSources": [{"type": kind, "parameters": parameters}]},
        )
    ]
    assert found == ["AzureCognitiveSearch", "AzureCosmosDB"]


def test_an_image_may_be_a_url_with_extensions_only() -> None:
    version = "2023-12-01-preview"
    seen = {"role": "user", "content": [{"type": "image_url", "image_url": "https://example.com/a.png"}]}
    sources = [{"type": "AzureComputerVision", "parameters": {"endpoint": "e", "key": "k"}}]
    asked = {
        "enhancements": {"ocr": {"enabled": True}, "grounding": {"enabled": True}},
        "dataSources": sources,
    }
    assert accepts(version, "ExtensionsChatCompletions_Create", {**asked, "messages": [seen]})
    assert accepts(version, "ChatCompletions_Create", {**asked, "messages": [SAID]})
    assert not accepts(version, "ChatCompletions_Create", {**asked, "messages": [seen]})


def test_images_may_be_answered_with_either_status() -> None:
    operation = document("2023-12-01-preview").operation("ImageGenerations_Create")
    drawn = {"created": 1698116662, "data": [{"url": "https://example.com/a.png"}]}
    for status in (200, 202):
        validator = operation.response_validator(status)
        assert validator is not None
        assert validator.is_valid(drawn)
        assert not validator.is_valid({"id": "f508bcf2", "status": "notRunning"})


@pytest.mark.parametrize("state", ["notRunning", "running", "succeeded", "canceled", "failed", "deleted"])
def test_an_image_operation_is_in_one_of_six_states(state: str) -> None:
    described = document("2023-06-01-preview")
    submit = described.operation("ImageGenerations_Submit")
    assert "operation-location" in submit.responses["202"].headers
    asked = described.operation("ImageOperations_Get").response_validator(200)
    assert asked is not None
    assert asked.is_valid({"id": "4b755937", "status": state})
    assert not asked.is_valid({"id": "4b755937", "status": state.upper()})
    assert described.operation("ImageOperations_Delete").responses["204"].media == {}


def chunk_passes(version: str, operation: str, chunk: Any) -> bool:
    validator = document(version).operation(operation).item_validator(200)
    assert validator is not None
    return validator.is_valid(chunk)


@pytest.mark.parametrize("version", ["2023-06-01-preview", "2023-12-01-preview"])
def test_a_stream_from_data_sources_ends_with_end_turn(version: str) -> None:
    last = {"delta": {"content": "[DONE]"}, "index": 2, "end_turn": True}
    head = {"id": "1", "model": "", "created": 1684304924, "object": "chat.completion.chunk"}
    operation = "ExtensionsChatCompletions_Create"
    assert chunk_passes(version, operation, {**head, "choices": [{"index": 0, "messages": [last]}]})
    assert not chunk_passes(version, operation, {**head, "choices": [{"index": 0, "messages": [{}]}]})
    assert not chunk_passes(version, operation, {**head, "choices": [{"index": 0}]})


def test_older_chunks_name_the_verdicts_annotations() -> None:
    described = document("2023-06-01-preview")
    chunk = described.resolve("#/components/schemas/extensionsChatCompletionChunk/properties")
    assert {"prompt_annotations", "usage"} <= chunk.keys()
    assert "prompt_filter_results" not in chunk
