"""The file of the history: it stays whole whatever happens to those who write it."""

from __future__ import annotations

import pickle
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from tests.reports.history.files_before_alembic import write_file

from aoai_reports.history import store
from aoai_reports.history.entry import CauseSeen, DefectSeen, RunEntry
from aoai_reports.history.store import History, HistoryError

#: Adds the runs in a file to a history, one after the other.
ADDING = """
import pickle, sys
from pathlib import Path
from aoai_reports.history.store import History
for entry in pickle.loads(Path(sys.argv[2]).read_bytes()):
    History(sys.argv[1]).add(entry)
"""
#: Begins to add the runs in a file, and hangs before it is done.
HANGING = """
import pickle, sys, time
from pathlib import Path
from aoai_reports.history.store import History
def entries():
    yield from pickle.loads(Path(sys.argv[2]).read_bytes())
    print("begun", flush=True)
    time.sleep(60)
History(sys.argv[1]).rebuild(entries())
"""


def started(script: str, history: str, entries: list[RunEntry], file: Path) -> subprocess.Popen[str]:
    file.write_bytes(pickle.dumps(entries))
    command = [sys.executable, "-c", script, history, str(file)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_a_run_reads_back_as_it_was_added(history: History, make) -> None:
    history.add(make(1, broken=True, fields=("/a", "/b")))
    assert history.runs() == (make(1, broken=True, fields=("/a", "/b")),)


def test_the_causes_of_a_run_are_stored_in_their_order(history: History, make) -> None:
    causes = tuple(CauseSeen(each, f"title of {each}", "streams", "must", 3, 1) for each in ("z", "a"))
    history.add(make(1, causes=causes))
    assert history.runs()[0].causes == causes


def test_the_same_run_is_stored_once(history: History, make) -> None:
    for _ in range(2):
        history.add(make(1, broken=True))
    assert len(history.runs()) == 1


def test_runs_are_ordered_from_oldest_to_newest_whatever_the_order_of_adding(history: History, make) -> None:
    for day in (3, 1, 2):
        history.add(make(day))
    assert [run.id for run in history.runs(most=2)] == ["run-02", "run-03"]
    assert history.runs(target="another") == ()


def test_runs_with_a_label_are_found_by_it_whatever_their_url(history: History, make) -> None:
    history.add(make(1, label="gateway", target="http://old"))
    history.add(make(2, label="gateway", target="http://new"))
    history.add(make(3, target="http://new"))
    assert [run.id for run in history.runs(target="gateway")] == ["run-01", "run-02"]
    assert [run.id for run in history.runs(target="http://new")] == ["run-02", "run-03"]
    assert [run.id for run in history.runs(key="gateway")] == ["run-01", "run-02"]
    assert [run.id for run in history.runs(key="http://new")] == ["run-03"]


def test_any_text_of_any_length_is_stored(history: History, make) -> None:
    night = make(1)
    rule = night.rules[0]
    hostile = "/" + "\0'\"; DROP TABLE runs; --%s🙂" * 400
    defect = DefectSeen(rule.document, rule.operation, rule.rule, hostile, "sum", "must", hostile, 1)
    night = replace(night, defects=(defect,), target=hostile)
    history.add(night)
    assert history.runs() == (night,)


def test_many_runs_are_read_by_few_queries(history: History, make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "_TOGETHER", 2)
    runs = [make(day, broken=day % 2 == 0) for day in range(1, 6)]
    history.rebuild(runs)
    assert list(history.runs()) == runs


def test_a_run_is_found_by_a_prefix_of_its_id(history: History, make) -> None:
    history.rebuild([make(1), make(12)])
    assert history.run("run-12").id == "run-12"
    with pytest.raises(HistoryError, match=r"2 runs in .* with an id that starts with 'run-'"):
        history.run("run-")
    with pytest.raises(HistoryError, match=r"No run in .* with an id that starts with '%'"):
        history.run("%")


def test_a_rebuild_contains_only_these_runs_by_default(history: History, make) -> None:
    history.add(make(1))
    history.rebuild([make(2)], keep=True)
    assert len(history.runs()) == 2
    history.rebuild([make(3)])
    assert [run.id for run in history.runs()] == ["run-03"]


def test_a_rebuild_that_fails_changes_nothing(history: History, make) -> None:
    history.add(make(1))

    def entries():
        yield make(2)
        raise RuntimeError("killed")

    with pytest.raises(RuntimeError):
        history.rebuild(entries())
    assert [run.id for run in history.runs()] == ["run-01"]


def test_a_run_that_cannot_be_added_whole_is_not_added_at_all(history: History, make) -> None:
    history.add(make(1))
    with pytest.raises(HistoryError, match="Cannot use"):
        history.add(make(2, costs=make(1).costs * 2))
    assert [run.id for run in history.runs()] == ["run-01"]


def test_a_number_that_no_database_can_store_is_reported(history: History, make) -> None:
    history.add(make(1))
    with pytest.raises(HistoryError, match="Cannot use"):
        history.add(make(2, seed=2**70))
    assert [run.id for run in history.runs()] == ["run-01"]


def test_concurrent_runs_are_all_stored_even_if_they_migrate_an_older_file(
    place: str, tmp_path: Path, make
) -> None:
    older = 0
    if "://" not in place:
        Path(place).parent.mkdir()
        write_file(Path(place), 2)
        older = 1
    shares = [[make(2 + number * 4 + each) for each in range(4)] for number in range(2)]
    processes = [
        started(ADDING, place, share, tmp_path / f"share-{number}") for number, share in enumerate(shares)
    ]
    for process in processes:
        process.communicate(timeout=60)
        assert process.returncode == 0
    assert len(History(place).runs()) == older + 8


def test_a_killed_run_leaves_the_history_intact(history: History, place: str, tmp_path: Path, make) -> None:
    history.add(make(1))
    process = started(HANGING, place, [make(2), make(3)], tmp_path / "share")
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
    finally:
        process.kill()
        process.communicate(timeout=30)
    assert [run.id for run in history.runs()] == ["run-01"]
    history.add(make(4))
    assert len(history.runs()) == 2


def test_a_file_that_is_not_a_history_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "text"
    path.write_text("no database " * 100)
    with pytest.raises(HistoryError, match="Cannot use"):
        History(path).runs()


def test_a_missing_history_is_reported_and_not_created(tmp_path: Path) -> None:
    with pytest.raises(HistoryError, match="No history at"):
        History(tmp_path / "none").runs()
    assert not (tmp_path / "none").exists()
