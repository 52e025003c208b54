"""What Dask reports becomes outcomes: lost workers, a lost scheduler, and a cluster that does not end."""

from __future__ import annotations

import sys
from collections import deque
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import pytest

from aoai_conformance.fleet.cluster import MOST_RENEWALS, DaskPool, open_cluster
from aoai_specs.errors import TargetError


class KilledWorker(Exception):  # noqa: N818 - its name in Dask
    """As Dask raises it for a task that lost several workers."""


@dataclass
class Future:
    key: str
    status: str
    value: Any = None

    def result(self) -> Any:
        return self.value

    def exception(self) -> Any:
        return self.value


@dataclass
class Completed:
    """Yields futures in the order in which they were added."""

    loop: object
    futures: deque[Future] = field(default_factory=deque)

    def add(self, future: Future) -> None:
        self.futures.append(future)

    def __next__(self) -> Future:
        return self.futures.popleft()


@dataclass
class Client:
    """A client whose futures end as `endings` says, one after the other."""

    endings: list[tuple[str, Any]] = field(default_factory=list)
    loop: object = None
    dashboard_link: str = "http://127.0.0.1:1/status"
    keys: list[str] = field(default_factory=list)

    def submit(self, *_: object, key: str, pure: bool) -> Future:
        assert not pure, "Dask would not run a pure task again"
        self.keys.append(key)
        return Future(key, *self.endings.pop(0))

    def scheduler_info(self, **_: object) -> dict[str, Any]:
        return {"workers": {"one": {}}}

    def close(self) -> None:
        raise TimeoutError


@dataclass(frozen=True)
class Task:
    id: str = "prod"


@pytest.fixture
def dask(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    module: Any = ModuleType("distributed")
    module.KilledWorker, module.as_completed = KilledWorker, Completed
    module.Client = lambda *_, **__: Client()
    monkeypatch.setitem(sys.modules, "distributed", module)
    return module


def pool_of(*endings: tuple[str, Any]) -> tuple[Client, DaskPool[Task, str]]:
    client = Client(list(endings))
    pool = DaskPool[Task, str](client, lambda task: task.id, lambda task: f"lost {task.id}")
    pool.submit(Task())
    return client, pool


LOST = ("error", KilledWorker())


def test_a_finished_task_has_its_outcome(dask: ModuleType) -> None:
    _, pool = pool_of(("finished", "result"))
    assert pool.next_finished() == ("prod", "result")


def test_a_task_that_dask_gives_up_is_begun_again(dask: ModuleType) -> None:
    client, pool = pool_of(LOST, ("finished", "result"))
    assert pool.next_finished() == ("prod", "result")
    assert client.keys == ["prod#0", "prod#1"]


def test_a_task_that_loses_every_worker_is_lost(dask: ModuleType) -> None:
    _, pool = pool_of(*[LOST] * (MOST_RENEWALS + 1))
    assert pool.next_finished() == ("prod", "lost prod")


def test_a_lost_scheduler_ends_the_fleet_with_advice(dask: ModuleType) -> None:
    _, pool = pool_of(("cancelled", None))
    with pytest.raises(TargetError, match="continue with --resume"):
        pool.next_finished()


def test_a_cluster_that_does_not_end_in_time_loses_no_result(dask: Any) -> None:
    class LocalCluster:
        def __init__(self, **_: object) -> None:
            pass

        def close(self) -> None:
            raise TimeoutError

    dask.LocalCluster = LocalCluster
    with open_cluster(1, None) as cluster:
        assert cluster.introduction.startswith("1 worker; ")


def test_workers_that_do_not_start_are_inconclusive(dask: Any) -> None:
    def start(**_: object) -> None:
        raise RuntimeError("Nanny failed to start.")

    dask.LocalCluster = start
    with pytest.raises(TargetError, match="could not be started: Nanny failed"), open_cluster(1, None):
        pass
    assert TargetError.exit_code == 3
