"""Tasks that share a deployment never run at the same time, and few run against one host."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

import pytest

from aoai_conformance.fleet.schedule import carry_out


@dataclass(frozen=True)
class Task:
    id: str
    host: str = ""
    deployments: tuple[str, ...] = ("*",)


@dataclass
class Workers:
    """A pool that finishes a random task of those that were submitted."""

    draw: random.Random = field(default_factory=lambda: random.Random(7))
    running: list[Task] = field(default_factory=list)
    together: set[frozenset[str]] = field(default_factory=set)

    def submit(self, task: Task) -> None:
        self.running.append(task)
        self.together.add(frozenset(each.id for each in self.running))

    def next_finished(self) -> tuple[str, str]:
        task = self.running.pop(self.draw.randrange(len(self.running)))
        return task.id, f"result of {task.id}"


def run(tasks: list[Task], most_per_host: int = 1) -> tuple[Workers, list[str]]:
    workers, finished = Workers(), list[str]()
    carry_out(tasks, workers, lambda _, outcome: finished.append(outcome), most_per_host=most_per_host)
    return workers, finished


def most_at_once(workers: Workers, ids: set[str]) -> int:
    return max(len(ids & each) for each in workers.together)


def test_every_task_is_carried_out_once() -> None:
    tasks = [Task(str(number), f"h{number % 3}") for number in range(20)] + [Task("own")]
    _, finished = run(tasks)
    assert sorted(finished) == sorted(f"result of {each.id}" for each in tasks)


def test_tasks_without_a_host_all_run_at_the_same_time() -> None:
    workers, _ = run([Task(str(number)) for number in range(5)])
    assert most_at_once(workers, set("01234")) == 5


def test_one_host_runs_one_task_by_default() -> None:
    workers, _ = run([Task("a", "h", ("x",)), Task("b", "h", ("y",)), Task("c", "other", ("x",))])
    assert most_at_once(workers, {"a", "b"}) == 1
    assert most_at_once(workers, {"a", "b", "c"}) == 2


@pytest.mark.parametrize(("most", "expected"), [(2, 2), (8, 4)])
def test_a_host_runs_at_most_as_many_tasks_as_the_user_allows(most: int, expected: int) -> None:
    workers, _ = run([Task(name, "h", (name,)) for name in "abcd"], most)
    assert most_at_once(workers, set("abcd")) == expected


def test_a_shared_deployment_is_used_by_one_task_whatever_the_user_allows() -> None:
    workers, _ = run([Task("a", "h", ("x", "y")), Task("b", "h", ("y", "z")), Task("c", "h", ("z",))], 8)
    assert not any({"a", "b"} <= each or {"b", "c"} <= each for each in workers.together)
    assert any({"a", "c"} <= each for each in workers.together)


def test_a_target_without_named_deployments_has_its_host_for_itself() -> None:
    workers, _ = run([Task("a", "h"), Task("b", "h", ("x",))], 8)
    assert most_at_once(workers, {"a", "b"}) == 1
