"""Packing: points that should all be accepted share a request, and a refused request is taken apart again.

Every request to a real model costs money. Points whose edits do not get in each other's way are therefore
sent together, first fit; only when the request is refused is it halved, down to single points. Each point
brings all the edits that it needs, so that any part of a packed request is itself a valid request.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from aoai_model.case import Case, Edit, PlannedRequest, Point
from aoai_strategies.points.field_dependencies import Side, exclusion_sides, exclusiveness
from aoai_strategies.requests.costs import token_estimate
from aoai_strategies.requests.editing import appends, edited


@dataclass(frozen=True, slots=True)
class Packable:
    """A point with the field that it is about, by which exclusions know it."""

    point: Point
    field: str


@dataclass(slots=True)
class _Pack:
    """Points that share a request, and what it takes to see soon whether another one may join them.

    `below` counts, for each place, the members that change something inside it; `held` those of them that
    also make the edit that is made at the place itself. `sides` are the sides of exclusions that are taken.
    """

    members: list[Packable] = field(default_factory=list)
    edits: dict[str, Edit] = field(default_factory=dict)
    below: Counter[str] = field(default_factory=Counter)
    held: Counter[str] = field(default_factory=Counter)
    sides: set[Side] = field(default_factory=set)
    plain: bool = True

    def shared(self, point: Point) -> int:
        """How many edits of a point are made here already."""
        return sum(self.edits.get(edit.pointer) == edit for edit in point.edits)

    def add(self, candidate: Packable, sides: frozenset[Side]) -> None:
        """Let a point join."""
        self.members.append(candidate)
        self.sides |= sides
        edits = candidate.point.edits
        self.plain = self.plain and _is_plain(edits)
        below = {above for edit in edits for above in _around(edit.pointer)}
        self.below.update(below)
        for edit in edits:
            if not appends(edit):
                self.edits[edit.pointer] = edit
                self.held[edit.pointer] += edit.pointer in below

    def has_room(self, candidate: Packable, sides: frozenset[Side]) -> bool:
        """Whether a point may join: no exclusion and no edit keeps it from any member."""
        if any((rule, not first) in self.sides for rule, first in sides):
            return False
        if not (self.plain and _is_plain(candidate.point.edits)):
            return not any(conflicting(member.point, candidate.point) for member in self.members)
        return not self._conflicts(candidate.point.edits)

    def _conflicts(self, edits: tuple[Edit, ...]) -> bool:
        """What `conflicting` says of the edits and some member, without a look at each member."""
        own = {edit.pointer: edit for edit in edits}
        for edit in edits:
            for above in _around(edit.pointer):
                known = self.edits.get(above)
                if known is not None and own.get(above) != known:
                    return True
            if appends(edit):
                continue
            known = self.edits.get(edit.pointer)
            if known is not None and known != edit:
                return True
            if self.below[edit.pointer] > (0 if known is None else self.held[edit.pointer]):
                return True
        return False


def _is_plain(edits: tuple[Edit, ...]) -> bool:
    """Whether each place is changed once."""
    pointers = [edit.pointer for edit in edits if not appends(edit)]
    return len(pointers) == len(set(pointers))


def _around(pointer: str) -> Iterator[str]:
    """The places that a pointer is inside."""
    inside_body = pointer.startswith("/")
    while "/" in pointer:
        pointer = pointer.rpartition("/")[0]
        if pointer or inside_body:
            yield pointer


def packed(kind: str, candidates: Sequence[Packable]) -> tuple[tuple[Packable, ...], ...]:
    """The points in few groups, each of points that can share a request, all in the order given.

    A greedy covering: fields that exclude most others find their groups first, and each point goes where it
    shares most of its edits, so that what needs the same companions travels together.
    """
    packs: list[_Pack] = []
    places = {candidate.point.id: place for place, candidate in enumerate(candidates)}
    sides = {field: exclusion_sides(kind, field) for field in {candidate.field for candidate in candidates}}
    taken = frozenset(side for each in sides.values() for side in each)
    for candidate in sorted(candidates, key=lambda one: -exclusiveness(sides[one.field], taken)):
        own = sides[candidate.field]
        rooms = [pack for pack in packs if pack.has_room(candidate, own)]
        home = max(rooms, key=lambda pack: pack.shared(candidate.point), default=None)
        if home is None:
            packs.append(home := _Pack())
        home.add(candidate, own)
    groups = [sorted(pack.members, key=lambda member: places[member.point.id]) for pack in packs]
    return tuple(map(tuple, sorted(groups, key=lambda group: places[group[0].point.id])))


def conflicting(one: Point, other: Point) -> bool:
    """Whether two points cannot share a request because they change the same place in different ways.

    Edits that both make are shared. Of the others none may touch a place that the other point touches, nor a
    place within or around it; two additions to one array are not in each other's way.
    """
    if one.edits == other.edits:
        return False
    shared = [edit for edit in one.edits if edit in other.edits and not appends(edit)]
    left = [edit for edit in one.edits if edit not in shared]
    right = [edit for edit in other.edits if edit not in shared]
    if any(_clash(mine, theirs) for mine in left for theirs in right):
        return True
    # what one point changes within a shared edit must not be undone by making that edit again: it never is,
    # because an edit that occurs twice is made once; but a change around a shared edit would undo it
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


def joined(base: PlannedRequest, points: Iterable[Point]) -> PlannedRequest:
    """The base request with the edits of all points; points with the very same edits are carried together."""
    distinct: list[tuple[Edit, ...]] = []
    alike: dict[tuple[str, ...], list[tuple[Edit, ...]]] = {}
    for point in points:
        known = alike.setdefault(tuple(edit.pointer for edit in point.edits), [])
        if point.edits not in known:
            known.append(point.edits)
            distinct.append(point.edits)
    return edited(base, (edit for edits in distinct for edit in edits))


def halves(case: Case) -> tuple[Case, Case]:
    """A case of two or more points as two cases of half of them each, rebuilt from its base request.

    Their ids are the case's with `/1` and `/2` after it. Raises ValueError for a case that has a single point
    or was not made from a base request.
    """
    if len(case.points) < 2 or case.base is None:
        raise ValueError(f"The case {case.id} cannot be taken apart: it carries {len(case.points)} point(s).")
    middle = len(case.points) // 2
    first, second = (
        _part(case, case.base, number, points)
        for number, points in enumerate((case.points[:middle], case.points[middle:]), start=1)
    )
    return first, second


def _part(case: Case, base: PlannedRequest, number: int, points: tuple[Point, ...]) -> Case:
    request = joined(base, points)
    prompt_tokens, completion_tokens = token_estimate(case.kind, request, case.expect)
    return replace(
        case,
        id=f"{case.id}/{number}",
        request=request,
        points=points,
        prompt_tokens=prompt_tokens,
        completion_tokens=completion_tokens,
    )


def request_key(request: PlannedRequest) -> str:
    """A text that two requests share exactly when they are the same request."""
    from aoai_strategies.planning.printing import request_as_json

    return json.dumps(request_as_json(request), sort_keys=True)
