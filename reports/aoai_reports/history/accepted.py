"""Which defects of a run somebody had accepted, as summary.json beside its record says."""

from __future__ import annotations

import json
from pathlib import Path

from aoai_reports.evidence import Json
from aoai_reports.findings import Finding, Known
from aoai_reports.summary import SUMMARY_SCHEMA, violation_json

SUMMARY_NAME = "summary.json"
#: What the history says of it; the words of the baseline are not in summary.json.
WHY = "accepted when it was run"
#: A larger file is none that this tool wrote.
LARGEST = 64_000_000
_TELLING = ("rule", "operation", "document", "point", "pointer", "message", "case")


def accepted_beside(record: Path) -> Known:
    """Tells of a finding whether it was accepted when the run whose record lies there was carried out.

    Nothing was, as far as one knows, where there is no summary of this tool beside the record.
    """
    keys = {_key(each) for each in _violations(record.with_name(SUMMARY_NAME)) if each.get("known") is True}

    def known(finding: Finding) -> str | None:
        return WHY if _key(violation_json(finding)) in keys else None

    return known


def _violations(path: Path) -> list[dict[str, Json]]:
    try:
        if path.stat().st_size > LARGEST:
            return []
        loaded = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return []
    if not isinstance(loaded, dict) or loaded.get("schema") != SUMMARY_SCHEMA:
        return []
    found = loaded.get("violations")
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _key(violation: dict[str, Json]) -> str:
    """What tells two defects of one run apart."""
    return json.dumps([violation.get(name) for name in _TELLING], sort_keys=True)
