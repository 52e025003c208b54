"""Compares how long responses took in two runs, as distributions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Literal

from aoai_model.exchange import Response
from aoai_reports.run_comparison.behaviour import ResponsePair
from aoai_reports.run_comparison.changes import BehaviourChange, Spread, Timing

#: With fewer measurements in either run, nothing is reported.
FEWEST = 8
#: Smaller changes of the median, by factor or in seconds, are attributed to chance.
FACTOR = 2.0
SECONDS = 0.25


def timings(pairs: Iterable[ResponsePair]) -> tuple[Timing, ...]:
    """For each operation, the time until the first byte of a 2xx response, and the time between chunks."""
    grouped: dict[str, list[ResponsePair]] = {}
    for each in pairs:
        if each.base.status // 100 == each.revision.status // 100 == 2:
            grouped.setdefault(each.operation, []).append(each)
    return tuple(timing for operation, group in grouped.items() for timing in _of(operation, group))


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


def _of(operation: str, group: list[ResponsePair]) -> Iterator[Timing]:
    first = [each.base.started for each in group], [each.revision.started for each in group]
    between = (
        [gap for each in group for gap in _gaps(each.base)],
        [gap for each in group for gap in _gaps(each.revision)],
    )
    measures: tuple[tuple[Literal["first byte", "between chunks"], tuple[list[float], list[float]]], ...] = (
        ("first byte", first),
        ("between chunks", between),
    )
    for measure, (old, new) in measures:
        if old and new:
            yield Timing(operation, measure, spread_of(old), spread_of(new))


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
