"""To which point a refusal belongs, so that one defect is one entry, whichever requests bring it out.

A server that refuses `n: null` refuses the point that says so, each scenario that sends it and each generated
request that holds it. The point comes first in a plan; what holds all that makes up its request is told
under its name. Nothing is sent here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from aoai_conformance.exchange import Exchange
from aoai_model.case import Case, PlannedRequest, Point
from aoai_reports.results.request_features import Features, features_of
from aoai_strategies.requests.editing import body_value

#: The reasons that the rules about the contract's inside give for a violation.
REFUSED = frozenset({"refused", "5xx"})
#: How deep two requests are compared where the values do not matter, and what tells one branch from another.
_SHALLOW = 2
_BRANCH = re.compile(r"\A/\w+/type=")
_VALUE = re.compile(r"=.*", re.DOTALL)
#: What a request bounds its answer with, whatever it is about.
_BOUNDS = re.compile(r"/(max_tokens|max_completion_tokens)=")
#: Fields that nearly every request has.
_EVERYWHERE = frozenset({"max_tokens", "max_completion_tokens", "model", "messages", "prompt", "input"})


@dataclass(slots=True)
class Refusals:
    """The points of each operation that were wrongly refused so far, with what their requests are made of."""

    _known: dict[tuple[str, str], list[tuple[Point, Features]]] = field(default_factory=dict)
    _plain: dict[tuple[str, str], Features] = field(default_factory=dict)

    def note(self, exchange: Exchange, *, refused: bool) -> None:
        """Learn from an exchange: what the base request is made of, or which point was refused alone."""
        case = exchange.case
        key = (case.document, case.operation)
        if case.origin == "base":
            self._plain[key] = features(case.request)
        if refused and case.expect == "accept" and len(case.points) == 1:
            plain = self._plain.get(key, frozenset())
            if case.base is not None:
                plain |= features(case.base)
            own = features(case.request) - plain
            own = frozenset(one for one in own if not _BOUNDS.match(one)) or own
            if own:
                self._known.setdefault(key, []).append((case.points[0], own))

    def explaining(self, case: Case, *, loosely: bool = False) -> Point | None:
        """The refused point whose request this one holds; None where none is known.

        It holds it where it has the same fields with the same values, or the same branch of a union (any
        `json_schema`). `loosely` heeds which fields there are and not which values they have: for a request
        that was shrunk, each field of which is to blame.
        """
        key = (case.document, case.operation)
        held, known = features(case.request), self._known.get(key, [])
        found = next((point for point, own in known if own <= held), None)
        if found is not None:
            return found
        plain, places = _places(self._plain.get(key, frozenset())), _places(held)
        for point, own in known:
            at = _places(own) - plain
            if at and at <= places and (loosely or any("=" in place for place in at)):
                return point
        return None


def told_under(exchange: Exchange, point: Point) -> Exchange:
    """The exchange, its case carrying the point before its own."""
    case = exchange.case
    points = (point, *(own for own in case.points if own.id != point.id))
    return replace(exchange, case=replace(case, points=points))


def left_over(case: Case) -> Point:
    """The point of a generated request that was shrunk, named after the fields that are left of it."""
    body = body_value(case.request.body)
    names = [name for name in body if name not in _EVERYWHERE] if isinstance(body, dict) else []
    own = case.points[0]
    return replace(own, id=f"{own.id}[{','.join(sorted(names))}]") if names else own


def features(request: PlannedRequest) -> Features:
    """What a request is made of: each place with its value, or with its type where the value is any text."""
    headers = {f"header:{name}={value}" for name, value in request.headers.items() if name != "api-version"}
    return features_of(body_value(request.body), request.query) | headers


def _places(found: Features) -> Features:
    """The fields and their members, without values but for those that tell the branch of a union."""
    shallow = (each for each in found if "#=" not in each and each.count("/") <= _SHALLOW)
    return frozenset(each if _BRANCH.search(each) else _VALUE.sub("", each) for each in shallow)
