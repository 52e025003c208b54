"""The Dask cluster of a fleet: one on this machine, or the one of a scheduler that the user names."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any, Generic, Protocol, TypeVar

from aoai_specs.errors import MissingExtraError, TargetError

_LOOPBACK = "127.0.0.1"
#: How often a task is begun again that Dask has given up, which it does once the task has lost four workers.
MOST_RENEWALS = 2
_CONNECT_SECONDS = "30s"
#: How many tasks are submitted before the first of them ends: for each thread of a worker, and at least.
_AHEAD = 3
_FEWEST_SUBMITTED = 4


class Identified(Protocol):
    """A task, which the cluster names by its id."""

    @property
    def id(self) -> str:
        """Identifies the task."""


Task = TypeVar("Task", bound=Identified)
Outcome = TypeVar("Outcome")


@dataclass(slots=True)
class DaskPool(Generic[Task, Outcome]):
    """Submits tasks as calls of `function` to the workers of a client.

    A task whose worker is lost is begun again on another worker; `lost` makes the outcome of one that loses
    its worker again and again. Raises TargetError if the scheduler is lost.
    """

    client: Any
    function: Callable[[Task], Outcome]
    lost: Callable[[Task], Outcome]
    _tasks: dict[str, tuple[Task, int]] = field(default_factory=dict)
    _completed: Any = None

    def submit(self, task: Task) -> None:
        """Begin a task, as soon as a worker is free."""
        self._submit(task, 0)

    def most_submitted(self) -> int:
        """Return how many tasks keep every worker busy; more of them let a cluster grow that can."""
        workers = self.client.scheduler_info(n_workers=-1)["workers"].values()
        threads: int = sum(each["nthreads"] for each in workers)
        return max(_FEWEST_SUBMITTED, _AHEAD * threads)

    def next_finished(self) -> tuple[str, Outcome]:
        """Wait until a task finishes; return its id and its outcome."""
        from distributed import KilledWorker

        while True:
            future = next(self._completed)
            task, renewals = self._tasks.pop(future.key)
            if future.status == "finished":
                outcome: Outcome = future.result()
                return task.id, outcome
            error = future.exception() if future.status == "error" else None
            if isinstance(error, KilledWorker) and renewals < MOST_RENEWALS:
                self._submit(task, renewals + 1)
            elif isinstance(error, KilledWorker):
                return task.id, self.lost(task)
            elif error is None:
                raise TargetError("The connection to the scheduler was lost; continue with --resume.")
            else:
                raise error

    def _submit(self, task: Task, renewals: int) -> None:
        from distributed import as_completed

        if self._completed is None:
            self._completed = as_completed(loop=self.client.loop)
        future = self.client.submit(self.function, task, key=f"{task.id}#{renewals}", pure=False)
        self._tasks[future.key] = task, renewals
        self._completed.add(future)


@dataclass(frozen=True, slots=True)
class Cluster:
    """A running cluster: the client of its scheduler, and the sentence that says where to watch it."""

    client: Any
    introduction: str


def require_dask() -> None:
    """Raise MissingExtraError if Dask is not installed."""
    if find_spec("distributed") is None:
        raise MissingExtraError("fleet", "A fleet")


@contextmanager
def open_cluster(workers: int | None, scheduler: str | None) -> Iterator[Cluster]:
    """A context with the cluster of a scheduler, or with one on this machine that ends with the context.

    A cluster on this machine has processes with one thread each, by default one for each processor. It
    listens on the loopback interface only, and accepts connections from its own processes only. Raises
    MissingExtraError without Dask, and TargetError if the workers or the scheduler do not respond.
    """
    try:
        from distributed import Client, LocalCluster
    except ImportError as error:
        raise MissingExtraError("fleet", "A fleet") from error
    if scheduler is not None:
        try:
            client = Client(scheduler, timeout=_CONNECT_SECONDS, set_as_default=False)
        except (OSError, ValueError, TimeoutError) as error:
            raise TargetError(f"Cannot reach the scheduler at {scheduler}: {error}") from error
        try:
            yield Cluster(client, _introduction(client))
        finally:
            _close(client.close)
        return
    try:
        cluster = LocalCluster(
            n_workers=workers or os.cpu_count() or 1,
            threads_per_worker=1,
            processes=True,
            host=_LOOPBACK,
            dashboard_address=f"{_LOOPBACK}:0",
            security=True,  # any user of this machine could connect otherwise, and run code as this one
            silence_logs=logging.CRITICAL,
        )
    except (OSError, RuntimeError, TimeoutError) as error:
        raise TargetError(f"The workers could not be started: {error}") from error
    try:
        client = Client(cluster, set_as_default=False)
        try:
            yield Cluster(client, _introduction(client))
        finally:
            _close(client.close)
    finally:
        _close(cluster.close)


def _close(close: Callable[[], object]) -> None:
    """Close a part of the cluster: what does not end in time ends with this process, and loses no result."""
    with suppress(OSError, TimeoutError):
        close()


def _introduction(client: Any) -> str:
    """The number of workers and the address of the dashboard, which needs Bokeh."""
    workers = len(client.scheduler_info(n_workers=-1)["workers"])
    noun = "worker" if workers == 1 else "workers"
    link = str(client.dashboard_link)
    if find_spec("bokeh") is not None:
        return f"{workers:,} {noun}; dashboard: {link}"
    pages = link.removesuffix("/status") + "/info/main/workers.html"
    return f"{workers:,} {noun}; workers and tasks: {pages} (`pip install bokeh` adds the dashboard)"
