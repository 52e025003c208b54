"""Times compared with the server's clock: new resources are created now, past events are in the past.

The clock is the `Date` header of the same response (RFC 9110, section 6.6.1), not that of the client.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from email.utils import parsedate_to_datetime

from aoai_conformance.json_access import objects, whole
from aoai_conformance.observation import cached_property
from aoai_conformance.rule import rule
from aoai_conformance.rules.batches.batches import TIMES
from aoai_conformance.views.flows import CreatedResource
from aoai_conformance.views.timestamps import is_unix_seconds
from aoai_model.verdict import Violation

_DATE = "https://www.rfc-editor.org/rfc/rfc9110#section-6.6.1"
#: Seconds allowed for clocks, queues and caches. Time zones differ by more.
_LEEWAY = 600
#: The time of creation in the response to a request that creates a resource.
_CREATED: Mapping[str, str] = {
    "file-upload": "created_at",
    "upload-create": "created_at",
    "upload-part": "created_at",
    "batch-create": "created_at",
    "images": "created",
}
_BATCH_TIMES = tuple(name for name in TIMES if name != "expires_at")
#: The times of events before the response.
_PAST: Mapping[str, tuple[str, ...]] = {
    "file-get": ("created_at",),
    "file-list": ("created_at",),
    "upload-complete": ("created_at",),
    "upload-cancel": ("created_at",),
    "batch-get": _BATCH_TIMES,
    "batch-cancel": _BATCH_TIMES,
    "batch-list": _BATCH_TIMES,
    "image-status": ("created",),
    "model-list": ("created", "created_at", "updated_at"),
    "deployment-list": ("created_at", "updated_at"),
}


class DatedReply(CreatedResource):
    """A response with the time at which the server sent it."""

    @cached_property
    def date(self) -> int | None:
        """Return the `Date` header in Unix seconds; None if it is absent or invalid."""
        try:
            moment = parsedate_to_datetime(self.header("date") or "").timestamp()
        except (ValueError, TypeError, OverflowError, OSError):
            return None
        return int(moment) if is_unix_seconds(int(moment)) else None


def _creation_times(reply: DatedReply) -> tuple[tuple[str, int, int], ...]:
    """Return the time of creation with its name, and the time of the response."""
    name = _CREATED.get(reply.operation.kind, "")
    created = reply.seconds(name)
    if reply.date is None or created is None or not is_unix_seconds(created):
        return ()
    return ((name, created, reply.date),)


@rule(
    "CLOCK-001",
    should="return the current time as the time of creation of a new resource",
    clause=_DATE,
    operations=frozenset(_CREATED),
    evidence=_creation_times,
    note="Compared with the Date header of the same response; ten minutes are allowed. An intermediary may "
    "set that header by its own clock, so this is only a SHOULD.",
)
def is_created_now(reply: DatedReply, times: tuple[tuple[str, int, int], ...]) -> Iterator[Violation]:
    """The usual mistake is a time in another zone."""
    for name, created, date in times:
        if abs(created - date) > _LEEWAY:
            yield reply.violates(
                f"/{name}",
                "The time of creation differs from the Date header by more than ten minutes.",
                expected=date,
                actual=created,
            )


def _past_times(reply: DatedReply) -> tuple[tuple[str, int], ...]:
    """Return each such time with its pointer."""
    names = _PAST.get(reply.operation.kind, ())
    if reply.date is None:
        return ()
    shown = [("", reply.json)]
    if reply.operation.kind.endswith("-list"):
        shown = [(f"/data/{place}", each) for place, each in objects(reply.json.get("data"))]
    times = ((f"{at}/{name}", whole(each.get(name))) for at, each in shown for name in names)
    return tuple((pointer, moment) for pointer, moment in times if moment and is_unix_seconds(moment))


@rule(
    "CLOCK-002",
    should="return no future time for a past event",
    clause=_DATE,
    operations=frozenset(_PAST),
    evidence=_past_times,
    note="Compared with the Date header of the same response; ten minutes are allowed.",
)
def past_events_are_not_in_the_future(
    reply: DatedReply, times: tuple[tuple[str, int], ...]
) -> Iterator[Violation]:
    """Only an expiry may be in the future."""
    for pointer, moment in times:
        if reply.date is not None and moment > reply.date + _LEEWAY:
            yield reply.violates(
                pointer, "The time is in the future.", expected=f"at most {reply.date}", actual=moment
            )
            return
