"""One record of a run, with violations and scenarios, for all tests of judging in parts."""

from __future__ import annotations

from pathlib import Path

import pytest

from aoai_conformance import api
from aoai_conformance.target.emulator_process import EmulatorProcess, EmulatorSettings

KEY = "a-key-of-sixteen"


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a run against an emulator with a fault in responses and one between them."""
    folder = tmp_path_factory.mktemp("run") / "run"
    faults = ("chat-created-as-text", "chat-seed-ignored")
    with EmulatorProcess([EmulatorSettings(faults=faults)]) as process, pytest.MonkeyPatch.context() as patch:
        patch.setenv("AZURE_OPENAI_API_KEY", KEY)
        api.run(target=process.urls[0], profile="smoke", operations=["ChatCompletions_Create"], out=folder)
    return folder
