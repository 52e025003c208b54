"""The planned points of each operation by field, with their states."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from aoai_reports.formats.legible import visible_line
from aoai_reports.results.point_account import PointState
from aoai_reports.results.tallies import OperationTally

MOST_POINTS: Final = 5000
#: Document, operation and point.
PointKey: TypeAlias = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class PointView:
    """One planned point; `entry` is the fingerprint of its violation, empty without one."""

    id: str
    name: str
    state: PointState
    entry: str = ""


@dataclass(frozen=True, slots=True)
class OperationPoints:
    """The points of one operation by field, and how many are left out."""

    tally: OperationTally
    fields: tuple[tuple[str, tuple[PointView, ...]], ...]
    left_out: int


def points_of(
    tallies: Sequence[OperationTally], entries: Mapping[PointKey, str]
) -> tuple[OperationPoints, ...]:
    """The points of operations; `entries` has the fingerprint of the violation of a point."""
    views: list[OperationPoints] = []
    room = MOST_POINTS
    for tally in tallies:
        fields: dict[str, list[PointView]] = {}
        for id_, state in tally.points[:room]:
            constraint, _, where = id_.partition(":")
            field, dot, keyword = constraint.rpartition(".")
            name = visible_line((f"{keyword}:{where}" if dot else where) or id_, 120)
            entry = entries.get((tally.document, tally.operation, id_), "")
            view = PointView(visible_line(id_), name, state, entry)
            fields.setdefault(visible_line(field if dot else constraint, 120), []).append(view)
        left_out = max(0, len(tally.points) - room)
        room = max(0, room - len(tally.points))
        listed = tuple((name, tuple(points)) for name, points in fields.items())
        views.append(OperationPoints(tally, listed, left_out))
    return tuple(views)
