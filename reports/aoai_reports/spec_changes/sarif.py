"""The comparison as SARIF 2.1.0, for code scanning."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from aoai_reports.spec_changes.words import message, where
from aoai_specs.comparison import Change, Changes
from aoai_specs.comparison.kinds import KINDS

_LEVELS = {"breaking": "error", "warning": "warning", "info": "note"}

#: The line of a pointer in the file of the base (True) or of the revision, None where it is not known.
Line = Callable[[Change], int | None]


def changes_sarif(changes: Changes, line: Line | None = None) -> str:
    """A result for each change, with its place, what it reaches, and a fingerprint that stays the same.

    `line` gives the line of a change in its file, where there is a file. Accepted changes are suppressed
    results, with the reason.
    """
    rules = sorted({each.id for each in (*changes.changes, *(a.change for a in changes.accepted))})
    results = [_result(changes, change, rules, line) for change in changes.changes]
    for each in changes.accepted:
        suppression = {
            "kind": "external",
            "status": "accepted",
            "justification": f"{each.day}: {each.reason}",
        }
        results.append({**_result(changes, each.change, rules, line), "suppressions": [suppression]})
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
    written = {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]}
    return json.dumps(written, indent=2, ensure_ascii=False, default=str) + "\n"


def _result(changes: Changes, change: Change, rules: list[str], line: Line | None) -> dict[str, Any]:
    source = changes.base if change.gone else changes.revision
    place: dict[str, Any] = {"artifactLocation": {"uri": quote(source, safe="/:@.-_~%")}}
    number = None if line is None else line(change)
    place["region"] = {"startLine": number or 1}
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
