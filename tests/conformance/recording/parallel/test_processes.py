"""Several processes judge a record: the result is the same, and none outlives the command."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from aoai_conformance import api
from aoai_conformance.judging.judged import Part
from aoai_conformance.options import RunChoices
from aoai_conformance.recording import judging_files
from aoai_conformance.recording.judging_files import judged_material
from aoai_conformance.recording.parallel.batches import Batch, BatchJudge
from aoai_conformance.recording.parallel.jobs import AUTO, WORTH_PROCESSES, number_of_processes
from aoai_conformance.recording.parallel.processes import JudgingProcesses
from aoai_conformance.recording.parallel.running import JudgingPlace
from aoai_conformance.recording.parallel.setup import JudgeSetup
from aoai_conformance.recording.parallel.worker import _answer
from aoai_conformance.recording.rejudge import parts_of
from aoai_conformance.recording.traffic.files import load_log
from aoai_conformance.target.emulator_process import EmulatorProcess, EmulatorSettings
from aoai_reports.formats.machine.har import har_text
from aoai_reports.record.reader import Record, read_record
from aoai_reports.record.stored_lines import StoredLines
from aoai_reports.results.summary import summarize
from aoai_reports.run_folder import RECORD_NAME
from aoai_specs.errors import ConformanceError, TargetError

KEY = "a-key-of-sixteen"


def _files(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def test_two_processes_write_the_same_files_as_one(run_folder: Path, tmp_path: Path) -> None:
    for jobs in (1, 2):
        api.judge(run_folder, jobs=jobs, out=tmp_path / str(jobs))
    assert _files(tmp_path / "1") == _files(tmp_path / "2")


def test_a_large_har_file_of_a_run_is_judged_like_a_small_one_without_holding_its_entries(
    run_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = read_record(run_folder / RECORD_NAME)
    source = tmp_path / "run.har"
    source.write_text(har_text(summarize(record), record), encoding="utf-8")
    api.judge(source, jobs=1, out=tmp_path / "held")
    monkeypatch.setattr(judging_files, "load_log", partial(load_log, most_held=0))
    monkeypatch.delattr(judging_files, "record_in")
    api.judge(source, jobs=1, out=tmp_path / "stored")
    assert _files(tmp_path / "stored") == _files(tmp_path / "held")


@pytest.mark.whole_selftest
@pytest.mark.parametrize("format_", [RECORD_NAME, "run.har"])
def test_any_number_of_processes_writes_the_same_files(
    run_folder: Path, tmp_path: Path, format_: str
) -> None:
    source = run_folder / RECORD_NAME
    if format_ == "run.har":
        source = tmp_path / format_
        har = [sys.executable, "-m", "aoai_conformance", "report", str(run_folder), "--format", "har"]
        source.write_bytes(subprocess.run(har, check=True, capture_output=True).stdout)
    for jobs in (1, 2, 3):
        api.judge(source, jobs=jobs, out=tmp_path / str(jobs))
    assert _files(tmp_path / "1") == _files(tmp_path / "2") == _files(tmp_path / "3")


def test_processes_are_worth_their_start_only_for_many_exchanges() -> None:
    assert number_of_processes(AUTO, WORTH_PROCESSES - 1) == 1
    assert number_of_processes(AUTO, WORTH_PROCESSES) >= 1
    assert number_of_processes(3, 1) == 3


def test_a_process_that_dies_is_reported_in_a_sentence(run_folder: Path) -> None:
    material = judged_material(run_folder / RECORD_NAME, RunChoices(), (), print)
    with JudgingProcesses(material.setup, 1) as processes:
        (worker,) = processes._workers
        os.kill(worker._process.pid, signal.SIGKILL)
        with pytest.raises(TargetError, match=r"was ended by signal 9, .*--jobs 1"):
            list(processes.judged(material.units))


def test_a_process_says_of_a_part_of_a_run_what_this_one_says(run_folder: Path) -> None:
    material = judged_material(run_folder / RECORD_NAME, RunChoices(), (), print)
    answering = BatchJudge(material.judge)
    for part in parts_of(read_record(run_folder / RECORD_NAME)):
        said = pickle.dumps(_answer(answering, pickle.loads(pickle.dumps(part))))
        assert pickle.loads(said).about(part) == material.judge(part)


def test_a_run_whose_process_dies_is_judged_in_this_one(run_folder: Path) -> None:
    record = read_record(run_folder / RECORD_NAME)
    judge, part = judged_material(run_folder / RECORD_NAME, RunChoices(), (), print).judge, first(record)
    with JudgingPlace(RunChoices(), 1).begun(judge, 1) as (here, threads):
        assert (here, threads) == (judge, 1)
    with JudgingPlace(RunChoices(), 2).begun(judge, 1) as (elsewhere, threads):
        for worker in elsewhere.processes._workers:  # type: ignore[attr-defined]
            os.kill(worker._process.pid, signal.SIGKILL)
        assert (elsewhere(part), threads) == (judge(part), 2)


def first(record: Record) -> Part:
    return next(iter(parts_of(record)))


@pytest.mark.whole_selftest
def test_a_run_has_the_same_record_for_any_number_of_processes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AZURE_OPENAI_API_KEY", KEY)
    records = []
    with EmulatorProcess([EmulatorSettings(faults=("chat-object-wrong",))]) as process:
        for jobs in (1, 2, 3):
            out = tmp_path / str(jobs)
            api.run(target=process.urls[0], operations=["ChatCompletions_Create"], jobs=jobs, out=out)
            records.append(read_record(out / RECORD_NAME))
    for record in records[1:]:
        assert record.header == replace(records[0].header, started=record.header.started)
        for one, other in zip(record.exchanges, records[0].exchanges, strict=True):
            for name in ("case", "verdicts", "violations", "notes", "quirks", "shown", "derived"):
                assert getattr(one, name) == getattr(other, name), one.case
        assert record.scenarios == records[0].scenarios


def test_no_process_is_left_when_judging_is_given_up(run_folder: Path) -> None:
    material = judged_material(run_folder / RECORD_NAME, RunChoices(), (), print)

    def interrupted() -> Iterator[Batch]:
        yield from ()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), JudgingProcesses(material.setup, 2) as processes:
        list(processes.judged(interrupted()))
    assert all(worker._process.poll() is not None for worker in processes._workers)


def test_descriptions_that_cannot_be_read_again_are_used_in_one_process(run_folder: Path) -> None:
    setup = judged_material(run_folder / RECORD_NAME, RunChoices(), (), print).setup
    assert setup.is_repeatable
    for spec in ("-", "https://h/openapi.yaml"):
        assert not replace(setup, choices=RunChoices(specs=(spec,))).is_repeatable


def test_named_headers_are_masked_in_every_line_in_any_process(run_folder: Path) -> None:
    record = read_record(run_folder / RECORD_NAME)
    response = record.exchanges[0].response
    assert response is not None
    name, value = next((name, value) for name, value in response.headers if "request-id" in name.lower())
    har = run_folder.parent / "run.har"
    har.write_text(har_text(summarize(record), record), encoding="utf-8")
    for source in (run_folder / RECORD_NAME, har):
        material = judged_material(source, RunChoices(), (name,), print)
        setup: JudgeSetup = pickle.loads(pickle.dumps(material.setup))
        judge = setup.batch_judge(material.judge)
        lines = [line for unit in material.units for _, line in judge(unit).exchanges]
        assert value.encode() in source.read_bytes()
        assert len(lines) == len(record.exchanges)
        assert not any(value.encode() in line for line in lines)


def test_rejects_a_number_of_processes_below_one(run_folder: Path) -> None:
    with pytest.raises(ConformanceError, match="jobs must be at least 1"):
        api.judge(run_folder, jobs=0)


def test_the_lines_of_a_large_record_are_those_of_the_file(run_folder: Path) -> None:
    file = run_folder / RECORD_NAME
    held, stored = read_record(file), read_record(file, most_held=0)
    assert isinstance(stored.exchanges, StoredLines)
    assert held == stored
    assert stored.exchanges[-1] == held.exchanges[-1]
    assert stored.exchanges[1:3] == held.exchanges[1:3]
