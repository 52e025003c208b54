"""What a report shows of the runs before."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from aoai_reports.formats.folder import write_run_folder
from aoai_reports.history.earlier import EarlierRuns, earlier_runs
from aoai_reports.history.entry import CauseSeen
from aoai_reports.record.writer import RecordWriter

DOCUMENTS = ("azure-openai@2024-10-21",)


def caused(*ids: str) -> tuple[CauseSeen, ...]:
    return tuple(CauseSeen(each, each, "streams", "must", 2) for each in ids)


def test_without_earlier_runs_nothing_is_compared() -> None:
    assert earlier_runs([], DOCUMENTS) == EarlierRuns()


def test_each_cause_has_one_number_for_each_run(make: Any) -> None:
    runs = [make(1, causes=caused("a")), make(2), make(3, causes=caused("a", "b"))]
    assert earlier_runs(runs, DOCUMENTS).trend == {"a": (2, 0, 2), "b": (0, 0, 2)}


def test_runs_against_other_documents_are_not_compared(make: Any) -> None:
    other = make(2, causes=caused("a"), documents=("azure-openai@2024-06-01",))
    assert earlier_runs([make(1), other], DOCUMENTS).trend == {}


def test_a_previous_record_that_is_gone_leaves_the_trend(make: Any, tmp_path: Path) -> None:
    gone = make(1, causes=caused("a"), record=str(tmp_path / "gone" / "record.ndjson"))
    found = earlier_runs([gone], DOCUMENTS)
    assert (found.previous, found.trend) == (None, {"a": (2,)})


def test_the_previous_run_is_read_with_what_its_baseline_accepted(
    make: Any, build: Any, tmp_path: Path
) -> None:
    record = build.nonconformant()
    path = tmp_path / "record.ndjson"
    with RecordWriter(path, record.header) as writer:
        for line in record.exchanges:
            writer.write_exchange(line)
        writer.close(interrupted=False)
    write_run_folder(tmp_path, known=lambda _: "ticket 7")
    previous = earlier_runs([make(1, record=str(path))], DOCUMENTS).previous
    assert previous is not None
    assert previous.findings
    assert all(each.known for each in previous.findings)
