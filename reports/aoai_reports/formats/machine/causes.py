"""The causes of a run with their violations, as JSON."""

from __future__ import annotations

from aoai_model.serialization import Json
from aoai_reports.formats.machine.json_text import json_text
from aoai_reports.record.reader import Record
from aoai_reports.results.causes import Cause
from aoai_reports.results.summary import Summary, violation_json

CAUSES_SCHEMA = "aoai-conformance/causes/v1"


def causes_text(summary: Summary, record: Record) -> str:
    """The causes as indented JSON, as described by schemas/causes-v1.json."""
    header = record.header
    return json_text(
        {
            "schema": CAUSES_SCHEMA,
            "verdict": summary.verdict,
            "target": summary.target,
            "documents": list(summary.documents),
            "started": header.started,
            "tool": header.tool,
            "causes": [_cause_json(cause) for cause in summary.causes],
        }
    )


def _cause_json(cause: Cause) -> dict[str, Json]:
    """A cause as in summary.json, and its violations as there."""
    return {**cause.to_json(), "entries": [violation_json(finding) for finding in cause.findings]}
