"""`history`, and the runs that add themselves to it, against the emulator."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from aoai_conformance.cli import main
from aoai_conformance.target.emulator_process import EmulatorProcess, EmulatorSettings
from aoai_reports.history.store import History

pytestmark = pytest.mark.usefixtures("plan_once")

CHOICES = ("--profile", "smoke", "--operation", "embeddings_create")


def invoke(*arguments: object, **environment: str) -> Result:
    return CliRunner().invoke(main, [str(each) for each in arguments], env=environment)


def listed(path: Path) -> list[dict]:
    return json.loads(invoke("history", "list", "--history", path, "--format", "json").stdout)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Path]]:
    """A history of two runs, and their folders."""
    parent = tmp_path_factory.mktemp("kept")
    folders = [parent / "one", parent / "two"]
    for folder in folders:
        result = invoke("run", *CHOICES, "--out", folder, "--history", parent / "history")
        assert result.exit_code == 0, result.output
    return parent / "history", folders


def test_each_run_is_added(kept: tuple[Path, list[Path]]) -> None:
    runs = listed(kept[0])
    assert [Path(run["record"]).parent.name for run in runs] == ["one", "two"]
    assert {run["verdict"] for run in runs} == {"conformant"}


def test_the_history_is_rebuilt_from_the_records(kept: tuple[Path, list[Path]], tmp_path: Path) -> None:
    path, folders = kept
    again = tmp_path / "again"
    result = invoke("history", "rebuild", *folders, "--history", again)
    assert result.exit_code == 0, result.output
    assert History(again).runs() == History(path).runs()


def test_the_runs_of_a_file_are_replaced_unless_they_are_kept(
    kept: tuple[Path, list[Path]], tmp_path: Path
) -> None:
    folders, again = kept[1], tmp_path / "again"
    counts = []
    for folder, choice in [(folders[0], ()), (folders[1], ["--keep"]), (folders[0], ["--replace"])]:
        assert invoke("history", "rebuild", folder, *choice, "--history", again).exit_code == 0
        counts.append(len(listed(again)))
    assert counts == [1, 2, 1]


def test_the_runs_of_a_database_are_deleted_only_if_the_user_says_so(
    kept: tuple[Path, list[Path]], monkeypatch: pytest.MonkeyPatch
) -> None:
    rebuilt: list[bool] = []
    monkeypatch.setattr(History, "rebuild", lambda *_, keep: rebuilt.append(keep))
    command = ("history", "rebuild", kept[1][0], "--history", "postgresql+psycopg://me@db.example/quality")
    refused = invoke(*command)
    assert refused.exit_code == 2
    assert "postgresql+psycopg://me@db.example/quality may be shared: add --keep" in refused.stderr
    for choice in ("--keep", "--replace"):
        assert invoke(*command, choice).exit_code == 0
    assert rebuilt == [True, False]


def test_a_record_that_cannot_be_read_leaves_the_history(
    kept: tuple[Path, list[Path]], tmp_path: Path
) -> None:
    path, folders = kept
    result = invoke("history", "rebuild", folders[0], tmp_path / "none", "--history", path)
    assert result.exit_code == 2
    assert len(listed(path)) == 2


def test_a_quiet_run_without_changes_prints_one_line(kept: tuple[Path, list[Path]], tmp_path: Path) -> None:
    history = tmp_path / "history"
    shutil.copy(kept[0], history)
    chosen = (*CHOICES, "--history", history, "--label", "gateway", "--flaky", "--quiet")
    first = invoke("run", *chosen, "--out", tmp_path / "first")
    assert first.stdout.startswith("CONFORMANT – nothing found in the first comparable run: ")
    second = invoke("run", *chosen, "--out", tmp_path / "second")
    assert second.stdout.startswith("CONFORMANT – nothing new since ")
    assert len(second.output.splitlines()) == 1
    assert json.loads((tmp_path / "second" / "summary.json").read_text())["changes"]["new"] == []
    assert "  gateway (emulator)  " in invoke("history", "list", "--history", history).stdout
    assert invoke("history", "show", "--label", "gateway", "--history", history).stdout.startswith(
        listed(history)[-1]["id"]
    )


@pytest.mark.parametrize("other", [("--history", "none"), ("--verbose",)])
def test_quiet_needs_a_history_and_excludes_verbose(other: tuple[str, ...]) -> None:
    assert invoke("run", "--quiet", *other).exit_code == 2


def test_one_run_is_shown_by_its_id(kept: tuple[Path, list[Path]]) -> None:
    id_ = listed(kept[0])[0]["id"]
    printed = invoke("history", "show", id_[:8], "--history", kept[0])
    assert printed.exit_code == 0
    assert "embeddings_create: " in printed.stdout
    assert (
        json.loads(invoke("history", "show", id_, "--history", kept[0], "--format", "json").stdout)["id"]
        == id_
    )


def test_drift_reports_the_cost_of_the_night(kept: tuple[Path, list[Path]]) -> None:
    printed = json.loads(invoke("history", "drift", "--history", kept[0], "--format", "json").stdout)
    assert printed["target"] == "emulator"
    assert sum(night["runs"] for night in printed["nights"]) == 2
    assert printed["rules"] == []
    assert invoke("history", "drift", "--history", kept[0]).exit_code == 0


def test_uses_the_data_folder_by_default(tmp_path: Path) -> None:
    home = tmp_path / "data"
    choices = (*CHOICES, "--rule", "SCHEMA-001")
    assert invoke("run", *choices, "--out", tmp_path / "a", XDG_DATA_HOME=str(home)).exit_code == 0
    assert len(listed(home / "aoai-conformance" / "history.sqlite3")) == 1
    other = str(tmp_path / "other")
    arguments = (*choices, "--history", "none", "--out", tmp_path / "b")
    assert invoke("run", *arguments, XDG_DATA_HOME=other).exit_code == 0
    assert not Path(other).exists()


def test_a_history_that_cannot_be_written_does_not_change_the_verdict(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    result = invoke("run", *CHOICES, "--out", tmp_path / "r", "--history", blocked / "history")
    assert result.exit_code == 0, result.output
    assert "The run was not added to the history." in result.stderr


def test_tests_write_into_a_separate_data_folder() -> None:
    assert "pytest" in os.environ["XDG_DATA_HOME"]


def test_none_is_not_a_readable_history() -> None:
    result = invoke("history", "list", "--history", "none")
    assert result.exit_code == 2
    assert "is not a history to read" in result.output


@pytest.fixture(scope="module")
def gated(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A history of one run whose one violation the baseline accepts, and the folder of the run."""
    parent = tmp_path_factory.mktemp("gated")
    baseline, history = parent / "baseline.yaml", parent / "history"
    with EmulatorProcess([EmulatorSettings("azure", ("embedding-usage-wrong",))]) as process:
        choices = ("--target", process.urls[0], *CHOICES, "--baseline", baseline)
        baseline.write_text("[]")
        assert invoke("run", *choices, "--out", parent / "bare", "--history", "none").exit_code == 1
        printed = ("--baseline", baseline, "--who", "me", "--why", "ticket 12")
        assert invoke("baseline", "update", parent / "bare", *printed).exit_code == 0
        result = invoke("run", *choices, "--out", parent / "run", "--history", history)
        assert result.exit_code == 0, result.output
    return history, parent / "run"


