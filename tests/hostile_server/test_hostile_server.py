"""Whatever a server does on the wire, a run ends and reports what it received and the right violations."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import hostile_bodies
import hostile_ends
import hostile_heads
import hostile_streams
import pytest
from click.testing import CliRunner
from half_working_runs import DEPLOYMENTS, KEY, Outcome
from half_working_wire import Emulator
from hostile_rows import ROWS, Row
from hostile_wire import HostileServer, hosting

from aoai_conformance.cli import main

MODULES = (hostile_heads, hostile_bodies, hostile_streams, hostile_ends)
#: Far above the time of any row; ends a run that would never end.
LONGEST_RUN = 300


def first_of_each_result() -> set[str]:
    """The names of the first behaviours of each topic with each expected result."""
    firsts: dict[tuple[object, ...], str] = {}
    for name, row in ROWS.items():
        result = (row.exit, row.fires, row.says, row.options, row.kept, row.written)
        firsts.setdefault((row.behave.__module__, row.applies, *result), name)
    return set(firsts.values())


#: `tox -e selftest` tries the other behaviours, which end in the same results.
SOME_ROWS = [
    pytest.param(name, marks=() if name in first_of_each_result() else pytest.mark.whole_selftest)
    for name in ROWS
]


EndAfter = Callable[[int], AbstractContextManager[None]]


def run_row(row: Row, emulator: Emulator, folder: Path, end_after: EndAfter) -> tuple[Outcome, HostileServer]:
    """Run the command against a server with the behaviour of the row."""
    out = folder / "run"
    with hosting(HostileServer(emulator, row.behave, row.applies)) as server, end_after(LONGEST_RUN):
        arguments = ["run", "--target", server.url, "--out", str(out), "--profile", "smoke"]
        arguments += ["--history", "none", "--operation", row.operation, *row.options]
        for kind, name in DEPLOYMENTS.items():
            arguments += ["--deployment", f"{kind}={name}"]
        result = CliRunner().invoke(main, arguments, env={"AZURE_OPENAI_API_KEY": KEY})
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Outcome(result.exit_code, result.output, out if out.exists() else None), server


@pytest.mark.parametrize("name", SOME_ROWS)
def test_a_run_survives_and_reports_the_defect(
    name: str, emulator: Emulator, tmp_path: Path, end_after: EndAfter
) -> None:
    row = ROWS[name]
    outcome, server = run_row(row, emulator, tmp_path, end_after)
    assert "Traceback" not in outcome.printed
    assert all(name != b"cookie" for request in server.requests for name, _ in request.headers)
    if not row.written:
        assert (outcome.code, outcome.folder) == (row.exit, None), outcome.printed
        assert row.says in outcome.printed
        return
    assert outcome.folder is not None, outcome.printed
    fired = {each["rule"] for each in outcome.violations("must", "should")}
    assert (outcome.code, outcome.summary["verdict"], fired) == (row.exit, row.verdict, row.fires), (
        outcome.printed
    )
    for written in ("record.ndjson", "report.html", "junit.xml", "summary.md"):
        assert (outcome.folder / written).stat().st_size > 0
    assert (outcome.folder / "record.ndjson").stat().st_size < row.kept
    assert outcome.record.footer is not None
    assert row.says in outcome.printed + json.dumps(outcome.summary, ensure_ascii=False).replace("\\\\", "\\")
    kept = b"".join(each.read_bytes() for each in outcome.folder.iterdir())
    assert KEY.encode() not in kept


def test_there_are_behaviours_of_every_topic() -> None:
    topics = {module.__name__ for module in MODULES}
    assert {row.behave.__module__ for row in ROWS.values()} == topics
    assert len(ROWS) >= 60
