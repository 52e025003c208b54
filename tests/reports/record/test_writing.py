"""A record is written line by line, and says how it ended."""

from __future__ import annotations

import asyncio
import resource
import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from aoai_model.verdict import Tokens
from aoai_reports.record.lines import (
    RuleCounts,
)
from aoai_reports.record.reader import read_record
from aoai_reports.record.writer import RecordWriter
from aoai_specs.errors import OutputError


def clock(*seconds: float) -> Any:
    moments = iter([datetime(2025, 11, 20, 21, tzinfo=UTC) + timedelta(seconds=second) for second in seconds])
    return lambda: next(moments)


def test_each_line_is_in_the_file_as_soon_as_it_is_written(build: Any, path: Path) -> None:
    with RecordWriter(path, build.header()) as writer:
        assert path.read_bytes().count(b"\n") == 1
        writer.write_exchange(build.exchange())
        assert path.read_bytes().count(b"\n") == 2


def test_a_record_reads_back_as_it_was_written(build: Any, path: Path) -> None:
    record = build.nonconformant()
    with RecordWriter(path, record.header) as writer:
        for line in record.exchanges:
            writer.write_exchange(line)
        for scenario in record.scenarios:
            writer.write_scenario(scenario)
        writer.close(record.footer)
    assert read_record(path) == record


def test_the_writer_adds_up_the_footer(build: Any, path: Path) -> None:
    with RecordWriter(path, build.header(), clock=clock(2.5)) as writer:
        writer.write_exchange(build.exchange("a", attempts=3), not_applicable=["EMB-002"])
        writer.write_exchange(
            build.exchange("b", verdicts={"USAGE-001": "violation"}), not_applicable=["EMB-002"]
        )
    footer = read_record(path).footer
    assert footer is not None
    assert (footer.requests, footer.tokens, footer.seconds, footer.interrupted) == (
        4,
        Tokens(18, 8),
        2.5,
        False,
    )
    assert footer.rules["USAGE-001"] == RuleCounts(1, 1, 0, 0)
    assert footer.rules["EMB-002"] == RuleCounts(0, 0, 0, 2)
    assert footer.rules["IMAGES-004"] == RuleCounts()


@pytest.mark.parametrize("error", [KeyboardInterrupt, asyncio.CancelledError, RuntimeError])
def test_a_run_that_ends_with_an_exception_is_marked_interrupted(
    build: Any, path: Path, error: type[BaseException]
) -> None:
    def run() -> None:
        with RecordWriter(path, build.header()) as writer:
            writer.write_exchange(build.exchange())
            raise error

    with pytest.raises(error):
        run()
    record = read_record(path)
    assert record.interrupted
    assert not record.truncated
    assert len(record.exchanges) == 1


def test_a_record_never_overwrites_another(build: Any, path: Path) -> None:
    path.write_text("precious")
    with pytest.raises(OutputError, match="exists already"):
        RecordWriter(path, build.header())
    assert path.read_text() == "precious"


def test_a_missing_folder_is_named(build: Any, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"nowhere.*cannot be created"):
        RecordWriter(tmp_path / "nowhere" / "record.ndjson", build.header())


def test_a_full_disk_leaves_whole_lines_and_one_clear_error(build: Any, path: Path) -> None:
    # A limit on the size of files fails a write half-way, as a full disk does.
    before, limits = signal.signal(signal.SIGXFSZ, signal.SIG_IGN), resource.getrlimit(resource.RLIMIT_FSIZE)

    def run() -> None:
        with RecordWriter(path, build.header()) as writer:
            writer.write_exchange(build.exchange("whole"))
            resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 50, limits[1]))
            writer.write_exchange(build.exchange("cut"))

    try:
        with pytest.raises(OutputError, match="cannot be written"):
            run()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, before)
    assert path.read_bytes().endswith(b"\n")
    record = read_record(path)
    assert record.truncated
    assert [line.case for line in record.exchanges] == ["whole"]


def test_nothing_is_written_after_the_footer(build: Any, path: Path) -> None:
    writer = RecordWriter(path, build.header())
    writer.close()
    with pytest.raises(OutputError, match="is closed"):
        writer.write_exchange(build.exchange())
