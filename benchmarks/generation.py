"""How many requests a second are generated, and how many sent and judged: ours beside Schemathesis'.

    python benchmarks/generation.py [EXAMPLES]

For the chat operation of the newest stable document, on one machine and one after the other:

- generated: our strategies (valid and invalid requests, half of each) and Schemathesis' own, positive and
  negative, as `operation.as_strategy` gives them;
- the whole path: such requests sent to an emulator on loopback, eight at a time, and each answer judged by
  every rule; beside it `st run` over the same operation of the same emulator, with Schemathesis' own checks.

Processor time for what is generated, since nothing else is done meanwhile; the clock for the whole path.
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
from aoai_conformance.target.emulator_process import EmulatorProcess, EmulatorWish
from aoai_model.case import Case
from aoai_specs.catalogue import Catalogue
from aoai_specs.document import Document, Operation
from aoai_strategies.generation.deterministic import draw_examples
from aoai_strategies.generation.generating import generated_requests
from aoai_strategies.points.points import OperationPoints


def rate(work: Callable[[], int], clock: Callable[[], float]) -> float:
    """How many things a second some work makes; it says how many it made."""
    start = clock()
    made = work()
    return made / (clock() - start)


def told(what: str, found: float, beside: float | None = None) -> None:
    ratio = "" if beside is None else f"   {found / beside:6.1f} times as many"
    print(f"{what:<58} {found:>9.1f} a second{ratio}")


def time_generation(operation: Operation, examples: int) -> None:
    """Compare what only makes requests. The first of each is not counted: it builds the strategies."""
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
    theirs = 2 / sum(1 / each for each in found.values())  # half of each, as ours are
    for mode_name, each in found.items():
        told(f"Schemathesis, {mode_name}", each)
    told("Schemathesis, half of each", theirs)
    told("ours, half valid and half invalid", ours, theirs)


def time_the_whole_path(document: Document, operation: Operation, url: str, examples: int) -> float:
    """Generate, send and judge; requests a second by the clock."""

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
    """`st run` over the operation, its own checks, eight workers; requests a second by the clock."""
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
    made = re.search(r"(\d+) generated", finished.stdout)
    if made is None:
        raise SystemExit(finished.stdout[-2000:] + finished.stderr[-2000:])
    return int(made[1]) / seconds


def main(examples: int) -> None:
    document = Catalogue.packaged().load("azure-openai@2024-10-21")
    operation = next(one for one in document.operations.values() if one.kind == "chat")
    time_generation(operation, examples)
    with EmulatorProcess((EmulatorWish(),), api_versions=(str(document.name),)) as process:
        url = process.urls[0]
        theirs = time_st_run(document, operation, url, examples)
        ours = time_the_whole_path(document, operation, url, examples)
    told("st run: generated, sent, checked by its own checks", theirs)
    told("ours: generated, sent, judged by every rule", ours, theirs)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
