"""Workers that are killed lose nothing: their tasks continue, and recorded requests are not sent again."""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from waiting import until

pytestmark = pytest.mark.whole_selftest

KILLS = 3
CANARY = "canary-5f4e3d2c1b0a99887766"


def workers_of(process: subprocess.Popen[str]) -> list[psutil.Process]:
    """The processes that run tasks; Python's resource tracker is none of them."""
    children = psutil.Process(process.pid).children(recursive=True)
    return [each for each in children if "spawn_main" in " ".join(each.cmdline())]


def sockets_of(process: subprocess.Popen[str]) -> set[str]:
    """The addresses at which the command and its workers listen."""
    every = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
    return {each.laddr.ip for one in every for each in one.net_connections() if each.status == "LISTEN"}


def start(folder: Path, *arguments: object) -> subprocess.Popen[str]:
    with (folder / "errors.txt").open("a") as errors:
        return subprocess.Popen(
            [sys.executable, "-m", "aoai_conformance", "fleet", "run", *map(str, arguments)],
            stdout=subprocess.DEVNULL,
            stderr=errors,
            text=True,
            cwd=folder,
            env={**os.environ, "FLEET_KEY": CANARY},
        )


def pages_of(folder: Path) -> str:
    """What Dask shows at the printed address."""
    found = re.search(r"http://[0-9.:]+/info/main/workers.html", (folder / "errors.txt").read_text())
    assert found is not None
    pages = [found.group(), found.group().replace("main/workers.html", "logs.html")]
    return "".join(httpx.get(each).text for each in pages)


def test_three_killed_workers_lose_nothing_and_no_settled_request_is_sent_again(
    serve: Any, reply: Any, tmp_path: Path
) -> None:
    log: list[tuple[float, str, bytes]] = []

    def answer_of(target: str) -> Any:
        def answer(request: Any) -> list[Any]:
            log.append((time.monotonic(), target, request.target.encode() + request.body))
            return [0.02, reply(200, {"id": "same"})]

        return answer

    tables = [
        f'[targets.{name}]\nurl = "{serve(answer_of(name)).url}"\ndeployments = {{ chat = "x" }}\n'
        for name in ("a", "b", "c")
    ]
    defaults = '[defaults]\nrule = "BOUNDARY-003"\napi-key-env = "FLEET_KEY"\nconcurrency = 2\n'
    (tmp_path / "fleet.toml").write_text(defaults + "".join(tables))
    options = (tmp_path / "fleet.toml", "--workers", 2, "--history", tmp_path / "history.sqlite3")

    process = start(tmp_path, *options, "--out", tmp_path / "whole")
    until(lambda: log)
    assert sockets_of(process) == {"127.0.0.1"}
    assert CANARY not in pages_of(tmp_path)
    process.wait(300)
    whole = Counter(each[1:] for each in log)
    log.clear()

    draw, moments = random.Random(3), list[float]()
    process = start(tmp_path, *options, "--out", tmp_path / "killed")
    for _ in range(KILLS):
        most = len(log) + draw.randint(40, 120)
        until(lambda most=most: len(log) >= most)
        victim = draw.choice(workers_of(process))
        moments.append(time.monotonic())
        victim.kill()
    process.wait(300)

    settled = [each for moment, *each in log if not any(0 <= kill - moment <= 0.6 for kill in moments)]
    assert Counter(map(tuple, settled)) <= whole
    assert Counter(each[1:] for each in log) >= whole
    first, second = (json.loads((tmp_path / name / "fleet.json").read_text()) for name in ("whole", "killed"))
    assert first == second
    assert "a worker was lost, and another continued" in (tmp_path / "errors.txt").read_text()
    for path in tmp_path.rglob("*"):
        assert not path.is_file() or CANARY.encode() not in path.read_bytes(), path
