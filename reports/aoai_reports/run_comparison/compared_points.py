"""The results of two runs for each point: accepted, rejected, unclear, or not tried."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

from aoai_model.case import Expectation
from aoai_model.serialization import Json
from aoai_reports.record.evidence import storable

#: `unclear`: every request that carried the point failed, or was rejected together with other points.
Limit = Literal["accepted", "refused", "unclear", "not tried"]
LIMITS: tuple[Limit, ...] = get_args(Limit)
_JUDGED = frozenset({"accepted", "refused"})


@dataclass(frozen=True, slots=True)
class SeenPoint:
    """The result of one run for a point, with the expectation of the document and a case that shows it."""

    limit: Limit = "not tried"
    expect: Expectation = "any"
    clause: str = ""
    case: str = ""

    @property
    def pointer(self) -> str:
        """Its pointer in the document, without the name of the document; empty if it has none."""
        return "#" + self.clause.partition("#")[2] if "#" in self.clause else ""


@dataclass(frozen=True, slots=True)
class ComparedPoint:
    """One point in both runs. `point` is its id in the base, or in the revision if only that has it."""

    operation: str
    point: str
    base: SeenPoint
    revision: SeenPoint

    @property
    def is_compared(self) -> bool:
        """Whether both runs determined if it is accepted."""
        return self.base.limit in _JUDGED and self.revision.limit in _JUDGED

    @property
    def moved(self) -> bool:
        """Whether one run's target accepts it and the other's rejects it."""
        return self.is_compared and self.base.limit != self.revision.limit

    def to_json(self) -> dict[str, Json]:
        """The public form."""
        return {
            "operation": self.operation,
            "point": storable(self.point),
            "base": self.base.limit,
            "revision": self.revision.limit,
        }


@dataclass(frozen=True, slots=True)
class PointCounts:
    """How many points were compared, with their results, and how many could not be."""

    accepted: int
    refused: int
    moved: int
    unclear: int
    only_base: int
    only_revision: int

    @property
    def compared(self) -> int:
        """The points for which both runs determined if they are accepted."""
        return self.accepted + self.refused + self.moved


def count_points(points: Iterable[ComparedPoint]) -> PointCounts:
    """Count points by result."""
    accepted = refused = moved = unclear = only_base = only_revision = 0
    for each in points:
        if each.moved:
            moved += 1
        elif each.is_compared and each.base.limit == "accepted":
            accepted += 1
        elif each.is_compared:
            refused += 1
        elif each.revision.limit == "not tried":
            only_base += 1
        elif each.base.limit == "not tried":
            only_revision += 1
        else:
            unclear += 1
    return PointCounts(accepted, refused, moved, unclear, only_base, only_revision)
