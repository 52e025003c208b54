"""A point together with what planning needs to know about it."""

from __future__ import annotations

from dataclasses import dataclass

from aoai_model.case import PlannedRequest, Point

#: The rank of points that only the profile deep sends.
DEEP_ONLY = 9


@dataclass(frozen=True, slots=True)
class PlannedPoint:
    """A point with its field, its rank (see `points`) and the request that carries it.

    A `harmless` point is one that a server would accept if the run had the resource that the point names; it
    may be packed.
    """

    point: Point
    field: str
    rank: int
    request: PlannedRequest
    harmless: bool = False
