"""Sentences about violations, each when it first occurs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from aoai_reports.formats.legible import visible_line
from aoai_reports.record.lines import ExchangeLine
from aoai_reports.results.findings import Identity, fingerprint_of, place_of

_LONGEST = 300


@dataclass(slots=True)
class NewViolations:
    """The violations seen so far, by fingerprint."""

    _seen: set[str] = field(default_factory=set)

    def of(self, line: ExchangeLine) -> Iterator[str]:
        """Yield a sentence for each violation of an exchange that has not occurred before."""
        streamed = line.response is not None and line.response.events is not None
        for violation in line.violations:
            place = place_of(violation, streamed=streamed)
            identity = Identity(violation.rule, line.document, line.operation, place, violation.reason)
            fingerprint = fingerprint_of(identity)
            if fingerprint not in self._seen:
                self._seen.add(fingerprint)
                level = (violation.level or "must").upper()
                yield visible_line(
                    f"{level} {violation.rule} {line.operation} ({line.case}): {violation.message}", _LONGEST
                )
