"""azure-openai@2025-01-01-preview: the publication, the corrections, and both descriptions."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import pytest

from aoai_specs.catalogue import Catalogue
from aoai_specs.document import Document
from aoai_specs.loading.files import load
from aoai_specs.loading.overlay import Overlay
from aoai_specs.loading.references import follow, references
from aoai_specs.schemas.constraints import constraints
from aoai_specs.versions import DocumentName
from aoai_strategies.planning.planning import plan

NAME = "azure-openai@2025-01-01-preview"
SECOND = "azure-openai-authoring@2025-01-01-preview"
FILE = "overlays/azure-openai/2025-01-01-preview.yaml"
SCHEMAS = "#/components/schemas"
FORM = "multipart/form-data"
MANAGED = (
    "ListBatches",
    "CreateBatch",
    "GetBatch",
    "CancelBatch",
    "ListFiles",
    "UploadFile",
    "GetFile",
    "DeleteFile",
    "GetFileContent",
    "CreateUpload",
    "CancelUpload",
    "CompleteUpload",
    "AddUploadPart",
)


@pytest.fixture(scope="module")
def document() -> Document:
    return Catalogue.packaged().load(NAME)


@pytest.fixture(scope="module")
def published() -> Document:
    return Catalogue.packaged().load(NAME, as_published=True)


@pytest.fixture(scope="module")
def overlay() -> Overlay:
    found = Catalogue.packaged().overlay(DocumentName.parse(NAME))
    assert found is not None
    return found


@pytest.fixture(scope="module")
def actions() -> list[dict[str, Any]]:
    """The actions as they are written, extensions included."""
    content = load(files("aoai_specs").joinpath(FILE).read_bytes(), FILE).content
    written: list[dict[str, Any]] = content["actions"]
    return written


def lets_pass(document: Document, operation: str, status: int, body: Any) -> bool:
    validator = document.operation(operation).response_validator(status)
    assert validator is not None
    return validator.is_valid(body)


def test_has_the_twenty_methods_in_their_order(published: Document) -> None:
    assert [(each.id, each.method, each.kind) for each in published.operations.values()] == [
        ("ListBatches", "GET", "batch-list"),
        ("CreateBatch", "POST", "batch-create"),
        ("GetBatch", "GET", "batch-get"),
        ("CancelBatch", "POST", "batch-cancel"),
        ("GenerateSpeechFromText", "POST", "speech"),
        ("GetAudioTranscriptionAsPlainText", "POST", "transcription"),
        ("GetAudioTranslationAsPlainText", "POST", "translation"),
        ("GetChatCompletions", "POST", "chat"),
        ("GetCompletions", "POST", "completions"),
        ("GetEmbeddings", "POST", "embeddings"),
        ("GetImageGenerations", "POST", "images"),
        ("ListFiles", "GET", "file-list"),
        ("UploadFile", "POST", "file-upload"),
        ("GetFile", "GET", "file-get"),
        ("DeleteFile", "DELETE", "file-delete"),
        ("GetFileContent", "GET", "file-content"),
        ("CreateUpload", "POST", "upload-create"),
        ("CancelUpload", "POST", "upload-cancel"),
        ("CompleteUpload", "POST", "upload-complete"),
        ("AddUploadPart", "POST", "upload-part"),
    ]
    assert published.base_path == "/openai"


@pytest.mark.parametrize("which", ["document", "published"])
def test_every_reference_resolves_and_every_validator_can_be_built(
    which: str, request: pytest.FixtureRequest
) -> None:
    described: Document = request.getfixturevalue(which)
    for _, target in references(described.content):
        assert follow(described.content, target)[1] is not None
    described.build_validators()


def test_names_components_without_namespaces_and_copies_no_example(published: Document) -> None:
    assert not [name for name in published.content["components"]["schemas"] if "." in name]

    def keys(node: object) -> set[str]:
        if isinstance(node, dict):
            return set(node) | {key for each in node.values() for key in keys(each)}
        return {key for each in node for key in keys(each)} if isinstance(node, list) else set()

    assert not {"example", "examples", "x-ms-examples", "x-nullable"} & keys(published.content)


@pytest.mark.parametrize(
    ("place", "keywords"),
    [
        ("SpeechGenerationOptions/properties/input", {"type": "string", "maxLength": 4096}),
        ("SpeechGenerationOptions/properties/speed", {"minimum": 0.25, "maximum": 4, "default": 1}),
        ("SpeechGenerationOptions/properties/response_format", {"default": "mp3"}),
        ("BatchCreateRequest/properties/input_file_id", {"minLength": 1}),
        ("CreateUploadRequest/properties/bytes", {"type": "integer", "format": "int32"}),
        ("Upload/properties/bytes", {"format": "int64"}),
        ("ChatCompletionsOptions/properties/reasoning_effort", {"default": "medium"}),
        ("ChatCompletionsOptions/properties/modalities", {"default": ["text"]}),
        ("ChatCompletionsOptions/properties/top_logprobs", {"nullable": True, "maximum": "absent"}),
        ("ChatCompletionsOptions/properties/temperature", {"minimum": "absent", "maximum": "absent"}),
        ("EmbeddingsOptions/properties/encoding_format", {"default": "float", "enum": ["float", "base64"]}),
        ("ImageGenerationOptions/properties/n", {"default": 1, "minimum": "absent"}),
        ("AzureSearchChatExtensionParameters/properties/strictness", {"minimum": 1, "maximum": 5}),
        ("MongoDBChatExtensionParameters/properties/strictness", {"minimum": 1, "maximum": 5}),
    ],
)
def test_has_the_published_limits_and_invents_none(
    published: Document, place: str, keywords: dict[str, Any]
) -> None:
    described = published.resolve(f"{SCHEMAS}/{place}")
    assert {keyword: described.get(keyword, "absent") for keyword in keywords} == keywords


@pytest.mark.parametrize(
    ("place", "values"),
    [
        ("SpeechVoice", ["alloy", "echo", "fable", "onyx", "nova", "shimmer"]),
        ("SpeechGenerationOptions/properties/response_format", ["mp3", "opus", "aac", "flac", "wav", "pcm"]),
        ("OutputAudioFormat", ["wav", "mp3", "flac", "opus", "pcm16"]),
        ("ChatCompletionsOptions/properties/reasoning_effort", ["low", "medium", "high"]),
        ("ChatRole", ["system", "assistant", "user", "function", "tool", "developer"]),
        ("FileState", ["uploaded", "pending", "running", "processed", "error", "deleting", "deleted"]),
        ("CreateUploadRequest/properties/purpose", ["assistants", "batch", "fine-tune", "vision"]),
        ("Upload/properties/status", ["pending", "completed", "cancelled", "expired"]),
        (
            "BatchStatus",
            [
                *("validating", "failed", "in_progress", "finalizing"),
                *("completed", "expired", "cancelling", "cancelled"),
            ],
        ),
        (
            "AzureChatExtensionType",
            ["azure_search", "azure_cosmos_db", "elasticsearch", "pinecone", "mongo_db"],
        ),
        (
            "ImageGenerationOptions/properties/size",
            ["256x256", "512x512", "1024x1024", "1792x1024", "1024x1792"],
        ),
    ],
)
def test_has_the_published_enumerations(published: Document, place: str, values: list[str]) -> None:
    assert published.resolve(f"{SCHEMAS}/{place}")["enum"] == values


def test_every_action_matches_and_changes_something(overlay: Overlay, published: Document) -> None:
    content = published.content
    for action in overlay.actions:
        alone = Overlay(overlay.title, overlay.version, overlay.extends, (action,), overlay.source)
        applied = alone.apply(content)
        assert all(applied.matches), action.path.text
        assert applied.content != content, action.path.text
        content = applied.content


def test_every_source_that_is_a_clause_leads_to_its_place(overlay: Overlay) -> None:
    catalogue = Catalogue.packaged()
    for action in overlay.actions:
        first = action.source.removeprefix("prose of ").split(" and ")[0]
        if first.startswith(("https://", "examples ")):
            continue
        name, _, pointer = first.partition("#")
        catalogue.load(name, as_published=True).resolve(f"#{pointer}")


def test_marks_each_keyword_that_only_the_prose_states(overlay: Overlay) -> None:
    stated = [action for action in overlay.actions if action.source.startswith("prose of ")]
    assert len(stated) >= 7
    for action in stated:
        assert set(action.update["x-aoai-prose"]) == action.update.keys() - {"x-aoai-prose"}


def test_limits_of_the_prose_are_constraints_of_the_prose(document: Document) -> None:
    found = {
        constraint.name: constraint.value
        for operation in document.operations.values()
        for constraint in constraints(operation)
        if constraint.source == "prose"
    }
    assert found["bytes.maximum"] == 8 * 2**30
    assert found["completion_window.enum"] == ["24h"]
    assert (found["temperature.minimum"], found["temperature.maximum"]) == (0, 1)
    assert found["top_logprobs.maximum"] == 20
    part = document.operation("AddUploadPart").request_media[FORM]
    assert document.resolve(part)["properties"]["data"]["x-aoai-max-bytes"] == 64 * 2**20


def test_differences_of_the_second_description_are_marked_and_name_both(
    actions: list[dict[str, Any]],
) -> None:
    marked = [action for action in actions if "x-two-descriptions" in action]
    assert {action["x-two-descriptions"] for action in marked} == {
        *(f"{kind}-{what}" for kind in ("batches", "files", "uploads") for what in ("api-version", "errors")),
        *("file-status", "upload-status", "file-bytes", "bytes-int64", "purposes", "type-discriminator"),
        *("batch-error-line", "batch-errors-data", "batches-limit", "batches-filter"),
    }
    for action in marked:
        assert f"{NAME}#/" in action["x-source"], action["target"]
        assert f" and {SECOND}#/" in action["x-source"], action["target"]
    unmarked = [action for action in actions if "x-two-descriptions" not in action]
    assert not [action["target"] for action in unmarked if SECOND in action["x-source"]]


@pytest.mark.parametrize("name", MANAGED)
def test_files_uploads_and_batches_accept_a_version_and_may_fail(
    published: Document, document: Document, name: str
) -> None:
    before, after = published.operation(name), document.operation(name)
    assert "api-version" not in {each.name for each in before.parameters}
    (version,) = (each for each in after.parameters if each.name == "api-version")
    assert not version.required
    mark = document.resolve(version.pointer)["x-two-descriptions"]
    assert mark == f"{after.path.split('/')[1]}-api-version"
    assert before.response_for(404) is None
    described = after.response_for(404)
    assert described is not None
    assert document.resolve(described.pointer)["x-two-descriptions"] == mark.replace("api-version", "errors")
    assert lets_pass(document, name, 404, {"error": {"code": "notFound", "message": "There is none."}})
    assert not lets_pass(document, name, 404, {})


def test_granularities_have_the_name_that_the_service_accepts(
    published: Document, document: Document
) -> None:
    def fields(described: Document) -> set[str]:
        operation = described.operation("GetAudioTranscriptionAsPlainText")
        return set(described.resolve(operation.request_media[FORM])["properties"])

    assert fields(published) - fields(document) == {"timestampGranularities"}
    assert fields(document) - fields(published) == {"timestamp_granularities[]"}


def test_speech_is_sound_and_its_failures_are_json(document: Document) -> None:
    operation = document.operation("GenerateSpeechFromText")
    answer = operation.responses["200"]
    for media_type in ("audio/mpeg", "audio/wav", "application/octet-stream"):
        assert answer.media_for(media_type) is not None
    assert answer.media_for("application/json") is None
    assert list(operation.responses["default"].media) == ["application/json"]


def test_every_operation_can_be_planned(document: Document) -> None:
    planned = {case.operation for case in plan(document).cases}
    assert planned == set(document.operations)
