"""`replay` of cases that depend on others: their resources are created again, with new ids."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from aoai_conformance.engine import unit_sender
from aoai_conformance.recording import replay
from aoai_conformance.target.emulator_process import EmulatorProcess, EmulatorSettings
from aoai_reports.record.reader import read_record

pytestmark = pytest.mark.usefixtures("plan_once")

VERSION = "2025-01-01-preview"
FAULTS = ("file-created-in-milliseconds", "file-status-unknown")


@pytest.fixture(scope="module", autouse=True)
def _short_pauses() -> Iterator[None]:
    """Poll a file that never ends as often as usual, but without long pauses."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (replay, unit_sender):
            patch.setattr(module, "LONGEST_PAUSE", 0.05)
        yield


@pytest.fixture(scope="module")
def servers() -> Iterator[dict[str, str]]:
    """Three emulators that share no files."""
    emulators = (EmulatorSettings(faults=FAULTS), EmulatorSettings(faults=FAULTS), EmulatorSettings())
    with EmulatorProcess(emulators, api_versions=(VERSION,)) as process:
        yield dict(zip(("first", "second", "sound"), process.urls, strict=True))


@pytest.fixture(scope="module")
def stored_run(servers: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    from click.testing import CliRunner

    from aoai_conformance.cli import main

    out = tmp_path_factory.mktemp("stored") / "run"
    arguments = ["run", "--target", servers["first"], "--api-version", VERSION, "--operation", "GetFile"]
    result = CliRunner().invoke(main, [*arguments, "--operation", "GetFileContent", "--out", str(out)])
    assert result.exit_code == 1, result.output
    return out


def case_of(run: Path, rule: str, beginning: str) -> str:
    return next(
        line.case
        for line in read_record(run / "record.ndjson").exchanges
        if line.case.startswith(beginning) and any(entry.rule == rule for entry in line.violations)
    )


def rules_of(run: Path, beginning: str) -> set[str]:
    return {
        entry.rule
        for line in read_record(run / "record.ndjson").exchanges
        if line.case.startswith(beginning)
        for entry in line.violations
        if entry.level == "must"
    }


def test_a_defect_of_a_stored_file_is_reproduced_on_a_server_without_the_file(
    invoke, stored_run: Path, servers: dict[str, str]
) -> None:
    found = rules_of(stored_run, "file-get/base")
    assert found
    result = invoke("replay", stored_run, "file-get/base", "--target", servers["second"])
    assert result.exit_code == 1, result.output
    still = {line.split()[1] for line in result.stdout.splitlines() if line.startswith("still")}
    assert still >= found


def test_a_fixed_defect_of_a_stored_file_is_not_reproduced(
    invoke, stored_run: Path, servers: dict[str, str]
) -> None:
    result = invoke("replay", stored_run, "file-get/base", "--target", servers["sound"])
    assert result.exit_code == 0, result.output
    gone = {line.split()[1] for line in result.stdout.splitlines() if line.startswith("gone")}
    assert gone >= rules_of(stored_run, "file-get/base")


def test_a_whole_flow_is_sent_again(invoke, stored_run: Path, servers: dict[str, str]) -> None:
    steps = [
        line.case
        for line in read_record(stored_run / "record.ndjson").exchanges
        if line.case.startswith("flow.files/life/")
    ]
    result = invoke("replay", stored_run, steps[-1], "--target", servers["sound"])
    assert result.exit_code == 0, result.output
    assert "still" not in result.stdout


def test_reports_what_a_record_lacks(
    invoke, stored_run: Path, servers: dict[str, str], tmp_path: Path
) -> None:
    lines = (stored_run / "record.ndjson").read_text().splitlines(keepends=True)
    cut = tmp_path / "record.ndjson"
    cut.write_text("".join(line for line in lines if json.loads(line).get("case") != "file-upload/base"))
    result = invoke("replay", cut, "file-get/base", "--target", servers["sound"])
    assert result.exit_code == 2, result.output
    assert "it depends on file-upload/base, which is not in the record" in " ".join(result.stderr.split())


def test_reports_that_a_prerequisite_cannot_be_created(invoke, stored_run: Path, serve, reply) -> None:
    target = serve(lambda _: [reply(500, {"error": {"code": "500", "message": "No."}})]).url
    result = invoke(
        "replay", stored_run, "file-get/base", "--target", target, env={"AZURE_OPENAI_API_KEY": "k"}
    )
    assert result.exit_code == 3, result.output
    assert "it depends on file-upload/base, which failed with 500" in " ".join(result.stderr.split())
