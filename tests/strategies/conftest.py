"""The standard plan of the default document."""

from __future__ import annotations

import pytest

from aoai_model.case import Plan
from aoai_specs.document import Document
from aoai_strategies.planning.planning import plan


@pytest.fixture(scope="session")
def standard(document: Document) -> Plan:
    return plan(document)
