"""The table of symptoms: what a failure or a response shows, and what to do about it.

The next symptom is a row of a module of this package. Of FAILURES the first row that matches counts; of
OBSERVATIONS each one does.
"""

from __future__ import annotations

from collections.abc import Iterator

from aoai_conformance.doctor.evidence import Evidence
from aoai_conformance.doctor.symptoms.access import ACCESS
from aoai_conformance.doctor.symptoms.connection import CONNECTION
from aoai_conformance.doctor.symptoms.responses import ADDRESS, BUSY, REST
from aoai_conformance.doctor.symptoms.symptom import Symptom
from aoai_conformance.target.targets import is_loopback

#: Tokens are rejected if the clock is further off, in seconds.
_LARGEST_SKEW = 300.0

FAILURES: tuple[Symptom, ...] = (*BUSY, *CONNECTION, *ACCESS, *ADDRESS, *REST)
OBSERVATIONS: tuple[Symptom, ...] = (
    Symptom(
        "clock",
        lambda evidence: abs(evidence.clock_skew) > _LARGEST_SKEW,
        "The clock of this machine is {minutes} that of {host}.",
        "Set the clock; tokens are rejected, and times in records are wrong until then.",
    ),
    Symptom(
        "unencrypted",
        lambda evidence: (
            evidence.setting.root.startswith("http://") and not is_loopback(evidence.setting.root)
        ),
        "The connection to {host} is not encrypted, and the credentials are sent in the clear.",
        "Use https:// if the server offers it.",
    ),
)


def diagnose(evidence: Evidence) -> Iterator[Symptom]:
    """The symptoms of one exchange: the first that explains its failure, and all observations."""
    if not evidence.is_ok:
        yield next(symptom for symptom in FAILURES if symptom.matches(evidence))
    yield from (symptom for symptom in OBSERVATIONS if symptom.matches(evidence))
