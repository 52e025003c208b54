"""The report of a run as JSON (summary.json)."""

from __future__ import annotations

import json

from aoai_reports.record.reader import Record
from aoai_reports.results.summary import Summary


def summary_text(summary: Summary, record: Record | None = None) -> str:
    """The summary as indented JSON, its keys in the order of the contract."""
    del record
    return json.dumps(summary.to_json(), ensure_ascii=False, indent=2, allow_nan=False) + "\n"
