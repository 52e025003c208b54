"""Baseline entries that accept a group of violations."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from click.testing import CliRunner, Result
from rich.console import Console

from aoai_conformance.baseline.baseline import Baseline, read_baseline, read_baseline_text
from aoai_conformance.cli import main
from aoai_reports.formats.terminal import print_changes, terminal_text
from aoai_reports.record.reader import Record
from aoai_reports.record.schema import SUMMARY, schema_text
from aoai_reports.record.writer import RecordWriter
from aoai_reports.results.baseline import Accepted, matches_places
from aoai_reports.results.findings import findings
from aoai_reports.results.night_changes import NightChanges
from aoai_reports.results.summary import summarize
from aoai_specs.errors import ConformanceError

TODAY = date(2026, 3, 1)
ACCEPT = ("--who", "ops", "--why", "ticket 7")


def baseline(tmp_path: Path, text: str) -> Baseline:
    path = tmp_path / "baseline.yaml"
    path.write_text(text, encoding="utf-8")
    return read_baseline(path, TODAY)


@pytest.mark.parametrize(
    ("pattern", "place", "expected"),
    [
        ("/choices/*/message/…", "/choices/*/message/refusal", True),
        ("/choices/*/message/...", "/choices/*/message/tool_calls/*/id", True),
        ("/choices/*/message/…", "/choices/*/message", False),
        ("/choices/*/…", "/choices/x/message", False),
        ("…:above", "temperature.maximum:above", True),
        ("temperature.…", "top_p.maximum:above", False),
        ("stream:…/refusal", "stream:/choices/*/message/refusal", True),
        ("/a.b", "/a+b", False),
    ],
)
def test_a_pattern_stands_for_any_text_only_at_the_ellipsis(pattern: str, place: str, expected: bool) -> None:
    assert matches_places(pattern, place) is expected


def test_a_group_accepts_the_places_that_match(build: Any, tmp_path: Path) -> None:
    record: Record = build.nonconformant()
    first = next(each for each in findings(record) if each.rule == "USAGE-001")
    known = baseline(tmp_path, f"- {{rule: {first.rule}, places: '/usage/…', why: ticket}}")
    assert known.why_known(first) == "ticket"
    assert all(known.why_known(each) is None for each in findings(record) if each.rule != first.rule)


def test_a_group_by_cause_shows_what_it_covers(build: Any, tmp_path: Path) -> None:
    record: Record = build.nonconformant()
    cause = summarize(record).causes[0]
    known = baseline(tmp_path, f"- {{cause: '{cause.id}', why: ticket}}")
    summary = summarize(record, baseline=known)
    assert {each.identity for each in summary.known} == {each.identity for each in cause.findings}
    assert summary.baseline is not None
    ((group, covers),) = summary.baseline.groups
    assert (group.cause, covers) == (cause.id, len(cause.findings))
    assert not summary.baseline.fails
    jsonschema.Draft202012Validator(yaml.safe_load(schema_text(SUMMARY))).validate(summary.to_json())
    assert f"cause {cause.id} ({covers})" in terminal_text(summary, record)
    assert f"cause {cause.id} covers {covers} defect" in terminal_text(summary, record, verbose=True)


def test_a_group_that_covers_more_than_it_may_fails_the_gate(build: Any) -> None:
    record: Record = build.nonconformant()
    found = findings(record)
    rule = found[0].rule
    number = len({each.identity for each in found if each.rule == rule})
    group = Accepted(rule=rule, why="w", places="…", most=number)
    assert not Baseline((group,)).state(found, record).fails
    if number > 1:
        state = Baseline((replace(group, most=number - 1),)).state(found, record)
        assert f"covers {number} defects, but at most {number - 1}" in next(state.complaints())


def test_a_group_of_which_nothing_is_left_is_stale_if_the_run_tested_it(build: Any) -> None:
    sound: Record = build.conformant()
    verdicts = [each for line in sound.exchanges for each in line.verdicts.items()]
    rule = next(rule for rule, verdict in verdicts if verdict == "pass")
    stale = Accepted(rule=rule, why="w", places="/x/…")
    points = Accepted(rule=rule, why="w", places="never.sent:…")
    other = Accepted(rule="", why="w", cause="token-usage-of-nobody")
    assert Baseline((stale, points, other)).stale(findings(sound), sound) == (stale,)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- {rule: USAGE-001, places: '/a/…'}", "has no why"),
        ("- {places: '/a/…', why: w}", "has no rule"),
        ("- {rule: USAGE-001, places: '…', why: w}", "more than any place"),
        ("- {cause: x, place: /a, why: w}", "instead of place"),
        ("- {cause: x, why: w, most: 0}", "at least 1"),
        (
            "- {rule: USAGE-001, operation: o, place: /a, reason: '', why: w, most: 2}",
            "neither places nor cause",
        ),
    ],
)
def test_an_invalid_group_is_reported(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConformanceError, match=message):
        baseline(tmp_path, text)


def invoke(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(each) for each in arguments])


def write(path: Path, record: Record) -> None:
    with RecordWriter(path, record.header) as writer:
        for exchange in record.exchanges:
            writer.write_exchange(exchange)
        for scenario in record.scenarios:
            writer.write_scenario(scenario)


@pytest.fixture
def run(build: Any, tmp_path: Path) -> Path:
    """The record of a run with violations of many causes."""
    path = tmp_path / "record.ndjson"
    write(path, build.nonconformant())
    return path


def test_update_writes_one_group_for_each_cause(run: Path, tmp_path: Path) -> None:
    path = tmp_path / "baseline.yaml"
    assert invoke("baseline", "update", run, "--baseline", path, *ACCEPT, "--group").exit_code == 0
    entries = yaml.safe_load(path.read_text())
    assert len({entry["cause"] for entry in entries}) == len(entries)
    assert all(entry["most"] >= 1 for entry in entries)
    again = invoke("baseline", "update", run, "--baseline", path, *ACCEPT)
    assert "nothing to add" in again.stdout


def test_update_keeps_groups_and_renews_an_expired_one_as_a_group(run: Path, tmp_path: Path) -> None:
    path = tmp_path / "baseline.yaml"
    assert invoke("baseline", "update", run, "--baseline", path, *ACCEPT, "--group").exit_code == 0
    before = read_baseline_text(path, path.read_text())
    expired = yaml.safe_load(path.read_text())
    expired[0]["until"] = "2020-01-01"
    path.write_text(yaml.safe_dump(expired))
    updated = invoke("baseline", "update", run, "--baseline", path, *ACCEPT)
    assert "1 added, 1 expired replaced" in updated.stdout
    after = read_baseline_text(path, path.read_text())
    assert {each.cause for each in after} == {each.cause for each in before}
    assert all(each.until is None for each in after)


@pytest.fixture
def sound(build: Any, tmp_path: Path) -> tuple[Record, Path]:
    """A run without violations, and a baseline of 560 entries that it shows to be stale."""
    path = tmp_path / "baseline.yaml"
    entry = {"rule": "USAGE-001", "operation": build.chat, "reason": "", "why": "ticket"}
    path.write_text(yaml.safe_dump([{**entry, "place": f"/gone/{number}x"} for number in range(560)]))
    return build.conformant(), path


def test_a_large_stale_baseline_fits_on_a_screen(sound: tuple[Record, Path]) -> None:
    record, path = sound
    summary = summarize(record, baseline=read_baseline(path, TODAY))
    assert "560 stale baseline entries" in terminal_text(summary, record)
    assert len(terminal_text(summary, record).splitlines()) <= 40
    console = Console(file=StringIO(), width=120)
    print_changes(replace(summary, changes=NightChanges(since=record.header.started)), record, console)
    assert len(console.file.getvalue().splitlines()) <= 6  # type: ignore[attr-defined]


def test_prune_lists_the_first_entries_of_many(sound: tuple[Record, Path], tmp_path: Path) -> None:
    record, path = sound
    file = tmp_path / "record.ndjson"
    write(file, record)
    result = invoke("baseline", "prune", file, "--baseline", path)
    assert "560 removed, 0 kept" in result.stdout
    assert "… and 540 more." in result.stdout
    assert len(result.stdout.splitlines()) == 22
