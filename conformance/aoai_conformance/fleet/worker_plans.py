"""The plans that a worker has for its further tasks: the targets of a fleet share few documents."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from distributed import WorkerPlugin, get_worker

from aoai_conformance.fleet.running import Finished, run_task
from aoai_conformance.fleet.tasks import RunTask
from aoai_strategies.planning.plan_cache import PlanCache

_NAME = "plans of aoai-conformance"


class WorkerPlans(WorkerPlugin):  # type: ignore[misc] # Dask has no types
    """Has the plans of one worker."""

    def setup(self, worker: Any) -> None:
        """Begin without plans; each worker does so when it joins the cluster."""
        del worker
        self.plans = PlanCache()


def run_with_plans(client: Any, out: str) -> Callable[[RunTask], Finished]:
    """Let each worker of a cluster keep its plans; return the function that runs a task on one of them."""
    client.register_plugin(WorkerPlans(), name=_NAME)
    return partial(_run, out=out)


def _run(task: RunTask, out: str) -> Finished:
    return run_task(task, out, get_worker().plugins[_NAME].plans)
