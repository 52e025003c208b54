"""What a report needs of the run before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aoai_reports.results.findings import fingerprint
from aoai_reports.results.summary import Summary


@dataclass(frozen=True, slots=True)
class PreviousRun:
    """The violations and causes of the run before.

    `fingerprints` are those of all violations; `causes` has the title and the number of violations of each
    cause, by id.
    """

    fingerprints: frozenset[str]
    causes: Mapping[str, tuple[str, int]]

    @classmethod
    def of(cls, summary: Summary) -> PreviousRun:
        """The violations and causes of a summary."""
        return cls(
            frozenset(map(fingerprint, summary.findings)),
            {cause.id: (cause.title, len(cause.findings)) for cause in summary.causes},
        )
