"""The report of a run as JSON (summary.json)."""

from __future__ import annotations

from aoai_reports.formats.machine.json_text import json_text
from aoai_reports.record.reader import Record
from aoai_reports.results.summary import Summary


def summary_text(summary: Summary, record: Record | None = None) -> str:
    """The summary as indented JSON, its keys in the order of the contract."""
    del record
    return json_text(summary.to_json())
