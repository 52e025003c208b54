"""The suite, run against a server and compared with the expected deviations."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

# pytest's importlib mode puts no test folder on the path
sys.path.insert(0, str(Path(__file__).parent))

from servers_page import store
from starting import KEY, Judged, expected

RUN_SECONDS = 900.0
Judge = Callable[..., Judged]


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Judge:
    """Run the suite against a URL and compare it with the expected deviations of a server.

    With AOAI_SERVERS_PAGE, the results are written into the documentation.
    """

    def run(name: str, url: str, *options: str) -> Judged:
        out = tmp_path_factory.mktemp(name) / "run"
        finished = subprocess.run(
            [
                *(sys.executable, "-m", "aoai_conformance", "run", "--target", url),
                *("--out", str(out), *options),
            ],
            env={**os.environ, "AZURE_OPENAI_API_KEY": KEY},
            capture_output=True,
            text=True,
            check=False,
            timeout=RUN_SECONDS,
        )
        if os.environ.get("AOAI_SERVERS_PAGE") and (out / "summary.json").exists():
            store(name, out)
        assert finished.returncode == 1, finished.stdout[-3000:] + finished.stderr[-3000:]
        return Judged(json.loads((out / "summary.json").read_text(encoding="utf-8")), expected(name))

    return run
