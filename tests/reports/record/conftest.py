"""What the tests of records share."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a test writes its record."""
    return tmp_path / "record.ndjson"
