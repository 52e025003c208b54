"""Make the server and its driver importable: pytest's importlib mode puts no test folder on the path."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="module", autouse=True)
def _plan_once(plan_once: None, summary_alone: None) -> None:
    """Runs that send the same plan share it, and write no report that no test reads."""
