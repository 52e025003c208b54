"""A comparison of two runs as JSON (schemas/run-diff-v1.json)."""

from __future__ import annotations

from aoai_reports.formats.machine.json_text import json_text
from aoai_reports.run_comparison.changes import RunComparison


def comparison_json(comparison: RunComparison) -> str:
    """The comparison as indented JSON."""
    return json_text(comparison.to_json())
