"""Judges recordings on the workers of a cluster: files, and parts of large records, in any order."""

from __future__ import annotations

import traceback
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

from aoai_conformance.fleet.recordings import local_copy, short_names
from aoai_conformance.fleet.schedule import Pool
from aoai_conformance.options import RunChoices
from aoai_conformance.recording.parallel.partitions import (
    PartialResult,
    Partition,
    join_results,
    judge_partition,
    partitions_of,
)
from aoai_conformance.redaction.secrets import without_known_secrets
from aoai_reports.record.lines import Header
from aoai_specs.errors import ConformanceError

#: How many exchanges a task judges at most, unless a recording cannot be divided.
MOST_EXCHANGES = 5000
#: How many tasks are in a pool at a time that does not say how many it needs.
_FEW = 16


@dataclass(frozen=True, slots=True)
class FileTask:
    """A file to judge: its path or URL, its name among all files, and the choices of the user.

    A record with more exchanges than `most` is divided first.
    """

    file: str
    name: str
    choices: RunChoices
    secret_headers: tuple[str, ...] = ()
    most: int = MOST_EXCHANGES

    @property
    def id(self) -> str:
        """Identifies the task in its fleet."""
        return self.name


@dataclass(frozen=True, slots=True)
class PartTask:
    """A part of a record to judge."""

    file: str
    name: str
    partition: Partition
    number: int

    @property
    def id(self) -> str:
        """Identifies the task in its fleet."""
        return f"{self.name} part {self.number}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a task leads to: a judged file or part, the parts of a divided record, or an error.

    `target` is what the recording is about, with the header that it would have as a record.
    """

    name: str
    target: str = ""
    header: Header | None = None
    result: PartialResult | None = None
    parts: tuple[PartTask, ...] = ()
    remarks: tuple[str, ...] = ()
    error: str = ""


def judge_task(task: FileTask | PartTask) -> Outcome:
    """Judge a file or a part of one; a record that is too large is divided instead.

    Never raises: an exception would carry texts of the recording into the logs of the cluster.
    """
    try:
        return _judge_part(task) if isinstance(task, PartTask) else _judge_file(task)
    except ConformanceError as error:
        return Outcome(task.name, error=without_known_secrets(str(error)))
    except Exception:  # noqa: BLE001 - a bug in one task must not end those of the others
        message = f"A bug in aoai-conformance: {traceback.format_exc()}"
        return Outcome(task.name, error=without_known_secrets(message))


def lost(task: FileTask | PartTask) -> Outcome:
    """Return the outcome of a task whose workers were lost again and again."""
    return Outcome(task.name, error="The task lost its worker again and again, perhaps for lack of memory.")


def _judge_file(task: FileTask) -> Outcome:
    remarks: list[str] = []
    # the mask of a record's secret headers has their values, which no other worker may be sent
    most = _ALL if task.secret_headers else task.most
    divided = partitions_of(
        local_copy(task.file),
        task.choices,
        name=(task.name,),
        most=most,
        secret_headers=task.secret_headers,
        remark=remarks.append,
    )
    outcome = Outcome(
        task.name, _target_of(task.name, divided.header), divided.header, remarks=tuple(remarks)
    )
    is_record = bool(divided.parts) and divided.parts[0].setup.source is not None
    if is_record and len(divided.parts) > 1:
        parts = (PartTask(task.file, task.name, each, number) for number, each in enumerate(divided.parts, 1))
        return replace(outcome, parts=tuple(parts))
    return replace(outcome, result=join_results(map(judge_partition, divided.parts)))


_ALL = 10**9


def _judge_part(task: PartTask) -> Outcome:
    setup = replace(task.partition.setup, source=local_copy(task.file))
    return Outcome(task.name, result=judge_partition(replace(task.partition, setup=setup)))


def _target_of(name: str, header: Header) -> str:
    """Return what a recording is about: the target of a record, otherwise the folder of the file."""
    if header.profile != "recorded":
        return header.label or header.target
    return name.rpartition("/")[0] or name


_FIELDS = tuple(each.name for each in fields(Header))


@dataclass(slots=True)
class JudgedTarget:
    """What was judged about one target so far; its size does not grow with the number of exchanges."""

    headers: dict[str, Header] = field(default_factory=dict)
    result: PartialResult = field(default_factory=PartialResult)

    def add_header(self, file: str, header: Header) -> None:
        """Add the header of a file, which shares what is equal with that of another file."""
        if file not in self.headers:
            other = next(iter(self.headers.values()), header)
            shared = {name: getattr(other, name) for name in _FIELDS if _is_same(other, header, name)}
            self.headers[file] = replace(header, **shared)


def _is_same(one: Header, other: Header, name: str) -> bool:
    """Whether a field is equal, the order of its keys included."""
    return repr(getattr(one, name)) == repr(getattr(other, name))


@dataclass(slots=True)
class JudgedFleet:
    """All judged targets by name, and the errors of files by name."""

    targets: dict[str, JudgedTarget] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)


def judge_all(
    files: Sequence[str],
    choices: RunChoices,
    pool: Pool[Any, Outcome],
    on_finished: Callable[[Outcome], None],
    *,
    secret_headers: Iterable[str] = (),
    most_submitted: Callable[[], int] = lambda: _FEW,
) -> JudgedFleet:
    """Judge files on the workers of a pool; the result does not depend on their number or their order.

    Of a record of which a part could not be judged, the other parts count, and the file has an error.
    `on_finished` is called with each outcome. At most `most_submitted` tasks are in the pool at a time, so
    that a record is judged before many others are divided.
    """
    names = short_names(files)
    waiting = deque[FileTask | PartTask](
        FileTask(each, names[each], choices, tuple(secret_headers)) for each in files
    )
    judged, about, submitted = JudgedFleet(), dict[str, tuple[str, Header]](), 0
    while waiting or submitted:
        while waiting and submitted < most_submitted():
            pool.submit(waiting.popleft())
            submitted += 1
        _, outcome = pool.next_finished()
        submitted -= 1
        waiting.extendleft(reversed(outcome.parts))
        if outcome.error:
            judged.errors.setdefault(outcome.name, outcome.error)
        if outcome.header is not None:
            about[outcome.name] = outcome.target, outcome.header
        if outcome.result is not None and outcome.name in about:
            name, header = about[outcome.name]
            target = judged.targets.setdefault(name, JudgedTarget())
            target.add_header(outcome.name, header)
            target.result = join_results([target.result, outcome.result])
            about[outcome.name] = name, target.headers[outcome.name]
        on_finished(outcome)
    return judged
