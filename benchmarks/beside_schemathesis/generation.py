"""Measure generated requests per second, and sent and judged ones, beside Schemathesis.

`python -m benchmarks --only generation` measures, for the chat operation of the newest stable document:

- generation: our strategies, and those of Schemathesis from `operation.as_strategy`, half of the requests
  valid and half invalid, per second of processor time;
- the whole path: our requests sent to an emulator on loopback, eight at a time, each response judged by every
  rule; beside it `st run` with its own checks, for the same operation and emulator, per elapsed second.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.runner.measuring import run_command
from benchmarks.runner.peers import PeerUnavailableError
from benchmarks.runner.rows import Row, Session

from aoai_conformance.engine.client import Client
from aoai_conformance.engine.runner import Runner
from aoai_conformance.judging.judged import Judge
from aoai_conformance.rule import rules
from aoai_conformance.target.choice import emulator_target
from aoai_conformance.target.emulator_process import EmulatorProcess, EmulatorSettings
from aoai_model.case import Case
from aoai_specs.catalogue import Catalogue
from aoai_specs.document import Document, Operation
from aoai_strategies.generation.generating import generated_requests
from aoai_strategies.points.points import OperationPoints

DOCUMENT = "azure-openai@2024-10-21"
EXAMPLES = 150
#: Schemathesis takes so much longer that fewer of its examples suffice for a rate.
THEIR_EXAMPLES = 40
_RATE_SCRIPT = Path(__file__).with_name("their_rate.py")


def rate(work: Callable[[], int], clock: Callable[[], float]) -> float:
    """Return how many items per second some work produces; it returns their number."""
    start = clock()
    count = work()
    return count / (clock() - start)


def generation_rate(operation: Operation) -> float:
    """Return our generated requests per second of processor time."""
    points = OperationPoints.of(operation)
    list(generated_requests(points, 1, 1))  # builds the strategies, as for Schemathesis
    return rate(lambda: len(list(generated_requests(points, 0, EXAMPLES))), time.process_time)


def whole_path_rate(document: Document, operation: Operation, url: str) -> float:
    """Generate, send and judge; return requests per second."""

    def generated() -> list[Case]:
        points = OperationPoints.of(operation)
        some = points.requests.base_case()
        return [
            Case(
                f"chat/{one.name}", some.document, operation.id, operation.kind, one.request,
                one.point.expect, (one.point,), "generated", some.base,
            )
            for one in generated_requests(points, 0, EXAMPLES)
        ]  # fmt: skip

    async def sent() -> int:
        judge = Judge({str(document.name): document}, rules())
        count = 0
        async with Client(emulator_target(url), {str(document.name): document.base_path}) as client:
            async for _ in Runner(client, judge).run(generated()):
                count += 1
        return count

    return rate(lambda: asyncio.run(sent()), time.perf_counter)


def st_run_rate(program: Path, folder: Path, operation: Operation, url: str) -> float:
    """Run `st run` for the operation with its own checks and eight workers; return requests per second."""
    done = run_command(
        [
            *(str(program), "run", "document.json", "--url", f"{url}/openai"),
            *("--include-operation-id", operation.id, "--phases", "fuzzing", "--mode", "all"),
            *("--max-examples", str(THEIR_EXAMPLES), "--continue-on-failure", "--workers", "8", "--no-color"),
        ],
        cwd=folder,
    )
    generated = re.search(r"(\d+) generated", done.stdout)
    seconds = re.search(r" in ([\d.]+)s =+\s*$", done.stdout)  # without its start
    if generated is None or seconds is None:
        raise ValueError(f"st run generated nothing: {done.stdout[-300:]}")
    return int(generated[1]) / float(seconds[1])


def measure(session: Session) -> Iterator[Row]:
    """Yield the two rates."""
    document = Catalogue.packaged().load(DOCUMENT)
    operation = next(one for one in document.operations.values() if one.kind == "chat")
    (session.folder / "document.json").write_text(json.dumps(document.content), encoding="utf-8")
    version = document.name.version.text
    (session.folder / "schemathesis.toml").write_text(
        'headers = { api-key = "emulator" }\n'
        f'parameters = {{ "path.deployment-id" = "gpt-4o", "query.api-version" = "{version}" }}\n',
        encoding="utf-8",
    )
    with EmulatorProcess((EmulatorSettings(),), api_versions=(str(document.name),)) as process:
        url = process.urls[0]
        generating: dict[str, Callable[[], float]] = {"ours": lambda: generation_rate(operation)}
        whole: dict[str, Callable[[], float]] = {"ours": lambda: whole_path_rate(document, operation, url)}
        remark = ""
        try:
            program, python = (session.peers.program("schemathesis", name) for name in ("st", "python"))
            script = [str(python), str(_RATE_SCRIPT), "document.json", operation.id, str(THEIR_EXAMPLES)]
            generating["theirs"] = lambda: float(run_command(script, cwd=session.folder).stdout)
            whole["theirs"] = lambda: st_run_rate(program, session.folder, operation, url)
        except PeerUnavailableError as error:
            remark = str(error)
        peer = session.peers.title("schemathesis")
        samples = session.alternate(generating)
        yield Row(
            "generate requests for chat, half of them invalid", "requests per s of processor time",
            samples["ours"], samples.get("theirs", ()), peer, remark,
        )  # fmt: skip
        samples = session.alternate(whole)
        yield Row(
            "generate, send and judge (theirs: check)", "requests per s", samples["ours"],
            samples.get("theirs", ()), peer, remark,
        )  # fmt: skip
