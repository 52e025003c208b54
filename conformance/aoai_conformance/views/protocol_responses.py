"""Responses to requests whose protocol, not whose content, is wrong: no key, an unknown path, no JSON.

Such a request carries one point whose id is a contract between the plan and these rules
(`authentication:none`, `api-version:missing`, …).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from typing import ClassVar

from aoai_conformance.judging.rejections import require_about_content
from aoai_conformance.rule import Inconclusive, Violation
from aoai_conformance.views.exchange_views import Reply
from aoai_model.case import Point

#: What a point about credentials may be answered with, whichever of the two is right.
_ABOUT_THE_CALLER = frozenset({401, 403})
#: Words by which a server says that it looked at the credentials.
_SPEAKS_OF_THE_KEY = re.compile(r"key|token|credential|subscription|authenticat|unauthorized", re.IGNORECASE)


class ProtocolReply(Reply):
    """The response to a request that carries one of `ids`, the base of a view for each rule."""

    ids: ClassVar[frozenset[str]] = frozenset()

    def applies(self) -> bool:
        """Whether the request carries one of the ids, and is to be refused for it."""
        return self._carried() is not None

    @property
    def point(self) -> Point:
        """The point that the request carries."""
        carried = self._carried()
        if carried is None:
            raise Inconclusive("the request carries no point of this rule")
        return carried

    def _carried(self) -> Point | None:
        wanted = (each for each in self.case.points if each.id in self.ids and each.expect == "reject")
        return next(wanted, None)


def refused_with(reply: ProtocolReply, lawful: AbstractSet[int], what: str) -> Iterator[Violation]:
    """One violation where the request was not refused with one of the lawful statuses.

    `what` says what the request is, as the subject of the violation's sentence. A rejection about the load,
    the content filter or the like, or about the caller where the point is not about credentials, is
    inconclusive.
    """
    about_caller = _ABOUT_THE_CALLER if lawful & _ABOUT_THE_CALLER else frozenset()
    require_about_content(reply, allowing=lawful | about_caller)
    if reply.status in lawful:
        return
    if reply.status == 403 and not _SPEAKS_OF_THE_KEY.search(reply.response.text):
        raise Inconclusive("a 403 that does not speak of the credentials may come from a firewall")
    if 200 <= reply.status < 300:
        verb, reason = "is accepted", "accepted"
    elif reply.status >= 500:
        verb, reason = "makes the server fail", "5xx"
    else:
        verb, reason = "is refused with another status", "status"
    expected = " or ".join(str(status) for status in sorted(lawful))
    point = reply.point
    yield Violation("", f"{what} {verb}.", expected, reply.status, reason, point.id, level=point.level)
