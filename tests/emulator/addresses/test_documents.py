"""Which documents the emulator serves, by the options of its command."""

from __future__ import annotations

import pytest

from aoai_emulator import choose_documents
from aoai_specs.catalogue import Catalogue
from aoai_specs.errors import ConformanceError, UnknownNameError
from aoai_specs.lazy_documents import LazyDocuments

ALL = [str(name) for name in Catalogue.packaged().names()]
AZURE = [name for name in ALL if name.startswith("azure-openai@")]
INFERENCE = [name for name in ALL if name.startswith("ai-model-inference@")]
OWN = """
openapi: 3.0.0
info: {title: Azure OpenAI, version: '2024-10-21'}
servers: [{url: https://x.example.com/openai}]
paths: {/models: {get: {operationId: own, responses: {'200': {description: OK}}}}}
"""


@pytest.fixture
def own(tmp_path):
    path = tmp_path / "own.yaml"
    path.write_text(OWN)
    return str(path)


def names(**chosen):
    return [str(document.name) for document in choose_documents(**chosen)]


def test_every_document_is_served_by_default_and_read_later():
    documents = choose_documents()
    assert isinstance(documents, LazyDocuments)
    assert [str(name) for name in documents.names] == ALL
    assert [str(document.name) for document in documents] == ALL


def test_surfaces_narrow_and_can_be_combined():
    assert names(surfaces=["azure-openai"]) == AZURE
    assert names(surfaces=["ai-model-inference"]) == INFERENCE
    assert names(surfaces=["azure-openai", "ai-model-inference"]) == ALL


def test_versions_narrow_on_whatever_surface_has_them():
    assert names(api_versions=["2025-04-01"]) == ["ai-model-inference@2025-04-01"]
    both = ["2025-04-01", "azure-openai@2024-10-21"]
    assert names(api_versions=both) == ["ai-model-inference@2025-04-01", "azure-openai@2024-10-21"]


def test_a_description_of_the_user_replaces_the_catalogue(own):
    assert names(specs=[own]) == ["azure-openai@2024-10-21"]


def test_a_description_of_the_user_replaces_the_document_of_its_name(own):
    documents = choose_documents(specs=[own], surfaces=["azure-openai"])
    assert [str(document.name) for document in documents] == AZURE
    replaced = next(each for each in documents if str(each.name) == "azure-openai@2024-10-21")
    assert list(replaced.operations) == ["own"]


def test_mistakes_are_sentences(own):
    with pytest.raises(UnknownNameError, match="There is no api-version '2024-10-22'; did you mean"):
        choose_documents(api_versions=["2024-10-22"])
    with pytest.raises(UnknownNameError, match="no api-version of azure-openai '2025-04-01'"):
        choose_documents(surfaces=["azure-openai"], api_versions=["2025-04-01"])
    with pytest.raises(ConformanceError, match="--surface ai-model-inference has none of the versions"):
        choose_documents(surfaces=["azure-openai", "ai-model-inference"], api_versions=["2024-10-21"])
    with pytest.raises(ConformanceError, match="--spec gives azure-openai@2024-10-21 twice"):
        choose_documents(specs=[own, own])
