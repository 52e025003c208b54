"""Runs the script of a client against an emulator that its user would start, and reads what it printed.

AOAI_CLIENTS names the folder of installed clients (tox sets it). Without it the tests are skipped; with it a
client that is not there fails.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from client_table import Client

SCRIPTS = Path(__file__).parent / "scripts"
KEY = "key-of-an-installed-client"
_SECONDS = 180.0
_READY = "aoai-emulator ready at "


@dataclass(frozen=True)
class Served:
    """The addresses of an emulator without and with TLS, and the certificate that a client must trust."""

    http: str
    https: str
    authority: Path


@contextmanager
def emulator(log: Path, *options: str) -> Iterator[str]:
    """The address of an emulator as the command line starts it; it ends with the context."""
    command = [sys.executable, "-m", "aoai_conformance", "emulator", "--any-deployment", *options]
    with (
        log.open("wb") as errors,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True) as process,
    ):
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line.startswith(_READY), log.read_text(encoding="utf-8")
            yield line.removeprefix(_READY).strip()
        finally:
            process.terminate()
            process.wait(timeout=30)


def results(client: Client, served: Served) -> dict[str, dict[str, Any]]:
    """Run the script of a client; return what it printed for each task."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("AZURE_", "OPENAI_"))},
        "AOAI_ENDPOINT": served.https if client.https_only else served.http,
        "AOAI_KEY": KEY,
        "PYTHONWARNINGS": "ignore",
    }
    if client.https_only:
        environment |= dict.fromkeys(("SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"), str(served.authority))
    done = subprocess.run(
        _command(client),
        env=environment,
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith('{"task":')]
    found = {result["task"]: result for result in map(json.loads, lines)}
    assert found, done.stdout[-2000:] + done.stderr[-2000:]
    return found


def _command(client: Client) -> list[str]:
    installed = os.environ.get("AOAI_CLIENTS")
    if not installed:
        pytest.skip("AOAI_CLIENTS names no folder of installed clients; `tox -e clients` makes one")
    place = Path(installed).absolute() / client.environment
    if not place.exists():
        pytest.fail(f"{place} is not there: install_clients.py could not install it, or has not run")
    if client.registry == "PyPI":
        return [str(place / "bin" / "python"), str(SCRIPTS / client.script)]
    # Node.js looks for packages above the script
    shutil.copytree(SCRIPTS, place / "scripts", dirs_exist_ok=True)
    return ["node", str(place / "scripts" / client.script)]


def is_right(task: str, result: Any) -> bool:
    """Whether a result is what the task should give: text, pieces of text, calls of the tool, or vectors."""
    if task.startswith("embeddings"):
        return len(result) == 2 and all(len(vector) == 1536 for vector in result)
    if task.startswith("tool_call"):
        return bool(result) and all(_is_call(*call) for call in result)
    if task.startswith("streamed"):
        return sum(bool(piece) for piece in result) > 1
    return isinstance(result, str) and bool(result)


def _is_call(name: str, arguments: str | dict[str, Any]) -> bool:
    given = json.loads(arguments) if isinstance(arguments, str) else arguments
    return bool(name) and isinstance(given.get("city"), str)
