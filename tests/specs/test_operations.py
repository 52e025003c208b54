from __future__ import annotations

import pytest

from aoai_specs.document import Document, operation_kind
from aoai_specs.errors import DocumentError, UnknownNameError
from aoai_specs.loading.files import load
from aoai_specs.versions import DocumentName

NAME = DocumentName.parse("azure-openai@2024-10-21")


def described(paths: str, version: str = "3.0.3") -> Document:
    return Document(NAME, load(f"openapi: {version}\npaths:\n{paths}", "t.yaml").content)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/deployments/{deployment-id}/chat/completions", "chat"),
        ("/chat/completions", "chat"),
        ("/deployments/{deploymentId}/completions", "completions"),
        ("/completions", "completions"),
        ("/deployments/{d}/other/completions", "other"),
        ("/deployments/{d}/embeddings", "embeddings"),
        ("/embeddings", "embeddings"),
        ("/images/embeddings", "image-embeddings"),
        ("/deployments/{d}/images/generations", "images"),
        ("/deployments/{d}/audio/transcriptions", "transcription"),
        ("/deployments/{d}/audio/translations", "translation"),
        ("/deployments/{d}/audio/speech", "speech"),
        ("/images/generations:submit", "image-submit"),
        ("/deployments/{d}/extensions/chat/completions", "extension-chat"),
        ("/uploads/{upload_id}/parts", "upload-part"),
        ("/batches/{batchId}/cancel", "batch-cancel"),
        ("/anything", "other"),
    ],
)
def test_a_path_determines_the_topic_of_its_operation(path: str, kind: str) -> None:
    assert operation_kind(path) == kind


@pytest.mark.parametrize(
    ("method", "path", "kind"),
    [
        ("GET", "/files", "file-list"),
        ("POST", "/files", "file-upload"),
        ("get", "/files/{fileId}", "file-get"),
        ("DELETE", "/files/{file-id}", "file-delete"),
        ("GET", "/files/{fileId}/content", "file-content"),
        ("PUT", "/extensions/on-your-data/ingestion-jobs/{job-name}", "ingestion-start"),
        ("DELETE", "/operations/images/{operation-id}", "image-delete"),
        ("GET", "/models", "model-list"),
        ("GET", "/deployments", "deployment-list"),
        ("GET", "/info", "info"),
        ("DELETE", "/models", "other"),
        ("POST", "/v1/files", "file-upload"),
        ("POST", "/containers/{container_id}/files", "other"),
        ("GET", "/containers/{container_id}/files/{file_id}/content", "other"),
        ("GET", "/vector_stores/{id}/batches/{batch_id}", "other"),
        ("POST", "/responses", "response-create"),
        ("DELETE", "/responses/{response_id}", "response-delete"),
        ("GET", "/responses/{response_id}/input_items", "response-input-items"),
        ("POST", "/conversations/{id}", "conversation-update"),
        ("POST", "/conversations/{id}/items", "conversation-item-create"),
        ("POST", "/vector_stores/{id}/search", "vector-store-search"),
        ("GET", "/vector_stores/{id}/files/{file_id}/content", "vector-store-file-content"),
        ("GET", "/vector_stores/{id}/file_batches/{batch_id}/files", "vector-store-batch-files"),
        ("POST", "/threads/{id}/responses", "other"),
    ],
)
def test_a_method_distinguishes_the_operations_of_a_path(method: str, path: str, kind: str) -> None:
    assert operation_kind(path, method) == kind


def test_describes_an_operation(document: Document) -> None:
    chat = document.operation("ChatCompletions_Create")
    assert (chat.method, chat.path) == ("POST", "/deployments/{deployment-id}/chat/completions")
    assert chat.pointer == "#/paths/~1deployments~1{deployment-id}~1chat~1completions/post"
    assert [(each.name, each.location, each.required) for each in chat.parameters] == [
        ("deployment-id", "path", True),
        ("api-version", "query", True),
    ]
    assert document.resolve(chat.parameters[1].pointer)["name"] == "api-version"
    assert dict(chat.request_media) == {
        "application/json": "#/components/schemas/createChatCompletionRequest"
    }
    assert chat.request_required
    assert [dict(each) for each in chat.security] == [{"bearer": ("api.read",)}, {"apiKey": ()}]
    assert list(chat.responses["200"].headers) == ["apim-request-id"]
    assert document.clause(chat.pointer).startswith("azure-openai@2024-10-21#/paths/")


def test_finds_operations_in_any_case_and_suggests_the_closest(document: Document) -> None:
    assert document.operation("chatcompletions_create").kind == "chat"
    with pytest.raises(UnknownNameError, match="did you mean 'Transcriptions_Create'"):
        document.operation("transcription_create")


