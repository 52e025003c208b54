"""The folder of a run: all reports, written beside the record."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from aoai_reports.formats.folder import write_run_folder
from aoai_reports.record.evidence import RecordError
from aoai_reports.record.reader import Record
from aoai_reports.record.writer import RecordWriter, line_bytes
from aoai_specs.errors import OutputError


def write_record(folder: Path, record: Record) -> None:
    with RecordWriter(folder / "record.ndjson", record.header) as writer:
        for line in record.exchanges:
            writer.write_exchange(line)
        for scenario in record.scenarios:
            writer.write_scenario(scenario)
        writer.close(record.footer)


def test_a_run_folder_contains_everything_derived_from_the_record(build: Any, tmp_path: Path) -> None:
    record = build.nonconformant()
    write_record(tmp_path, record)
    summary = write_run_folder(tmp_path)
    assert summary.verdict == "nonconformant"
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "junit.xml",
        "record.ndjson",
        "report.html",
        "summary.json",
        "summary.md",
    ]
    assert json.loads((tmp_path / "summary.json").read_text("utf-8")) == summary.to_json()
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    write_run_folder(tmp_path)
    assert before == {path.name: path.read_bytes() for path in tmp_path.iterdir()}


def test_reports_of_a_record_may_be_in_another_folder(build: Any, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "again").mkdir()
    write_record(tmp_path / "run", build.conformant())
    write_run_folder(tmp_path / "again", tmp_path / "run" / "record.ndjson", strict=True)
    assert len(list((tmp_path / "again").iterdir())) == 4


def test_a_folder_without_a_record_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match=r"record\.ndjson cannot be read"):
        write_run_folder(tmp_path)


def test_a_place_that_cannot_be_written_is_one_clear_error(build: Any, tmp_path: Path) -> None:
    write_record(tmp_path, build.conformant())
    with pytest.raises(OutputError, match=r"Cannot write .*report\.html"):
        write_run_folder(tmp_path / "nowhere", tmp_path / "record.ndjson")
    assert [path.name for path in tmp_path.iterdir()] == ["record.ndjson"]


def test_reading_and_writing_take_time_in_proportion_to_the_exchanges(
    build: Any, tmp_path: Path, count_calls: Any
) -> None:
    def cost(exchanges: int) -> int:
        line = json.loads(line_bytes(build.streamed("CASE", tuple(f'{{"id":"{n}"}}' for n in range(20)))))
        folder = tmp_path / str(exchanges)
        folder.mkdir()
        with (folder / "record.ndjson").open("wb") as opened:
            opened.write(line_bytes(build.header()))
            for number in range(exchanges):
                violation = build.violation(pointer=f"/f{number}x").to_json()
                line["case"], line["violations"] = f"c{number}", [violation] if number % 10 == 0 else []
                opened.write(json.dumps(line).encode() + b"\n")
            opened.write(line_bytes(build.footer()))
        with count_calls() as work:
            write_run_folder(folder)
        calls: int = work.calls
        return calls

    cost(1)  # loads what writing needs, which is the same for any number
    assert cost(400) < 3 * cost(200)
