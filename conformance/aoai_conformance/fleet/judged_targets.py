"""Writes what a fleet judged: a folder with the reports of each target, and the plan that names them."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

from aoai_conformance.fleet.folder import plan_of, replace_plan
from aoai_conformance.fleet.judging import JudgedFleet, JudgedTarget
from aoai_conformance.fleet.record_copy import upload
from aoai_conformance.fleet.running import RESULT_NAME
from aoai_conformance.fleet.storage import Storage
from aoai_conformance.recording.parallel.partitions import join_headers, record_of
from aoai_model.serialization import Json
from aoai_reports.fleet.result import TaskResult, failed, result_json, result_of
from aoai_reports.formats.folder import write_run_folder
from aoai_reports.results.baseline import Baseline
from aoai_reports.results.summary import summarize

#: What the results of judged recordings name instead of a document: they may be about several.
RECORDED = "recorded traffic"
_UNSAFE = re.compile(r"[^A-Za-z0-9@._-]+")
_LONGEST_NAME = 80


def write_judged(storage: Storage, judged: JudgedFleet, baseline: Baseline, *, strict: bool) -> None:
    """Write the reports and the result of each target, and a result for each file with an error.

    Raises OutputError if that is not possible.
    """
    folders = dict(_folders([*judged.targets, *judged.errors]))
    results = [
        _write_target(storage, target, folders[target], judged.targets[target], baseline, strict=strict)
        for target in sorted(judged.targets)
    ]
    results += [
        failed(target=name, document=RECORDED, error=judged.errors[name], code=2)
        for name in sorted(judged.errors)
    ]
    for each in results:
        text = json.dumps(result_json(each), ensure_ascii=False, indent=2) + "\n"
        storage.write(f"{folders[each.target]}/{RESULT_NAME}", text.encode())
    tasks: list[dict[str, Json]] = [
        {"target": each.target, "document": RECORDED, "folder": folders[each.target]} for each in results
    ]
    replace_plan(storage, plan_of("judge", tasks))


def _write_target(
    storage: Storage, target: str, folder: str, judged: JudgedTarget, baseline: Baseline, *, strict: bool
) -> TaskResult:
    record = record_of(join_headers(judged.headers.values(), target), judged.result)
    summary = summarize(record, strict=strict, baseline=baseline)
    with tempfile.TemporaryDirectory(prefix="aoai-fleet-") as temporary:
        write_run_folder(Path(temporary), record=record, summary=summary)
        upload(storage, folder, Path(temporary))
    return result_of(summary, target=target, document=RECORDED, folder=folder)


def _folders(names: list[str]) -> Iterator[tuple[str, str]]:
    """Yield the names, each with a folder that is safe on every system and that no other name has."""
    taken: set[str] = set()
    for name in names:
        safe = _UNSAFE.sub("-", name)[:_LONGEST_NAME].strip("-.") or "target"
        numbered = (safe if number == 1 else f"{safe}-{number}" for number in range(1, len(taken) + 2))
        folder = next(each for each in numbered if each.lower() not in taken)
        taken.add(folder.lower())
        yield name, folder
