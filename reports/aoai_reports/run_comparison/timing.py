"""Compares how long responses took in two runs, as distributions."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal, TypeAlias

from aoai_model.exchange import Response
from aoai_reports.run_comparison.behaviour import ResponsePair
from aoai_reports.run_comparison.changes import BehaviourChange, Spread, Timing

Measure: TypeAlias = Literal["first byte", "between chunks"]

#: With fewer measurements in either run, nothing is reported.
FEWEST = 8
#: Smaller changes of the median, by factor or in seconds, are attributed to chance.
FACTOR = 2.0
SECONDS = 0.25


def timings(pairs: Iterable[ResponsePair]) -> tuple[Timing, ...]:
    """For each operation, the time until the first byte of a 2xx response, and the time between chunks."""
    grouped: dict[str, _Measured] = {}
    for each in pairs:
        if each.base.status // 100 == each.revision.status // 100 == 2:
            grouped.setdefault(each.operation, _Measured()).add(each)
    return tuple(timing for operation, measured in grouped.items() for timing in measured.timings(operation))


@dataclass(slots=True)
class _Measured:
    """The times of the responses of one operation in both runs."""

    first: tuple[array[float], array[float]] = field(default_factory=lambda: (array("d"), array("d")))
    between: tuple[array[float], array[float]] = field(default_factory=lambda: (array("d"), array("d")))

    def add(self, pair: ResponsePair) -> None:
        for place, response in enumerate((pair.base, pair.revision)):
            self.first[place].append(response.started)
            self.between[place].extend(_gaps(response))

    def timings(self, operation: str) -> Iterator[Timing]:
        measures: tuple[
            tuple[Literal["first byte", "between chunks"], tuple[array[float], array[float]]], ...
        ]
        measures = (("first byte", self.first), ("between chunks", self.between))
        for measure, (old, new) in measures:
            if old and new:
                yield Timing(operation, measure, spread_of(old), spread_of(new))


def timing_changes(measured: Iterable[Timing]) -> tuple[BehaviourChange, ...]:
    """The distributions that moved: medians far apart, and interquartile ranges that do not overlap."""
    return tuple(
        BehaviourChange(
            "timing",
            each.operation,
            "answer",
            each.measure,
            f"median {each.base.median:.3f} s",
            f"median {each.revision.median:.3f} s",
            count=each.revision.count,
        )
        for each in measured
        if _moved(each.base, each.revision)
    )


def _gaps(response: Response) -> Iterator[float]:
    for one, other in pairwise(response.events or ()):
        yield max(0.0, other.arrived - one.arrived)


def spread_of(seconds: Iterable[float]) -> Spread:
    """The quartiles and the 95th percentile of at least one measurement."""
    ordered = sorted(seconds)

    def at(part: float) -> float:
        return round(ordered[min(len(ordered) - 1, int(part * len(ordered)))], 6)

    return Spread(len(ordered), at(0.25), at(0.5), at(0.75), at(0.95))


def _moved(old: Spread, new: Spread) -> bool:
    if min(old.count, new.count) < FEWEST:
        return False
    slow, fast = (new, old) if new.median > old.median else (old, new)
    far = slow.median - fast.median >= SECONDS and slow.median >= FACTOR * fast.median
    return far and slow.lower > fast.upper
