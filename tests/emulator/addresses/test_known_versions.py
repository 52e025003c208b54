"""Which document serves an api-version that has none of its own."""

from __future__ import annotations

import pytest

from aoai_emulator.addresses.known_versions import known_versions, lifetimes, nearest_operations
from aoai_specs.catalogue import Catalogue

AZURE, INFERENCE = "azure-openai", "ai-model-inference"


def operations_of(surface, kind):
    names = [name for name in Catalogue.packaged().names() if name.surface == surface and name.version.dated]
    documents = [Catalogue.packaged().load(str(name)) for name in names]
    return [each for document in documents for each in document.operations.values() if each.kind == kind]


def serving(kind, version, surface=AZURE):
    found = nearest_operations(operations_of(surface, kind), version)
    return next((each.document.name.version.text for each in found), None)


@pytest.mark.parametrize("surface", [AZURE, INFERENCE])
def test_every_known_version_has_a_source(surface):
    assert all(known.sources for known in known_versions(surface).values())


def test_the_table_has_every_document_with_a_date():
    for name in Catalogue.packaged().names():
        assert (str(name.version) in known_versions(name.surface)) == name.version.dated


def test_the_operations_of_the_table_exist():
    kinds = {each.kind for name in Catalogue.packaged().names()
             for each in Catalogue.packaged().load(str(name)).operations.values()}  # fmt: skip
    assert {*lifetimes(AZURE), *lifetimes(INFERENCE)} <= kinds


@pytest.mark.parametrize(
    ("surface", "version", "document"),
    [
        (INFERENCE, "2024-05-01-preview", "2024-05-01-preview"),
        (INFERENCE, "2025-05-15-preview", "2025-04-01"),
        (AZURE, "2024-12-01-preview", "2025-01-01-preview"),
        (AZURE, "2025-02-01-preview", "2025-01-01-preview"),
        (AZURE, "2025-04-01-preview", "2025-03-01-preview"),
        (AZURE, "2025-08-28", "2025-03-01-preview"),
        (AZURE, "2024-08-01-preview", "2024-10-21"),
    ],
)
def test_the_versions_of_common_clients_are_served(surface, version, document):
    assert serving("chat", version, surface) == document


@pytest.mark.parametrize(
    ("version", "document"),
    [
        ("2024-10-21", "2024-10-21"),
        ("2024-05-01-preview", "2024-02-01"),
        ("2023-03-15-preview", "2023-09-01-preview"),
        ("2024-02-15-preview", "2024-02-01"),
    ],
)
def test_the_newest_document_that_is_not_newer_serves_a_version_or_else_the_oldest(version, document):
    assert serving("chat", version) == document


@pytest.mark.parametrize("version", ["1999-01-01", "2024-10-22", "2024-10-21-preview", "v1", "", "latest"])
def test_a_version_that_the_service_does_not_have_is_not_served(version):
    assert serving("chat", version) is None


def test_a_version_of_the_other_surface_is_not_served():
    assert serving("chat", "2025-02-01-preview", INFERENCE) is None


@pytest.mark.parametrize(
    ("kind", "version"),
    [
        ("chat", "2022-12-01"),
        ("batch-create", "2024-06-01"),
        ("extension-chat", "2024-10-21"),
        ("images", "2023-05-15"),
        ("speech", "2024-10-21"),
    ],
)
def test_an_operation_is_not_served_by_a_version_that_lacks_it(kind, version):
    assert serving(kind, version) is None


def test_an_operation_is_served_where_its_own_document_describes_it():
    assert serving("speech", "2024-06-01") == "2024-06-01"