def test_the_history_stores_what_a_baseline_accepts(gated: tuple[Path, Path]) -> None:
    [run] = listed(gated[0])
    assert run["verdict"] == "conformant"
    assert [each["known"] for each in run["defects"]] == [True]
    assert "0 must, 0 should, 0 may, 1 known" in invoke("history", "list", "--history", gated[0]).stdout
    printed = invoke("history", "drift", "--history", gated[0]).stdout
    assert "0 MUST violations" in printed
    assert "now failing, but known" in printed


def test_accepted_defects_are_rebuilt_from_the_folder(gated: tuple[Path, Path], tmp_path: Path) -> None:
    history, folder = gated
    again = tmp_path / "again"
    assert invoke("history", "rebuild", folder, "--history", again).exit_code == 0
    assert History(again).runs() == History(history).runs()


def test_a_record_alone_has_no_accepted_defects(gated: tuple[Path, Path], tmp_path: Path) -> None:
    record, history = tmp_path / "record.ndjson", tmp_path / "history"
    shutil.copy(gated[1] / "record.ndjson", record)
    assert invoke("history", "rebuild", record, "--history", history).exit_code == 0
    [run] = listed(history)
    assert run["verdict"] == "nonconformant"
    for beside in ("{", '{"schema": "other"}', "[]", '{"schema": "aoai-conformance/summary/v1"}'):
        (tmp_path / "summary.json").write_text(beside)
        assert invoke("history", "rebuild", record, "--history", history).exit_code == 0
        assert listed(history) == [run]
