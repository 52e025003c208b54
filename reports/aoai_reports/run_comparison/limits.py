"""Which values both targets take: point by point, however the requests that carried them were packed.

Between two runs of one document a point is known by its id. Between two documents an id may stand for two
values (`n.maximum:above` is 11 where the bound is 10), and one value may have two ids (null is
`stop.type:null` where it is forbidden, `stop.nullable:null` where it is not). So there a point is known by
the sentence that describes it, which names the field and the value.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from aoai_model.case import Point
from aoai_reports.record.lines import ExchangeLine
from aoai_reports.run_comparison.changes import Asked, BehaviourChange
from aoai_reports.run_comparison.compared_points import ComparedPoint, SeenPoint
from aoai_reports.run_comparison.sides import Side

_BOUND = re.compile(r", beyond its bound .*\Z")
#: How a sentence says that a value is forbidden; the value is the same where it is allowed.
_FORBIDDEN = " may not "
_ALLOWED = " may "

#: Operation and name of a point; then its id, and what was seen of it.
_Seen = dict[tuple[str, str], tuple[str, SeenPoint]]


def compared_points(base: Side, revision: Side, names: Mapping[str, str]) -> tuple[ComparedPoint, ...]:
    """Each point that either run sent, in the order of the base, then of the revision.

    `names` are the operations of the revision that are called otherwise in the base.
    """
    by_words = base.document != revision.document
    old, new = _seen(base, {}, by_words=by_words), _seen(revision, names, by_words=by_words)
    nothing = ("", SeenPoint())
    return tuple(
        ComparedPoint(
            key[0], (old.get(key) or new[key])[0], old.get(key, nothing)[1], new.get(key, nothing)[1]
        )
        for key in dict.fromkeys((*old, *new))
    )


def limit_changes(points: Iterable[ComparedPoint]) -> tuple[BehaviourChange, ...]:
    """The points that one run's target accepted and the other's refused."""
    return tuple(
        BehaviourChange(
            "limit",
            each.operation,
            "request",
            each.point,
            each.base.limit,
            each.revision.limit,
            (each.revision.case,),
            asked=(Asked(each.revision.case, each.point, each.base.pointer, each.revision.pointer),),
        )
        for each in points
        if each.moved
    )


def name_of_point(point: Point, *, by_words: bool) -> str:
    """What is equal for the same value at the same field.

    A constraint's point is `field.keyword:name`. Others (`body:empty`) have the same id in every document.
    """
    is_of_document = "." in point.constraint or point.constraint == "generated"
    if not by_words or not point.description or not is_of_document:
        return point.id
    return _BOUND.sub("", point.description.replace(_FORBIDDEN, _ALLOWED))


def _seen(side: Side, names: Mapping[str, str], *, by_words: bool) -> _Seen:
    seen: _Seen = {}
    for id_, line in side.cases.items():
        for point in line.points:
            key = (names.get(line.operation, line.operation), name_of_point(point, by_words=by_words))
            found = _seen_in(id_, line, point)
            before = seen.get(key)
            if before is None or _weight(found) > _weight(before[1]):
                seen[key] = (point.id if before is None else before[0], found)
    return seen


def _seen_in(id_: str, line: ExchangeLine, point: Point) -> SeenPoint:
    """A point counts as refused only where a request that carried nothing else was."""
    status = 0 if line.response is None else line.response.status
    if 200 <= status < 300:
        return SeenPoint("accepted", point.expect, point.clause, id_)
    if 400 <= status < 500 and len(line.points) == 1:
        return SeenPoint("refused", point.expect, point.clause, id_)
    return SeenPoint("unclear", point.expect, point.clause, id_)


def _weight(seen: SeenPoint) -> int:
    """Which of two findings of one run counts: one acceptance outdoes any refusal."""
    return ("unclear", "refused", "accepted").index(seen.limit)
