"""Make the server and its driver importable: pytest's importlib mode puts no test folder on the path."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from aoai_reports.formats import folder
from aoai_reports.report_formats import RUN_REPORTS

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="module", autouse=True)
def _plan_once(plan_once: None) -> None:
    """Runs that send the same plan share it."""


@pytest.fixture(scope="module", autouse=True)
def _write_the_summary_alone() -> Iterator[None]:
    """No test here reads the other reports."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(folder, "RUN_REPORTS", {"json": RUN_REPORTS["json"]})
        yield
