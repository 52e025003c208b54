"""The runs before a run, for the comparison in its report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from aoai_reports.history.entry import RunEntry
from aoai_reports.record.reader import Record
from aoai_reports.results.cause_kinds import cause_id
from aoai_reports.results.collected.operation_totals import TotalsCollector
from aoai_reports.results.findings import fingerprint_of
from aoai_reports.results.previous import PreviousRun

#: How many earlier runs a report shows.
MOST_RUNS = 60


@dataclass(frozen=True, slots=True)
class EarlierRuns:
    """The runs before a run.

    `runs` are those that can be compared with it, oldest first; `previous` is the last one, None if there is
    none. `trend` has the number of violations of each cause, by id, in each run.
    """

    runs: tuple[RunEntry, ...] = ()
    previous: PreviousRun | None = None
    trend: Mapping[str, tuple[int, ...]] = field(default_factory=dict)


def earlier_runs(runs: Sequence[RunEntry], record: Record) -> EarlierRuns:
    """Return the runs that can be compared with a record; `runs` begin with the oldest.

    Only runs of the same profile that tested the same operations of the same documents are compared:
    otherwise violations would seem to appear or disappear that one of the runs did not look for.
    """
    tested = set(record.collected(TotalsCollector).by_operation())
    like = tuple(
        run
        for run in runs[-MOST_RUNS:]
        if run.profile == record.header.profile and run.tested_operations == tested
    )
    comparable = list(map(_previous, like))
    if not comparable:
        return EarlierRuns()
    ids = sorted({id_ for each in comparable for id_ in each.causes})
    trend = {id_: tuple(each.causes.get(id_, ("", 0))[1] for each in comparable) for id_ in ids}
    return EarlierRuns(like, comparable[-1], trend)


def _previous(run: RunEntry) -> PreviousRun:
    """A stored run; the causes of runs that were stored without them follow from their violations."""
    causes = {cause.id: (cause.title, cause.violations) for cause in run.causes}
    if not run.causes:
        for defect in run.defects:
            id_ = cause_id(defect.identity)
            title, number = causes.get(id_, (defect.message, 0))
            causes[id_] = (title, number + 1)
    return PreviousRun(frozenset(fingerprint_of(each.identity) for each in run.defects), causes)
