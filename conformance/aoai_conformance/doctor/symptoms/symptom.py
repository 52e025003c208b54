"""What a symptom is, and how the rows of the tables recognise it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from aoai_conformance.doctor.evidence import Evidence


@dataclass(frozen=True, slots=True)
class Symptom:
    """What shows a problem, the sentence that states it, and its remedy.

    Names in braces in the sentence and the remedy are those of `facts_of`.
    """

    id: str
    matches: Callable[[Evidence], bool]
    sentence: str
    remedy: str


def facts_of(evidence: Evidence) -> dict[str, str]:
    """What sentences and remedies may name."""
    setting = evidence.setting
    ahead = evidence.clock_skew
    return {
        "host": setting.host,
        "root": setting.root,
        "proxy": setting.proxy,
        "key": "token" if setting.auth == "entra" else f"key in {setting.key_variable}",
        "operation": evidence.operation,
        "deployment": evidence.deployment or evidence.operation,
        "api_version": evidence.api_version,
        "status": str(evidence.status),
        "location": re.split("[?#]", evidence.header("location"))[0],  # the rest may be a secret
        "minutes": f"{abs(ahead) / 60:.0f} minutes {'ahead of' if ahead > 0 else 'behind'}",
    }


def failure(pattern: str) -> Callable[[Evidence], bool]:
    """A predicate that searches the reason why there is no response."""
    found = re.compile(pattern, re.IGNORECASE)
    return lambda evidence: found.search(evidence.failure) is not None


def says(pattern: str, *statuses: int) -> Callable[[Evidence], bool]:
    """A predicate that searches the code and the words of an error, with one of these statuses if any."""
    found = re.compile(pattern, re.IGNORECASE | re.DOTALL)

    def matches(evidence: Evidence) -> bool:
        if evidence.response is None or (statuses and evidence.status not in statuses):
            return False
        return found.search(f"{evidence.code} {evidence.words}") is not None

    return matches


def has_status(*statuses: int) -> Callable[[Evidence], bool]:
    """A predicate for one of the statuses."""
    return lambda evidence: evidence.status in statuses


def has_no_response(evidence: Evidence) -> bool:
    """Whether there is no response."""
    return evidence.response is None
