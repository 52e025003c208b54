"""The stable name of a defect, by which it is known from run to run and outside this project."""

from __future__ import annotations

import hashlib
import json

from aoai_reports.results.findings import Finding, Identity

#: Hexadecimal digits of a fingerprint.
LENGTH = 16


def fingerprint(finding: Finding) -> str:
    """The fingerprint of a finding: equal for the same defect in every run, on every target."""
    return fingerprint_of(finding.identity)


def fingerprint_of(identity: Identity) -> str:
    """The fingerprint of rule, document, operation, place and reason.

    Nothing else goes into it: no wording, level, value, id of a case, host or moment.
    """
    text = json.dumps(identity, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()[:LENGTH]
