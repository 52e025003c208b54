"""Make the modules of this folder importable, and disable the delays of runs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from aoai_conformance.engine.pacing import Pacer

# pytest's importlib mode puts no test folder on the path
sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="module", autouse=True)
def _never_back_off(plan_once: None) -> Iterator[None]:
    """Retry without delay, and plan once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Pacer, "back_off", lambda *_: 0.001)
        yield
