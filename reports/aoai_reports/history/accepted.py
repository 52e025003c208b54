"""Which defects of a run were accepted, according to summary.json beside its record."""

from __future__ import annotations

import json
from pathlib import Path

from aoai_model.serialization import Json
from aoai_reports.results.baseline import OUT_OF_DATE
from aoai_reports.results.findings import Finding, Known, fingerprint
from aoai_reports.results.summary import SUMMARY_SCHEMA, violation_json
from aoai_reports.run_folder import SUMMARY_NAME

#: The explanation in the history; summary.json does not contain that of the baseline.
WHY = "accepted in the baseline of the run"
#: The explanation of a violation that comes and goes.
WHY_FLAKY = "came and went in the runs before"
#: This tool writes no larger file.
LARGEST = 64_000_000
#: Identifies a defect in a summary without fingerprints.
_IDENTIFYING = ("rule", "operation", "document", "point", "pointer", "message", "case")


def accepted_beside(record: Path) -> Known:
    """Read which findings the baseline of a run accepted, given the path of its record.

    Without a summary of this tool beside the record, none counts as accepted.
    """
    violations = _violations(record.with_name(SUMMARY_NAME))
    return _listed([each for each in violations if each.get("known") is True and not each.get("flaky")], WHY)


def flaky_beside(record: Path) -> Known:
    """Read which findings of a run did not count because they come and go, given the path of its record."""
    flaky = [each for each in _violations(record.with_name(SUMMARY_NAME)) if each.get("flaky") is True]
    return _listed(flaky, WHY_FLAKY)


def _listed(accepted: list[dict[str, Json]], why: str) -> Known:
    """Return `why` for the findings that are among some violations of a summary."""
    fingerprints = {each["fingerprint"] for each in accepted if isinstance(each.get("fingerprint"), str)}
    keys = {_key(each) for each in accepted if "fingerprint" not in each}

    def known(finding: Finding) -> str | None:
        if fingerprint(finding) in fingerprints:
            return why
        return why if keys and _key(violation_json(finding)) in keys else None

    return known


def baseline_failed_beside(record: Path) -> bool:
    """Whether a run failed because of its baseline, given the path of its record."""
    baseline = _summary(record.with_name(SUMMARY_NAME)).get("baseline")
    return isinstance(baseline, dict) and any(baseline.get(name) for name in OUT_OF_DATE)


def _summary(path: Path) -> dict[str, Json]:
    """The summary in a file; empty unless this tool wrote it."""
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
    """Identifies a defect of one run."""
    return json.dumps([violation.get(name) for name in _IDENTIFYING], sort_keys=True)
