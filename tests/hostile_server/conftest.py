"""Make the hostile and the half-working servers importable, and disable the delays of runs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from aoai_conformance.engine import pacing
from aoai_conformance.engine.pacing import Pacer
from aoai_specs.document import Document

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent.parent / "half_working"))

from half_working_wire import Emulator, emulator_of

_requested_wait = pacing.requested_wait


@pytest.fixture(scope="module", autouse=True)
def _wait_for_nothing(plan_once: None) -> Iterator[None]:
    """Waits are worked out from what the server asks, and then cut short."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Pacer, "back_off", lambda *_: 0.001)
        patch.setattr(pacing, "requested_wait", lambda *given: min(_requested_wait(*given) or 0.001, 0.001))
        yield


@pytest.fixture(scope="session")
def emulator(document: Document) -> Emulator:
    """The emulator whose responses the hostile server alters."""
    return emulator_of(document)
