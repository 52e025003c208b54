"""Packing: points that should all be accepted share a request, and a refused request is taken apart again.

Every request to a real model costs money. Points whose edits do not get in each other's way are therefore
sent together, first fit; only when the request is refused is it halved, down to single points. Each point
brings all the edits that it needs, so that any part of a packed request is itself a valid request.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from aoai_strategies.case import Case, Edit, PlannedRequest, Point
from aoai_strategies.companions import excluded, exclusiveness
from aoai_strategies.costs import token_estimate
from aoai_strategies.editing import appends, edited


@dataclass(frozen=True, slots=True)
class Packable:
    """A point with the field that it is about, by which exclusions know it."""

    point: Point
    field: str


@dataclass(slots=True)
class _Pack:
    members: list[Packable] = field(default_factory=list)
    edits: dict[str, Edit] = field(default_factory=dict)

    def shared(self, point: Point) -> int:
        """How many edits of a point are made here already."""
        return sum(self.edits.get(edit.pointer) == edit for edit in point.edits)


def packed(kind: str, candidates: Sequence[Packable]) -> tuple[tuple[Packable, ...], ...]:
    """The points in few groups, each of points that can share a request, all in the order given.

    A greedy covering: fields that exclude most others find their groups first, and each point goes where it
    shares most of its edits, so that what needs the same companions travels together.
    """
    packs: list[_Pack] = []
    places = {candidate.point.id: place for place, candidate in enumerate(candidates)}
    fields = frozenset(candidate.field for candidate in candidates)
    for candidate in sorted(candidates, key=lambda one: -exclusiveness(kind, one.field, fields)):
        rooms = [pack for pack in packs if _has_room(kind, pack, candidate)]
        home = max(rooms, key=lambda pack: pack.shared(candidate.point), default=None)
        if home is None:
            packs.append(home := _Pack())
        home.members.append(candidate)
        for edit in candidate.point.edits:
            if not appends(edit):
                home.edits[edit.pointer] = edit
    groups = [sorted(pack.members, key=lambda member: places[member.point.id]) for pack in packs]
    return tuple(map(tuple, sorted(groups, key=lambda group: places[group[0].point.id])))


def _has_room(kind: str, pack: _Pack, candidate: Packable) -> bool:
    if any(excluded(kind, member.field, candidate.field) for member in pack.members):
        return False
    return not any(conflicting(member.point, candidate.point) for member in pack.members)


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
    for point in points:
        if point.edits not in distinct:
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
    from aoai_strategies.printing import request_as_json

    return json.dumps(request_as_json(request), sort_keys=True)
