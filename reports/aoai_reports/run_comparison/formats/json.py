"""A comparison of two runs as JSON (schemas/run-diff-v1.json)."""

from __future__ import annotations

import json

from aoai_reports.run_comparison.changes import RunComparison


def comparison_json(comparison: RunComparison) -> str:
    """The comparison as indented JSON."""
    return json.dumps(comparison.to_json(), ensure_ascii=False, indent=2, allow_nan=False) + "\n"
