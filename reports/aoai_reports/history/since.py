"""What a run changed against the comparable runs before it, and which of its violations come and go."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from aoai_model.verdict import Level
from aoai_reports.history.entry import DefectSeen, RunEntry
from aoai_reports.history.presence import WINDOW, TestedRun, comes_and_goes, is_lasting, presence
from aoai_reports.results.cause_kinds import cause_id
from aoai_reports.results.findings import LEVELS, Finding, Identity, Known
from aoai_reports.results.night_changes import DefectChange, NightChanges

#: How many earlier runs each run is compared with: enough for WINDOW that tested a defect.
MOST_COMPARED = 3 * WINDOW


def flaky_in(runs: Sequence[RunEntry]) -> Known:
    """Return why a finding is known to come and go, according to the comparable runs before it.

    A finding counts as flaky only if these runs alone show that it came, went and came back, and if it does
    not last now. So a regression, which went and comes back for the first time, fails.
    """
    tested = tuple(map(TestedRun.of, runs))

    def reason(finding: Finding) -> str | None:
        seen = presence(tested, finding.identity)
        if not comes_and_goes(seen) or not comes_and_goes((*seen, True)):
            return None
        recent = seen[-WINDOW:]
        return f"comes and goes: seen in {sum(recent)} of the last {len(recent)} runs"

    return reason


def changes_since(runs: Sequence[RunEntry], now: RunEntry) -> NightChanges:
    """What changed in a run since the last of the comparable runs before it; `runs` begin with the oldest."""
    return _changes(tuple(map(TestedRun.of, runs)), TestedRun.of(now))


def changes_of_each(runs: Sequence[RunEntry]) -> tuple[NightChanges, ...]:
    """What changed in each run since the comparable ones before it; `runs` begin with the oldest."""
    earlier: dict[tuple[object, ...], list[TestedRun]] = {}
    found = []
    for run in runs:
        like = earlier.setdefault((run.key, run.profile, run.tested_operations), [])
        current = TestedRun.of(run)
        found.append(_changes(like[-MOST_COMPARED:], current))
        like.append(current)
    return tuple(found)


def _changes(earlier: Sequence[TestedRun], current: TestedRun) -> NightChanges:
    found: dict[str, list[DefectChange]] = {"new": [], "fixed": [], "flaky": [], "lasting": []}
    for key in sorted({key for each in (*earlier, current) for key in each.defects}):
        change = _change(earlier, current, key)
        kind = _kind(change, tested=current.tested(key))
        if kind is not None:
            found[kind].append(change)
    by_level = {
        kind: tuple(sorted(changes, key=lambda each: (LEVELS.index(each.level), each.identity)))
        for kind, changes in found.items()
    }
    return NightChanges(since=earlier[-1].run.started if earlier else "", **by_level)


def _kind(change: DefectChange, *, tested: bool) -> str | None:
    """Under which heading a change is reported; None if nothing changed or the change is accepted."""
    *before, present = change.seen
    was_present = bool(before) and before[-1]
    if not tested or (present and change.known):
        return None
    if present == was_present:
        return "lasting" if comes_and_goes(before) and is_lasting(change.seen) else None
    if comes_and_goes(before):
        return None if change.known else "flaky"
    return "new" if present else "fixed"


def _change(earlier: Sequence[TestedRun], current: TestedRun, key: Identity) -> DefectChange:
    showing = [each for each in earlier if key in each.defects]
    newest = current if key in current.defects else showing[-1]
    defect = newest.defects[key]
    return DefectChange(
        identity=key,
        level=_level(defect),
        title=next(_titles(newest.run, key), defect.message),
        message=defect.message,
        seen=presence((*earlier, current), key)[-WINDOW - 1 :],
        last_seen=showing[-1].run.started if showing else "",
        known=defect.known and not defect.flaky,
    )


def _titles(run: RunEntry, key: Identity) -> Iterator[str]:
    id_ = cause_id(key)
    return (cause.title for cause in run.causes if cause.id == id_)


def _level(defect: DefectSeen) -> Level:
    return next((level for level in LEVELS if level == defect.level), "may")
