from __future__ import annotations

import random

import pytest

from aoai_specs.errors import ConformanceError
from aoai_specs.versions import ApiVersion, DocumentName, newest_stable


def test_orders_versions_by_date_with_the_preview_before_the_stable_one_of_its_date() -> None:
    in_order = ["2023-12-01-preview", "2024-02-01", "2024-10-21-preview", "2024-10-21", "2025-01-01-preview"]
    in_order += ["v1", "preview"]
    shuffled = [ApiVersion(text) for text in in_order]
    random.Random(1).shuffle(shuffled)
    assert [version.text for version in sorted(shuffled)] == in_order


def test_distinguishes_previews_from_stable_versions() -> None:
    assert ApiVersion("2025-01-01-preview").preview
    assert ApiVersion("preview").preview
    assert not ApiVersion("2024-10-21").preview
    assert not ApiVersion("v1").preview


def test_the_newest_stable_version_has_a_date() -> None:
    names = [DocumentName("azure-openai", ApiVersion(text)) for text in ("2024-10-21", "v1", "preview")]
    assert str(newest_stable(names, "azure-openai")) == "azure-openai@2024-10-21"


def test_a_description_may_state_any_version_which_comes_before_all_api_versions() -> None:
    stated = ApiVersion.stated("2.3.0")
    assert (str(stated), stated.is_api_version, stated.dated) == ("2.3.0", False, False)
    assert stated < ApiVersion("2022-12-01")
    assert ApiVersion.stated("v1") == ApiVersion("v1")
    for text in ("", "a b", "@", "../x", "1" * 65):
        with pytest.raises(ConformanceError, match="cannot be the version"):
            ApiVersion.stated(text)


@pytest.mark.parametrize(
    "text",
    ["", "latest", "2024-13-01", "2024-02-30", "2024-10-21-beta", " 2024-10-21", "20241021", "٢٠٢٤-10-21"],
)
def test_rejects_what_is_not_an_api_version(text: str) -> None:
    with pytest.raises(ConformanceError, match="not an api-version"):
        ApiVersion(text)


def test_reads_and_writes_document_names() -> None:
    name = DocumentName.parse("azure-openai@2024-10-21")
    assert (name.surface, name.version.text) == ("azure-openai", "2024-10-21")
    assert str(name) == "azure-openai@2024-10-21"


@pytest.mark.parametrize("text", ["2024-10-21", "@2024-10-21", "azure-openai@", "azure-openai@soon"])
def test_rejects_what_does_not_name_a_document(text: str) -> None:
    with pytest.raises(ConformanceError):
        DocumentName.parse(text)


def test_orders_names_by_surface_then_version() -> None:
    texts = ["ai-model-inference@2025-04-01", "azure-openai@2024-02-01", "azure-openai@2024-10-21"]
    assert [str(name) for name in sorted(map(DocumentName.parse, reversed(texts)))] == texts
