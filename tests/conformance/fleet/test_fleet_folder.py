"""The folder of a fleet: one plan, and reports that follow from its results."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from aoai_conformance.cli import main
from aoai_conformance.fleet.folder import plan_of, summarize_folder, write_failures, write_plan
from aoai_conformance.fleet.storage import open_storage
from aoai_reports.fleet.result import TaskResult, failed, result_json
from aoai_specs.errors import ConformanceError, OutputError

GA = "azure-openai@2024-10-21"
TASKS = [{"target": name, "document": GA, "folder": name} for name in ("prod", "test")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_plan(open_storage(str(tmp_path)), plan_of("run", TASKS), resume=False)
    return tmp_path


def put(folder: Path, result: TaskResult) -> None:
    (folder / result.target).mkdir()
    (folder / result.target / "result.json").write_text(json.dumps(result_json(result)))


def test_a_plan_needs_an_empty_folder(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("")
    with pytest.raises(OutputError, match="is not empty"):
        write_plan(open_storage(str(tmp_path)), plan_of("run", TASKS), resume=False)


def test_a_fleet_is_continued_only_with_resume(folder: Path) -> None:
    with pytest.raises(OutputError, match="continue it with --resume"):
        write_plan(open_storage(str(folder)), plan_of("run", TASKS), resume=False)
    write_plan(open_storage(str(folder)), plan_of("run", TASKS), resume=True)


def test_a_fleet_with_other_tasks_is_not_continued(folder: Path) -> None:
    with pytest.raises(ConformanceError, match="has other tasks"):
        write_plan(open_storage(str(folder)), plan_of("run", TASKS[:1]), resume=True)


def test_resume_needs_a_plan(tmp_path: Path) -> None:
    with pytest.raises(ConformanceError, match=r"has no plan\.json"):
        write_plan(open_storage(str(tmp_path)), plan_of("run", TASKS), resume=True)


def test_a_report_has_the_reasons_of_targets_that_could_not_be_tested(folder: Path) -> None:
    done = TaskResult(target="prod", document=GA, verdict="conformant", code=0)
    put(folder, done)
    write_failures(open_storage(str(folder)), [done, failed(target="test", document=GA, error="no response")])
    summary = summarize_folder(open_storage(str(folder)))
    assert [each.verdict for each in summary.results] == ["conformant", "not tested"]
    assert (summary.results[1].error, summary.missing) == ("no response", ())


def test_report_writes_the_page_and_exits_with_the_worst_code(folder: Path) -> None:
    put(folder, TaskResult(target="prod", document=GA, verdict="nonconformant", code=1))
    reported = CliRunner().invoke(main, ["fleet", "report", str(folder)])
    assert reported.exit_code == 1
    assert reported.stdout.startswith("NONCONFORMANT – 1 target, 1 result: 1 nonconformant\n")
    assert f"Not finished: test/{GA}" in reported.stdout
    assert (folder / "fleet.txt").read_text() == reported.stdout
    assert "Nonconformant" in (folder / "index.html").read_text()
    assert json.loads((folder / "fleet.json").read_text())["missing"] == [f"test/{GA}"]


def test_report_of_another_folder_is_wrong_usage(tmp_path: Path) -> None:
    reported = CliRunner().invoke(main, ["fleet", "report", str(tmp_path)])
    assert reported.exit_code == 2
    assert "is not the folder of a fleet" in reported.stderr


def test_a_damaged_result_is_named(folder: Path) -> None:
    put(folder, failed(target="prod", document=GA, error=""))
    (folder / "prod" / "result.json").write_text("{")
    reported = CliRunner().invoke(main, ["fleet", "report", str(folder)])
    assert reported.exit_code == 2
    assert "prod/result.json is damaged" in reported.stderr
