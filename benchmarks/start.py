"""Measure the time from a command to its help, to its first request, and to a small comparison."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence

from benchmarks.imports import silent_server
from benchmarks.load_generator import processor_seconds
from benchmarks.runner.measuring import environment, ours, run_command
from benchmarks.runner.rows import Row, Session

SECONDS = "s of processor time"
ELAPSED = "s"
_DOCUMENT = {
    "openapi": "3.0.3",
    "info": {"title": "Small", "version": "1"},
    "paths": {"/a": {"get": {"operationId": "a", "responses": {"200": {"description": "OK"}}}}},
}


def until_first_request(arguments: Sequence[str]) -> tuple[float, float]:
    """Return the elapsed and the processor seconds from the command to the first bytes of a request.

    Raises ValueError if the command ends before.
    """
    with tempfile.TemporaryDirectory() as folder, silent_server() as (url, arrived):
        command = [ours(), "run", "--target", url, "--out", f"{folder}/run", "--history", "none", *arguments]
        # otherwise the first request asks a server on this machine what it deploys, before the plan
        command += ["--deployment", "chat=gpt-4o"]
        env = environment(AZURE_OPENAI_API_KEY="benchmark")
        begin = time.perf_counter()
        process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=env, text=True
        )
        while not arrived.wait(0.002):
            if process.poll() is not None:
                raise ValueError(f"run ended with {process.returncode} before its first request")
        elapsed, used = time.perf_counter() - begin, processor_seconds(process)
        process.kill()
        process.wait()
    return elapsed, used


def until_first_response(arguments: Sequence[str]) -> float:
    """Return the elapsed seconds from the command to the first response of the built-in emulator."""
    with tempfile.TemporaryDirectory() as folder:
        command = [ours(), "run", "--events", "-", "--out", f"{folder}/run", "--history", "none", *arguments]
        begin = time.perf_counter()
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment(), text=True
        )
        assert process.stdout is not None
        for line in process.stdout:
            if json.loads(line)["type"] == "exchange":
                break
        elapsed = time.perf_counter() - begin
        process.kill()
        process.wait()
    return elapsed


def measure(session: Session) -> Iterator[Row]:
    """Yield a row for each way to start, and one for Python itself."""
    for name in ("base", "revision"):
        content = {**_DOCUMENT, "info": {"title": name, "version": "1"}}
        (session.folder / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")
    base, revision = (str(session.folder / f"{name}.json") for name in ("base", "revision"))
    commands: dict[str, list[str]] = {
        "python -c pass": [sys.executable, "-c", "pass"],
        "--help": [ours(), "--help"],
        "run --help": [ours(), "run", "--help"],
        "diff specs, two small documents": [ours(), "diff", "specs", base, revision],
        "specs lint, a small document": [ours(), "specs", "lint", base],
    }
    sides: dict[str, Callable[[], float]] = {
        name: lambda command=command: run_command(command).processor  # type: ignore[misc]
        for name, command in commands.items()
    }
    for name, samples in session.alternate(sides).items():
        yield Row(name, SECONDS, samples)
    for profile in ("smoke", "standard"):
        used: list[float] = []

        def first(profile: str = profile, used: list[float] = used) -> float:
            elapsed, processor = until_first_request(["--profile", profile])
            used.append(processor)
            return elapsed

        name = f"run --profile {profile}, to the first request"
        elapsed = session.alternate({name: first})[name]
        yield Row(name, ELAPSED, elapsed)
        yield Row(name, SECONDS, used[1:])
    name = "run, to the first response of the built-in emulator"
    yield Row(name, ELAPSED, session.alternate({name: lambda: until_first_response([])})[name])
