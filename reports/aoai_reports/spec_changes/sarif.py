"""A comparison of two API descriptions as SARIF 2.1.0, for code scanning."""

from __future__ import annotations

import hashlib
import json
from typing import Any
from urllib.parse import quote

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
        suppression = {
            "kind": "external",
            "status": "accepted",
            "justification": f"{each.day}: {each.reason}",
        }
        results.append({**_result(comparison, each.change, rules), "suppressions": [suppression]})
    run = {
        "tool": {
            "driver": {
                "name": "aoai-conformance diff specs",
                "rules": [{"id": name, "shortDescription": {"text": KINDS[name]}} for name in rules],
            }
        },
        "columnKind": "unicodeCodePoints",
        "results": results,
    }
    log = {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=2, ensure_ascii=False, default=str) + "\n"


def _result(comparison: SpecComparison, change: Change, rules: list[str]) -> dict[str, Any]:
    changes = comparison.changes
    source = changes.base if change.gone else changes.revision
    line = (comparison.base if change.gone else comparison.revision).line(change.pointer)
    place = {
        "artifactLocation": {"uri": quote(source, safe="/:@.-_~%")},
        "region": {"startLine": line or 1},
    }
    return {
        "ruleId": change.id,
        "ruleIndex": rules.index(change.id),
        "level": _LEVELS[change.verdict],
        "message": {"text": f"{message(change)} ({where(change)})"},
        "locations": [
            {
                "physicalLocation": place,
                "logicalLocations": [{"fullyQualifiedName": change.pointer, "kind": "element"}],
            }
        ],
        "partialFingerprints": {"aoaiSpecDiff/v1": _fingerprint(change)},
        "properties": {
            "verdict": change.verdict,
            "direction": change.direction,
            "operations": [each.operation for each in change.operations],
        },
    }


def _fingerprint(change: Change) -> str:
    parts = [
        change.id,
        change.pointer,
        json.dumps([change.base, change.revision], sort_keys=True, default=str),
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]
