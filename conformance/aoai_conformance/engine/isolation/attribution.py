"""Attribute rejections to points, so that one defect is one entry, whichever requests show it.

A server that rejects `n: null` rejects the point for it, each scenario that sends it and each generated
request that contains it. The point comes first in a plan; later rejected requests that contain all its
features are attributed to it. Nothing is sent here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from aoai_conformance.exchange import Exchange
from aoai_model.case import Case, PlannedRequest, Point
from aoai_reports.results.request_features import Features, features_of
from aoai_strategies.requests.editing import body_value

#: The `reason` keys of violations about rejected requests.
REFUSED = frozenset({"refused", "5xx"})
#: How deep requests are compared without their values, and which values identify a branch of a union.
_SHALLOW = 2
_BRANCH = re.compile(r"\A/\w+/type=")
_VALUE = re.compile(r"=.*", re.DOTALL)
#: Features that limit the response, whatever the request tests.
_BOUNDS = re.compile(r"/(max_tokens|max_completion_tokens)=")
#: Fields that nearly all requests have.
_EVERYWHERE = frozenset({"max_tokens", "max_completion_tokens", "model", "messages", "prompt", "input"})


@dataclass(slots=True)
class Refusals:
    """The wrongly rejected points of each operation so far, with the features of their requests."""

    _known: dict[tuple[str, str], list[tuple[Point, Features]]] = field(default_factory=dict)
    _plain: dict[tuple[str, str], Features] = field(default_factory=dict)

    def note(self, exchange: Exchange, *, refused: bool) -> None:
        """Learn the features of the base request, or a point that was rejected alone, from an exchange."""
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

    def find_cause(self, case: Case, *, loosely: bool = False) -> Point | None:
        """Return the rejected point whose request a case contains, or None.

        It contains it if it has the same fields with the same values, or the same branch of a union (any
        `json_schema`). `loosely` compares fields without values: for a shrunk request, in which each field
        contributes to the rejection.
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


def attribute_to(exchange: Exchange, point: Point) -> Exchange:
    """Return the exchange with the point first among the points of its case."""
    case = exchange.case
    points = (point, *(own for own in case.points if own.id != point.id))
    return replace(exchange, case=replace(case, points=points))


def name_by_fields(case: Case) -> Point:
    """Return the point of a shrunk generated request, named after its remaining fields."""
    body = body_value(case.request.body)
    names = [name for name in body if name not in _EVERYWHERE] if isinstance(body, dict) else []
    own = case.points[0]
    return replace(own, id=f"{own.id}[{','.join(sorted(names))}]") if names else own


def features(request: PlannedRequest) -> Features:
    """Return the features of a request: each place with its value, or with its type for arbitrary text."""
    headers = {f"header:{name}={value}" for name, value in request.headers.items() if name != "api-version"}
    return features_of(body_value(request.body), request.query) | headers


def _places(found: Features) -> Features:
    """Return fields and their members without values, except those that identify a branch of a union."""
    shallow = (each for each in found if "#=" not in each and each.count("/") <= _SHALLOW)
    return frozenset(each if _BRANCH.search(each) else _VALUE.sub("", each) for each in shallow)
