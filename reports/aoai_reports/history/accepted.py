"""Which defects of a run somebody had accepted, as summary.json beside its record says."""

from __future__ import annotations

import json
from pathlib import Path

from aoai_model.serialization import Json
from aoai_reports.results.baseline import OUT_OF_DATE
from aoai_reports.results.findings import Finding, Known
from aoai_reports.results.fingerprint import fingerprint
from aoai_reports.results.summary import SUMMARY_SCHEMA, violation_json

SUMMARY_NAME = "summary.json"
#: What the history says of it; the words of the baseline are not in summary.json.
WHY = "accepted when it was run"
#: A larger file is none that this tool wrote.
LARGEST = 64_000_000
#: What tells two defects of one run apart in a summary from before there were fingerprints.
_TELLING = ("rule", "operation", "document", "point", "pointer", "message", "case")


def accepted_beside(record: Path) -> Known:
    """Tells of a finding whether it was accepted when the run whose record lies there was carried out.

    Nothing was, as far as one knows, where there is no summary of this tool beside the record.
    """
    accepted = [each for each in _violations(record.with_name(SUMMARY_NAME)) if each.get("known") is True]
    fingerprints = {each["fingerprint"] for each in accepted if isinstance(each.get("fingerprint"), str)}
    keys = {_key(each) for each in accepted if "fingerprint" not in each}

    def known(finding: Finding) -> str | None:
        if fingerprint(finding) in fingerprints:
            return WHY
        return WHY if keys and _key(violation_json(finding)) in keys else None

    return known


def baseline_failed_beside(record: Path) -> bool:
    """Whether the run whose record lies there failed for entries of its baseline that were out of date."""
    baseline = _summary(record.with_name(SUMMARY_NAME)).get("baseline")
    return isinstance(baseline, dict) and any(baseline.get(name) for name in OUT_OF_DATE)


def _summary(path: Path) -> dict[str, Json]:
    """The summary in a file; empty where there is none that this tool wrote."""
    try:
        if path.stat().st_size > LARGEST:
            return {}
        loaded = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return loaded if isinstance(loaded, dict) and loaded.get("schema") == SUMMARY_SCHEMA else {}


def _violations(path: Path) -> list[dict[str, Json]]:
    found = _summary(path).get("violations")
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _key(violation: dict[str, Json]) -> str:
    """What tells two defects of one run apart."""
    return json.dumps([violation.get(name) for name in _TELLING], sort_keys=True)
