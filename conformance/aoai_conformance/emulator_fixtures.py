"""Fixtures for tests of clients: emulators, their addresses, and clients of openai.

The pytest plugin imports this module in every pytest run, so it imports nothing else of ours.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from openai import AzureOpenAI

    from aoai_emulator import EmulatorOptions, RunningEmulator

MARKER = "aoai_emulator"
MARKER_LINE = (
    f"{MARKER}(**options): start the emulator of the fixture aoai_emulator with these options, such as "
    "faults, deployments and fixtures."
)


@pytest.fixture(scope="session")
def aoai_emulator_options() -> EmulatorOptions:
    """The options of all emulators of a session; none. Override this fixture to choose others."""
    return {}


@pytest.fixture(scope="session")
def aoai_emulator_session(aoai_emulator_options: EmulatorOptions) -> Iterator[RunningEmulator]:
    """An emulator that keeps its state until the session ends; each worker of pytest-xdist has its own."""
    with _running(aoai_emulator_options) as emulator:
        yield emulator


@pytest.fixture(scope="session")
def _aoai_emulator_server(aoai_emulator_options: EmulatorOptions) -> Iterator[RunningEmulator]:
    """The emulator that starts again for each test."""
    with _running(aoai_emulator_options) as emulator:
        yield emulator


@pytest.fixture
def aoai_emulator(
    request: pytest.FixtureRequest,
    _aoai_emulator_server: RunningEmulator,
    aoai_emulator_options: EmulatorOptions,
) -> RunningEmulator:
    """An emulator without faults, stored files and recorded requests of earlier tests.

    The marker `aoai_emulator` adds options to those of the session; the closest marker wins.
    """
    options: Any = dict(aoai_emulator_options)
    for marker in reversed(list(request.node.iter_markers(MARKER))):
        if marker.args:
            raise pytest.UsageError(
                f"The marker {MARKER} takes options by name, such as faults=[...]; not {marker.args[0]!r}."
            )
        options |= marker.kwargs
    _aoai_emulator_server.restart(**options)
    return _aoai_emulator_server


@pytest.fixture
def aoai_emulator_url(aoai_emulator: RunningEmulator) -> str:
    """The address of the emulator of the test."""
    return aoai_emulator.url


@pytest.fixture
def azure_openai(aoai_emulator: RunningEmulator) -> Iterator[AzureOpenAI]:
    """A client of the emulator of the test; skips without the package openai."""
    yield from _client(aoai_emulator)


@pytest.fixture(scope="session")
def azure_openai_session(aoai_emulator_session: RunningEmulator) -> Iterator[AzureOpenAI]:
    """A client of the emulator of the session; skips without the package openai."""
    yield from _client(aoai_emulator_session)


def _running(options: EmulatorOptions) -> RunningEmulator:
    from aoai_emulator import run_emulator
    from aoai_emulator.addresses.notices import LOGGER

    LOGGER.setLevel(logging.INFO)  # pytest shows in the report of a failed test what was not found
    return run_emulator(**options)


def _client(emulator: RunningEmulator) -> Iterator[AzureOpenAI]:
    pytest.importorskip("openai", reason="azure_openai needs the package openai: pip install openai")
    with emulator.azure_openai() as client:
        yield client
