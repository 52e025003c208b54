"""A comparison of two API descriptions as SARIF 2.1.0, for code scanning."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from aoai_reports.formats.machine.sarif_log import accepted, location, sarif_text
from aoai_reports.spec_changes.places import base_place, revision_place
from aoai_reports.spec_changes.wording import SpecComparison, message, where
from aoai_specs.comparison import Change
from aoai_specs.comparison.kinds import KINDS

_LEVELS = {"breaking": "error", "warning": "warning", "info": "note"}


def render(comparison: SpecComparison) -> str:
    """A result for each change, with its place, its operations and a stable fingerprint.

    An accepted change is a suppressed result with the reason.
    """
    changes = comparison.changes
    rules = sorted({each.id for each in (*changes.changes, *(a.change for a in changes.accepted))})
    results = [_result(comparison, change, rules) for change in changes.changes]
    for each in changes.accepted:
        suppression = accepted(f"{each.day}: {each.reason}")
        results.append({**_result(comparison, each.change, rules), "suppressions": [suppression]})
    driver = {
        "name": "aoai-conformance diff specs",
        "rules": [{"id": name, "shortDescription": {"text": KINDS[name]}} for name in rules],
    }
    if not changes.notes:
        return sarif_text(driver, results)
    notifications = [{"level": "note", "message": {"text": note}} for note in changes.notes]
    invocation = {"executionSuccessful": True, "toolExecutionNotifications": notifications}
    return sarif_text(driver, results, invocations=[invocation])


def _result(comparison: SpecComparison, change: Change, rules: list[str]) -> dict[str, Any]:
    changes = comparison.changes
    source = changes.base if change.gone else changes.revision
    line = (comparison.base if change.gone else comparison.revision).line(change.pointer)
    other = (revision_place if change.gone else base_place)(comparison, change)
    related = {
        **location(other.file, other.pointer, other.line or 1),
        "message": {"text": "after" if change.gone else "before"},
    }
    return {
        "ruleId": change.id,
        "ruleIndex": rules.index(change.id),
        "level": _LEVELS[change.verdict],
        "message": {"text": _text(change)},
        "locations": [location(source, change.pointer, line or 1)],
        "relatedLocations": [related],
        "partialFingerprints": {
            "aoaiSpecDiff/v1": _fingerprint(change),
            "aoaiSpecDiff/v2": change.fingerprint,
        },
        "properties": {
            "verdict": change.verdict,
            "direction": change.direction,
            "operations": [each.operation for each in change.operations],
        },
    }


def _text(change: Change) -> str:
    affected = where(change)
    return f"{message(change)} ({affected})" if affected else message(change)


def _fingerprint(change: Change) -> str:
    parts = [
        change.id,
        change.pointer,
        json.dumps([change.base, change.revision], sort_keys=True, default=str),
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]
