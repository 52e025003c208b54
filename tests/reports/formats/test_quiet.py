"""`run --quiet`: one line if nothing changed, otherwise what did, with its first evidence."""

from __future__ import annotations

import json
from dataclasses import replace
from io import StringIO
from typing import Any

import jsonschema
import pytest
from rich.console import Console

from aoai_reports.formats.terminal import print_changes
from aoai_reports.formats.terminal.quiet import MOST_CAUSES
from aoai_reports.record.reader import Record
from aoai_reports.record.schema import SUMMARY, schema_text
from aoai_reports.results.findings import Identity
from aoai_reports.results.night_changes import DefectChange, NightChanges
from aoai_reports.results.summary import Summary, exit_code, summarize

SINCE = "2026-01-01T03:17:00.000Z"


def change(identity: Identity, *seen: bool, **changes: Any) -> DefectChange:
    facts = {"level": "must", "title": "the cause", "message": "m", "seen": seen or (False, True)}
    return DefectChange(identity=identity, **(facts | changes))  # type: ignore[arg-type]


def printed(summary: Summary, record: Record, **options: Any) -> list[str]:
    console = Console(file=StringIO(), width=100, highlight=False)
    print_changes(summary, record, console, **options)
    text: str = console.file.getvalue()  # type: ignore[attr-defined]
    return text.splitlines()


@pytest.fixture
def record(build: Any) -> Record:
    found: Record = build.nonconformant()
    return found


def test_a_night_without_changes_is_one_line(record: Record) -> None:
    summary = replace(summarize(record), changes=NightChanges(since=SINCE))
    (line,) = printed(summary, record, report="report.html", name="gateway")
    assert line.startswith("gateway: NONCONFORMANT – nothing new since 2026-01-01 03:17: ")


def test_a_new_violation_is_shown_with_its_evidence_and_curl(record: Record) -> None:
    summary = summarize(record)
    finding = next(each for each in summary.findings if each.rule == "USAGE-001")
    changes = NightChanges(since=SINCE, new=(change(finding.identity),))
    lines = printed(replace(summary, changes=changes), record, report="report.html")
    assert lines[0].startswith("NONCONFORMANT – 1 new since 2026-01-01 03:17: ")
    text = "\n".join(lines)
    for part in ("New  1 violation from 1 cause", "[USAGE-001]", finding.exchanges[0].curl, "report.html"):
        assert part in text


def test_what_is_fixed_or_comes_and_goes_has_its_own_heading(record: Record) -> None:
    summary = summarize(record)
    gone = Identity("HTTP-001", "d", "o", "/x", "r")
    changes = NightChanges(
        since=SINCE,
        fixed=(change(gone, True, False, known=True),),
        flaky=(change(gone, True, False, True),),
        lasting=(change(gone, True, False, True, True, True),),
    )
    text = "\n".join(printed(replace(summary, changes=changes), record))
    assert "1 fixed, 1 flaky, 1 lasting now since" in text
    assert "was accepted" in text
    assert "█·█ (this run last)" in text
    assert "--flaky lists them as known" in text


def test_without_an_earlier_run_it_says_so(record: Record) -> None:
    summary = replace(summarize(record), changes=NightChanges())
    assert "nothing found in the first comparable run" in printed(summary, record)[0]


def test_the_output_is_bounded(record: Record) -> None:
    many = tuple(change(Identity(f"X-{number}", "d", "o", "/x", "r")) for number in range(500))
    summary = replace(summarize(record), changes=NightChanges(since=SINCE, new=many, fixed=many))
    assert len(printed(summary, record)) <= 2 * MOST_CAUSES + 3


def test_hostile_text_is_escaped(record: Record) -> None:
    hostile = change(Identity("X", "d", "o", "/\x1b[2J", "r"), True, False, title="\x1b[2J[red]x")
    changes = NightChanges(since=SINCE, fixed=(hostile,))
    text = "\n".join(printed(replace(summarize(record), changes=changes), record, name="\x1b[2J"))
    assert "\x1b" not in text
    assert "[red]x" in text


def test_summary_json_has_the_changes(record: Record) -> None:
    finding = summarize(record).findings[0]
    changes = NightChanges(since=SINCE, new=(change(finding.identity),))
    summary = replace(summarize(record), changes=changes)
    jsonschema.Draft202012Validator(json.loads(schema_text(SUMMARY))).validate(summary.to_json())


def test_a_flaky_violation_fails_only_a_strict_run(record: Record) -> None:
    def flaky(_: object) -> str:
        return "comes and goes"

    summary = summarize(record, flaky=flaky)
    assert exit_code(summary) == 0
    assert len(summary.flaky) == len(summary.findings)
    (first, *_) = summary.to_json()["violations"]  # type: ignore[misc]
    assert (first["known"], first["flaky"]) == (True, True)  # type: ignore[index, call-overload]
    jsonschema.Draft202012Validator(json.loads(schema_text(SUMMARY))).validate(summary.to_json())
    assert exit_code(summarize(record, strict=True, flaky=flaky)) == 1
    assert "flaky" not in summarize(record).to_json()["violations"][0]  # type: ignore[index, operator, call-overload]
