"""Requests and responses as they were sent and received, secrets removed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar, Literal, Self, TypeAlias, get_args

from aoai_model.event_forms import EventForms
from aoai_model.events import Event, Events
from aoai_model.json_parsing import parse
from aoai_model.serialization import Decoder, Serializable, bytes_from_json, tuple_of

__all__ = [
    "DefectKind",
    "Event",
    "Events",
    "FailureKind",
    "Headers",
    "Request",
    "Response",
    "TransportFailure",
    "WireDefect",
    "header",
]

Headers: TypeAlias = tuple[tuple[str, str], ...]
#: Why there is no response. The last three were never sent: a budget of the user is used up, the minimal
#: request of the operation failed, or an earlier response lacks a value that the request takes from it.
FailureKind = Literal[
    "connect", "timeout", "protocol", "throttled", "unavailable", "harness", "budget", "closed", "source"
]
#: What can be wrong with the bytes of a response: time ran out (`timeout`), the connection stayed open after
#: `[DONE]` (`open`), the content coding cannot be decoded (`coding`), the status line or the headers break
#: HTTP (`head`), the framing of the body does (`framing`), bytes follow the end (`trailing`).
DefectKind = Literal["timeout", "open", "coding", "head", "framing", "trailing"]

_DEFECT_KINDS: frozenset[str] = frozenset(get_args(DefectKind))
_FAILURE_KINDS: frozenset[str] = frozenset(get_args(FailureKind))
_HEADERS: Decoder = tuple_of(tuple)


def header(headers: Headers, name: str) -> str | None:
    """Return the first value of a header, ignoring the case of its name; None if it is absent."""
    lowered = name.lower()
    return next((value for key, value in headers if key.lower() == lowered), None)


@dataclass(frozen=True, slots=True)
class Request(Serializable):
    """A request as sent, with every secret replaced by `***`.

    `body_missing` is true if there was a body that the recording lacks, in whole or in part.
    """

    decoders: ClassVar[Mapping[str, Decoder]] = {"headers": _HEADERS, "body": bytes_from_json}
    omitted_when_empty: ClassVar[frozenset[str]] = frozenset({"body_missing"})

    method: str
    url: str
    headers: Headers
    body: bytes
    body_missing: bool = False


@dataclass(frozen=True, slots=True)
class WireDefect(Serializable):
    """A defect in the bytes of a response: one sentence, and the first of the bytes."""

    decoders: ClassVar[Mapping[str, Decoder]] = {"raw": bytes_from_json}
    omitted_when_empty: ClassVar[frozenset[str]] = frozenset({"raw"})

    kind: DefectKind
    message: str
    raw: bytes = b""


def _read_defects(values: Iterable[Mapping[str, Any]]) -> tuple[WireDefect, ...]:
    """Decode defects; kinds that only another version knows are dropped."""
    return tuple(WireDefect.from_json(value) for value in values if value["kind"] in _DEFECT_KINDS)


@dataclass(frozen=True)
class Response(Serializable):
    """A response, complete or not. `events` is None unless the content type is text/event-stream.

    `body` is the bytes received, content coding removed; times are seconds since the request was sent.
    `complete` is false if the body did not end: the connection closed early, time ran out, or the bytes could
    not be read any further. `defects` lists what was wrong on the wire. `body_missing` is true if the
    recording leaves the body out; such a response is not judged again. `client_paused` is the longest time,
    in seconds, for which the client that waited for the response did not run: bytes may have arrived that
    much earlier.
    """

    decoders: ClassVar[Mapping[str, Decoder]] = {
        "headers": _HEADERS,
        "body": bytes_from_json,
        "defects": _read_defects,
    }
    omitted_when_empty: ClassVar[frozenset[str]] = frozenset({"defects", "body_missing", "client_paused"})

    status: int
    headers: Headers
    body: bytes
    events: Sequence[Event] | None = None
    started: float = 0.0
    ended: float = 0.0
    complete: bool = True
    defects: tuple[WireDefect, ...] = ()
    body_missing: bool = False
    client_paused: float = 0.0

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Create the response from JSON that matches the record's schema, the events from places in its body.

        Raises ValueError for bytes that cannot be decoded.
        """
        response = super().from_json({**data, "events": None})
        events = data.get("events")
        if events is None:
            return response
        return replace(response, events=Events.from_json(response.body, events))

    def defect(self, kind: DefectKind) -> WireDefect | None:
        """Return the first defect of a kind, or None."""
        return next((defect for defect in self.defects if defect.kind == kind), None)

    def header(self, name: str) -> str | None:
        """Return the first value of a header, ignoring the case of its name; None if it is absent."""
        return header(self.headers, name)

    @property
    def media_type(self) -> str:
        """The media type without its parameters, in lower case; empty without a Content-Type."""
        return (self.header("content-type") or "").partition(";")[0].strip().lower()

    @cached_property
    def text(self) -> str:
        """The body as UTF-8, with invalid bytes replaced."""
        return self.body.decode("utf-8", "replace")

    @cached_property
    def json(self) -> Any:
        """The body parsed as JSON. Raises ValueError if it is not JSON; check `is_json` first.

        An incomplete body is never JSON, even if the part that was received parses.
        """
        if not self.complete:
            raise ValueError("the body is incomplete")
        return self._observe(parse(self.body))

    @cached_property
    def stream_events(self) -> Events:
        """The events of the stream; none without one."""
        return Events.of(self.body, self.events or ())

    @cached_property
    def event_forms(self) -> EventForms:
        """The forms of the JSON objects in the data of the events, each parsed once."""
        return EventForms(self.stream_events, self._observe)

    @cached_property
    def event_objects(self) -> tuple[dict[str, Any] | None, ...]:
        """The JSON object in the data of each event; None for an event without one."""
        return tuple(self.event_forms.objects())

    @cached_property
    def is_json(self) -> bool:
        """Whether the body parses as JSON, whatever its content type is."""
        try:
            _ = self.json
        except (ValueError, RecursionError):
            return False
        return True

    @property
    def _observe(self) -> Callable[[Any], Any]:
        """What makes of parsed JSON what subclasses expose; it does not refer to the response."""
        return _unchanged


def _unchanged(value: Any) -> Any:
    return value


def _read_failure_kind(kind: str) -> str:
    """A kind that only another version knows counts as a failure of the harness."""
    return kind if kind in _FAILURE_KINDS else "harness"


@dataclass(frozen=True, slots=True)
class TransportFailure(Serializable):
    """Why there is no response. The server is not at fault: such an exchange is inconclusive.

    `received` is the first bytes received if they did not form a response.
    """

    decoders: ClassVar[Mapping[str, Decoder]] = {"kind": _read_failure_kind, "received": bytes_from_json}
    omitted_when_empty: ClassVar[frozenset[str]] = frozenset({"received"})

    kind: FailureKind
    message: str
    received: bytes = b""
