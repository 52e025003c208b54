from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from aoai_specs.catalogue import Catalogue
from aoai_specs.document import Document
from aoai_specs.errors import DocumentError, OverlayError, UnknownNameError
from aoai_specs.reading import ReadingOptions

SMALL = """
openapi: 3.0.0
info: {title: Small, version: 2030-01-01-preview}
servers: [{url: 'https://{endpoint}/openai'}]
paths:
  /deployments/{deployment-id}/chat/completions:
    post:
      operationId: Chat
      requestBody:
        content:
          application/json: {schema: {$ref: '#/components/schemas/Request'}}
      responses:
        '200':
          description: ''
          content:
            application/json:
              schema:
                oneOf: [{$ref: '#/components/schemas/Answer'}, {$ref: '#/components/schemas/Chunk'}]
components:
  schemas:
    Request: {type: object, allOf: [{properties: {stream: {type: boolean}}}]}
    Answer: {type: object, properties: {object: {type: string, enum: [chat.completion]}}}
    Chunk: {type: object, properties: {object: {type: string, enum: [chat.completion.chunk]}}}
"""


@pytest.fixture
def catalogue() -> Catalogue:
    return Catalogue.packaged()


def written(folder: Path, text: str) -> str:
    path = folder / "small.yaml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def refusal(catalogue: Catalogue, path: str) -> str:
    with pytest.raises(DocumentError) as caught:
        catalogue.load_file(path)
    return str(caught.value)


def test_lists_its_documents_in_order(catalogue: Catalogue) -> None:
    names = catalogue.names()
    assert "azure-openai@2024-10-21" in map(str, names)
    assert list(names) == sorted(names)


def test_knows_the_newest_stable_version(catalogue: Catalogue) -> None:
    newest = catalogue.newest_stable("azure-openai")
    assert not newest.version.preview
    assert newest.version.text >= "2024-10-21"
    with pytest.raises(UnknownNameError, match="azure-openai"):
        catalogue.newest_stable("azure-opena")


def test_reads_each_document_once(catalogue: Catalogue) -> None:
    assert catalogue.load("2024-10-21") is catalogue.load("azure-openai@2024-10-21")
    assert catalogue.load("2024-10-21") is not catalogue.load("2024-10-21", as_published=True)
    assert Catalogue.packaged() is Catalogue.packaged()


@pytest.mark.parametrize(
    "name", ["2024-10-22", "2019-01-01", "latest", "azure-openai@2024-10-20", "elsewhere@2024-10-21", "@"]
)
def test_names_the_known_versions_for_an_unknown_one(catalogue: Catalogue, name: str) -> None:
    with pytest.raises(UnknownNameError, match="2024-10-21") as caught:
        catalogue.load(name)
    assert name in str(caught.value)


def test_loading_the_overlay_twice_would_show(catalogue: Catalogue) -> None:
    """The cached document does not change when it is used."""
    before = catalogue.load("2024-10-21", as_published=True).content
    catalogue.load("2024-10-21")
    properties = before["components"]["schemas"]["createChatCompletionStreamResponse"]["properties"]
    assert "usage" not in properties


def test_declares_the_hidden_stream_of_a_custom_description(catalogue: Catalogue, tmp_path: Path) -> None:
    document = catalogue.load_file(written(tmp_path, SMALL))
    assert str(document.name) == "azure-openai@2030-01-01-preview"
    operation = document.operation("chat")
    media = operation.responses["200"].media
    assert media["application/json"].schema_pointer == "#/components/schemas/Answer"
    assert media["text/event-stream"].item_schema_pointer == "#/components/schemas/Chunk"


def test_keeps_a_description_that_is_requested_as_published(catalogue: Catalogue, tmp_path: Path) -> None:
    document = catalogue.load_file(written(tmp_path, SMALL), as_published=True)
    assert list(document.operation("Chat").responses["200"].media) == ["application/json"]


def test_streams_the_response_schema_if_there_is_no_chunk(catalogue: Catalogue, tmp_path: Path) -> None:
    text = SMALL.replace(
        "oneOf: [{$ref: '#/components/schemas/Answer'}, {$ref: '#/components/schemas/Chunk'}]",
        "$ref: '#/components/schemas/Answer'",
    )
    media = catalogue.load_file(written(tmp_path, text)).operation("Chat").responses["200"].media
    assert media["text/event-stream"].item_schema_pointer == "#/components/schemas/Answer"


