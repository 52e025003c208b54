"""Measure commands and calls."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

TIMEOUT = 1800


@dataclass(frozen=True)
class Measured:
    """What a command used and wrote. `processor` counts its children, too, if it waited for them."""

    processor: float
    elapsed: float
    code: int
    stdout: str
    stderr: str


def environment(**more: str) -> dict[str, str]:
    """Return the environment of measured commands: bytecode is cached, and peers send no telemetry."""
    own = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**own, "REDOCLY_TELEMETRY": "off", "NO_COLOR": "1", **more}


def ours() -> str:
    """Return the command `aoai-conformance` of this Python."""
    return str(Path(sys.executable).with_name("aoai-conformance"))


def run_command(
    command: Sequence[str | Path],
    *,
    codes: Collection[int] = (0, 1),
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> Measured:
    """Run a command to its end. Raises ValueError if it ends with another code."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begin = time.perf_counter()
    done = subprocess.run(
        list(map(str, command)),
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        cwd=cwd,
        env=environment(**(env or {})),
        timeout=TIMEOUT,
    )
    elapsed = time.perf_counter() - begin
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    if done.returncode not in codes:
        said = (done.stderr or done.stdout).strip()[-300:]
        raise ValueError(f"{Path(command[0]).name} ended with {done.returncode}: {said}")
    return Measured(used, elapsed, done.returncode, done.stdout, done.stderr)


def processor_seconds_of(work: Callable[[], object]) -> float:
    """Return the processor time of a call in this process."""
    begin = time.process_time()
    work()
    return time.process_time() - begin
