"""Parts of a recording are judged separately, and the joined result is that of the whole."""

from __future__ import annotations

import pickle
import random
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from aoai_conformance import api
from aoai_conformance.options import RunChoices
from aoai_conformance.recording.parallel.batches import Batch, in_batches
from aoai_conformance.recording.parallel.partitions import (
    PartialResult,
    Partition,
    join_headers,
    join_results,
    judge_partition,
    partitions_of,
    record_of,
)
from aoai_conformance.recording.parallel.record_index import index_file, index_record
from aoai_reports.record.reader import Record, read_record
from aoai_reports.report_formats import RUN_REPORTS
from aoai_reports.results.summary import summarize
from aoai_reports.run_folder import RECORD_NAME


@pytest.fixture(scope="module")
def judged(run_folder: Path) -> Record:
    """Return the record as judged in one piece."""
    return api.judge(run_folder, jobs=1).record


def _reports(record: Record) -> dict[str, str]:
    """Return the reports that need no lines; where a run ended is that of another run."""
    summary = summarize(record)
    return {
        name: RUN_REPORTS[name].render(summary, record) for name in ("json", "junit", "causes", "terminal")
    }


def _joined(run_folder: Path, most: int, order: random.Random) -> Record:
    divided = partitions_of(run_folder / RECORD_NAME, RunChoices(), name=("run",), most=most)
    results = [judge_partition(_sent(part)) for part in divided.parts]
    order.shuffle(results)
    footer = divided.footer
    assert footer is not None
    return record_of(divided.header, join_results(results), ended=footer.ended, seconds=footer.seconds)


def _sent(partition: Partition) -> Partition:
    """Return a partition as it arrives in another process."""
    arrived: Partition = pickle.loads(pickle.dumps(partition))
    return arrived


@pytest.mark.parametrize("most", [1, 7])
def test_joined_results_are_those_of_the_whole_in_any_division_and_order(
    run_folder: Path, judged: Record, most: int
) -> None:
    joined = _joined(run_folder, most, random.Random(most))
    assert not joined.exchanges
    assert _reports(joined) == _reports(judged)


def test_the_run_violates_rules_about_exchanges_and_about_scenarios(judged: Record) -> None:
    assert any(line.violations for line in judged.exchanges)
    assert any(line.violations for line in judged.scenarios)


def test_partial_results_are_sent_between_processes(run_folder: Path) -> None:
    divided = partitions_of(run_folder / RECORD_NAME, RunChoices(), name=("run",))
    (part,) = divided.parts
    result = judge_partition(part)
    arrived: PartialResult = pickle.loads(pickle.dumps(result))
    assert summarize(record_of(divided.header, arrived)) == summarize(record_of(divided.header, result))


def test_the_steps_of_a_scenario_stay_together(run_folder: Path, judged: Record) -> None:
    batches = list(in_batches(index_file(run_folder / RECORD_NAME).units(), 1))
    scenario_of = {number: line.scenario for number, line in enumerate(judged.exchanges)}
    together: dict[str, set[int]] = {}
    for place, batch in enumerate(batches):
        for number, _ in batch.exchanges:
            step = scenario_of[number]
            if step is not None:
                together.setdefault(step.id, set()).add(place)
    assert together
    assert all(len(places) == 1 for places in together.values())


def test_every_exchange_is_in_one_batch(run_folder: Path) -> None:
    record = read_record(run_folder / RECORD_NAME)
    for units in (index_file(run_folder / RECORD_NAME).units(), index_record(record).units()):
        assert sorted(_numbers(units)) == list(range(len(record.exchanges)))


def _numbers(units: Iterable[Batch]) -> list[int]:
    return [number for unit in units for number, _ in unit.exchanges]


def test_headers_are_joined_in_any_order(judged: Record) -> None:
    other = replace(judged.header, documents=("azure-openai@2024-06-01",), started="2020-01-01T00:00:00.000Z")
    joined = join_headers([judged.header, other], "2 recordings")
    assert joined == join_headers([other, judged.header], "2 recordings")
    assert joined.documents == ("azure-openai@2024-06-01", *judged.header.documents)
    assert joined.started == other.started


def test_a_batch_has_fewer_exchanges_if_they_are_large() -> None:
    units = [Batch(((number, number),), size=1024 * 1024) for number in range(8)]
    assert [len(batch.exchanges) for batch in in_batches(units, 10)] == [2, 2, 2, 2]