def test_declares_no_stream_if_none_can_be_requested(catalogue: Catalogue, tmp_path: Path) -> None:
    text = SMALL.replace("stream:", "other:")
    media = catalogue.load_file(written(tmp_path, text)).operation("Chat").responses["200"].media
    assert list(media) == ["application/json"]


def test_corrects_a_custom_copy_of_a_known_version(catalogue: Catalogue, tmp_path: Path) -> None:
    copy = catalogue.load("2024-10-21", as_published=True).content
    path = written(tmp_path, json.dumps(copy))
    corrected = catalogue.load_file(path)
    assert corrected.content == catalogue.load("2024-10-21").content
    assert catalogue.load_file(path, as_published=True).content == copy


def test_skips_corrections_that_do_not_fit_a_description(catalogue: Catalogue, tmp_path: Path) -> None:
    text = SMALL.replace("2030-01-01-preview", "2024-10-21")
    document = catalogue.load_file(written(tmp_path, text))
    assert set(document.content["components"]["schemas"]) >= {"Request", "Answer", "Chunk"}
    assert "createCompletionStreamResponse" not in document.content["components"]["schemas"]
    validator = document.operation("Chat").item_validator(200)
    assert validator is not None
    assert validator.is_valid({"object": "chat.completion.chunk"})


@pytest.mark.parametrize(
    ("servers", "path", "title", "surface"),
    [
        ("[{url: 'https://{endpoint}/openai'}]", "/anything", "x", "azure-openai"),
        ("[{url: '{endpoint}/openai/v1'}]", "/chat/completions", "x", "azure-openai"),
        ("[{url: 'https://x.example.com/openai/v1/'}]", "/embeddings", "x", "azure-openai"),
        ("[]", "/deployments/{d}/completions", "x", "azure-openai"),
        ("[{url: 'https://x.services.ai.azure.com/models'}]", "/chat/completions", "x", "ai-model-inference"),
        ("[{url: 'https://x'}]", "/info", "AI Model Inference", "ai-model-inference"),
        ("[]", "/batches", "x", "azure-openai"),
    ],
)
def test_detects_the_surface_from_servers_paths_or_title(
    catalogue: Catalogue, tmp_path: Path, servers: str, path: str, title: str, surface: str
) -> None:
    text = f"openapi: 3.1.0\ninfo: {{title: {title}, version: 2030-01-01}}\nservers: {servers}\n"
    text += f"paths: {{'{path}': {{}}}}\n"
    assert catalogue.load_file(written(tmp_path, text)).name.surface == surface


@pytest.mark.parametrize(
    ("before", "after", "line"),
    [
        ("version: 2030-01-01-preview", "version: '1 0'", 3),
        ("version: 2030-01-01-preview", "other: x", 3),
        ("openapi: 3.0.0", "openapi: 4.0.0", 2),
        ("openapi: 3.0.0", "asyncapi: 3.0.0", 2),
        ("'200':", "'200': [", 15),
    ],
)
def test_names_file_and_line_of_a_broken_description(
    catalogue: Catalogue, tmp_path: Path, before: str, after: str, line: int
) -> None:
    assert before in SMALL
    path = written(tmp_path, SMALL.replace(before, after))
    assert refusal(catalogue, path).startswith(f"{path}, line {line}: ")


@pytest.mark.parametrize(
    ("before", "after", "line"),
    [
        ("#/components/schemas/Request", "#/components/schemas/Reqest", 11),
        ("#/components/schemas/Request", "other.yaml#/Request", 11),
        ("description: ''", "description: ''\n          description: ''", 15),
        ("type: boolean", "type: bool", 21),
    ],
)
def test_reads_a_description_without_its_mistakes_and_names_their_lines(
    catalogue: Catalogue, tmp_path: Path, before: str, after: str, line: int
) -> None:
    assert before in SMALL
    path = written(tmp_path, SMALL.replace(before, after))
    (warning,) = catalogue.load_file(path).warnings
    assert warning.startswith(f"{path}, line {line}: ")


