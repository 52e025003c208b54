"""Compares which values two runs accept, point by point, however the points were packed into requests.

Between two runs of one document, points are matched by id. Between two documents an id may stand for two
values (`n.maximum:above` is 11 if the bound is 10), and a value may have two ids (null is `stop.type:null` if
it is forbidden, otherwise `stop.nullable:null`). There, points are matched by their description, which names
the field and the value.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from aoai_model.case import Point
from aoai_reports.record.lines import ExchangeLine
from aoai_reports.run_comparison.changes import BehaviourChange, CaseSubject
from aoai_reports.run_comparison.compared_points import ComparedPoint, SeenPoint
from aoai_reports.run_comparison.sides import Side

_BOUND = re.compile(r", beyond its bound .*\Z")
#: How descriptions of the same value differ, depending on whether it is forbidden.
_FORBIDDEN = " may not "
_ALLOWED = " may "

#: By operation and name of a point: its id, and its result.
_Seen = dict[tuple[str, str], tuple[str, SeenPoint]]


def compared_points(base: Side, revision: Side, names: Mapping[str, str]) -> tuple[ComparedPoint, ...]:
    """Each point that either run sent, in the order of the base, then of the revision.

    `names` maps operations of the revision to their names in the base, where these differ.
    """
    by_description = base.document != revision.document
    old, new = (
        _seen(base, {}, by_description=by_description),
        _seen(revision, names, by_description=by_description),
    )
    nothing = ("", SeenPoint())
    return tuple(
        ComparedPoint(
            key[0], (old.get(key) or new[key])[0], old.get(key, nothing)[1], new.get(key, nothing)[1]
        )
        for key in dict.fromkeys((*old, *new))
    )


def limit_changes(points: Iterable[ComparedPoint]) -> tuple[BehaviourChange, ...]:
    """The points that one run's target accepted and the other's rejected."""
    return tuple(
        BehaviourChange(
            "limit",
            each.operation,
            "request",
            each.point,
            each.base.limit,
            each.revision.limit,
            (each.revision.case,),
            subjects=(CaseSubject(each.revision.case, each.point, each.base.pointer, each.revision.pointer),),
        )
        for each in points
        if each.moved
    )


def name_of_point(point: Point, *, by_description: bool) -> str:
    """A name that is equal for the same value of the same field.

    The point of a constraint is `field.keyword:name`. Others (`body:empty`) have the same id in all
    documents.
    """
    is_of_document = "." in point.constraint or point.constraint == "generated"
    if not by_description or not point.description or not is_of_document:
        return point.id
    return _BOUND.sub("", point.description.replace(_FORBIDDEN, _ALLOWED))


def _seen(side: Side, names: Mapping[str, str], *, by_description: bool) -> _Seen:
    seen: _Seen = {}
    for id_, line in side.cases.items():
        for point in line.points:
            key = (
                names.get(line.operation, line.operation),
                name_of_point(point, by_description=by_description),
            )
            found = _seen_in(id_, line, point)
            before = seen.get(key)
            if before is None or _weight(found) > _weight(before[1]):
                seen[key] = (point.id if before is None else before[0], found)
    return seen


def _seen_in(id_: str, line: ExchangeLine, point: Point) -> SeenPoint:
    """The result of a point in one exchange: rejected only if the request carried no other point."""
    status = 0 if line.response is None else line.response.status
    if 200 <= status < 300:
        return SeenPoint("accepted", point.expect, point.clause, id_)
    if 400 <= status < 500 and len(line.points) == 1:
        return SeenPoint("refused", point.expect, point.clause, id_)
    return SeenPoint("unclear", point.expect, point.clause, id_)


def _weight(seen: SeenPoint) -> int:
    """The precedence of a result within one run: acceptance outweighs rejection."""
    return ("unclear", "refused", "accepted").index(seen.limit)
