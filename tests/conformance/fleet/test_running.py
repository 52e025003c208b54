"""A worker runs a task once, continues that of a lost worker, and returns every failure as a result."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from fsspec.implementations.memory import MemoryFileSystem

from aoai_conformance import api
from aoai_conformance.fleet.running import PLAN_NAME, RESULT_NAME, run_task
from aoai_conformance.fleet.storage import open_storage
from aoai_conformance.fleet.tasks import RunTask, TaskPlanner
from aoai_conformance.options import RunChoices
from aoai_conformance.redaction.secrets import remember
from aoai_reports.fleet.result import failed, result_json
from aoai_strategies.planning.plan_cache import PlanCache

CANARY = "canary-0a1b2c3d4e5f60718293"
RECORD = "prod/azure-openai@2024-10-21/record.ndjson"


@pytest.fixture(autouse=True)
def _stores() -> Iterator[None]:
    MemoryFileSystem.store.clear()
    for name in ("whole", "lost"):
        open_storage(f"memory://{name}").write(PLAN_NAME, b"{}")
    yield
    MemoryFileSystem.store.clear()


def recorded(lines: list[bytes]) -> Counter[tuple[str, bytes]]:
    """The requests in the lines of a record; attempts to reduce a failing one may be repeated."""
    exchanges = (each for each in map(json.loads, lines) if each["type"] == "exchange" and each["attempts"])
    return Counter(
        (each["request"]["url"].partition("/openai")[2], each["request"]["body"]["text"].encode())
        for each in exchanges
        if (each.get("derived") or {}).get("kind") != "trial"
    )


def task_for(url: str) -> RunTask:
    choices = RunChoices(
        target=url, deployments=("chat=x",), api_key_env="K", rules=("BOUNDARY-003",), profile="smoke"
    )
    (task,) = TaskPlanner().tasks_of("prod", choices)
    return task


def test_a_task_continues_from_the_record_of_a_lost_worker(
    serve: Any, reply: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    log: list[tuple[str, bytes]] = []

    def answer(request: Any) -> list[Any]:
        log.append((request.target.partition("/openai")[2], request.body))
        return [reply(200, {"id": "same"})]

    monkeypatch.setenv("K", "key-of-this-test")
    task, plans = task_for(serve(answer).url), PlanCache()
    whole = run_task(task, "memory://whole", plans)
    sent, store = Counter(log), open_storage("memory://lost")
    record = open_storage("memory://whole").read(RECORD)
    assert record is not None
    lines = record.splitlines(keepends=True)
    store.write(f"{task.folder}/record.parts/000001-{0:015}", b"".join(lines[: len(lines) // 2]))
    log.clear()

    resumed = run_task(task, "memory://lost", plans)

    assert (whole.resumed, resumed.resumed) == (False, True)
    assert resumed.result == whole.result
    assert log
    assert Counter(log) + recorded(lines[: len(lines) // 2]) <= sent, "a recorded request was sent again"
    assert store.names("prod") == open_storage("memory://whole").names("prod")

    log.clear()
    monkeypatch.setattr(api, "run", None)
    assert run_task(task, "memory://lost").result == whole.result
    assert log == []


def test_a_worker_that_does_not_see_the_folder_says_so() -> None:
    finished = run_task(task_for("http://127.0.0.1:9"), "memory://elsewhere")
    assert (finished.result.code, finished.result.verdict) == (2, "not tested")
    assert "a folder that all workers share" in finished.result.error


def test_a_target_that_does_not_respond_is_a_result_with_its_reason() -> None:
    finished = run_task(task_for("http://127.0.0.1:9"), "memory://lost")
    assert (finished.result.code, finished.result.verdict) == (3, "not tested")
    assert "No response from http://127.0.0.1:9" in finished.result.error
    assert open_storage("memory://lost").read(f"{finished.result.folder}/{RESULT_NAME}") is None


def test_a_target_that_could_not_be_tested_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    task, store = task_for("http://127.0.0.1:9"), open_storage("memory://lost")
    earlier = failed(target=task.target, document=task.document, error="earlier")
    store.write(f"{task.folder}/{RESULT_NAME}", json.dumps(result_json(earlier)).encode())
    assert "No response" in run_task(task, "memory://lost").result.error


def test_a_bug_is_a_result_without_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_: object) -> None:
        remember(CANARY)
        raise RuntimeError(f"the key {CANARY} is wrong")

    monkeypatch.setattr(api, "run", fail)
    finished = run_task(task_for("http://127.0.0.1:9"), "memory://lost")
    assert finished.result.error.startswith("A bug in aoai-conformance: Traceback")
    assert CANARY not in repr(finished)
