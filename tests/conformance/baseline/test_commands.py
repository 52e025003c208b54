"""`baseline update` and `baseline prune`, and the gate that reads what they write, against the emulator."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from aoai_conformance.cli import main
from aoai_conformance.target.emulator_process import EmulatorProcess, EmulatorSettings

pytestmark = pytest.mark.usefixtures("plan_once")

CHOICES = ("--profile", "smoke", "--operation", "ChatCompletions_Create")
ACCEPT = ("--who", "ops", "--why", "ticket 7")


def invoke(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(each) for each in arguments])


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    parent = tmp_path_factory.mktemp("runs")
    faults = {"sound": (), "sum": ("chat-usage-sum-wrong",)}
    with EmulatorProcess([EmulatorSettings("azure", each) for each in faults.values()]) as process:
        for name, url in zip(faults, process.urls, strict=True):
            result = invoke("run", "--target", url, *CHOICES, "--out", parent / name)
            assert result.exit_code in {0, 1}, result.output
    return {name: parent / name for name in faults}


@pytest.fixture
def accepted(runs: dict[str, Path], tmp_path: Path) -> Path:
    path = tmp_path / "baseline.yaml"
    result = invoke("baseline", "update", runs["sum"], "--baseline", path, *ACCEPT)
    assert result.exit_code == 0, result.output
    return path


def test_update_writes_one_entry_for_each_defect(accepted: Path) -> None:
    (entry,) = yaml.safe_load(accepted.read_text())
    assert (entry["rule"], entry["place"], entry["why"]) == ("USAGE-001", "/usage/total_tokens", "ticket 7")
    assert entry["state"] == "failing"


def test_update_accepts_the_violations_of_one_cause(runs: dict[str, Path], tmp_path: Path) -> None:
    path = tmp_path / "baseline.yaml"
    chosen = ("baseline", "update", runs["sum"], "--baseline", path, *ACCEPT, "--cause")
    assert invoke(*chosen, "token-usage").exit_code == 0
    assert [entry["rule"] for entry in yaml.safe_load(path.read_text())] == ["USAGE-001"]


def test_a_cause_that_the_run_does_not_show_is_wrong_usage(runs: dict[str, Path], tmp_path: Path) -> None:
    path = tmp_path / "baseline.yaml"
    result = invoke("baseline", "update", runs["sum"], "--baseline", path, *ACCEPT, "--cause", "token-useage")
    assert (result.exit_code, path.exists()) == (2, False)
    assert "'token-useage'" in result.stderr


def test_what_was_accepted_passes_the_gate(runs: dict[str, Path], accepted: Path) -> None:
    assert invoke("judge", runs["sum"], "--baseline", accepted).exit_code == 0
    assert invoke("judge", runs["sum"]).exit_code == 1


def test_a_fixed_defect_makes_the_gate_fail_with_the_sentence(runs: dict[str, Path], accepted: Path) -> None:
    result = invoke("judge", runs["sound"], "--baseline", accepted)
    assert result.exit_code == 1
    assert "USAGE-001 at ChatCompletions_Create /usage/total_tokens matches no violation" in result.stderr
    assert "Only the baseline fails the run" in result.stderr


def test_an_expired_entry_fails_the_gate_with_the_sentence(runs: dict[str, Path], accepted: Path) -> None:
    accepted.write_text(accepted.read_text() + "  until: 2020-01-01\n")
    result = invoke("judge", runs["sound"], "--baseline", accepted)
    assert result.exit_code == 1
    assert "has expired: ticket 7, accepted by ops, until 2020-01-01." in result.stderr


def test_update_adds_nothing_twice(runs: dict[str, Path], accepted: Path) -> None:
    before = accepted.read_text()
    result = invoke("baseline", "update", runs["sum"], "--baseline", accepted, *ACCEPT)
    assert "nothing to add" in result.output
    assert accepted.read_text() == before


def test_update_renews_an_expired_entry(runs: dict[str, Path], accepted: Path) -> None:
    accepted.write_text(accepted.read_text() + "  until: 2020-01-01\n")
    result = invoke(
        "baseline", "update", runs["sum"], "--baseline", accepted, *ACCEPT, "--until", "2999-01-01"
    )
    assert result.exit_code == 0, result.output
    (entry,) = yaml.safe_load(accepted.read_text())
    assert entry["until"].year == 2999


def test_prune_removes_stale_entries_and_keeps_comments(runs: dict[str, Path], accepted: Path) -> None:
    accepted.write_text("# Ours.\n\n" + accepted.read_text())
    assert "0 removed" in invoke("baseline", "prune", runs["sum"], "--baseline", accepted).output
    result = invoke("baseline", "prune", runs["sound"], "--baseline", accepted)
    assert "1 removed, 0 kept" in result.output
    assert accepted.read_text().startswith("# Ours.\n")
    assert not yaml.safe_load(accepted.read_text())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--who", " ", "--why", "x"), "must not be empty"),
        ((*ACCEPT, "--until", "soon"), "is not a date"),
        ((*ACCEPT, "--until", "2020-01-01"), "is in the past"),
        ((*ACCEPT, "--rule", "USAGE-0O1"), "did you mean"),
    ],
)
def test_misuse_is_reported_in_one_sentence(
    runs: dict[str, Path], tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    result = invoke("baseline", "update", runs["sum"], "--baseline", tmp_path / "b.yaml", *arguments)
    assert result.exit_code == 2
    assert message in result.output
    assert not (tmp_path / "b.yaml").exists()