RESPONSES = """
  /x:
    get:
      responses:
        '200': {description: ''}
        4XX:
          description: ''
          content:
            text/*: {schema: {type: string}}
            application/json: {schema: {type: object}}
        '404': {description: ''}
        default: {description: ''}
"""


@pytest.mark.parametrize(
    ("status", "found"), [(200, "200"), (404, "404"), (418, "4XX"), (503, "default"), (201, "default")]
)
def test_an_exact_status_precedes_its_range_and_the_range_the_default(status: int, found: str) -> None:
    response = described(RESPONSES).operation("GET /x").response_for(status)
    assert response is not None
    assert response.status == found


def test_an_undescribed_status_has_no_response() -> None:
    assert (
        described("  /x: {get: {responses: {'200': {description: ''}}}}\n")
        .operation("GET /x")
        .response_for(500)
        is None
    )


def test_finds_the_matching_media_type() -> None:
    operation = described(RESPONSES).operation("GET /x")
    for media_type, lawful in (
        ("application/json", {}),
        ("Application/JSON; charset=utf-8", {}),
        ("text/plain", "x"),
        ("text/html; charset=utf-8", "x"),
    ):
        validator = operation.response_validator(418, media_type)
        assert validator is not None
        assert validator.is_valid(lawful)
        assert not validator.is_valid(5)
    assert operation.response_validator(418, "image/png") is None
    assert operation.response_validator(404) is None
    assert operation.item_validator(418) is None
    assert operation.request_validator() is None


def test_parameters_of_the_operation_override_those_of_the_path() -> None:
    document = described("""
  /x/{a}:
    parameters: [{name: a, in: path}, {name: b, in: query}, {name: c, in: header}]
    get:
      parameters: [{name: b, in: query, required: true}]
      responses: {}
""")
    parameters = document.operation("GET /x/{a}").parameters
    assert [(each.name, each.required) for each in parameters] == [("a", True), ("b", True), ("c", False)]
    assert parameters[1].pointer == "#/paths/~1x~1{a}/get/parameters/0"


def test_security_of_the_operation_replaces_that_of_the_document() -> None:
    document = Document(
        NAME,
        load(
            "openapi: 3.0.3\nsecurity: [{key: []}]\n"
            "paths: {/x: {get: {security: [], responses: {}}, put: {responses: {}}}}\n",
            "t.yaml",
        ).content,
    )
    assert document.operation("GET /x").security == ()
    assert [dict(each) for each in document.operation("PUT /x").security] == [{"key": ()}]


STREAM = """
  /x:
    get:
      responses:
        '200':
          description: ''
          content:
            text/event-stream: {itemSchema: %s}
"""


@pytest.mark.parametrize(
    ("item", "place"),
    [
        (
            "{type: object, properties: {data: {type: string, contentSchema: {type: integer}}}}",
            "/properties/data/contentSchema",
        ),
        ("{type: object, properties: {data: {type: integer}, event: {type: string}}}", "/properties/data"),
        ("{type: integer}", ""),
    ],
)
def test_the_item_of_an_event_stream_is_the_schema_of_its_data(item: str, place: str) -> None:
    operation = described(STREAM % item, "3.2.0").operation("GET /x")
    media = operation.responses["200"].media["text/event-stream"]
    assert media.item_schema_pointer is not None
    assert media.item_schema_pointer.endswith(f"itemSchema{place}")
    validator = operation.item_validator(200)
    assert validator is not None
    assert validator.is_valid(1)
    assert not validator.is_valid("x")


@pytest.mark.parametrize(
    ("url", "base"),
    [
        ("https://{endpoint}/openai", "/openai"),
        ("{endpoint}/openai", "/openai"),
        ("https://x/openai/", "/openai"),
        ("https://x.services.ai.azure.com/models", "/models"),
        ("https://x", ""),
        ("/openai", "/openai"),
    ],
)
def test_the_base_path_is_the_path_of_the_first_server(url: str, base: str) -> None:
    content = {"openapi": "3.0.3", "servers": [{"url": url}], "paths": {}}
    assert Document(NAME, content).base_path == base


@pytest.mark.parametrize(
    "paths",
    [
        "  /x: {get: {operationId: a, responses: {}}, put: {operationId: a, responses: {}}}\n",
        "  /x: {get: {parameters: [{name: a}], responses: {}}}\n",
        "  /x: {get: {requestBody: 5, responses: {}}}\n",
        "  /x: 5\n",
    ],
)
def test_rejects_meaningless_paths(paths: str) -> None:
    with pytest.raises(DocumentError, match="azure-openai@2024-10-21#/paths/~1x"):
        described(paths)


def test_builds_each_validator_once(document: Document) -> None:
    operation = document.operation("ChatCompletions_Create")
    assert operation.request_validator() is operation.request_validator()
    assert operation.request_validator() is not operation.response_validator(200)
