"""Exchanges of the cases of a plan with a server that returns empty responses.

The requests are those of the standard plan; only the responses are invented, so that each rule sees all
kinds of request that it applies to, with an empty body.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from aoai_conformance.engine.placeholders import resolve_placeholders
from aoai_conformance.engine.sse import read_events
from aoai_conformance.exchange import Exchange, link_earlier
from aoai_conformance.judging.judged import StepGroup
from aoai_conformance.target.request_bytes import encode_body, url_of
from aoai_model.case import Case, JsonBody, MultipartBody
from aoai_model.exchange import Request, Response
from aoai_specs.catalogue import Catalogue
from aoai_specs.document import Document
from aoai_strategies.planning.planning import plan

JSON, STREAM, TEXT, BYTES = "application/json", "text/event-stream", "text/plain", "application/octet-stream"
#: Bodies in which there is nothing that a rule could look at.
BODIES = (b"{}", b"[]", b"", b"[{}]", b'["x"]')
#: Streams in which there is nothing, and one that is not even a stream.
STREAMS = (
    b"data: [DONE]\n\n",
    b"data: {}\n\n",
    b"data: {}\n\ndata: [DONE]\n\n",
    b"data: []\n\ndata: [DONE]\n\n",
    b"",
)
_STATUSES = (200, 400, 404)
_HEADERS = (("apim-request-id", "00000000-0000-4000-8000-000000000001"),)


@dataclass(frozen=True, slots=True)
class Emptiness:
    """A status, a content type and a body with nothing in it."""

    status: int
    content_type: str
    body: bytes

    def response(self) -> Response:
        """The response that a server of this kind gives."""
        events = read_events(self.body, 0.1) if self.content_type == STREAM else None
        headers = (("content-type", self.content_type), *_HEADERS)
        return Response(self.status, headers, self.body, events, 0.05, 0.2)


@cache
def document(name: str) -> Document:
    return Catalogue.packaged().load(name)


def names() -> list[str]:
    return [str(name) for name in Catalogue.packaged().names()]


@cache
def cases(name: str) -> tuple[Case, ...]:
    """Return the cases of the standard plan, the first of each kind of request."""
    different: dict[object, Case] = {}
    for case in plan(document(name)).cases:
        different.setdefault(_sort(case), case)
    return tuple(different.values())


def _sort(case: Case) -> object:
    if case.scenario is not None:
        return case.id
    fields: tuple[object, ...] = ()
    match case.request.body:
        case JsonBody(dict() as value):
            reported = ("stream", "response_format", "encoding_format", "tool_choice", "type")
            fields = (*sorted(value), *(repr(value.get(field)) for field in reported))
        case MultipartBody(parts):
            fields = tuple((part.name, part.content[:20]) for part in parts if part.filename is None)
    rejected = case.points[0].constraint.rpartition(".")[2] if case.expect == "reject" else ""
    protocol = case.points[0].id if case.origin == "protocol" else ""
    if case.expect == "reject":
        fields = ()
    return case.operation, case.expect, case.origin, rejected, protocol, fields


def emptinesses(name: str, operation: str) -> Iterator[Emptiness]:
    """The answers with nothing in them that an operation may be given."""
    declared = {int(status) for status in document(name).operation(operation).responses if status.isdigit()}
    successes = {status for status in declared if status < 300} | {200}
    for status in [*sorted(successes), 400, 404]:
        kinds = (JSON, TEXT, BYTES) if status < 300 else (JSON,)
        for kind in kinds:
            for body in BODIES:
                yield Emptiness(status, kind, body)
        if status < 300:
            for body in STREAMS:
                yield Emptiness(status, STREAM, body)


def exchange(case: Case, answer: Emptiness) -> Exchange:
    """The case, sent to a server that gives this answer."""
    case = resolve_placeholders(case, dict.fromkeys(case.takes, "some-id"))
    content, content_type = encode_body(case.request.body)
    url = url_of(
        case.request,
        root="https://resource.invalid",
        base_path=document(case.document).base_path,
        deployment="some-deployment",
    )
    headers = tuple(case.request.headers.items())
    if content_type is not None:
        headers = (*headers, ("Content-Type", content_type))
    return Exchange(case, Request(case.request.method, url, headers, content), answer.response())


def scenarios(name: str, planned: Sequence[Case], answer: Emptiness) -> Iterator[StepGroup]:
    """The scenarios and flows of a plan, each step of which is given the same answer."""
    together: dict[str, list[Case]] = {}
    for case in planned:
        if case.scenario is not None:
            together.setdefault(case.scenario.id, []).append(case)
    for id_, steps in together.items():
        first = steps[0].scenario
        assert first is not None
        sent = link_earlier(exchange(case, answer) for case in steps)
        named: Mapping[str, Exchange] = {
            each.case.scenario.step: each for each in sent if each.case.scenario is not None
        }
        yield StepGroup(id_, first.kind, named)
