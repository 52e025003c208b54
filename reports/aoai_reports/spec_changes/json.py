"""A comparison of two API descriptions as JSON."""

from __future__ import annotations

import json

from aoai_reports.formats.machine.json_text import inert_json
from aoai_reports.spec_changes.wording import SpecComparison


def render(comparison: SpecComparison) -> str:
    """The changes as indented JSON."""
    text = json.dumps(comparison.changes.to_json(), indent=2, ensure_ascii=False, default=str)
    return inert_json(text) + "\n"
