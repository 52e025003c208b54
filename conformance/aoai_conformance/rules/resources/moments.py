"""Times against the server's own clock: what is made now was created now, and nothing has happened tomorrow.

The clock is the `Date` header of the same response (RFC 9110, section 6.6.1), so that ours does not matter.
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
#: What clocks, queues and caches may make of a moment, in seconds. Time zones differ by more.
_LEEWAY = 600
#: Where the response to what makes a thing says when it was made.
_CREATED: Mapping[str, str] = {
    "file-upload": "created_at",
    "upload-create": "created_at",
    "upload-part": "created_at",
    "batch-create": "created_at",
    "images": "created",
}
_BATCH_TIMES = tuple(name for name in TIMES if name != "expires_at")
#: The times of what has happened by the time of the response.
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


class Dated(CreatedResource):
    """A response with the moment at which the server sent it."""

    @cached_property
    def date(self) -> int | None:
        """The `Date` header in Unix seconds; None where there is none that can be read."""
        try:
            moment = parsedate_to_datetime(self.header("date") or "").timestamp()
        except (ValueError, TypeError, OverflowError, OSError):
            return None
        return int(moment) if is_unix_seconds(int(moment)) else None


def _creation_times(answer: Dated) -> tuple[tuple[str, int, int], ...]:
    """The time of creation with its name, and the time of the response."""
    name = _CREATED.get(answer.operation.kind, "")
    told = answer.seconds(name)
    if answer.date is None or told is None or not is_unix_seconds(told):
        return ()
    return ((name, told, answer.date),)


@rule(
    "CLOCK-001",
    should="return the current time as time of creation of a new resource",
    clause=_DATE,
    operations=frozenset(_CREATED),
    evidence=_creation_times,
    note="Read against the Date header of the same response; ten minutes are allowed. What stands between "
    "client and service may set that header by a clock of its own, so that this is a should.",
)
def is_created_now(answer: Dated, times: tuple[tuple[str, int, int], ...]) -> Iterator[Violation]:
    """A time in another zone is hours away."""
    for name, told, date in times:
        if abs(told - date) > _LEEWAY:
            yield answer.violates(
                f"/{name}",
                "The time of creation differs from the Date header by more than ten minutes.",
                expected=date,
                actual=told,
            )


def _past_times(answer: Dated) -> tuple[tuple[str, int], ...]:
    """Each such time with its pointer."""
    names = _PAST.get(answer.operation.kind, ())
    if answer.date is None:
        return ()
    shown = [("", answer.json)]
    if answer.operation.kind.endswith("-list"):
        shown = [(f"/data/{place}", each) for place, each in objects(answer.json.get("data"))]
    told = ((f"{at}/{name}", whole(each.get(name))) for at, each in shown for name in names)
    return tuple((pointer, moment) for pointer, moment in told if moment and is_unix_seconds(moment))


@rule(
    "CLOCK-002",
    should="return no future time for a past event",
    clause=_DATE,
    operations=frozenset(_PAST),
    evidence=_past_times,
    note="Compared with the Date header of the same response; ten minutes are allowed.",
)
def lies_in_the_past(answer: Dated, times: tuple[tuple[str, int], ...]) -> Iterator[Violation]:
    """Created, begun and ended are past; only an expiry lies ahead."""
    for pointer, moment in times:
        if answer.date is not None and moment > answer.date + _LEEWAY:
            yield answer.violates(
                pointer, "The time is in the future.", expected=f"at most {answer.date}", actual=moment
            )
            return