def test_reads_a_description_of_no_known_surface_as_azure_openai_and_says_so(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    path = written(tmp_path, "openapi: 3.0.0\ninfo: {title: t, version: 2030-01-01}\npaths: {/pets: {}}\n")
    document = catalogue.load_file(path)
    assert str(document.name) == "azure-openai@2030-01-01"
    assert [warning for warning in document.warnings if "choose with --surface" in warning]
    chosen = catalogue.load_file(path, ReadingOptions(surface="ai-model-inference"))
    assert (str(chosen.name), chosen.warnings) == ("ai-model-inference@2030-01-01", ())


def test_rejects_a_description_without_paths(catalogue: Catalogue, tmp_path: Path) -> None:
    path = written(tmp_path, "openapi: 3.0.0\ninfo: {title: t, version: 2030-01-01}\n")
    assert "no paths" in refusal(catalogue, path)


VERSION = "{name: api-version, in: query, schema: {%s}}"


@pytest.mark.parametrize(
    ("parameters", "wanted", "sent"),
    [
        ("[]", None, ""),
        (f"[{VERSION % 'type: string'}]", None, "2024-10-21"),
        (f"[{VERSION % 'default: v1'}]", None, "v1"),
        (f"[{VERSION % 'enum: [preview, v1]'}]", None, "preview"),
        ("[]", "2024-06-01", "2024-06-01"),
    ],
)
def test_says_which_api_version_is_sent_if_the_description_has_a_version_of_its_own(
    catalogue: Catalogue, tmp_path: Path, parameters: str, wanted: str | None, sent: str
) -> None:
    text = SMALL.replace("2030-01-01-preview", "2.3.0")
    text = text.replace("operationId: Chat", f"operationId: Chat\n      parameters: {parameters}")
    path = written(tmp_path, text)
    document = catalogue.load_file(path, ReadingOptions(api_version=wanted))
    assert (str(document.name), document.api_version) == ("azure-openai@2.3.0", sent)
    assert document.describes(sent)
    if wanted is None:
        (warning,) = document.warnings
        assert f"api-version {sent}." in warning or "requests have none" in warning
    else:
        assert document.warnings == ()


@pytest.mark.parametrize("version", ["v1", "preview"])
def test_reads_the_versions_without_a_date(catalogue: Catalogue, tmp_path: Path, version: str) -> None:
    path = written(tmp_path, SMALL.replace("2030-01-01-preview", version))
    document = catalogue.load_file(path)
    assert (document.api_version, document.warnings) == (version, ())


OVERLAY = """
overlay: 1.1.0
info: {title: t, version: '1'}
actions:
- {target: $.info, update: {version: 2024-06-01}}
- {target: $..nothing, remove: true}
"""


def test_an_overlay_of_the_user_changes_a_description_before_anything_else(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    path = written(tmp_path, SMALL)
    overlay = tmp_path / "overlay.yaml"
    overlay.write_text(OVERLAY, encoding="utf-8")
    document = catalogue.load_file(path, ReadingOptions(overlays=(str(overlay),)))
    assert str(document.name) == "azure-openai@2024-06-01"
    assert f"{overlay}: action 2 on $..nothing matches nothing." in document.warnings
    broken = written(tmp_path, OVERLAY.replace("remove: true", "copy: 1"))
    with pytest.raises(OverlayError, match="line 6: copy must be"):
        catalogue.load_file(path, ReadingOptions(overlays=(broken,)))


def test_corrections_of_a_matching_document_are_offered_and_applied_by_name(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    published = catalogue.load("2024-10-21", as_published=True).content
    own = {**published, "info": {**published["info"], "version": "2.3.0"}}
    path = written(tmp_path, json.dumps(own))
    document = catalogue.load_file(path)
    offers = [warning for warning in document.warnings if "--overlay azure-openai@2024-10-21" in warning]
    assert len(offers) == 1
    corrected = catalogue.load_file(path, ReadingOptions(overlays=("azure-openai@2024-10-21",)))
    expected = catalogue.load("2024-10-21").content
    assert corrected.content == {**expected, "info": own["info"]}
    assert [warning for warning in corrected.warnings if "corrections of azure-openai@2024-10-21" in warning]
    with pytest.raises(UnknownNameError):
        catalogue.load_file(path, ReadingOptions(overlays=("azure-openai@2024-10-20",)))


def test_two_operations_of_one_name_are_kept_apart(catalogue: Catalogue, tmp_path: Path) -> None:
    operation = "{operationId: Chat, responses: {'200': {description: ''}}}"
    text = SMALL.replace("components:", f"  /files: {{get: {operation}}}\ncomponents:")
    document = catalogue.load_file(written(tmp_path, text))
    assert list(document.operations) == ["Chat", "GET /files"]
    (warning,) = document.warnings
    assert "two operations are named 'Chat'" in warning


def test_reports_why_a_file_cannot_be_read(catalogue: Catalogue, tmp_path: Path) -> None:
    assert os.strerror(errno.ENOENT) in refusal(catalogue, str(tmp_path / "absent.yaml"))
    assert "cannot be read" in refusal(catalogue, str(tmp_path))
    assert "cannot be read" in refusal(catalogue, "a\0b")


def small_catalogue(folder: Path, *, document: str = "", overlay: str = "") -> Catalogue:
    """A catalogue of the document `azure-openai@2030-01-01-preview` and its overlay."""
    head = document or f"x-aoai-published: https://example.org/small.yaml\n{SMALL}"
    for kind, text in (("documents", head), ("overlays", overlay)):
        file = folder / kind / "azure-openai" / "2030-01-01-preview.yaml"
        file.parent.mkdir(parents=True)
        if text:
            file.write_text(text, encoding="utf-8")
    return Catalogue(folder)


def small_overlay(extends: str) -> str:
    action = "{target: $.info, update: {summary: x}, x-reason: because, x-source: somewhere}"
    return f"overlay: 1.0.0\ninfo: {{title: t, version: '1'}}\n{extends}\nactions:\n  - {action}\n"


OWN = "../../documents/azure-openai/2030-01-01-preview.yaml"


def test_applies_the_overlay_that_extends_the_document(tmp_path: Path) -> None:
    catalogue = small_catalogue(tmp_path, overlay=small_overlay(f"extends: {OWN}"))
    assert catalogue.load("2030-01-01-preview").content["info"]["summary"] == "x"


@pytest.mark.parametrize(
    "extends", ["", "extends: 3", f"extends: {OWN.replace('2030', '2029')}", f"extends: {OWN[6:]}"]
)
def test_rejects_an_overlay_that_extends_another_document(tmp_path: Path, extends: str) -> None:
    catalogue = small_catalogue(tmp_path, overlay=small_overlay(extends))
    with pytest.raises(OverlayError, match="extends") as caught:
        catalogue.load("2030-01-01-preview")
    assert OWN in str(caught.value)
    assert str(caught.value).startswith("overlays/azure-openai/2030-01-01-preview.yaml, line ")


def test_links_every_document_to_its_publication(catalogue: Catalogue) -> None:
    documents = [catalogue.load(str(name)) for name in catalogue.names()]
    assert [each.name for each in documents if not (each.published_at or "").startswith("https://")] == []
    assert [each.name for each in documents if "x-aoai-published" in each.content] == []


@pytest.mark.parametrize(
    "head", ["", "x-aoai-published: here\n", "x-aoai-page: {title: x}\n", "x-aoai-page: x\n"]
)
def test_rejects_a_document_without_a_link_to_its_publication(tmp_path: Path, head: str) -> None:
    catalogue = small_catalogue(tmp_path, document=head + SMALL)
    with pytest.raises(DocumentError, match="x-aoai-published"):
        catalogue.load("2030-01-01-preview")


class _Descriptions(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        found = self.path == "/small.yaml"
        self.send_response(200 if found else 404)
        self.end_headers()
        self.wfile.write(SMALL.encode() if found else b"")

    def log_message(self, *_args: Any) -> None:
        pass


@pytest.fixture
def address() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Descriptions)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join(5)


def test_reads_a_description_from_a_url(catalogue: Catalogue, address: str) -> None:
    document: Document = catalogue.load_file(f"{address}/small.yaml")
    assert list(document.operations) == ["Chat"]
    assert "responds with 404" in refusal(catalogue, f"{address}/other.yaml")
    assert "cannot be read" in refusal(catalogue, "http://127.0.0.1:1/x.yaml")
    assert "cannot be read" in refusal(catalogue, "http://[/x.yaml")


def test_importing_the_catalogue_imports_no_slow_library() -> None:
    code = "import sys, aoai_specs.catalogue; print({'jsonschema', 'httpx', 'hypothesis'} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=300
    )
    assert done.stdout.strip() == "set()"
