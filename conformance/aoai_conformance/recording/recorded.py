"""Restore exchanges and cases from the lines of a record, to judge them again or send them again."""

from __future__ import annotations

import json
from dataclasses import replace
from urllib.parse import SplitResult, parse_qsl, urlsplit

from aoai_conformance.exchange import Exchange
from aoai_conformance.formats.multipart import parse_multipart
from aoai_conformance.options import KEY_HEADER
from aoai_conformance.redaction.secrets import KEY_MASK, MASK
from aoai_conformance.target.authentication import WRONG_HEADERS, WRONG_KEY
from aoai_model.case import (
    Body,
    Case,
    Credentials,
    JsonBody,
    PlannedRequest,
    RawBody,
)
from aoai_model.exchange import (
    Headers,
    Request,
    header,
)
from aoai_reports.record.lines import CASE_FIELDS, ExchangeLine

#: Headers that come from the credentials or the connection, not from the case.
_NOT_PLANNED = frozenset(
    {KEY_HEADER, "authorization", *WRONG_HEADERS, "host", "accept", "accept-encoding", "connection"}
    | {"content-length", "user-agent", "content-type", "transfer-encoding"}
)


def exchange_of(line: ExchangeLine) -> Exchange:
    """Return the exchange of a line. What a record does not contain (the edits of points) is empty."""
    return Exchange(case_of(line), line.request, line.response, line.failure, line.attempts)


def case_of(line: ExchangeLine) -> Case:
    """Return the case of a line, its body decoded by its content type.

    Its token estimate is the recorded number of tokens.
    """
    return Case(
        id=line.case,
        request=planned_request(line.request),
        prompt_tokens=line.tokens.prompt,
        completion_tokens=line.tokens.completion,
        **{name: getattr(line, name) for name in CASE_FIELDS},
    )


def planned_request(request: Request) -> PlannedRequest:
    """Return a recorded request as a planned one: its path from the URL, its credentials from the headers.

    An invalid URL becomes the path.
    """
    try:
        url = urlsplit(request.url)
    except ValueError:
        url = SplitResult("", "", request.url, "", "")
    return PlannedRequest(
        method=request.method,
        path=url.path,
        query=dict(parse_qsl(url.query, keep_blank_values=True)),
        headers={
            name: value
            for name, value in request.headers
            if name.lower() not in _NOT_PLANNED and value != WRONG_KEY and KEY_MASK not in value
        },
        credentials=_credentials(request.headers),
        body=body_of(request.body, header(request.headers, "content-type")),
    )


def as_sent(case: Case, line: ExchangeLine, base_path: str, root_path: str = "") -> Case:
    """Return the case with the exact bytes that were sent and its path below the base path.

    `root_path` is the path of the target's root.
    """
    path = case.request.path
    for prefix in (root_path, base_path):
        # A root may end with the base path, which is then not repeated.
        path = path[len(prefix) :] if path.startswith(f"{prefix}/") else path
    content_type = header(line.request.headers, "content-type")
    empty = not line.request.body and content_type is None
    body = None if empty else RawBody(line.request.body, content_type)
    return replace(case, request=replace(case.request, path=path, body=body), takes=())


def body_of(body: bytes, content_type: str | None) -> Body:
    """Return the body that its content type describes, or raw bytes."""
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
    # A header from `--header` is not a credential of the case; its value is in the environment.
    headers = tuple((name, value) for name, value in headers if "${" not in value)
    if any(KEY_MASK in value for _, value in headers):
        return "configured"
    if any(value == WRONG_KEY for _, value in headers):
        return "wrong-key"
    if header(headers, KEY_HEADER) is not None:
        return "configured"
    authorization = header(headers, "authorization")
    if authorization is not None:
        if WRONG_KEY in authorization:
            return "wrong-bearer"
        return "configured" if MASK in authorization else "malformed-bearer"
    is_misplaced = any(header(headers, name) is not None for name in WRONG_HEADERS)
    return "key-in-wrong-header" if is_misplaced else "none"
