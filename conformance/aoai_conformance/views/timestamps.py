"""Times in responses: Unix seconds, and an expiry after the creation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from aoai_conformance.json_access import shortened, whole
from aoai_conformance.rule import Place
from aoai_conformance.views.flows import CreatedResource, ResourceView
from aoai_model.verdict import Violation

#: 2015-01-01 and 2100-01-01: excludes milliseconds, durations and 0, without reading a clock.
_FIRST, _LAST = 1_420_070_400, 4_102_444_800


def is_unix_seconds(value: Any) -> bool:
    """Return whether a JSON value is a plausible Unix time in seconds."""
    seconds = whole(value)
    return seconds is not None and _FIRST <= seconds <= _LAST


def require_unix_seconds(
    place: Place, pointer: str, value: float, *, reason: str = ""
) -> Iterator[Violation]:
    """Yield a violation if the number at `pointer` is not a Unix time in seconds."""
    if is_unix_seconds(value):
        return
    name, written = pointer.rpartition("/")[2], shortened(str(value), 40)
    milliseconds = _FIRST * 1000 <= value <= _LAST * 1000
    problem = "which looks like milliseconds" if milliseconds else "which is not a plausible time"
    message = f"`{name}` is {written}, {problem}; expected Unix seconds."
    yield place.violates(pointer, message, expected="Unix seconds", actual=value, reason=reason)


def require_times_in_unix_seconds(
    reply: CreatedResource | ResourceView, names: Iterable[str], *, reason: str = ""
) -> Iterator[Violation]:
    """Yield a violation for the first of these members that is an integer but not a Unix time in seconds."""
    times = ((name, reply.seconds(name)) for name in names)
    wrong = next(((name, time) for name, time in times if not (time is None or is_unix_seconds(time))), None)
    if wrong is not None:
        yield from require_unix_seconds(reply, f"/{wrong[0]}", wrong[1], reason=reason)


@dataclass(frozen=True, slots=True)
class Lifetime:
    """The lifetime of a resource: the members with its two times, and the messages of violations.

    The expiry is `seconds` after the creation, within `leeway` for rounding and clock differences.
    """

    created: str
    expires: str
    seconds: int
    leeway: int
    expired_message: str
    length_message: str

    def broken(self, reply: CreatedResource) -> Iterator[Violation]:
        """Yield the violations of the two times in a response; a span other than `seconds` is a SHOULD."""
        wrong = list(require_times_in_unix_seconds(reply, (self.created, self.expires), reason="unit"))
        created, expires = reply.seconds(self.created), reply.seconds(self.expires)
        if wrong or created is None or expires is None:
            yield from wrong
        elif expires <= created:
            yield reply.violates(
                f"/{self.expires}",
                self.expired_message,
                expected=f"above {created}",
                actual=expires,
                reason="order",
            )
        elif abs(expires - created - self.seconds) > self.leeway:
            yield reply.violates(
                f"/{self.expires}",
                self.length_message,
                expected=created + self.seconds,
                actual=expires,
                reason="span",
                level="should",
            )
