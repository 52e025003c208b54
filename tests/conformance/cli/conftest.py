"""Runs of the command in this process and in a separate one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from waiting import LONGEST

from aoai_conformance.cli import main
from aoai_conformance.target.emulator_process import EmulatorProcess, EmulatorSettings
from forked_processes import ForkedProcess, Forks

Invoke = Callable[..., Result]


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep tests from writing into the working copy and from reading the keys of the user."""
    monkeypatch.chdir(tmp_path)
    for name in ("AZURE_OPENAI_API_KEY", "AZURE_OPENAI_AD_TOKEN"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def invoke() -> Invoke:
    """The command in this process: arguments, and `env` by name."""

    def run(*arguments: object, env: dict[str, str] | None = None) -> Result:
        return CliRunner().invoke(main, [str(each) for each in arguments], env=env)

    return run


@pytest.fixture
def spawn(forks: Forks, tmp_path: Path) -> Iterator[Callable[..., ForkedProcess]]:
    """Run the command in a separate process that ends with the test; see `Forks.start_command`."""
    started: list[ForkedProcess] = []

    def start(*arguments: object, **options: Any) -> ForkedProcess:
        process = forks.start_command(*arguments, **options)
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate(LONGEST)


@pytest.fixture(scope="session")
def emulators() -> Iterator[dict[str, str]]:
    """The URLs of a correct emulator and of some with faults, by name."""
    emulators: dict[str, tuple[str, ...]] = {
        "sound": (),
        "stop-as-text": ("stop-as-text-refused",),
        "hot": ("temperature-limit-too-high",),
        "four faults": (
            *("temperature-limit-too-high", "chat-usage-sum-wrong"),
            *("stream-done-missing", "chat-refusal-wrong-type"),
        ),
    }
    with EmulatorProcess([EmulatorSettings("azure", faults) for faults in emulators.values()]) as process:
        yield dict(zip(emulators, process.urls, strict=True))


@pytest.fixture(scope="session")
def faulty_run(emulators: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a chat run against an emulator that accepts too high a temperature."""
    folder = tmp_path_factory.mktemp("run") / "faulty"
    arguments = [
        "run",
        "--target",
        emulators["hot"],
        "--operation",
        "ChatCompletions_Create",
        "--profile",
        "smoke",
    ]
    result = CliRunner().invoke(main, [*arguments, "--out", str(folder)])
    assert result.exit_code == 1, result.output
    return folder
