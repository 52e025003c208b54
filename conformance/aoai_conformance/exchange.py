"""An exchange: one request, and its response, its stream or its transport failure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal, TypeAlias

from aoai_conformance.json_access import parse, parse_strictly
from aoai_conformance.observation import watched
from aoai_conformance.rule import Inconclusive
from aoai_model.case import Case

Headers: TypeAlias = tuple[tuple[str, str], ...]
#: Why there is no response. The last three were never sent: a budget of the user is used up, the minimal
#: request of the operation failed, or an earlier answer lacks what the request takes from it.
FailureKind = Literal[
    "connect", "timeout", "protocol", "throttled", "unavailable", "harness", "budget", "closed", "source"
]

_LEFT_OUT: frozenset[FailureKind] = frozenset({"budget", "closed"})
#: Statuses about the key, the address or the load, after which asking further shows nothing.
_CLOSING = frozenset({401, 403, 404, 408, 425, 429})


def header(headers: Headers, name: str) -> str | None:
    """The first value of a header, its name compared without regard to case; None where it is absent."""
    lowered = name.lower()
    return next((value for key, value in headers if key.lower() == lowered), None)


@dataclass(frozen=True, slots=True)
class SentRequest:
    """What went out, with every secret already replaced by `***`. `body` is bytes as sent.

    `body_missing` says that there was a body and that the recording does not have it, or not all of it.
    """

    method: str
    url: str
    headers: Headers
    body: bytes
    body_missing: bool = False


@dataclass(frozen=True, slots=True)
class Event:
    """One dispatched server-sent event.

    `data` is the joined data lines, `raw` the bytes from its first line to the blank line that ended it,
    `arrived` the seconds from the sending of the request to the arrival of its last byte; `terminated` is
    false for a last event that the end of the stream cut off before its blank line (the WHATWG rules discard
    such an event: it is kept here as evidence and is not to be read as data).
    """

    index: int
    data: str
    raw: bytes
    arrived: float
    name: str = ""
    id: str | None = None
    retry: int | None = None
    terminated: bool = True


#: What can be wrong with the bytes that carry a response: time ran out (`timeout`), the connection stayed
#: open after `[DONE]` (`open`), the content coding cannot be undone (`coding`), status line or headers break
#: HTTP (`head`), the framing of the body does (`framing`), bytes follow the end (`trailing`).
DefectKind = Literal["timeout", "open", "coding", "head", "framing", "trailing"]


@dataclass(frozen=True, slots=True)
class WireDefect:
    """What is wrong with the bytes that carry a response: one sentence, and the first of the bytes."""

    kind: DefectKind
    message: str
    raw: bytes = b""


@dataclass(frozen=True)
class Response:
    """A response, as far as it came. `events` is None unless the content type is text/event-stream.

    `body` is the bytes received, content-encoding removed; times are seconds since the request was sent.
    `complete` is false where the body did not come to its end: the connection ended before, time ran out, or
    the bytes could not be read any further. `defects` say what was wrong on the wire.
    """

    status: int
    headers: Headers
    body: bytes
    events: tuple[Event, ...] | None = None
    started: float = 0.0
    ended: float = 0.0
    complete: bool = True
    defects: tuple[WireDefect, ...] = ()

    def defect(self, kind: DefectKind) -> WireDefect | None:
        """The first defect of a kind; None where there is none."""
        return next((defect for defect in self.defects if defect.kind == kind), None)

    def header(self, name: str) -> str | None:
        """The first value of a header, by its name in any case."""
        return header(self.headers, name)

    @property
    def media_type(self) -> str:
        """The media type without its parameters, in lower case; empty where there is no Content-Type."""
        return (self.header("content-type") or "").partition(";")[0].strip().lower()

    @cached_property
    def text(self) -> str:
        """The body as UTF-8, broken bytes replaced."""
        return self.body.decode("utf-8", "replace")

    @cached_property
    def json(self) -> Any:
        """The body parsed as JSON. Raises ValueError where it is none; ask `is_json` first.

        What came of a body that is not complete is no JSON, whatever it parses to.
        """
        if not self.complete:
            raise ValueError("the body did not come to its end")
        return watched(parse(self.body), id(self))

    @cached_property
    def event_objects(self) -> tuple[dict[str, Any] | None, ...]:
        """The JSON object in the data of each event; None for an event whose data holds none."""
        return tuple(watched(_object_in(event.data), id(self)) for event in self.events or ())

    @cached_property
    def is_json(self) -> bool:
        """Whether the body parses as JSON, whatever its content type says."""
        try:
            _ = self.json
        except (ValueError, RecursionError):
            return False
        return True


def _object_in(data: str) -> dict[str, Any] | None:
    try:
        value = parse_strictly(data)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


@dataclass(frozen=True, slots=True)
class TransportFailure:
    """Why there is no response. Nobody is to blame: an exchange that ends here is inconclusive.

    `received` holds the first bytes that came, where they made no response.
    """

    kind: FailureKind
    message: str
    received: bytes = b""


@dataclass(frozen=True)
class Exchange:
    """One case, sent. Exactly one of `response` and `failure` is not None.

    `throttled` is the first 429 that the case met with before, where that was kept. It is no answer to what
    was asked, but there is something to be said of it: `apart` makes an exchange of it. `earlier` are the
    exchanges of the same scenario before it: what was done to a thing before tells in which state it is.
    `promised` are the capabilities that the user's capabilities file says the deployment has.
    """

    case: Case
    request: SentRequest
    response: Response | None
    failure: TransportFailure | None = None
    attempts: int = 1
    throttled: Response | None = None
    earlier: tuple[Exchange, ...] = field(default=(), repr=False, compare=False)
    promised: frozenset[str] = field(default=frozenset(), repr=False, compare=False)

    @property
    def apart(self) -> tuple[Exchange, ...]:
        """The attempt that was turned away, claiming nothing of its request, and the exchange without it."""
        if self.throttled is None:
            return (self,)
        case = replace(
            self.case,
            id=f"{self.case.id}/busy",
            expect="any",
            points=(),
            origin="throttled",
            scenario=None,
            takes=(),
            until=None,
        )
        away = Exchange(case, self.request, self.throttled)
        return away, replace(self, attempts=self.attempts - 1, throttled=None)

    @property
    def is_left_out(self) -> bool:
        """Whether the request was not sent for a reason that says nothing about the request."""
        return self.failure is not None and self.failure.kind in _LEFT_OUT

    @property
    def is_failed_minimal(self) -> bool:
        """Whether this is the minimal request of an operation, and was not answered as it should be.

        Where the contract leaves open whether it is accepted, a rejection is an answer.
        """
        if self.case.origin != "base" or self.is_left_out:
            return False
        if self.response is None:
            return True
        status = self.response.status
        refused_as_allowed = self.case.expect == "any" and 400 <= status < 500 and status not in _CLOSING
        return not 200 <= status < 300 and not refused_as_allowed

    @cached_property
    def sent_json(self) -> Any:
        """The request body parsed as JSON; None where it is not JSON (multipart, malformed, empty).

        Raises Inconclusive where the body was not recorded.
        """
        self._require_body()
        try:
            return parse(self.request.body)
        except (ValueError, RecursionError):
            return None

    @cached_property
    def form(self) -> Mapping[str, str | bytes]:
        """The parts of a multipart request: text as str, files as bytes; empty for other bodies.

        Raises Inconclusive where the body was not recorded.
        """
        from aoai_model.case import MultipartBody

        self._require_body()
        body = self.case.request.body
        if not isinstance(body, MultipartBody):
            return {}
        return {
            part.name: part.content if part.filename is not None else part.content.decode("utf-8", "replace")
            for part in body.parts
        }

    def _require_body(self) -> None:
        if self.request.body_missing:
            raise Inconclusive("the recording does not have the body of the request")


def in_order(exchanges: Iterable[Exchange]) -> list[Exchange]:
    """The exchanges of one scenario in the order in which they were sent, each with those before it."""
    sent: list[Exchange] = []
    placed: list[Exchange] = []
    for exchange in exchanges:
        placed.append(replace(exchange, earlier=tuple(sent)))
        sent.append(exchange)
    return placed
