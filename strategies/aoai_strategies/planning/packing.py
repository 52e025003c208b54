"""Packs points that should all be accepted into few requests, and splits a packed request that is rejected.

Every request to a real model costs money. Points whose edits do not conflict are therefore sent together;
only a rejected request is split in halves, down to single points. Each point includes all the edits that it
needs, so that each part of a packed request is a valid request.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from aoai_model.case import Case, Derivation, Edit, PlannedRequest, Point
from aoai_strategies.errors import CannotSplitError
from aoai_strategies.points.field_dependencies import Side, exclusion_sides, exclusiveness
from aoai_strategies.points.planned_point import PlannedPoint
from aoai_strategies.requests.costs import with_request
from aoai_strategies.requests.editing import appends, apply_edits


class _Candidate:
    """A point with what every pack asks of it: its edits by place, and the places around each.

    `plain` is false if a place is changed twice. `sides` are the sides of exclusions that its field is on.
    """

    __slots__ = ("around", "below", "edits", "own", "plain", "planned", "sides")

    def __init__(self, planned: PlannedPoint, sides: frozenset[Side]) -> None:
        edits = planned.point.edits
        self.planned = planned
        self.sides = sides
        self.edits = edits
        self.own = {edit.pointer: edit for edit in edits}
        self.around = [tuple(_around(edit.pointer)) for edit in edits]
        self.below = {above for places in self.around for above in places}
        changed = [edit.pointer for edit in edits if not appends(edit)]
        self.plain = len(changed) == len(set(changed))


@dataclass(slots=True)
class _Pack:
    """Points that share a request, indexed so that `has_room` need not compare each member.

    `below` counts, for each place, the members that change something inside it; `held` counts those of them
    that also make the edit at the place itself. `sides` are the sides of exclusions that members are on.
    """

    members: list[PlannedPoint] = field(default_factory=list)
    edits: dict[str, Edit] = field(default_factory=dict)
    below: Counter[str] = field(default_factory=Counter)
    held: Counter[str] = field(default_factory=Counter)
    sides: set[Side] = field(default_factory=set)
    plain: bool = True

    def shared(self, candidate: _Candidate) -> int:
        """The number of edits that a point shares with the members."""
        return sum(self.edits.get(edit.pointer) == edit for edit in candidate.edits)

    def add(self, candidate: _Candidate) -> None:
        """Add a point."""
        self.members.append(candidate.planned)
        self.sides |= candidate.sides
        self.plain = self.plain and candidate.plain
        self.below.update(candidate.below)
        for edit in candidate.edits:
            if not appends(edit):
                self.edits[edit.pointer] = edit
                self.held[edit.pointer] += edit.pointer in candidate.below

    def has_room(self, candidate: _Candidate) -> bool:
        """Whether a point conflicts with no member by an exclusion or an edit."""
        if any((rule, not first) in self.sides for rule, first in candidate.sides):
            return False
        if not (self.plain and candidate.plain):
            return not any(conflicts(member.point, candidate.planned.point) for member in self.members)
        return not self._conflicts_with(candidate)

    def _conflicts_with(self, candidate: _Candidate) -> bool:
        """Whether the edits conflict with those of some member, as `conflicts` defines it."""
        known_edits, own = self.edits, candidate.own
        for edit, around in zip(candidate.edits, candidate.around, strict=True):
            for above in around:
                known = known_edits.get(above)
                if known is not None and own.get(above) != known:
                    return True
            if appends(edit):
                continue
            known = known_edits.get(edit.pointer)
            if known is not None and known != edit:
                return True
            if self.below[edit.pointer] > (0 if known is None else self.held[edit.pointer]):
                return True
        return False


def _around(pointer: str) -> Iterator[str]:
    """The places around a pointer, innermost first."""
    inside_body = pointer.startswith("/")
    while "/" in pointer:
        pointer = pointer.rpartition("/")[0]
        if pointer or inside_body:
            yield pointer


def pack(kind: str, candidates: Sequence[PlannedPoint]) -> tuple[tuple[PlannedPoint, ...], ...]:
    """Group the points into few groups that can each share a request, in the order given.

    The grouping is greedy: fields that exclude most others come first, and each point joins the group with
    which it shares most edits, so that points with the same dependencies share a request.
    """
    packs: list[_Pack] = []
    places = {candidate.point.id: place for place, candidate in enumerate(candidates)}
    sides = {field: exclusion_sides(kind, field) for field in {candidate.field for candidate in candidates}}
    taken = frozenset(side for each in sides.values() for side in each)
    for planned in sorted(candidates, key=lambda one: -exclusiveness(sides[one.field], taken)):
        candidate = _Candidate(planned, sides[planned.field])
        rooms = [group for group in packs if group.has_room(candidate)]
        home = max(rooms, key=lambda group: group.shared(candidate), default=None)
        if home is None:
            packs.append(home := _Pack())
        home.add(candidate)
    groups = [sorted(group.members, key=lambda member: places[member.point.id]) for group in packs]
    return tuple(map(tuple, sorted(groups, key=lambda group: places[group[0].point.id])))


def conflicts(one: Point, other: Point) -> bool:
    """Whether two points cannot share a request because they change the same place differently.

    Both share equal edits. Of the others, none may change a place that the other point changes, nor a place
    inside or around it; edits that append to the same array do not conflict.
    """
    if one.edits == other.edits:
        return False
    shared = [edit for edit in one.edits if edit in other.edits and not appends(edit)]
    left = [edit for edit in one.edits if edit not in shared]
    right = [edit for edit in other.edits if edit not in shared]
    if any(_clash(mine, theirs) for mine in left for theirs in right):
        return True
    # a repeated edit is applied once and so undoes nothing inside it, but a change around it would undo it
    return any(
        edit.pointer.startswith(changed.pointer + "/") or edit.pointer == changed.pointer
        for edit in shared
        for changed in (*left, *right)
        if not appends(changed)
    )


def _clash(mine: Edit, theirs: Edit) -> bool:
    if appends(mine) and appends(theirs):
        return False
    one, other = mine.pointer.removesuffix("/-"), theirs.pointer.removesuffix("/-")
    if appends(mine) or appends(theirs):
        inner, outer = (one, other) if appends(mine) else (other, one)
        return inner == outer or inner.startswith(outer + "/")
    return one == other or one.startswith(other + "/") or other.startswith(one + "/")


def join_points(base: PlannedRequest, points: Iterable[Point]) -> PlannedRequest:
    """The base request with the edits of all points; equal lists of edits are applied once."""
    distinct: list[tuple[Edit, ...]] = []
    alike: dict[tuple[str, ...], list[tuple[Edit, ...]]] = {}
    for point in points:
        known = alike.setdefault(tuple(edit.pointer for edit in point.edits), [])
        if point.edits not in known:
            known.append(point.edits)
            distinct.append(point.edits)
    return apply_edits(base, (edit for edits in distinct for edit in edits))


def bisect(case: Case) -> tuple[Case, Case]:
    """Split a case of two or more points into two cases with half of them each.

    The requests are rebuilt from the base request; the ids are that of the case with `/1` and `/2` appended.
    Raises CannotSplitError for a case with fewer points or without a base request.
    """
    if len(case.points) < 2 or case.base is None:
        raise CannotSplitError(f"The case {case.id} cannot be split: it needs two points and a base request.")
    middle = len(case.points) // 2
    first, second = (
        _part(case, case.base, number, points)
        for number, points in enumerate((case.points[:middle], case.points[middle:]), start=1)
    )
    return first, second


def _part(case: Case, base: PlannedRequest, number: int, points: tuple[Point, ...]) -> Case:
    part = replace(case, id=f"{case.id}/{number}", points=points, derived=Derivation(case.id, "half"))
    return with_request(part, join_points(base, points))
