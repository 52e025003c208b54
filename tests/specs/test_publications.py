"""Parts of a document name their own publication, and operations can be on request."""

from __future__ import annotations

from pathlib import Path

import pytest

from aoai_specs.catalogue import Catalogue
from aoai_specs.document import Document
from aoai_specs.errors import DocumentError
from aoai_specs.versions import ApiVersion, DocumentName

WHOLE, PART = "https://example.org/whole.yaml", "https://example.org/part.json"
CONTENT = {
    "openapi": "3.0.3",
    "paths": {
        "/chat/completions": {"post": {"operationId": "Chat", "responses": {}}},
        "/files": {
            "x-aoai-published": PART,
            "get": {"operationId": "List", "x-aoai-on-request": True, "responses": {}},
            "post": {"operationId": "Upload", "x-aoai-on-request": "yes", "responses": {}},
        },
    },
    "components": {"schemas": {"File": {"x-aoai-published": PART}, "Filename": {}}},
}


def document(published_at: str | None = WHOLE) -> Document:
    name = DocumentName("azure-openai", ApiVersion("2024-10-21"))
    return Document(name, CONTENT, published_at=published_at)


@pytest.mark.parametrize(
    ("pointer", "url"),
    [
        ("#/paths/~1chat~1completions/post", WHOLE),
        ("#/paths/~1files/get/responses", PART),
        ("#/paths/~1files", PART),
        ("#/components/schemas/File/properties/id", PART),
        ("#/components/schemas/Filename", WHOLE),
        ("#", WHOLE),
    ],
)
def test_a_place_was_published_where_its_smallest_part_was(pointer: str, url: str) -> None:
    assert document().publication(pointer) == url
    assert document(None).publication(pointer) is None


def test_only_true_keeps_an_operation_out_of_usual_runs() -> None:
    assert [each.id for each in document().usual_operations] == ["Chat", "Upload"]


def test_the_catalogue_rejects_a_part_without_an_https_url(tmp_path: Path) -> None:
    folder = tmp_path / "documents" / "azure-openai"
    folder.mkdir(parents=True)
    (folder / "2024-01-01.yaml").write_text(
        f"openapi: 3.0.3\nx-aoai-published: {WHOLE}\ninfo: {{title: x, version: '2024-01-01'}}\n"
        "paths:\n  /files:\n    x-aoai-published: here\n"
    )
    with pytest.raises(DocumentError, match=r"line 5.*https URL, not 'here'"):
        Catalogue(tmp_path).load("2024-01-01")
