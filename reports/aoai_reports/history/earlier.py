"""The runs before a run, for the comparison in its report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from aoai_reports.history.accepted import accepted_beside, baseline_failed_beside
from aoai_reports.history.entry import RunEntry
from aoai_reports.record.reader import Record, read_record
from aoai_reports.results.summary import Summary, summarize
from aoai_specs.errors import ConformanceError

#: How many earlier runs a report shows.
MOST_RUNS = 60


@dataclass(frozen=True, slots=True)
class EarlierRuns:
    """The runs before a run.

    `previous` is the summary of the last one, None if there is none or its record cannot be read. `trend` has
    the number of violations of each cause, by id, in each run, oldest first.
    """

    previous: Summary | None = None
    trend: Mapping[str, tuple[int, ...]] = field(default_factory=dict)


def earlier_runs(runs: Sequence[RunEntry], documents: Sequence[str]) -> EarlierRuns:
    """Return the runs against the same documents among `runs`, which begin with the oldest."""
    comparable = [run for run in runs if set(run.documents) == set(documents)][-MOST_RUNS:]
    if not comparable:
        return EarlierRuns()
    counts = [{cause.id: cause.violations for cause in run.causes} for run in comparable]
    ids = {id_ for each in counts for id_ in each}
    trend = {id_: tuple(each.get(id_, 0) for each in counts) for id_ in sorted(ids)}
    return EarlierRuns(_summary_of(Path(comparable[-1].record)), trend)


def summary_beside(record: Record, path: Path) -> Summary:
    """Summarize a record with what the baseline of its run accepted, according to summary.json beside it."""
    strict = record.header.options.get("strict") is True
    summary = summarize(record, strict=strict, known=accepted_beside(path))
    return replace(summary, verdict="nonconformant") if baseline_failed_beside(path) else summary


def _summary_of(path: Path) -> Summary | None:
    try:
        return summary_beside(read_record(path), path)
    except ConformanceError:
        return None
