"""An emulator that listens on loopback, and Schemathesis sent against it with our checks."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from aoai_emulator.app import create_app
from aoai_emulator.http.outgoing import Outgoing
from aoai_emulator.server import address_of, listen, make_server
from aoai_emulator.settings import Settings
from aoai_specs.catalogue import Catalogue

sys.path.insert(0, str(Path(__file__).parent))

HOOKS = "aoai_conformance.schemathesis_checks"
#: As the README gives it.
CONFIGURATION = """
headers = { api-key = "${AZURE_OPENAI_API_KEY}" }
parameters = { "path.deployment-id" = "gpt-4o", "query.api-version" = "2024-10-21" }
"""
#: Hypothesis draws constants from modules outside of site-packages, and parses ours in a clone.
NO_CONSTANTS = """
from hypothesis.internal.conjecture import providers

if hasattr(providers, "_local_constants"):
    providers._get_local_constants = lambda: providers._local_constants
"""


@contextmanager
def emulator(paths: list[str], *faults: str) -> Iterator[str]:
    """The URL of an emulator with these faults, which records the requested paths."""
    settings = Settings(documents=(Catalogue.packaged().load("2024-10-21"),), faults=faults)
    outgoing = Outgoing()
    inner: Any = create_app(settings, outgoing=outgoing)

    async def noting(scope: Mapping[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            paths.append(scope["path"])
        await inner(scope, receive, send)

    server = make_server(settings, outgoing, app=noting)
    listener = listen("127.0.0.1", 0)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield address_of(listener)
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()


@dataclass(frozen=True)
class Finished:
    """A finished run of Schemathesis: exit code, output, and the number of chat requests."""

    code: int
    told: str
    requests: int


Run = Callable[..., Finished]


@pytest.fixture
def st_run(tmp_path: Path) -> Iterator[Run]:
    """Run `st run DOCUMENT` over a few chat requests to an emulator with the given faults."""
    with ExitStack() as stack:

        def run(document: Path, *faults: str) -> Finished:
            paths: list[str] = []
            url = stack.enter_context(emulator(paths, *faults))
            (tmp_path / "schemathesis.toml").write_text(CONFIGURATION, encoding="utf-8")
            (tmp_path / "sitecustomize.py").write_text(NO_CONSTANTS, encoding="utf-8")
            command = [str(Path(sys.executable).with_name("st")), "run", str(document)]
            command += ["--url", f"{url}/openai"]
            command += ["--include-operation-id", "ChatCompletions_Create", "--phases", "fuzzing"]
            command += ["--mode", "positive", "--max-examples", "5", "--seed", "1"]
            command += ["--checks", "aoai_must,aoai_should", "--no-color", "--no-shrink"]
            finished = subprocess.run(
                command,
                cwd=tmp_path,
                env={
                    **os.environ,
                    "SCHEMATHESIS_HOOKS": HOOKS,
                    "AZURE_OPENAI_API_KEY": "no-such-secret",
                    "PYTHONPATH": str(tmp_path),
                },
                capture_output=True,
                text=True,
                check=False,
                timeout=300,
            )
            asked = sum(path.endswith("/chat/completions") for path in paths)
            return Finished(finished.returncode, finished.stdout + finished.stderr, asked)

        yield run
