"""Pytest runs in separate processes, against an emulator that violates one rule and counts its requests."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from waiting import LONGEST

from aoai_emulator.app import create_app
from aoai_emulator.http.outgoing import Outgoing
from aoai_emulator.server import address_of, listen, make_server
from aoai_emulator.settings import Settings
from aoai_specs.catalogue import Catalogue
from forked_processes import Forks

KEY = "sk-not-to-be-seen-0123456789abcdef"
VERSIONS = ("2024-10-21", "2025-01-01-preview")


@dataclass
class Counted:
    """An emulator with wrong token counts of embeddings."""

    url: str
    targets: list[str] = field(default_factory=list)

    @property
    def api_requests(self) -> int:
        """The received requests, without those for its introduction."""
        return sum(path.startswith("/openai") for path in self.targets)


@pytest.fixture(scope="session")
def faulty() -> Iterator[Counted]:
    documents = tuple(Catalogue.packaged().load(f"azure-openai@{version}") for version in VERSIONS)
    settings = Settings(documents=documents, faults=("embedding-usage-wrong",))
    outgoing = Outgoing()
    inner: Any = create_app(settings, outgoing=outgoing)
    listener = listen("127.0.0.1", 0)
    counted = Counted(address_of(listener))

    async def counting(scope: Mapping[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            counted.targets.append(scope["path"])
        await inner(scope, receive, send)

    server = make_server(settings, outgoing, app=counting)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    yield counted
    server.should_exit = True
    thread.join(10)
    listener.close()


@dataclass(frozen=True)
class Finished:
    """A pytest process that has ended, and the folder that it ran in."""

    code: int
    told: str
    folder: Path

    @property
    def out(self) -> Path:
        return self.folder / "out"

    def junit(self, name: str = "junit.xml") -> dict[str, ET.Element]:
        """The test cases of its --junitxml by class name and name."""
        root = ET.parse(self.folder / name).getroot()
        return {f"{case.attrib['classname']}.{case.attrib['name']}": case for case in root.iter("testcase")}


#: Plugins by an option of theirs. What is not needed is not loaded, which takes seconds.
PLUGINS = {"-n": "xdist.plugin", "--alluredir": "allure_pytest.plugin"}
#: Plugins of dependencies that take seconds to import.
UNRELATED = ("-p", "no:schemathesis", "-p", "no:langsmith_plugin")
Run = Callable[..., Finished]


def environment_of(folder: Path, ini: str = "") -> dict[str, str]:
    """Write a configuration where warnings are errors; return the environment of a session in the folder."""
    (folder / "pytest.ini").write_text(f"[pytest]\nfilterwarnings = error\n{ini}", encoding="utf-8")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    return {**kept, "AZURE_OPENAI_API_KEY": KEY}


@pytest.fixture(scope="session")
def run_pytest(forks: Forks) -> Run:
    """Run pytest in a folder with only the plugin, and those whose options are given."""

    def run(folder: Path, *options: str) -> Finished:
        others = (plugin for option, plugin in PLUGINS.items() if option in options)
        loaded = [
            argument for each in ("aoai_conformance.pytest_plugin", *others) for argument in ("-p", each)
        ]
        environment = {**environment_of(folder), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
        process = forks.start_command(
            *loaded, *options, program="pytest", folder=str(folder), environment=environment
        )
        printed, errors = process.communicate(LONGEST)
        return Finished(process.returncode, printed + errors, folder)

    return run


@pytest.fixture(scope="session")
def run_installed_pytest() -> Run:
    """Run pytest in a folder as it is started from a shell, with the installed plugins."""

    def run(folder: Path, *options: str) -> Finished:
        finished = subprocess.run(
            [sys.executable, "-m", "pytest", *UNRELATED, *options],
            cwd=folder,
            env=environment_of(folder, "asyncio_default_fixture_loop_scope = function\n"),
            capture_output=True,
            text=True,
            check=False,
            timeout=LONGEST,
        )
        return Finished(finished.returncode, finished.stdout + finished.stderr, folder)

    return run


def ours(
    url: str, *more: str, version: str = VERSIONS[0], operation: str = "embeddings_create"
) -> tuple[str, ...]:
    """The options that test one operation with few requests."""
    return (
        *("--pyargs", "aoai_conformance", "--aoai-target", url, "--aoai-api-version", version),
        *("--aoai-profile", "smoke", "--aoai-operation", operation, *more),
    )


@pytest.fixture(scope="session", name="ours")
def ours_fixture() -> Callable[..., tuple[str, ...]]:
    return ours


@pytest.fixture(scope="session")
def key() -> str:
    """The key that the sessions have in their environment."""
    return KEY


@pytest.fixture(scope="session")
def spread(
    faulty: Counted, run_pytest: Run, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Finished, int]:
    """A session of two workers that writes everything, and how many requests it sent."""
    folder = tmp_path_factory.mktemp("spread")
    before = faulty.api_requests
    written = ("--aoai-out", "out", "--alluredir", "allure", "--junitxml", "junit.xml")
    finished = run_pytest(folder, *ours(faulty.url, "-n", "2", "-rA", *written))
    return finished, faulty.api_requests - before


@pytest.fixture(scope="session")
def accepted(faulty: Counted, run_pytest: Run, tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """A session with another api-version, whose baseline accepts the defect and has a stale entry."""
    folder = tmp_path_factory.mktemp("accepted")
    (folder / "baseline.yaml").write_text(
        "- rule: EMBEDDINGS-013\n  operation: GetEmbeddings\n  pointer: /usage/total_tokens\n"
        "  reason: the gateway counts nothing, ticket 12\n"
        "- rule: EMBEDDINGS-001\n  operation: GetEmbeddings\n  pointer: /data\n  reason: mended long ago\n",
        encoding="utf-8",
    )
    written = ("--aoai-out", "out", "--alluredir", "allure", "--junitxml", "junit.xml")
    choices = ours(
        faulty.url, "--aoai-baseline", "baseline.yaml", version=VERSIONS[1], operation="GetEmbeddings"
    )
    return run_pytest(folder, *choices, "-rx", *written)
