"""`run` and `judge` in GitHub Actions and Azure Pipelines."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from aoai_conformance.cli.output.pipelines import LARGEST_SUMMARY

pytestmark = pytest.mark.usefixtures("plan_once")


@pytest.fixture
def run_folder(faulty_run: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(faulty_run, tmp_path / "run"))


@pytest.fixture
def github(tmp_path: Path) -> dict[str, str]:
    return {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md")}


def commands(output: str) -> list[str]:
    return [line for line in output.splitlines() if line.startswith(("::", "##vso["))]


def test_nothing_is_added_elsewhere(invoke: Any, run_folder: Path) -> None:
    result = invoke(
        "judge", run_folder, env={"GITHUB_ACTIONS": "", "TF_BUILD": "", "GITHUB_STEP_SUMMARY": ""}
    )
    assert commands(result.stdout) == []


def test_github_shows_an_annotation_and_the_summary(
    invoke: Any, run_folder: Path, github: dict[str, str]
) -> None:
    Path(github["GITHUB_STEP_SUMMARY"]).write_text("# Before\n")
    plain = invoke("judge", run_folder, "--rule", "BOUNDARY-001")
    result = invoke("judge", run_folder, "--rule", "BOUNDARY-001", env=github)
    found = commands(result.stdout)
    assert found[0].startswith("::error title=Accepts 1 of ")
    assert result.stdout.startswith(plain.stdout)
    assert result.exit_code == plain.exit_code == 1
    summary = Path(github["GITHUB_STEP_SUMMARY"]).read_text()
    assert summary.startswith("# Before\n## ")
    assert "Nonconformant" in summary


def test_run_shows_them_too(invoke: Any, emulators: dict[str, str], github: dict[str, str]) -> None:
    arguments = ("run", "--target", emulators["hot"], "--operation", "ChatCompletions_Create")
    result = invoke(*arguments, "--profile", "smoke", "--history", "none", env=github)
    assert any(line.startswith("::error title=") for line in commands(result.stdout))
    assert Path(github["GITHUB_STEP_SUMMARY"]).stat().st_size > 0


def test_a_summary_that_does_not_fit_is_reduced_to_its_verdict(
    invoke: Any, run_folder: Path, github: dict[str, str]
) -> None:
    path = Path(github["GITHUB_STEP_SUMMARY"])
    path.write_bytes(b"x" * (LARGEST_SUMMARY - 400))
    invoke("judge", run_folder, env=github)
    assert path.read_text()[LARGEST_SUMMARY - 400 :].startswith("## ")
    assert path.stat().st_size <= LARGEST_SUMMARY
    path.write_bytes(b"x" * LARGEST_SUMMARY)
    assert "The step summary is full" in invoke("judge", run_folder, env=github).stderr
    assert path.stat().st_size == LARGEST_SUMMARY


def test_a_summary_that_cannot_be_written_does_not_change_the_outcome(
    invoke: Any, run_folder: Path, github: dict[str, str], tmp_path: Path
) -> None:
    result = invoke("judge", run_folder, env={**github, "GITHUB_STEP_SUMMARY": str(tmp_path)})
    assert "Cannot write the step summary" in result.stderr
    assert result.exit_code == 1


def test_azure_shows_an_issue_and_the_summary_of_the_folder(
    invoke: Any, run_folder: Path, tmp_path: Path
) -> None:
    out = tmp_path / "judged"
    result = invoke("judge", run_folder, "--out", out, env={"TF_BUILD": "True"})
    found = commands(result.stdout)
    assert found[0].startswith("##vso[task.logissue type=error]")
    assert found[-1] == f"##vso[task.uploadsummary]{out / 'summary.md'}"
    found = commands(invoke("judge", run_folder, env={"TF_BUILD": "True"}).stdout)
    assert not any("uploadsummary" in each for each in found)
