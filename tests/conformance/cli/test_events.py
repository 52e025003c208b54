"""The events of a run, written while it goes on."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from aoai_conformance.run.event_stream import EventStream, open_events
from aoai_reports.record.lines import Header
from aoai_specs.errors import OutputError


def test_standard_output_has_the_events_of_the_report_and_nothing_else(
    invoke, emulators, tmp_path: Path
) -> None:
    options = ("--operation", "embeddings_create", "--profile", "smoke", "--history", "none")
    result = invoke("run", "--target", emulators["sound"], *options, "--out", tmp_path / "r", "--events", "-")
    assert result.exit_code == 0
    events = result.stdout.splitlines()
    kinds = [json.loads(line)["type"] for line in events]
    assert (kinds[0], kinds[-1]) == ("run", "verdict")
    assert "CONFORMANT" in result.stderr
    report = invoke("report", tmp_path / "r", "--format", "events")
    assert sorted(events) == sorted(report.stdout.splitlines())


def test_a_file_of_events_in_a_missing_folder_is_one_sentence_before_anything_is_sent(
    invoke, emulators, tmp_path: Path
) -> None:
    events = tmp_path / "missing" / "events.ndjson"
    result = invoke("run", "--target", emulators["sound"], "--out", tmp_path / "r", "--events", events)
    assert result.exit_code != 0
    assert f"{events} cannot be created" in result.stderr
    assert not (tmp_path / "r").exists()


@pytest.fixture
def header() -> Header:
    """The header of a small run."""
    return Header(
        tool="aoai-conformance 1",
        started="2026-05-01T00:00:00.000Z",
        target="emulator",
        documents=("azure-openai@2024-10-21",),
        surface="azure-openai",
        profile="smoke",
        seed=0,
    )


class FullDisk(io.StringIO):
    def write(self, _text: str) -> int:
        raise OSError(28, "No space left on device")


class GoneReader(io.StringIO):
    def write(self, _text: str) -> int:
        raise BrokenPipeError


def test_events_that_cannot_be_written_end_the_run_with_a_sentence(header: Header) -> None:
    with pytest.raises(OutputError, match=r"events\.ndjson cannot be written: No space left"):
        EventStream(FullDisk(), "events.ndjson").begin(header)


def test_a_reader_that_has_gone_does_not_end_the_run(header: Header) -> None:
    stream = EventStream(GoneReader(), "standard output")
    stream.begin(header)
    assert stream.target is None


def test_without_events_nothing_is_written(header: Header) -> None:
    with open_events(None) as events:
        events.begin(header)
