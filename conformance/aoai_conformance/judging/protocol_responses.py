"""Responses to requests that violate the protocol: no key, an unknown path, malformed JSON.

Each of these requests carries one point, whose id plans and rules agree on: `authentication:none`, ….
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet

from aoai_conformance.judging.rejections import require_about_content
from aoai_conformance.rule import Inconclusive
from aoai_conformance.views.exchange_views import Reply
from aoai_model.case import Point
from aoai_model.verdict import Violation

#: Statuses that reject credentials.
_ABOUT_THE_CALLER = frozenset({401, 403})
#: Words that show that an error is about the credentials.
_SPEAKS_OF_THE_KEY = re.compile(r"key|token|credential|subscription|authenticat|unauthorized", re.IGNORECASE)


def collect_points(*ids: str) -> Callable[[Reply], tuple[Point, ...]]:
    """Return the evidence of a rule about requests that are rejected for one of these points."""

    def evidence(reply: Reply) -> tuple[Point, ...]:
        return tuple(point for point in reply.case.points if point.id in ids and point.expect == "reject")

    return evidence


def require_rejection(
    reply: Reply, points: tuple[Point, ...], lawful: AbstractSet[int], what: str
) -> Iterator[Violation]:
    """Yield a violation unless the request was rejected with one of the allowed statuses.

    `what` is the request, as the subject of the message. Raises Inconclusive if the rejection is about
    something else: load, the content filter, or the caller if the point is not about credentials.
    """
    about_caller = _ABOUT_THE_CALLER if lawful & _ABOUT_THE_CALLER else frozenset()
    require_about_content(reply, allowing=lawful | about_caller)
    if reply.status in lawful:
        return
    if reply.status == 403 and not _SPEAKS_OF_THE_KEY.search(reply.response.text):
        raise Inconclusive("a 403 whose error does not mention credentials may come from a firewall")
    if 200 <= reply.status < 300:
        verb, reason = "is accepted", "accepted"
    elif reply.status >= 500:
        verb, reason = "makes the server fail", "5xx"
    else:
        verb, reason = "is rejected with another status", "status"
    expected = " or ".join(str(status) for status in sorted(lawful))
    point = points[0]
    yield reply.violates(
        "",
        f"{what} {verb}.",
        expected=expected,
        actual=reply.status,
        reason=reason,
        point=point,
        level=point.level,
    )
