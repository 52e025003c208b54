"""Custom quirks: matching violations pass, are noted and listed; expired quirks no longer apply."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result
from traffic import answer, entry, write_har

from aoai_conformance.cli import main
from aoai_conformance.quirks.quirk_file import read_quirks
from aoai_reports.record.reader import read_record
from aoai_specs.errors import ConformanceError

pytestmark = pytest.mark.usefixtures("plan_once")

ENTRY = {
    "rule": "SCHEMA-001",
    "operation": "ChatCompletions_Create",
    "place": "/choices/*/finish_reason",
    "why": "The gateway has reasons of its own.",
    "source": "https://tickets.example/7",
}


def write(folder: Path, *entries: Any) -> Path:
    path = folder / "quirks.yaml"
    path.write_text(yaml.safe_dump(list(entries)))
    return path


@pytest.fixture
def har(tmp_path: Path) -> Path:
    message = answer()
    message["choices"][0]["finish_reason"] = "tired"
    return write_har(tmp_path / "t.har", entry(got=message))


def judge(*arguments: Any) -> Result:
    return CliRunner().invoke(main, ["judge", *map(str, arguments)])


def test_without_them_the_violation_fails(har: Path) -> None:
    assert judge(har).exit_code == 1


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"operation": "chat"},
        {"operation": "*"},
        {"operation": "chatcompletions_create"},
        {"place": "/choices/0/finish_reason"},
        {"place": "/choices/**"},
        {"place": "**"},
        {"until": date(2999, 1, 1)},
        {"until": "2999-01-01"},
        {"rule": "schema-001"},
    ],
)
def test_what_an_entry_matches_passes_with_a_note(har: Path, tmp_path: Path, change: dict[str, Any]) -> None:
    out = tmp_path / "out"
    result = judge(har, "--quirks", write(tmp_path, {**ENTRY, **change}), "--out", out)
    assert result.exit_code == 0, result.output
    (line,) = read_record(out / "record.ndjson").exchanges
    assert line.verdicts["SCHEMA-001"] == "pass"
    assert "own-1" in line.quirks
    assert any(ENTRY["why"] in note and ENTRY["source"] in note for note in line.notes)


@pytest.mark.parametrize(
    "change",
    [{"operation": "Embeddings_Create"}, {"place": "/choices"}, {"place": ""}, {"rule": "SCHEMA-002"}],
)
def test_what_no_entry_matches_fails(har: Path, tmp_path: Path, change: dict[str, Any]) -> None:
    assert judge(har, "--quirks", write(tmp_path, {**ENTRY, **change})).exit_code == 1


def test_every_report_lists_them(har: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = judge(har, "--quirks", write(tmp_path, {**ENTRY, "id": "own-reasons"}), "--out", out)
    assert "own-reasons" in result.output
    for name in ("report.html", "summary.md", "summary.json", "record.ndjson"):
        assert "own-reasons" in (out / name).read_text()
    (listed,) = json.loads((out / "summary.json").read_text())["quirks"]
    assert (listed["name"], listed["summary"], listed["source"]) == (
        "own-reasons",
        ENTRY["why"],
        ENTRY["source"],
    )
    assert listed["count"] == 1


def test_an_expired_entry_no_longer_applies_and_is_reported(har: Path, tmp_path: Path) -> None:
    result = judge(har, "--quirks", write(tmp_path, {**ENTRY, "until": date(2020, 1, 31)}))
    assert result.exit_code == 1
    assert "own-1" in result.output
    assert "expired on 2020-01-31" in result.output


def test_an_entry_applies_on_its_last_day(tmp_path: Path) -> None:
    path = write(tmp_path, {**ENTRY, "until": date(2026, 5, 1)})
    assert read_quirks(path, date(2026, 5, 1)).entries
    assert read_quirks(path, date(2026, 5, 2)).expired


def test_a_record_judged_again_with_the_same_file_has_the_same_verdicts(har: Path, tmp_path: Path) -> None:
    quirks = write(tmp_path, ENTRY)
    first, again = tmp_path / "first", tmp_path / "again"
    assert judge(har, "--quirks", quirks, "--out", first).exit_code == 0
    assert judge(first, "--quirks", quirks, "--out", again).exit_code == 0
    one, other = ((folder / "record.ndjson").read_text() for folder in (first, again))
    assert one == other
    assert judge(first).exit_code == 1


def test_the_day_of_the_first_judging_applies_later(har: Path, tmp_path: Path) -> None:
    first, again = tmp_path / "first", tmp_path / "again"
    judge(har, "--quirks", write(tmp_path, ENTRY), "--out", first)
    record = first / "record.ndjson"
    today = read_record(record).header.options["quirks_on"]
    record.write_text(record.read_text().replace(str(today), "2026-06-01"))
    result = judge(first, "--quirks", write(tmp_path, {**ENTRY, "until": date(2026, 6, 1)}), "--out", again)
    assert result.exit_code == 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not valid YAML"),
        ("a: 1", "must be a list"),
        ("- 1", "entry 1, must be a mapping"),
        (yaml.safe_dump([{**ENTRY, "who": "me"}]), "unknown field 'who'"),
        (yaml.safe_dump([{name: value for name, value in ENTRY.items() if name != "why"}]), "has no why"),
        (yaml.safe_dump([{**ENTRY, "source": 7}]), "source must be a string"),
        (yaml.safe_dump([{**ENTRY, "until": "soon"}]), "until must be a date"),
        (yaml.safe_dump([{**ENTRY, "until": 3}]), "until must be a date"),
        (yaml.safe_dump([{**ENTRY, "rule": "SCHEMA-999"}]), "SCHEMA-999"),
        (yaml.safe_dump([{**ENTRY, "id": "a"}, {**ENTRY, "id": "a"}]), "two entries"),
        (yaml.safe_dump([{**ENTRY, "id": "refusal-left-out"}]), "built-in"),
    ],
)
def test_a_malformed_file_gives_one_sentence(har: Path, tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "quirks.yaml"
    path.write_text(text)
    with pytest.raises(ConformanceError, match=message):
        read_quirks(path, date(2026, 5, 1))
    result = judge(har, "--quirks", path)
    assert result.exit_code == 2
    assert "Traceback" not in result.output


def test_a_file_that_is_not_there_gives_one_sentence(har: Path, tmp_path: Path) -> None:
    result = judge(har, "--quirks", tmp_path / "none.yaml")
    assert result.exit_code == 2
    assert "Cannot read" in result.output


def test_a_run_accepts_them_too(tmp_path: Path) -> None:
    entry_ = {**ENTRY, "rule": "HTTP-007", "place": "header:apim-request-id"}
    options = ["--profile", "smoke", "--operation", "ChatCompletions_Create", "--history", "none"]
    out = tmp_path / "run"
    result = CliRunner().invoke(
        main, ["run", *options, "--quirks", str(write(tmp_path, entry_)), "--out", str(out)]
    )
    assert result.exit_code == 0, result.output
    header = read_record(out / "record.ndjson").header
    assert header.quirks["own-1"].summary == ENTRY["why"]
    assert header.options["quirks"] == "quirks.yaml"
