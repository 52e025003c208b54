"""Make the half-working servers importable, serve them, and disable the back-off of runs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from aoai_conformance.engine.pacing import Pacer
from aoai_specs.catalogue import Catalogue
from aoai_specs.document import Document

sys.path.insert(0, str(Path(__file__).parent))

from half_working_rows import ROWS, VARIANTS
from half_working_runs import Outcomes, Ran, chosen, run
from half_working_wire import Host, serving


@pytest.fixture(scope="module", autouse=True)
def _never_back_off(plan_once: None, summary_alone: None) -> Iterator[None]:
    """Retry without delay, except for delays that a server requests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Pacer, "back_off", lambda *_: 0.001)
        yield


@pytest.fixture(scope="session")
def host(document: Document) -> Iterator[Host]:
    """Serve all half-working servers on one loopback port, each below a separate path."""
    older = Catalogue.packaged().load("azure-openai@2024-06-01")
    with serving(Host(document, older)) as host:
        yield host


@pytest.fixture(scope="session")
def outcomes(host: Host, tmp_path_factory: pytest.TempPathFactory) -> Outcomes:
    """Return the run of a row by its name; each run is executed once for all tests."""
    rows = ROWS | VARIANTS

    @cache
    def outcome_of(name: str) -> Ran:
        row, folder = rows[name], tmp_path_factory.mktemp("half-working")
        server = row.server()
        options = chosen(row.operations, row.profile)
        return Ran(run(host, server, folder, *options), server)

    return outcome_of
