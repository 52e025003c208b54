"""Recordings are found by patterns, divided and judged in any order, always with the same result."""

from __future__ import annotations

import dataclasses
import json
import random
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from fsspec.implementations.memory import MemoryFileSystem

from aoai_conformance import api
from aoai_conformance.baseline.baseline import Baseline
from aoai_conformance.cli import main
from aoai_conformance.fleet import judging
from aoai_conformance.fleet.folder import plan_of, summarize_folder, write_plan, write_reports
from aoai_conformance.fleet.judged_targets import write_judged
from aoai_conformance.fleet.judging import Outcome, judge_all, judge_task
from aoai_conformance.fleet.recordings import find_recordings, local_copy, short_names
from aoai_conformance.fleet.storage import open_storage
from aoai_conformance.options import RunChoices
from aoai_specs.errors import ConformanceError


@dataclass
class InThisProcess:
    """A pool whose tasks finish in an order of its own; `most` exchanges are judged together."""

    most: int
    seed: int | None = None
    waiting: deque[Any] = field(default_factory=deque)

    def submit(self, task: Any) -> None:
        if isinstance(task, judging.FileTask):
            task = dataclasses.replace(task, most=self.most)
        self.waiting.append(task)

    def next_finished(self) -> tuple[str, Outcome]:
        if self.seed is not None:
            self.waiting.rotate(random.Random(self.seed + len(self.waiting)).randrange(7))
        task = self.waiting.popleft()
        return task.id, judge_task(task)


@pytest.fixture(scope="module")
def traffic(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two records of one target and one of another, below one folder; one has violations."""
    folder = tmp_path_factory.mktemp("traffic")
    operation = {"profile": "smoke", "operations": ["embeddings_create"]}
    api.run(out=folder / "monday" / "run", label="prod", **operation)  # type: ignore[arg-type]
    record = (folder / "monday" / "run" / "record.ndjson").read_text()
    for name, text in {
        "tuesday": record.replace('\\"object\\": \\"list\\"', '\\"object\\": \\"set\\"'),
        "other": record.replace('"label": "prod"', '"label": "test"'),
    }.items():
        (folder / name).mkdir()
        (folder / name / "record.ndjson").write_text(text)
    return folder


def judged(files: tuple[str, ...], out: Path, pool: InThisProcess) -> dict[str, Any]:
    storage = open_storage(str(out))
    write_plan(storage, plan_of("judge", []), resume=False)
    fleet = judge_all(files, RunChoices(), pool, lambda _: None)
    write_judged(storage, fleet, Baseline(), strict=False)
    summary = summarize_folder(storage)
    write_reports(storage, summary)
    return {
        str(path.relative_to(out)): path.read_bytes() for path in sorted(out.rglob("*")) if path.is_file()
    }


def test_every_division_and_order_writes_the_same_bytes(traffic: Path, tmp_path: Path) -> None:
    files = find_recordings([f"{traffic}/**/record.ndjson"])
    whole = judged(files, tmp_path / "whole", InThisProcess(most=10**6))
    assert judged(files, tmp_path / "parts", InThisProcess(most=3, seed=2)) == whole
    assert {"prod/report.html", "test/result.json", "fleet.json", "index.html"} <= whole.keys()


def test_few_tasks_are_submitted_at_a_time_and_the_parts_of_a_record_first(traffic: Path) -> None:
    files = find_recordings([f"{traffic}/**/record.ndjson"])
    pool, most, divided = InThisProcess(most=3), [0], list[str]()

    def finished(outcome: Outcome) -> None:
        most[0] = max(most[0], len(pool.waiting))
        divided.extend([outcome.name] if outcome.parts else [])
        assert outcome.parts or outcome.name == divided[-1], "a record was divided before another was judged"

    fleet = judge_all(files, RunChoices(), pool, finished, most_submitted=lambda: 1)
    assert (most[0], len(divided)) == (0, len(files))
    for target in fleet.targets.values():
        assert len({id(each.rules) for each in target.headers.values()}) == 1


def test_the_results_are_those_of_judging_each_record(traffic: Path, tmp_path: Path) -> None:
    files = find_recordings([str(traffic / "tuesday")])
    whole = judged(files, tmp_path / "out", InThisProcess(most=3))
    alone = api.judge(traffic / "tuesday").summary
    found = json.loads(whole["prod/summary.json"])
    for key in ("verdict", "violations", "requests", "rules"):
        assert found[key] == json.loads(json.dumps(alone.to_json()))[key]


def test_a_file_that_cannot_be_judged_is_a_result_with_its_reason(traffic: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.har").write_text("{")
    files = find_recordings([str(tmp_path / "bad.har"), str(traffic / "other")])
    whole = judged(files, tmp_path / "out", InThisProcess(most=3))
    summary = json.loads(whole["fleet.json"])
    assert summary["exit_code"] == 2
    assert [each["verdict"] for each in summary["results"]].count("not tested") == 1
    assert any("bad.har" in each["error"] for each in summary["results"])


def test_the_command_requires_a_file_that_matches(tmp_path: Path) -> None:
    ended = CliRunner().invoke(
        main, ["fleet", "judge", str(tmp_path / "*.har"), "--out", str(tmp_path / "o")]
    )
    assert (ended.exit_code, "No file matches" in ended.stderr) == (2, True)


def test_patterns_find_files_and_the_records_of_folders(tmp_path: Path) -> None:
    for name in ("a/x.har", "a/b/y.har", "run/record.ndjson", "z.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    found = find_recordings([f"{tmp_path}/**/*.har", str(tmp_path / "run"), f"{tmp_path}/a/*.har"])
    assert [each[len(str(tmp_path)) + 1 :] for each in found] == ["a/b/y.har", "a/x.har", "run/record.ndjson"]


def test_the_folders_of_runs_in_an_object_store_are_their_records() -> None:
    store = open_storage("memory://night")
    for name in ("a/record.ndjson", "a/report.html", "b/record.ndjson", "plan.json", "others/1.har"):
        store.write(name, b"")
    both = ("memory:///night/a/record.ndjson", "memory:///night/b/record.ndjson")
    assert find_recordings(["memory://night/a", "memory://night/?"]) == both
    assert find_recordings(["memory://night/others"]) == ("memory:///night/others/1.har",)


def test_a_pattern_without_a_match_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(ConformanceError, match="No file matches"):
        find_recordings([f"{tmp_path}/*.har"])


def test_files_are_named_below_the_folder_that_they_share() -> None:
    assert short_names(["/t/a/1.har", "/t/b/1.har"]) == {"/t/a/1.har": "a/1.har", "/t/b/1.har": "b/1.har"}
    assert short_names(["/t/a/1.har"]) == {"/t/a/1.har": "1.har"}


def test_a_file_of_an_object_store_is_downloaded_once() -> None:
    store = open_storage("memory://traffic")
    store.write("a/1.har", b"one")
    (found,) = find_recordings(["memory://traffic/**/*.har"])
    copy = local_copy(found)
    store.write("a/1.har", b"two")
    assert (local_copy(found), copy.read_bytes(), copy.name) == (copy, b"one", "1.har")
    MemoryFileSystem.store.clear()
