"""What two runs found out about each point, as data: accepted, refused, unclear, or not tried."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

from aoai_model.case import Expectation
from aoai_model.serialization import Json
from aoai_reports.record.evidence import storable

#: `unclear`: every request that carried it failed, or was refused together with other points.
Limit = Literal["accepted", "refused", "unclear", "not tried"]
LIMITS: tuple[Limit, ...] = get_args(Limit)
_JUDGED = frozenset({"accepted", "refused"})


@dataclass(frozen=True, slots=True)
class SeenPoint:
    """What one run found out about a point: the document's word for it, and a case that shows it."""

    limit: Limit = "not tried"
    expect: Expectation = "any"
    clause: str = ""
    case: str = ""

    @property
    def pointer(self) -> str:
        """Its place in the document, without the document's name; empty where there is none."""
        return "#" + self.clause.partition("#")[2] if "#" in self.clause else ""


@dataclass(frozen=True, slots=True)
class ComparedPoint:
    """One value for one constraint in both runs. `point` is its id in the base, where that has it."""

    operation: str
    point: str
    base: SeenPoint
    revision: SeenPoint

    @property
    def is_compared(self) -> bool:
        """Whether both runs know whether it is accepted."""
        return self.base.limit in _JUDGED and self.revision.limit in _JUDGED

    @property
    def moved(self) -> bool:
        """Whether one run's target accepts it and the other's refuses it."""
        return self.is_compared and self.base.limit != self.revision.limit

    def to_json(self) -> dict[str, Json]:
        """As the public form has it."""
        return {
            "operation": self.operation,
            "point": storable(self.point),
            "base": self.base.limit,
            "revision": self.revision.limit,
        }


@dataclass(frozen=True, slots=True)
class PointCounts:
    """How many points were compared, what came of them, and how many could not be."""

    accepted: int
    refused: int
    moved: int
    unclear: int
    only_base: int
    only_revision: int

    @property
    def compared(self) -> int:
        """Those of which both runs know whether they are accepted."""
        return self.accepted + self.refused + self.moved


def counted_points(points: Iterable[ComparedPoint]) -> PointCounts:
    """What the points come to."""
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
