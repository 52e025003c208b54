"""An exchange: a case with the request that was sent and its response or transport failure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cached_property, partial
from typing import Any

from aoai_conformance.chunks import ChunkIndex
from aoai_conformance.observation import SharedValues, watched
from aoai_conformance.rule import Inconclusive
from aoai_model.case import Case, Derivation, planned_case
from aoai_model.exchange import FailureKind, Request, Response, TransportFailure
from aoai_model.json_parsing import parse

_LEFT_OUT: frozenset[FailureKind] = frozenset({"budget", "closed"})
#: Statuses about the key, the address or the load; further requests would show nothing.
_CLOSING = frozenset({401, 403, 404, 408, 425, 429})


class ObservedResponse(Response):
    """A response whose parsed JSON notes what a probe reads (see `aoai_conformance.observation`)."""

    @classmethod
    def of(cls, response: Response) -> ObservedResponse:
        """Observe a response; one that is observed already is returned as it is."""
        if isinstance(response, cls):
            return response
        return cls(**{each.name: getattr(response, each.name) for each in fields(response)})

    @cached_property
    def chunk_index(self) -> ChunkIndex:
        """The chunks of the stream, empty without one."""
        return ChunkIndex(self.stream_events, self.event_forms)

    @cached_property
    def shared(self) -> SharedValues:
        """What several views of the response compute."""
        return SharedValues()

    @property
    def _observe(self) -> Callable[[Any], Any]:
        return partial(watched, origin=id(self))


#: How the names of probes start that look for the base path of a server.
BASE_PATH_PROBE = "base-path"


@dataclass(frozen=True)
class Exchange:
    """A case that was sent. Exactly one of `response` and `failure` is not None.

    `throttled` is the first 429 that the case was answered with before, if it was kept; `split` makes an
    exchange of it. `earlier` are the previous exchanges of the same scenario: what was done to a resource
    determines its state. `promised` are the capabilities that the user's capabilities file grants the
    deployment.
    """

    case: Case
    request: Request
    response: Response | None
    failure: TransportFailure | None = None
    attempts: int = 1
    throttled: Response | None = None
    earlier: tuple[Exchange, ...] = field(default=(), repr=False, compare=False)
    promised: frozenset[str] = field(default=frozenset(), repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.response is not None:
            object.__setattr__(self, "response", ObservedResponse.of(self.response))

    def split(self) -> tuple[Exchange, ...]:
        """Return the attempt answered with 429, if any, and the exchange without it.

        The attempt expects nothing of its response.
        """
        if self.throttled is None:
            return (self,)
        case = replace(
            self.case,
            id=f"{self.case.id}/busy",
            expect="any",
            points=(),
            origin="throttled",
            scenario=None,
            derived=Derivation(planned_case(self.case.id, self.case.derived), "throttled"),
        )
        throttled = Exchange(case, self.request, self.throttled)
        return throttled, replace(self, attempts=self.attempts - 1, throttled=None)

    @property
    def is_left_out(self) -> bool:
        """Whether the request was not sent, for a reason unrelated to the request."""
        return self.failure is not None and self.failure.kind in _LEFT_OUT

    @property
    def is_at_wrong_address(self) -> bool:
        """Whether the request showed that the operations are elsewhere, so that no rule applies to it."""
        return self.case.origin == "probe" and self.case.id.rpartition("/")[2].startswith(BASE_PATH_PROBE)

    @property
    def is_failed_minimal(self) -> bool:
        """Whether this is the minimal request of an operation and it failed.

        If the contract leaves open whether the request is accepted, a rejection is not a failure.
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
        """The request body parsed as JSON; None if it is not JSON (multipart, malformed, empty).

        Raises Inconclusive if the body was not recorded.
        """
        self._require_body()
        try:
            return parse(self.request.body)
        except (ValueError, RecursionError):
            return None

    @cached_property
    def form(self) -> Mapping[str, str | bytes]:
        """The parts of a multipart request: text as str, files as bytes; empty for other bodies.

        Raises Inconclusive if the body was not recorded.
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
            raise Inconclusive("the body of the request was not recorded")


def link_earlier(exchanges: Iterable[Exchange]) -> list[Exchange]:
    """Return the exchanges of one scenario in sending order, each with those before it as `earlier`."""
    sent: list[Exchange] = []
    placed: list[Exchange] = []
    for exchange in exchanges:
        placed.append(replace(exchange, earlier=tuple(sent)))
        sent.append(exchange)
    return placed
