"""Emulators in a separate process."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from aoai_conformance.target import emulator_process
from aoai_conformance.target.choice import emulator_target
from aoai_conformance.target.emulator_process import EmulatorProcess, EmulatorSettings
from aoai_conformance.target.targets import emulator_introduction
from aoai_specs.errors import ConformanceError, UnknownNameError


@pytest.fixture
def _started(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start processes as a run does; the other tests fork them."""
    monkeypatch.setattr(emulator_process, "subprocess", subprocess)


@pytest.mark.usefixtures("_started")
def test_one_process_serves_several_emulators_and_ends_with_its_context() -> None:
    emulators = [EmulatorSettings("strict"), EmulatorSettings("azure", ("chat-refusal-wrong-type",), seed=3)]
    with EmulatorProcess(emulators) as process:
        first, second = map(emulator_introduction, process.urls)
        assert first is not None
        assert second is not None
        assert (first["flavour"], first["faults"]) == ("strict", [])
        assert (second["flavour"], second["faults"]) == ("azure", ["chat-refusal-wrong-type"])
        assert emulator_target(process.urls[0]).deployments["chat"] == "gpt-4o"
        assert emulator_target(process.urls[0], {"chat": "x"}).deployments == {"chat": "x"}
        url = process.urls[0]
    with pytest.raises(ConformanceError, match="No response"):
        emulator_introduction(url)


def test_an_unknown_fault_is_reported_with_the_closest_match() -> None:
    settings = EmulatorSettings("azure", ("chat-refusal-wrong-typ",))
    with (
        EmulatorProcess([settings]) as process,
        pytest.raises(ConformanceError, match="chat-refusal-wrong-type"),
    ):
        _ = process.urls


def test_an_unknown_api_version_is_reported() -> None:
    with EmulatorProcess(api_versions=["1999-01-01"]) as process, pytest.raises(ConformanceError) as caught:
        _ = process.urls
    assert "2024-10-21" in str(caught.value)
    assert not isinstance(caught.value, UnknownNameError)


def test_a_broken_description_is_reported(tmp_path: Path) -> None:
    broken = tmp_path / "x.yaml"
    broken.write_text("a: [")
    with EmulatorProcess(specs=[str(broken)]) as process, pytest.raises(ConformanceError, match=r"x\.yaml"):
        _ = process.urls


@pytest.mark.usefixtures("_started")
def test_a_process_whose_start_is_not_awaited_is_still_ended() -> None:
    process = EmulatorProcess()
    with process:
        pass
    with process:
        assert len(process.urls) == 1
