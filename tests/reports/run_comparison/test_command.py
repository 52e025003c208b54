"""`diff runs`, and the files of a run with two api-versions, against the emulator."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from aoai_conformance.cli import main
from aoai_conformance.target.emulator_process import EmulatorProcess, EmulatorSettings

pytestmark = pytest.mark.usefixtures("plan_once")

CHOICES = ("--profile", "smoke", "--operation", "ChatCompletions_Create")


def invoke(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(each) for each in arguments])


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Two runs of a sound emulator and one of an emulator whose usage does not add up."""
    parent = tmp_path_factory.mktemp("runs")
    wishes = [EmulatorSettings("azure", ()), EmulatorSettings("azure", ("chat-usage-sum-wrong",))]
    with EmulatorProcess(wishes) as process:
        sound, faulty = process.urls
        for name, url in (("one", sound), ("two", sound), ("faulty", faulty)):
            result = invoke("run", "--target", url, *CHOICES, "--out", parent / name)
            assert result.exit_code in {0, 1}, result.output
    return {name: parent / name for name in ("one", "two", "faulty")}


def test_two_runs_without_a_fault_do_not_differ(runs: dict[str, Path]) -> None:
    result = invoke("diff", "runs", runs["one"], runs["two"] / "record.ndjson", "--format", "json")
    assert result.exit_code == 0, result.output
    printed = json.loads(result.stdout)
    assert printed["summary"]["differs"] is False
    assert printed["comparisons"][0]["behaviour"] == []


def test_a_fault_is_shown_and_nothing_else(runs: dict[str, Path]) -> None:
    result = invoke("diff", "runs", runs["one"], runs["faulty"], "--noise", runs["two"], "--format", "json")
    assert result.exit_code == 1, result.output
    [part] = json.loads(result.stdout)["comparisons"]
    assert [(each["class"], each["rule"], each["place"]) for each in part["defects"]] == [
        ("new", "USAGE-001", "/usage/total_tokens")
    ]
    assert part["behaviour"] == []
    assert part["tested"] == []


def test_the_reverse_comparison_is_a_fix(runs: dict[str, Path]) -> None:
    result = invoke("diff", "runs", runs["faulty"], runs["one"])
    assert result.exit_code == 0, result.output
    assert "Fixed: 1" in result.stdout


def test_writes_a_page_into_a_file(runs: dict[str, Path], tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    result = invoke("diff", "runs", runs["one"], runs["faulty"], "--format", "html", "--out", page)
    assert result.exit_code == 1
    assert "USAGE-001" in page.read_text()


def test_a_missing_record_is_misuse(runs: dict[str, Path], tmp_path: Path) -> None:
    result = invoke("diff", "runs", runs["one"], tmp_path / "none.ndjson")
    assert result.exit_code == 2
    assert "cannot be read" in result.output


def test_a_run_of_two_api_versions_writes_their_comparison(tmp_path: Path) -> None:
    versions = ("--api-version", "2024-06-01", "--api-version", "2024-10-21")
    result = invoke("run", *versions, *CHOICES, "--out", tmp_path / "run")
    assert result.exit_code == 0, result.output
    printed = json.loads((tmp_path / "run" / "comparison.json").read_text())
    [part] = printed["comparisons"]
    assert part["base"]["document"] == "azure-openai@2024-06-01"
    assert part["cases"]["same"] > 0
    assert "azure-openai" in (tmp_path / "run" / "comparison.md").read_text()
