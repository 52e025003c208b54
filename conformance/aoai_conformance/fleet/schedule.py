"""Decides which tasks run at the same time: never two that share a deployment, and few for one host."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from aoai_conformance.fleet.tasks import ANY_DEPLOYMENT


class Limited(Protocol):
    """A task whose address others may share."""

    @property
    def id(self) -> str:
        """Identifies the task."""

    @property
    def host(self) -> str:
        """The address that it sends to, empty if no other task can reach it."""

    @property
    def deployments(self) -> tuple[str, ...]:
        """The deployments that it uses."""


Task = TypeVar("Task", bound=Limited)
Task_contra = TypeVar("Task_contra", bound=Limited, contravariant=True)
Outcome = TypeVar("Outcome")
Outcome_co = TypeVar("Outcome_co", covariant=True)


class Pool(Protocol[Task_contra, Outcome_co]):
    """Workers that finish the submitted tasks in any order."""

    def submit(self, task: Task_contra) -> None:
        """Begin a task, as soon as a worker is free."""

    def next_finished(self) -> tuple[str, Outcome_co]:
        """Wait until a task finishes; return its id and its outcome."""


@dataclass(slots=True)
class _Host(Generic[Task]):
    """The tasks for one host: those that wait, in order, and those that run."""

    waiting: deque[Task] = field(default_factory=deque)
    running: dict[str, frozenset[str]] = field(default_factory=dict)

    def startable(self, most: int) -> Iterator[Task]:
        """Take the tasks that may begin now out of the queue, in its order."""
        for task in tuple(self.waiting):
            if len(self.running) >= most:
                return
            needed = frozenset(task.deployments)
            if not any(_overlap(needed, used) for used in self.running.values()):
                self.waiting.remove(task)
                self.running[task.id] = needed
                yield task


def _overlap(needed: frozenset[str], used: frozenset[str]) -> bool:
    return bool(needed & used) or ANY_DEPLOYMENT in needed or ANY_DEPLOYMENT in used


def carry_out(
    tasks: Iterable[Task],
    pool: Pool[Task, Outcome],
    on_finished: Callable[[Task, Outcome], None],
    *,
    most_per_host: int = 1,
) -> None:
    """Carry out tasks in the order of their hosts' queues; call `on_finished` with each as it finishes.

    At most `most_per_host` tasks with the same host run at the same time, and only if they have no deployment
    in common. Tasks without a host are not limited.
    """
    hosts: dict[str, _Host[Task]] = {}
    unfinished: dict[str, Task] = {}
    for task in tasks:
        unfinished[task.id] = task
        if task.host:
            hosts.setdefault(task.host, _Host()).waiting.append(task)
        else:
            pool.submit(task)
    for host in hosts.values():
        for task in host.startable(most_per_host):
            pool.submit(task)
    while unfinished:
        id_, outcome = pool.next_finished()
        task = unfinished.pop(id_)
        on_finished(task, outcome)
        if task.host:
            host = hosts[task.host]
            del host.running[id_]
            for following in host.startable(most_per_host):
                pool.submit(following)
