"""What a worker does: runs one task of a fleet, or continues it from the record of a worker that was lost."""

from __future__ import annotations

import json
import shutil
import tempfile
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from aoai_conformance.fleet.record_copy import RecordCopy, restore, upload
from aoai_conformance.fleet.storage import Storage, open_storage
from aoai_conformance.fleet.tasks import RunTask
from aoai_conformance.redaction.secrets import without_known_secrets
from aoai_conformance.run.resumption import read_choices
from aoai_reports.fleet.result import NOT_TESTED, TaskResult, failed, read_result, result_json, result_of
from aoai_reports.record.reader import Record
from aoai_reports.results.summary import Summary
from aoai_reports.run_folder import RECORD_NAME
from aoai_specs.errors import ConformanceError, OutputError
from aoai_strategies.planning.plan_cache import PlanCache

#: The plan of a fleet, which a worker must see in the folder that it writes to.
PLAN_NAME = "plan.json"
#: The result of a task, written last.
RESULT_NAME = "result.json"


@dataclass(frozen=True, slots=True)
class Finished:
    """A finished task: its result, whether it continued what a lost worker had begun, and what went wrong."""

    result: TaskResult
    resumed: bool = False
    remark: str = ""


def run_task(task: RunTask, out: str, plans: PlanCache | None = None) -> Finished:
    """Run a task, write its folder below `out` and return its result; a task with a result is not run again.

    `plans` keeps the plans of tasks for further ones. Never raises: an exception would carry texts of the
    target into the logs of the cluster.
    """
    try:
        storage = open_storage(out)
        _require_plan(storage)
        earlier = storage.read(f"{task.folder}/{RESULT_NAME}")
        if earlier is not None:
            result = read_result(json.loads(earlier), storage.place(f"{task.folder}/{RESULT_NAME}"))
            if result.verdict != NOT_TESTED:
                return Finished(result)
        with _folder_of(task, storage) as folder:
            finished = _run(task, folder, storage, plans)
        text = json.dumps(result_json(finished.result), ensure_ascii=False, indent=2) + "\n"
        storage.write(f"{task.folder}/{RESULT_NAME}", text.encode())
    except ConformanceError as error:
        return Finished(_failed(task, str(error), error.exit_code))
    except Exception:  # noqa: BLE001 - a bug in one task must not end those of the others
        return Finished(_failed(task, f"A bug in aoai-conformance: {traceback.format_exc()}"))
    return finished


def _require_plan(storage: Storage) -> None:
    """Raise OutputError if the plan of the fleet is not in the folder, which is then that of this machine."""
    if storage.read(PLAN_NAME) is None:
        raise OutputError(
            f"This worker cannot see {storage.place(PLAN_NAME)}; use a folder that all workers share, or an "
            "object store."
        )


def lost(task: RunTask) -> Finished:
    """Return the outcome of a task whose workers were lost again and again."""
    return Finished(_failed(task, "The task lost its worker again and again; its record was kept."))


def _failed(task: RunTask, error: str, code: int = 3) -> TaskResult:
    return failed(
        target=task.target,
        document=task.document,
        error=without_known_secrets(error),
        code=code,
    )


def _run(task: RunTask, folder: Path, storage: Storage, plans: PlanCache | None) -> Finished:
    """Run the task in its folder, or resume it. Raises ConformanceError as `api.run` does."""
    from aoai_conformance import api

    choices = read_choices(task.choices)
    is_begun = _has_header(folder / RECORD_NAME)
    if is_begun:
        ran = api.resume(folder, plans=plans, history=task.history)
    else:
        shutil.rmtree(folder, ignore_errors=True)  # nothing was sent before the header was written
        options: Any = {each.name: getattr(choices, each.name) for each in fields(choices)}
        ran = api.run(plans=plans, **{**options, "out": folder, "history": task.history})
    error = ran.history_error or _correct_place(task, ran.record, ran.summary, storage)
    result = result_of(
        ran.summary,
        target=task.target,
        document=task.document,
        folder=task.folder,
        interrupted=ran.record.interrupted,
    )
    return Finished(result, resumed=is_begun, remark=without_known_secrets(error))


def _has_header(record: Path) -> bool:
    """Whether a record has a complete line."""
    try:
        with record.open("rb") as opened:
            return opened.readline().endswith(b"\n")
    except FileNotFoundError:
        return False


def _correct_place(task: RunTask, record: Record, summary: Summary, storage: Storage) -> str:
    """Make the history name the record in the object store; return why that failed."""
    if task.history is None or storage.local is not None:
        return ""
    from aoai_reports.history.entry import entry_of
    from aoai_reports.history.store import History, HistoryError

    place = storage.place(f"{task.folder}/{RECORD_NAME}")
    try:
        History(task.history).add(entry_of(record, place, summary))
    except HistoryError as error:
        return f"The run was not added to the history. {error}"
    return ""


@contextmanager
def _folder_of(task: RunTask, storage: Storage) -> Iterator[Path]:
    """A context with the folder of a task on this machine.

    For an object store, it is a temporary one, into which the files of an earlier attempt are downloaded. Its
    record is copied while it grows, and all files are uploaded at the end.
    """
    if storage.local is not None:
        yield storage.local / task.folder
        return
    with tempfile.TemporaryDirectory(prefix="aoai-fleet-") as temporary:
        folder = Path(temporary) / "run"
        folder.mkdir()
        restore(storage, task.folder, folder)
        with RecordCopy(storage, task.folder, folder) as copy:
            yield folder
        upload(storage, task.folder, folder)
        copy.delete_parts()
