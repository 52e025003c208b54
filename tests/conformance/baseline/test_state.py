"""A baseline that is out of date is visible wherever a run is reported, and fails it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import jsonschema
import pytest
from click.testing import CliRunner, Result

from aoai_conformance.cli import main
from aoai_conformance.target.emulator_process import EmulatorProcess, EmulatorSettings
from aoai_reports.record.schema import SUMMARY, schema_text

pytestmark = pytest.mark.usefixtures("plan_once")
CHOICES = ("--profile", "smoke", "--operation", "embeddings_create")
STALE = """
- rule: SCHEMA-001
  operation: embeddings_create
  place: /usage/total_tokens
  reason: sum
  why: ticket 7
"""
EXPIRED = STALE.replace("place: /usage/total_tokens", "place: /gone") + "  until: 2020-01-01\n"
OUT_OF_DATE = {"stale": STALE, "expired": EXPIRED}
WORDS = {"stale": "matches no violation", "expired": "has expired"}
HEADLINES = {"stale": "1 stale baseline entry", "expired": "1 expired baseline entry"}


def invoke(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(each) for each in arguments])


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with EmulatorProcess([EmulatorSettings()]) as process:
        yield process.urls[0]


@pytest.fixture(scope="module")
def run(url: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "run"
    result = invoke("run", "--target", url, *CHOICES, "--out", folder, "--history", "none")
    assert result.exit_code == 0, result.output
    return folder


@pytest.fixture(params=sorted(OUT_OF_DATE))
def wrong(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, Path]:
    path = tmp_path / "baseline.yaml"
    path.write_text(OUT_OF_DATE[request.param])
    return request.param, path


def check_folder(folder: Path, kind: str, path: Path) -> None:
    """Check that every file of a run's folder reports that the baseline fails it."""
    summary = json.loads((folder / "summary.json").read_text())
    jsonschema.Draft202012Validator(json.loads(schema_text(SUMMARY))).validate(summary)
    assert summary["verdict"] == "nonconformant"
    lists = {name: summary["baseline"][name] for name in ("stale", "expired", "too_wide")}
    assert [name for name, entries in lists.items() if entries] == [kind]
    assert lists[kind][0]["rule"] == "SCHEMA-001"
    assert (summary["baseline"]["path"], summary["baseline"]["known"]) == (str(path), 0)
    junit = ET.parse(folder / "junit.xml").getroot()
    (failure,) = junit.findall(".//failure")
    assert WORDS[kind] in failure.attrib["message"]
    assert junit.attrib["failures"] == "1"
    for name in ("summary.md", "report.html"):
        text = (folder / name).read_text()
        assert WORDS[kind] in text
        assert HEADLINES[kind] in text


def test_run_reports_it_everywhere_and_fails(url: str, wrong: tuple[str, Path], tmp_path: Path) -> None:
    kind, path = wrong
    history = tmp_path / "history"
    out = tmp_path / "out"
    result = invoke("run", "--target", url, *CHOICES, "--baseline", path, "--out", out, "--history", history)
    assert result.exit_code == 1
    assert f"NONCONFORMANT – {HEADLINES[kind]}" in result.stdout
    assert WORDS[kind] in result.stdout
    check_folder(out, kind, path)
    again = tmp_path / "again"
    assert invoke("history", "rebuild", out, "--history", again).exit_code == 0
    for each in (history, again):
        [kept] = json.loads(invoke("history", "list", "--history", each, "--format", "json").stdout)
        assert kept["verdict"] == "nonconformant"


def test_judge_agrees(run: Path, wrong: tuple[str, Path], tmp_path: Path) -> None:
    kind, path = wrong
    result = invoke("judge", run, "--baseline", path, "--out", tmp_path / "judged")
    assert result.exit_code == 1
    assert HEADLINES[kind] in result.stdout
    check_folder(tmp_path / "judged", kind, path)


@pytest.mark.parametrize("form", ["json", "junit", "markdown", "html", "terminal"])
def test_report_agrees(run: Path, wrong: tuple[str, Path], form: str) -> None:
    kind, path = wrong
    result = invoke("report", run, "--baseline", path, "--format", form)
    assert ('"nonconformant"' if form == "json" else WORDS[kind]) in " ".join(result.stdout.split())


def test_a_baseline_that_is_up_to_date_passes_and_says_so(run: Path, tmp_path: Path) -> None:
    path = tmp_path / "baseline.yaml"
    path.write_text("[]")
    result = invoke("judge", run, "--baseline", path, "--out", tmp_path / "judged")
    assert result.exit_code == 0
    summary = json.loads((tmp_path / "judged" / "summary.json").read_text())
    assert summary["baseline"] == {
        "path": str(path), "known": 0, "stale": [], "expired": [], "too_wide": [],
    }  # fmt: skip
    junit = ET.parse(tmp_path / "judged" / "junit.xml").getroot()
    (case,) = junit.findall(".//testcase[@name='every entry is up to date']")
    assert not list(case)


def test_a_run_without_a_baseline_does_not_mention_one(run: Path) -> None:
    assert "baseline" not in json.loads((run / "summary.json").read_text())
    assert "every entry is up to date" not in (run / "junit.xml").read_text()


def test_judging_an_unchanged_record_again_reports_the_same_cost(run: Path, tmp_path: Path) -> None:
    assert invoke("judge", run, "--out", tmp_path / "judged").exit_code == 0
    first, second = (
        json.loads((folder / "summary.json").read_text()) for folder in (run, tmp_path / "judged")
    )
    for name in ("requests", "tokens", "seconds"):
        assert first[name] == second[name]
    assert first["tokens"]["prompt"] > 0
