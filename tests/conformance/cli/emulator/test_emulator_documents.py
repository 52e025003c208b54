"""The options of `emulator` for documents, api-versions, deployments and HTTPS."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import aoai_emulator.server
from aoai_conformance.cli import main
from aoai_specs.catalogue import Catalogue

Served = Callable[..., "tuple[Any, dict[str, Any]] | str"]


@pytest.fixture
def served(monkeypatch) -> Served:
    """Run `emulator`, and return the settings and arguments of the server, or the error."""

    def run(*arguments: str):
        found: list[tuple[Any, dict[str, Any]]] = []
        monkeypatch.setattr(
            aoai_emulator.server, "serve", lambda settings, *_, **others: found.append((settings, others))
        )
        result = CliRunner().invoke(main, ["emulator", *arguments])
        assert result.exit_code == (0 if found else 2), result.output
        return found[0] if found else result.output

    return run


def test_without_options_every_document_and_known_version_is_served(served):
    settings, others = served()
    assert settings.document_names == Catalogue.packaged().names()
    assert not settings.documents.are_read
    assert settings.versions == "nearest"
    assert not settings.any_deployment
    assert others == {"tls": False, "authority": None}


def test_surfaces_and_versions_narrow_together(served):
    both = ["--surface", "azure-openai", "--surface", "ai-model-inference"]
    settings, _ = served(*both, "--api-version", "2024-10-21", "--api-version", "2025-04-01")
    assert [str(name) for name in settings.document_names] == [
        "ai-model-inference@2025-04-01",
        "azure-openai@2024-10-21",
    ]
    assert served("--versions", "exact")[0].versions == "exact"


def test_deployments_come_from_options_and_files(served, tmp_path):
    file = tmp_path / "deployments.yaml"
    file.write_text("small: {model: gpt-4o-mini, context_tokens: 100}", "utf-8")
    settings, _ = served("--deployment", "prod=o3", "--deployments", str(file), "--any-deployment")
    assert [(each.name, each.model) for each in settings.deployments] == [
        ("prod", "o3"),
        ("small", "gpt-4o-mini"),
    ]
    assert settings.any_deployment


def test_the_file_of_the_authority_implies_https(served):
    assert served("--tls")[1] == {"tls": True, "authority": None}
    assert served("--tls-ca", "ca.pem")[1] == {"tls": True, "authority": Path("ca.pem")}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--api-version", "2024-10-22"), "There is no api-version '2024-10-22'; did you mean"),
        (
            ("--surface", "azure-openai", "--api-version", "2025-04-01"),
            "There is no api-version of azure-openai '2025-04-01'",
        ),
        (
            ("--surface", "azure-openai", "--surface", "ai-model-inference", "--api-version", "2024-10-21"),
            "--surface ai-model-inference has none of the versions of --api-version",
        ),
        (("--spec", "none.yaml"), "none.yaml cannot be read"),
        (("--deployments", "none.yaml"), "Cannot read the deployments in none.yaml: No such file"),
        (("--deployment", "prod"), "--deployment takes NAME=MODEL"),
    ],
)
def test_a_mistake_in_an_option_is_one_sentence(arguments, sentence, served):
    output = served(*arguments)
    assert output.startswith(sentence)
    assert output.count("\n") == 1
