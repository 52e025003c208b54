"""The history as a page and as comma-separated values."""

from __future__ import annotations

import csv
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from aoai_conformance.cli import main
from aoai_reports.history.csv_table import causes_csv, runs_csv
from aoai_reports.history.entry import CauseSeen, RunEntry
from aoai_reports.history.page import history_html, page_of
from aoai_reports.history.store import History

HOSTILE = "=</title><script>alert(1)</script>\x1b[2J\u202e\n"


@pytest.fixture
def nights(make: Any) -> list[RunEntry]:
    cause = CauseSeen("token-usage", "Counts tokens incorrectly", "responses", "must", 1)
    runs = [make(day, broken=day in {2, 3, 5}) for day in range(1, 7)]
    return [replace(run, causes=(cause,)) if run.defects else run for run in runs]


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(text)))


def test_csv_has_one_row_for_each_run(nights: list[RunEntry]) -> None:
    found = rows(runs_csv(nights))
    assert [row["must"] for row in found] == ["0", "1", "1", "0", "1", "0"]
    assert [row["new"] for row in found] == ["", "1", "0", "0", "1", "0"]
    assert [row["fixed"] for row in found] == ["", "0", "0", "1", "0", "0"]
    assert found[-1]["flaky"] == "1"
    assert found[1]["compared_with"] == nights[0].started


def test_csv_has_one_row_for_each_cause_of_each_run(nights: list[RunEntry]) -> None:
    found = rows(causes_csv(nights))
    assert [(row["run"], row["cause"], row["violations"]) for row in found] == [
        ("run-02", "token-usage", "1"), ("run-03", "token-usage", "1"), ("run-05", "token-usage", "1"),
    ]  # fmt: skip


def test_csv_has_neither_formulas_nor_control_characters(make: Any) -> None:
    (row,) = rows(runs_csv([make(1, target=HOSTILE)]))
    assert row["target"].startswith("'=")
    assert "\x1b" not in row["target"]
    assert "\n" not in row["target"]


def test_the_page_shows_causes_changes_and_runs(nights: list[RunEntry]) -> None:
    page = page_of(nights, "http://gateway")
    assert [(each.title, each.state) for each in page.causes] == [
        ("Counts tokens incorrectly", "not failing")
    ]
    assert page.causes[0].trend is not None
    assert page.causes[0].trend.sentence.endswith("0, 1, 1, 0, 1, 0")
    assert [each.sentence for each in page.changes] == ["1 flaky", "1 new", "1 fixed", "1 new"]
    assert page.unchanged == 1
    assert [row.news for row in page.rows][-2:] == [(1, 0, 0, 0), (None, None, None, None)]


def test_the_page_links_to_the_reports_that_exist(make: Any, tmp_path: Path) -> None:
    (tmp_path / "a b").mkdir()
    (tmp_path / "a b" / "report.html").touch()
    runs = [make(1, record=str(tmp_path / "a b" / "record.ndjson")), make(2)]
    assert [row.report for row in page_of(runs, "t", tmp_path / "pages").rows] == ["", "../a%20b/report.html"]
    assert page_of(runs, "t").rows[1].report.startswith("file:///")


def test_the_page_loads_nothing_and_escapes_what_comes_from_servers(make: Any) -> None:
    run = make(2, broken=True, target=HOSTILE, tool=HOSTILE, profile=HOSTILE, record="/\0/x")
    hostile = tuple(replace(each, message=HOSTILE, place=HOSTILE) for each in run.defects)
    text = history_html([make(1), replace(run, defects=hostile)], HOSTILE)
    assert "<script" not in text
    assert "\x1b" not in text
    assert "default-src &#39;none&#39;" in text
    assert "http" not in text.replace("http-equiv", "").replace("http://gateway", "")


def test_the_page_of_an_empty_history_says_so() -> None:
    assert "The history has no run of this target." in history_html([], "t")


def test_export_writes_files_and_drift_fails_on_what_is_new(nights: list[RunEntry], tmp_path: Path) -> None:
    place = str(tmp_path / "history")
    History(place).rebuild(nights[:2])

    def invoke(*arguments: str) -> Any:
        return CliRunner().invoke(main, ["history", *arguments, "--history", place])

    assert invoke("drift", "--fail-on", "new").exit_code == 1
    assert invoke("export", "--out", str(tmp_path / "page.html")).exit_code == 0
    assert "<h1>Nonconformant</h1>" in (tmp_path / "page.html").read_text(encoding="utf-8")
    assert len(rows(invoke("export", "--format", "csv").stdout)) == 2
    assert len(rows(invoke("export", "--format", "csv", "--causes").stdout)) == 1
    assert invoke("export", "--causes").exit_code == 2
    History(place).add(nights[2])
    assert invoke("drift", "--fail-on", "new").exit_code == 0
