"""Measure generated requests per second, and requests sent and judged, beside Schemathesis.

    python benchmarks/generation.py [EXAMPLES]

For the chat operation of the newest stable document, one after the other on the same machine:

- generation: our strategies (half valid, half invalid requests) and those of Schemathesis, positive and
  negative, from `operation.as_strategy`;
- the whole path: these requests sent to an emulator on loopback, eight at a time, each response judged by
  every rule; beside it `st run` for the same operation and emulator, with its own checks.

Generation is measured in processor time, the whole path in wall-clock time.
"""

from __future__ import annotations

import asyncio
import copy
import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.generation import GenerationMode

from aoai_conformance.engine.client import Client
from aoai_conformance.engine.runner import Runner
from aoai_conformance.judging.judged import Judge
from aoai_conformance.rule import rules
from aoai_conformance.target.choice import emulator_target
from aoai_conformance.target.emulator_process import EmulatorProcess, EmulatorSettings
from aoai_model.case import Case
from aoai_specs.catalogue import Catalogue
from aoai_specs.document import Document, Operation
from aoai_strategies.generation.deterministic import draw_examples
from aoai_strategies.generation.generating import generated_requests
from aoai_strategies.points.points import OperationPoints


def rate(work: Callable[[], int], clock: Callable[[], float]) -> float:
    """Return how many items per second some work produces; it returns their number."""
    start = clock()
    count = work()
    return count / (clock() - start)


def report(title: str, found: float, other: float | None = None) -> None:
    ratio = "" if other is None else f"   {found / other:6.1f} times as many"
    print(f"{title:<58} {found:>9.1f} per second{ratio}")


def time_generation(operation: Operation, examples: int) -> None:
    """Compare the generation of requests, after a warm-up that builds the strategies."""
    described = schemathesis.openapi.from_dict(
        copy.deepcopy(dict(operation.document.content)), config=SchemathesisConfig()
    ).find_operation_by_id(operation.id)
    points = OperationPoints.of(operation)
    list(generated_requests(points, 1, 1))
    ours = rate(lambda: len(list(generated_requests(points, 0, examples))), time.process_time)
    found: dict[str, float] = {}
    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
        strategy = described.as_strategy(generation_mode=mode)
        draw_examples(strategy, seed=1, count=1)
        few = max(10, examples // 10)
        found[mode.value] = rate(
            lambda s=strategy, n=few: len(draw_examples(s, seed=0, count=n)), time.process_time
        )  # type: ignore[misc]
    theirs = 2 / sum(1 / each for each in found.values())  # half of each, like ours
    for mode_name, each in found.items():
        report(f"Schemathesis, {mode_name}", each)
    report("Schemathesis, half of each", theirs)
    report("ours, half valid and half invalid", ours, theirs)


def time_the_whole_path(document: Document, operation: Operation, url: str, examples: int) -> float:
    """Generate, send and judge; return requests per second."""

    def generated() -> list[Case]:
        points = OperationPoints.of(operation)
        some = points.requests.base_case()
        return [
            Case(
                f"chat/{one.name}", some.document, operation.id, operation.kind, one.request,
                one.point.expect, (one.point,), "generated", some.base,
            )
            for one in generated_requests(points, 0, examples)
        ]  # fmt: skip

    async def sent() -> int:
        judge = Judge({str(document.name): document}, rules())
        count = 0
        async with Client(emulator_target(url), {str(document.name): document.base_path}) as client:
            async for _ in Runner(client, judge).run(generated()):
                count += 1
        return count

    return rate(lambda: asyncio.run(sent()), time.perf_counter)


def time_st_run(document: Document, operation: Operation, url: str, examples: int) -> float:
    """Run `st run` for the operation with its own checks and eight workers; return requests per second."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "document.json").write_text(json.dumps(document.content), encoding="utf-8")
        version = document.name.version.text
        (place / "schemathesis.toml").write_text(
            'headers = { api-key = "emulator" }\n'
            f'parameters = {{ "path.deployment-id" = "gpt-4o", "query.api-version" = "{version}" }}\n',
            encoding="utf-8",
        )
        start = time.perf_counter()
        finished = subprocess.run(
            [
                *(Path(sys.executable).with_name("st"), "run", "document.json", "--url", f"{url}/openai"),
                *("--include-operation-id", operation.id, "--phases", "fuzzing", "--mode", "all"),
                *("--max-examples", str(examples), "--continue-on-failure", "--workers", "8", "--no-color"),
            ],
            cwd=place,
            capture_output=True,
            text=True,
            check=False,
        )
        seconds = time.perf_counter() - start
    generated_count = re.search(r"(\d+) generated", finished.stdout)
    if generated_count is None:
        raise SystemExit(finished.stdout[-2000:] + finished.stderr[-2000:])
    return int(generated_count[1]) / seconds


def main(examples: int) -> None:
    document = Catalogue.packaged().load("azure-openai@2024-10-21")
    operation = next(one for one in document.operations.values() if one.kind == "chat")
    time_generation(operation, examples)
    with EmulatorProcess((EmulatorSettings(),), api_versions=(str(document.name),)) as process:
        url = process.urls[0]
        theirs = time_st_run(document, operation, url, examples)
        ours = time_the_whole_path(document, operation, url, examples)
    report("st run: generated, sent, checked by its own checks", theirs)
    report("ours: generated, sent, judged by every rule", ours, theirs)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
