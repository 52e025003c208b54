"""The documents of a run: descriptions of the user and packaged documents."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from aoai_conformance.options import RunChoices, options_of
from aoai_conformance.target.documents import choose_documents, documents_of
from aoai_specs.errors import ConformanceError

OVERLAY = {
    "overlay": "1.1.0",
    "info": {"title": "t", "version": "1"},
    "actions": [{"target": "$.paths['/files'].get.operationId", "update": "Renamed"}],
}


def written(folder: Path, version: str = "2.3.0") -> str:
    operation = {"operationId": "List", "responses": {"200": {"description": ""}}}
    content: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": version},
        "servers": [{"url": "https://x/openai"}],
        "paths": {"/files": {"get": operation}},
    }
    path = folder / f"{version}.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    return str(path)


def test_the_only_api_version_is_sent_for_a_description_with_a_version_of_its_own(tmp_path: Path) -> None:
    (document,) = choose_documents(specs=[written(tmp_path)], api_versions=["2024-10-21"])
    assert (str(document.name), document.api_version) == ("azure-openai@2.3.0", "2024-10-21")


def test_otherwise_api_versions_add_packaged_documents(tmp_path: Path) -> None:
    both = choose_documents(specs=[written(tmp_path, "v1")], api_versions=["2024-10-21"])
    assert list(map(str, (each.name for each in both))) == ["azure-openai@v1", "azure-openai@2024-10-21"]
    three = choose_documents(specs=[written(tmp_path)], api_versions=["2024-10-21", "2024-06-01"])
    assert [each.api_version for each in three] == ["", "2024-10-21", "2024-06-01"]


def test_the_surface_of_a_description_can_be_chosen(tmp_path: Path) -> None:
    choices = RunChoices(specs=(written(tmp_path, "v1"),), surface="ai-model-inference")
    assert [str(each.name) for each in documents_of(choices)] == ["ai-model-inference@v1"]


def test_overlays_change_the_descriptions_of_the_user(tmp_path: Path) -> None:
    overlay = tmp_path / "overlay.json"
    overlay.write_text(json.dumps(OVERLAY), encoding="utf-8")
    choices = RunChoices(specs=(written(tmp_path, "v1"),), overlays=(str(overlay),))
    (document,) = documents_of(choices)
    assert list(document.operations) == ["Renamed"]
    with pytest.raises(ConformanceError, match="--overlay changes a description that --spec gives"):
        documents_of(RunChoices(overlays=(str(overlay),)))


@pytest.mark.parametrize(
    ("value", "local"),
    [("a.yaml", True), ("-", False), ("https://x/a.yaml", False), ("git:main:a.yaml", False)],
)
def test_only_paths_are_relative_to_the_folder_of_a_configuration_file(value: str, local: bool) -> None:
    options = {option.field: option for option in options_of("run")}
    assert options["specs"].is_local(value) is local
    assert options["overlays"].is_local("azure-openai@2024-10-21") is False
