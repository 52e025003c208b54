"""How many processes judge."""

from __future__ import annotations

import os
from typing import Literal, TypeAlias

from aoai_specs.errors import ConformanceError

#: `auto` takes all processors for many exchanges, and no process besides this one for few.
Jobs: TypeAlias = int | Literal["auto"]
AUTO: Literal["auto"] = "auto"
MOST_JOBS = 256
#: From so many exchanges on, further processes save more time than they need to start.
WORTH_PROCESSES = 4000


def valid_jobs(jobs: Jobs) -> Jobs:
    """Return a number of processes, or `auto`. Raises ConformanceError for a number below 1."""
    if jobs != AUTO and jobs < 1:
        raise ConformanceError(f"jobs must be at least 1 or {AUTO!r}, not {jobs}.")
    return jobs


def number_of_processes(jobs: Jobs, exchanges: int) -> int:
    """Return how many processes judge a number of exchanges; 1 is this one."""
    if jobs != AUTO:
        return jobs
    return min(_processors(), MOST_JOBS) if exchanges >= WORTH_PROCESSES else 1


def _processors() -> int:
    """The number of processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
