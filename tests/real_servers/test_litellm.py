"""The suite against the LiteLLM proxy with mock models: it names the real deviations and starts nothing else.

Run with `tox -e real-servers`; the proxy is installed there and nowhere else.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

pytestmark = pytest.mark.real_server

HERE = Path(__file__).parent
KEY = "sk-conformance"


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def wait_until_alive(url: str, process: subprocess.Popen[bytes], *, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        assert process.poll() is None, "the LiteLLM proxy ended before it was ready"
        try:
            if httpx.get(f"{url}/health/liveliness", timeout=2).is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.5)
    pytest.fail("the LiteLLM proxy was not ready in time")


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    executable = shutil.which(
        "litellm", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    )
    if executable is None:
        pytest.skip("litellm is not installed; `tox -e real-servers` installs it")
    port = free_port()
    log = (tmp_path_factory.mktemp("litellm") / "log.txt").open("wb")
    process = subprocess.Popen(
        [executable, "--config", str(HERE / "litellm.yaml"), "--host", "127.0.0.1", "--port", str(port)],
        stdout=log,
        stderr=subprocess.STDOUT,
        env={**os.environ, "LITELLM_LOCAL_MODEL_COST_MAP": "True"},
    )
    try:
        url = f"http://127.0.0.1:{port}"
        wait_until_alive(url, process, seconds=120)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=20)
        log.close()


@pytest.fixture(scope="module")
def summary(proxy: str, tmp_path_factory: pytest.TempPathFactory) -> Any:
    out = tmp_path_factory.mktemp("litellm-run") / "run"
    finished = subprocess.run(
        [
            *(sys.executable, "-m", "aoai_conformance", "run", "--target", proxy),
            *("--deployment", "chat=mock-chat", "--deployment", "embeddings=mock-embeddings"),
            *("--api-version", "2024-10-21", "--out", str(out)),
        ],
        env={**os.environ, "AZURE_OPENAI_API_KEY": KEY},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert finished.returncode == 1, finished.stdout[-3000:] + finished.stderr[-3000:]
    return json.loads((out / "summary.json").read_text(encoding="utf-8"))


def musts(summary: Any, operation: str = "ChatCompletions_Create") -> list[dict[str, Any]]:
    return [
        each for each in summary["violations"] if each["level"] == "must" and each["operation"] == operation
    ]


def test_names_the_missing_refusal(summary: Any) -> None:
    assert any("refusal" in json.dumps(each["expected"]) + each["message"] for each in musts(summary))


@pytest.mark.parametrize("point", ["n.minimum:below", "temperature.maximum:above"])
def test_names_the_accepted_boundary(summary: Any, point: str) -> None:
    assert point in {each["point"] for each in musts(summary)}


def test_is_not_inconclusive(summary: Any) -> None:
    assert summary["verdict"] == "nonconformant"
