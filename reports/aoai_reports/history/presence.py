"""In which runs a defect was present, and whether it comes and goes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from aoai_reports.history.entry import DefectSeen, RunEntry
from aoai_reports.results.findings import Identity, is_point

#: How many runs that tested a defect decide whether it comes and goes.
WINDOW = 10
#: A defect that each of so many last runs shows does not go any more.
LASTING = 3


def comes_and_goes(seen: Sequence[bool]) -> bool:
    """Whether a defect disappeared and came back within the last runs, and does not last now.

    `seen` is whether each run that tested it showed it, the oldest first. A defect that appears for the first
    time never comes and goes, however often the runs before it were different; neither does one that each of
    the last LASTING runs shows.
    """
    recent = seen[-WINDOW:]
    return _stretches(recent) > 1 and not is_lasting(recent)


def is_lasting(seen: Sequence[bool]) -> bool:
    """Whether each of the last runs shows a defect."""
    return len(seen) >= LASTING and all(seen[-LASTING:])


def _stretches(seen: Sequence[bool]) -> int:
    """How many times a defect was present in one or more consecutive runs."""
    return sum(present for present, _ in groupby(seen))


@dataclass(frozen=True, slots=True)
class TestedRun:
    """A run with what it tested, for fast access."""

    run: RunEntry
    defects: Mapping[Identity, DefectSeen]
    judged: frozenset[tuple[str, str, str]]
    responded: Mapping[tuple[str, str], frozenset[str]] | None

    @classmethod
    def of(cls, run: RunEntry) -> TestedRun:
        """The index of a run."""
        responded = None
        if run.responded_points is not None:
            responded = {
                (each.document, each.operation): frozenset(each.points) for each in run.responded_points
            }
        return cls(
            run,
            {each.identity: each for each in run.defects},
            frozenset(
                (each.document, each.operation, each.rule)
                for each in run.rules
                if each.passed or each.violation
            ),
            responded,
        )

    def tested(self, key: Identity) -> bool:
        """Whether the run shows a defect or would have: it judged the rule and, for a point, got a response.

        A response is assumed for runs stored without points.
        """
        if key in self.defects:
            return True
        if (key.document, key.operation, key.rule) not in self.judged:
            return False
        if not is_point(key.place) or self.responded is None:
            return True
        return key.place in self.responded.get((key.document, key.operation), ())


def presence(runs: Sequence[TestedRun], key: Identity) -> tuple[bool, ...]:
    """Whether each run that tested a defect showed it, in the order of the runs."""
    return tuple(key in each.defects for each in runs if each.tested(key))
