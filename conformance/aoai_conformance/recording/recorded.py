"""Recorded lines as exchanges again, to be judged by today's rules or sent once more."""

from __future__ import annotations

import json
from dataclasses import replace
from urllib.parse import SplitResult, parse_qsl, urlsplit

from aoai_conformance.exchange import (
    DefectKind,
    Event,
    Exchange,
    FailureKind,
    Headers,
    Response,
    SentRequest,
    TransportFailure,
    WireDefect,
    header,
)
from aoai_conformance.formats.multipart import parse_multipart
from aoai_conformance.redaction.secrets import MASK
from aoai_conformance.target.authentication import WRONG_KEY
from aoai_model.case import (
    Body,
    Case,
    Credentials,
    JsonBody,
    PlannedRequest,
    Point,
    RawBody,
    ScenarioStep,
)
from aoai_reports.record.record import ExchangeLine, RecordedFailure, RecordedRequest, RecordedResponse

_FAILURES: dict[str, FailureKind] = {
    "connect": "connect",
    "timeout": "timeout",
    "protocol": "protocol",
    "throttled": "throttled",
    "unavailable": "unavailable",
    "harness": "harness",
    "budget": "budget",
    "closed": "closed",
    "source": "source",
}
_DEFECTS: dict[str, DefectKind] = {
    "timeout": "timeout",
    "open": "open",
    "coding": "coding",
    "head": "head",
    "framing": "framing",
    "trailing": "trailing",
}
#: Headers that the credentials or the connection put on a request, not the case.
_NOT_PLANNED = frozenset(
    {"api-key", "authorization", "x-api-key", "host", "accept", "accept-encoding", "connection"}
    | {"content-length", "user-agent", "content-type", "transfer-encoding"}
)


def exchange_of(line: ExchangeLine) -> Exchange:
    """The exchange of a line. What a record does not keep of a case (the edits of its points) is empty."""
    request = line.request
    return Exchange(
        case=case_of(line),
        request=SentRequest(request.method, request.url, request.headers, request.body, request.body_missing),
        response=None if line.response is None else _response(line.response),
        failure=None if line.failure is None else _failure(line.failure),
        attempts=line.attempts,
    )


def case_of(line: ExchangeLine) -> Case:
    """The case of a line, its body read as what it was sent as.

    Where the response does not say what it cost, the estimate that was recorded stands.
    """
    step = line.scenario
    return Case(
        id=line.case,
        document=line.document,
        operation=line.operation,
        kind=line.kind,
        request=planned_request(line.request),
        expect=line.expect,
        points=tuple(
            Point(
                each.id,
                each.id.partition(":")[0],
                each.expect,
                each.level,
                each.clause,
                each.description or each.id,
                fields=each.fields,
            )
            for each in line.points
        ),
        origin=line.origin,
        scenario=None if step is None else ScenarioStep(step.id, step.kind, step.step),
        prompt_tokens=line.tokens.prompt,
        completion_tokens=line.tokens.completion,
    )


def planned_request(request: RecordedRequest) -> PlannedRequest:
    """A recorded request as data: its path is the URL's, its credentials are told by its headers.

    What is not a URL is all path.
    """
    try:
        url = urlsplit(request.url)
    except ValueError:
        url = SplitResult("", "", request.url, "", "")
    return PlannedRequest(
        method=request.method,
        path=url.path,
        query=dict(parse_qsl(url.query, keep_blank_values=True)),
        headers={name: value for name, value in request.headers if name.lower() not in _NOT_PLANNED},
        credentials=_credentials(request.headers),
        body=body_of(request.body, header(request.headers, "content-type")),
    )


def as_sent(case: Case, line: ExchangeLine, base_path: str) -> Case:
    """The case with the very bytes that were sent and its path below the base path, to be sent again."""
    before, found, path = case.request.path.partition(base_path)
    if not found:
        path = before
    content_type = header(line.request.headers, "content-type")
    empty = not line.request.body and content_type is None
    body = None if empty else RawBody(line.request.body, content_type)
    return replace(case, request=replace(case.request, path=path, body=body))


def body_of(body: bytes, content_type: str | None) -> Body:
    """Bytes as the kind of body that their content type says, or as raw bytes."""
    if not body and content_type is None:
        return None
    kind = (content_type or "").partition(";")[0].strip().lower()
    if kind == "application/json":
        try:
            return JsonBody(json.loads(body))
        except (ValueError, RecursionError):
            return RawBody(body, content_type)
    return parse_multipart(body, content_type or "") or RawBody(body, content_type)


def _credentials(headers: Headers) -> Credentials:
    if header(headers, "api-key") is not None:
        return "wrong-key" if header(headers, "api-key") == WRONG_KEY else "configured"
    authorization = header(headers, "authorization")
    if authorization is not None:
        if WRONG_KEY in authorization:
            return "wrong-bearer"
        return "configured" if MASK in authorization else "malformed-bearer"
    return "key-in-wrong-header" if header(headers, "x-api-key") is not None else "none"


def _response(recorded: RecordedResponse) -> Response:
    events = recorded.events
    return Response(
        status=recorded.status,
        headers=recorded.headers,
        body=recorded.body,
        events=None
        if events is None
        else tuple(
            Event(
                index=index,
                data=event.data,
                raw=event.raw,
                arrived=event.arrived,
                name=event.name,
                id=event.id,
                retry=event.retry,
                terminated=event.terminated,
            )
            for index, event in enumerate(events)
        ),
        started=recorded.started,
        ended=recorded.ended,
        complete=recorded.complete,
        defects=tuple(
            WireDefect(_DEFECTS[each.kind], each.message, each.raw)
            for each in recorded.defects
            if each.kind in _DEFECTS
        ),
    )


def _failure(recorded: RecordedFailure) -> TransportFailure:
    return TransportFailure(_FAILURES.get(recorded.kind, "harness"), recorded.message, recorded.received)
