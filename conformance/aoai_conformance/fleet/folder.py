"""The folder of a fleet: its plan, the results of its tasks, and the reports that follow from them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import aoai_conformance
from aoai_conformance.fleet.running import PLAN_NAME, RESULT_NAME
from aoai_conformance.fleet.storage import Storage
from aoai_model.serialization import Json
from aoai_reports.fleet.page import fleet_html
from aoai_reports.fleet.result import NOT_TESTED, TaskResult, read_result, result_json
from aoai_reports.fleet.summary import FleetSummary, merge
from aoai_reports.fleet.text import fleet_text
from aoai_specs.errors import ConformanceError, OutputError

PLAN_SCHEMA = "aoai-conformance/fleet-plan/v1"
SUMMARY_NAME = "fleet.json"
PAGE_NAME = "index.html"
TEXT_NAME = "fleet.txt"
#: How many results are read at the same time: an object store takes a while to respond.
_READERS = 16


@dataclass(frozen=True, slots=True)
class FleetPlan:
    """What a fleet does: `kind` is `run` or `judge`, `tasks` are the public forms of its tasks."""

    kind: str
    tasks: tuple[dict[str, Json], ...]
    tool: str = ""

    def to_json(self) -> dict[str, Json]:
        """The content of plan.json."""
        return {"schema": PLAN_SCHEMA, "kind": self.kind, "tool": self.tool, "tasks": list(self.tasks)}


def plan_of(kind: str, tasks: Iterable[dict[str, Json]]) -> FleetPlan:
    """Return the plan of tasks by this version of the tool."""
    return FleetPlan(kind, tuple(tasks), f"aoai-conformance {aoai_conformance.__version__}")


def write_plan(storage: Storage, plan: FleetPlan, *, resume: bool) -> None:
    """Write the plan into a new or empty folder, or with `resume` check that it is the one that is there.

    Raises ConformanceError for a folder that holds something else.
    """
    earlier = storage.read(PLAN_NAME)
    if earlier is None and resume:
        raise ConformanceError(
            f"{storage.place('')} has no {PLAN_NAME}; --resume continues a fleet in its folder."
        )
    if earlier is None:
        if storage.names(""):
            raise OutputError(f"{storage.place('')} is not empty; choose a new or empty folder with --out.")
        storage.write(PLAN_NAME, _json_bytes(plan.to_json()))
        return
    if not resume:
        raise OutputError(
            f"{storage.place('')} has a fleet already; continue it with --resume, or choose another --out."
        )
    if json.loads(earlier) != json.loads(_json_bytes(plan.to_json())):
        raise ConformanceError(
            f"The fleet in {storage.place('')} has other tasks or is of another version; choose a new folder."
        )


def replace_plan(storage: Storage, plan: FleetPlan) -> None:
    """Replace the plan, once it is known what the tasks are about. Raises OutputError if that fails."""
    storage.write(PLAN_NAME, _json_bytes(plan.to_json()))


def read_plan(storage: Storage) -> FleetPlan:
    """Read the plan of a fleet. Raises ConformanceError if there is none, or if it is damaged."""
    content = storage.read(PLAN_NAME)
    if content is None:
        raise ConformanceError(f"{storage.place('')} is not the folder of a fleet: it has no {PLAN_NAME}.")
    data = _parsed(content, storage.place(PLAN_NAME))
    tasks = data.get("tasks") if isinstance(data, dict) and data.get("schema") == PLAN_SCHEMA else None
    if not isinstance(tasks, list) or not all(_is_task(each) for each in tasks):
        raise ConformanceError(f"{storage.place(PLAN_NAME)} is not the plan of a fleet.")
    return FleetPlan(str(data.get("kind")), tuple(tasks), str(data.get("tool")))


def write_failures(storage: Storage, results: Iterable[TaskResult]) -> None:
    """Write the results of tasks that could not test their targets; a continued fleet tries these again.

    Raises OutputError if that is not possible.
    """
    folders = {f"{task['target']}/{task['document']}": task["folder"] for task in read_plan(storage).tasks}
    for each in results:
        if each.verdict == NOT_TESTED:
            storage.write(f"{folders[each.id]}/{RESULT_NAME}", _json_bytes(result_json(each)))


def summarize_folder(storage: Storage) -> FleetSummary:
    """Merge the results in the folder of a fleet.

    Raises ConformanceError if the plan or a result is damaged.
    """
    plan = read_plan(storage)
    with ThreadPoolExecutor(_READERS) as readers:
        found = list(readers.map(lambda task: _result(storage, str(task["folder"])), plan.tasks))
    planned = [f"{task['target']}/{task['document']}" for task in plan.tasks]
    return merge((each for each in found if each is not None), planned)


def write_reports(storage: Storage, summary: FleetSummary) -> None:
    """Write fleet.json, index.html and fleet.txt. Raises OutputError if that is not possible."""
    storage.write(SUMMARY_NAME, _json_bytes(summary.to_json()))
    storage.write(PAGE_NAME, fleet_html(summary).encode("utf-8", "backslashreplace"))
    storage.write(TEXT_NAME, fleet_text(summary).encode("utf-8", "backslashreplace"))


def _result(storage: Storage, folder: str) -> TaskResult | None:
    name = f"{folder}/{RESULT_NAME}"
    content = storage.read(name)
    return (
        None if content is None else read_result(_parsed(content, storage.place(name)), storage.place(name))
    )


def _is_task(value: Any) -> bool:
    return isinstance(value, dict) and all(
        isinstance(value.get(name), str) for name in ("target", "document", "folder")
    )


def _parsed(content: bytes, place: str) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise ConformanceError(f"{place} is damaged: {error}.") from error


def _json_bytes(value: Json) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode()
