"""Packed requests that are refused: when one is taken apart, and what its parts show together."""

from __future__ import annotations

from typing import ClassVar

from aoai_conformance.exchange import Exchange
from aoai_conformance.views.scenarios import ScenarioView

#: The kind of the scenario that a request and its two accepted halves make.
TAKEN_APART = "packed.taken-apart"
#: Statuses that say nothing of what a request holds: key, address, load, or a machine on the way.
_SILENT = frozenset({401, 403, 404, 408, 409, 425, 429, 502, 503, 504})


def is_refused(exchange: Exchange) -> bool:
    """Whether the server would not or could not take the content of the request."""
    response = exchange.response
    return response is not None and response.status >= 400 and response.status not in _SILENT


def is_accepted(exchange: Exchange) -> bool:
    """Whether the status is 2xx."""
    return exchange.response is not None and 200 <= exchange.response.status < 300


class BisectedRequest(ScenarioView):
    """A packed request that was refused while both of its halves were accepted."""

    kinds: ClassVar[frozenset[str]] = frozenset({TAKEN_APART})

    @property
    def whole(self) -> Exchange:
        """The request that carries all the points."""
        return self.steps["whole"]

    @property
    def point_ids(self) -> tuple[str, ...]:
        """The ids of the points that only go apart."""
        return tuple(point.id for point in self.whole.case.points)
