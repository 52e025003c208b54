"""What is new in a run against the previous run and the runs before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from aoai_reports.formats.legible import visible_line
from aoai_reports.formats.quantities import quantity
from aoai_reports.results.causes import Cause
from aoai_reports.results.findings import fingerprint
from aoai_reports.results.previous import PreviousRun
from aoai_reports.results.summary import Summary

MOST_GONE: Final = 100
#: How many runs a sparkline shows.
MOST_RUNS: Final = 60


@dataclass(frozen=True, slots=True)
class GoneCause:
    """A cause of the previous run that this run does not show."""

    title: str
    violations: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """The difference from the previous run: violations that appeared and disappeared, and causes gone."""

    appeared: int
    disappeared: int
    gone: tuple[GoneCause, ...]
    left_out: int

    @property
    def sentence(self) -> str:
        """`Since the previous run: 2 violations appeared, 1 disappeared`, as a sentence."""
        if not self.appeared and not self.disappeared:
            return "Since the previous run: no violation appeared or disappeared."
        appeared = quantity(self.appeared, "violation")
        return f"Since the previous run: {appeared} appeared, {self.disappeared:,} disappeared."


@dataclass(frozen=True, slots=True)
class Sparkline:
    """The number of violations of a cause in the last runs as a path in a box of 100 × 24."""

    path: str
    sentence: str


def compare(summary: Summary, previous: PreviousRun) -> Comparison:
    """The difference from the previous run."""
    now, before = frozenset(map(fingerprint, summary.findings)), previous.fingerprints
    shown = {cause.id for cause in summary.causes}
    gone = [cause for id_, cause in previous.causes.items() if id_ not in shown]
    return Comparison(
        appeared=len(now - before),
        disappeared=len(before - now),
        gone=tuple(GoneCause(visible_line(title), number) for title, number in gone[:MOST_GONE]),
        left_out=max(0, len(gone) - MOST_GONE),
    )


def sparkline(cause: Cause, counts: Sequence[int]) -> Sparkline | None:
    """The sparkline of a cause; `counts` are its violations in the runs before this one, oldest first."""
    return counts_line([*counts, len(cause.findings)]) if counts else None


def counts_line(counts: Sequence[int]) -> Sparkline | None:
    """The sparkline of some numbers of violations, oldest first; None for fewer than two."""
    if len(counts) < 2:
        return None
    values = counts[-MOST_RUNS:]
    top = max(values) or 1
    step = 96 / (len(values) - 1)
    points = [f"{2 + step * place:.1f} {22 - 20 * value / top:.1f}" for place, value in enumerate(values)]
    listed = ", ".join(f"{value:,}" for value in values)
    return Sparkline(f"M{'L'.join(points)}", f"violations in the last {len(values)} runs: {listed}")
