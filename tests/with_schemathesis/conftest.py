"""An emulator that listens on loopback, and Schemathesis sent against it with our checks."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from aoai_emulator.server import address_of, listen, make_server
from aoai_emulator.settings import Settings
from aoai_specs.catalogue import Catalogue

HOOKS = "aoai_conformance.schemathesis_checks"
#: As the README gives it.
CONFIGURATION = """
headers = { api-key = "${AZURE_OPENAI_API_KEY}" }
parameters = { "path.deployment-id" = "gpt-4o", "query.api-version" = "2024-10-21" }
"""


@contextmanager
def emulator(*faults: str) -> Iterator[str]:
    """The address of an emulator with these faults."""
    server = make_server(Settings(documents=(Catalogue.packaged().load("2024-10-21"),), faults=faults))
    listener = listen("127.0.0.1", 0)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield address_of(listener)
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()


Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def st_run(tmp_path: Path) -> Iterator[Run]:
    """Run `st run DOCUMENT` over a few chat requests to an emulator with the given faults."""
    with ExitStack() as stack:

        def run(document: Path, *faults: str) -> subprocess.CompletedProcess[str]:
            url = stack.enter_context(emulator(*faults))
            (tmp_path / "schemathesis.toml").write_text(CONFIGURATION, encoding="utf-8")
            command = [str(Path(sys.executable).with_name("st")), "run", str(document)]
            command += ["--url", f"{url}/openai"]
            command += ["--include-operation-id", "ChatCompletions_Create", "--phases", "fuzzing"]
            command += ["--mode", "positive", "--max-examples", "5", "--seed", "1"]
            command += ["--checks", "aoai_must,aoai_should", "--no-color"]
            return subprocess.run(
                command,
                cwd=tmp_path,
                env={**os.environ, "SCHEMATHESIS_HOOKS": HOOKS, "AZURE_OPENAI_API_KEY": "no-such-secret"},
                capture_output=True,
                text=True,
                check=False,
                timeout=60,
            )

        yield run
