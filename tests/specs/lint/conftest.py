"""Descriptions as text, and their findings."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aoai_specs.lint import Finding, Subject, lint
from aoai_specs.loading.files import load

sys.path.insert(0, str(Path(__file__).parent))

Lint = Callable[..., tuple[Finding, ...]]


@pytest.fixture(scope="session")
def findings() -> Lint:
    """What lint finds in a description, given as data or as text."""

    def find(content: dict[str, Any] | str, **options: Any) -> tuple[Finding, ...]:
        text = content if isinstance(content, str) else json.dumps(content)
        return lint(Subject.of_loaded(load(text, "small.yaml"), **options))

    return find
