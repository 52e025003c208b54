"""Traffic that something else recorded, in a HAR 1.2 file, as exchanges.

Nothing is known of what a request was meant to show, so that only what the request itself decides is
expected of the server: what lacks its api-version, is no JSON object, or breaks the document's schema is to
be refused.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from aoai_conformance.exchange import Exchange, Headers, Response, SentRequest, header
from aoai_conformance.observed import api_version_of, observed_exchange, operation_of
from aoai_specs.document import Document, Operation
from aoai_specs.errors import ConformanceError
from aoai_strategies.case import JsonBody, MultipartBody, PlannedRequest, Point, RawBody

#: A larger file is not read.
LARGEST = 1024 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Traffic:
    """What a HAR file holds of a document's operations, and why the rest was left aside, by reason."""

    exchanges: tuple[Exchange, ...]
    left_aside: Mapping[str, int]
    started: str


def read_har(path: str | Path, documents: Sequence[Document]) -> Traffic:
    """The entries of a HAR file that are requests to an operation of one of the documents.

    An entry goes to the document of its api-version, else to the first. Secrets in headers are replaced by
    `***` wherever they occur. Raises ConformanceError for a file that is no HAR.
    """
    entries = _entries(Path(path))
    exchanges: list[Exchange] = []
    left_aside: dict[str, int] = {}
    for number, entry in enumerate(entries, 1):
        try:
            exchanges.append(_exchange(number, entry, documents))
        except _NotJudged as reason:
            left_aside[str(reason)] = left_aside.get(str(reason), 0) + 1
    started = next((text for text in (entry.get("startedDateTime") for entry in entries) if text), "")
    return Traffic(tuple(exchanges), left_aside, str(started))


class _NotJudged(Exception):  # noqa: N818 - an outcome, not an error
    """An entry that says nothing of a document, with the reason."""


def _entries(path: Path) -> list[Mapping[str, Any]]:
    try:
        if path.stat().st_size > LARGEST:
            raise ConformanceError(f"{path} is larger than {LARGEST:,} bytes; cut it into several files.")
        raw = path.read_bytes()
    except OSError as error:
        raise ConformanceError(f"{path} cannot be read: {error.strerror or error}.") from error
    try:
        data = json.loads(raw.removeprefix(b"\xef\xbb\xbf"))
    except (ValueError, RecursionError) as error:
        raise ConformanceError(f"{path} is neither a record nor a HAR file: {error}.") from error
    entries = (
        data.get("log", {}).get("entries")
        if isinstance(data, dict) and isinstance(data.get("log"), dict)
        else None
    )
    if not isinstance(entries, list):
        raise ConformanceError(f"{path} is neither a record nor a HAR file: it has no log.entries.")
    return [entry for entry in entries if isinstance(entry, dict)]


def _exchange(number: int, entry: Mapping[str, Any], documents: Sequence[Document]) -> Exchange:
    request = _mapping(entry.get("request"))
    url, method = str(request.get("url", "")), str(request.get("method", "")).upper()
    operation = _operation(url, method, documents)
    headers = _headers(request)
    sent = SentRequest(method, url, headers, _request_body(request, headers))
    observed = observed_exchange(f"entry-{number}", operation, sent, _response(entry))
    origin, points = _decided(operation, observed.case.request)
    if points:
        case = replace(observed.case, expect="reject", points=points, origin=origin)
        return replace(observed, case=case)
    return observed


def _response(entry: Mapping[str, Any]) -> Response | None:
    """The response of an entry; None where the recording has none."""
    answer = _mapping(entry.get("response"))
    status = answer.get("status")
    if not isinstance(status, int) or status < 100:
        return None
    ended = _seconds(entry.get("time"))
    return Response(
        status=status,
        headers=_headers(answer),
        body=_response_body(answer),
        started=min(ended, _seconds(_mapping(entry.get("timings")).get("wait"))),
        ended=ended,
    )


def _operation(url: str, method: str, documents: Sequence[Document]) -> Operation:
    try:
        version = api_version_of(url)
        ordered = sorted(documents, key=lambda document: str(document.name.version) != version)
        operation = operation_of(method, url, ordered)
    except ValueError:
        raise _NotJudged("no URL") from None
    if operation is None:
        raise _NotJudged("no operation of the document")
    return operation


def _decided(operation: Operation, request: PlannedRequest) -> tuple[str, tuple[Point, ...]]:
    """Why a request must be refused, as far as it tells itself: the origin of its case, and its points.

    Missing credentials tell nothing: many recorders leave them out.
    """
    document = operation.document
    if _lacks_api_version(operation, request):
        return "protocol", (
            _point("api-version:missing", document.clause(operation.pointer), "No api-version."),
        )
    if "application/json" not in operation.request_media or isinstance(request.body, MultipartBody):
        return "recorded", ()
    where = document.clause(f"{operation.pointer}/requestBody")
    match request.body:
        case None:
            return "protocol", (_point("body:empty", where, "No body."),)
        case RawBody(content, content_type):
            if not (content_type or "").lower().startswith("application/json"):
                return "recorded", ()
            name = "body:malformed-json" if content else "body:empty"
            return "protocol", (_point(name, where, "A body that is no JSON."),)
        case JsonBody(value) if not isinstance(value, dict):
            return "protocol", (_point("body:not-an-object", where, "A body that is no JSON object."),)
        case JsonBody(value):
            validator = operation.request_validator()
            error = None if validator is None else next(iter(validator.errors(value)), None)
            if error is None:
                return "recorded", ()
            field = error.pointer.lstrip("/").replace("/", ".") or "body"
            return "recorded", (_point(f"{field}.{error.keyword}:recorded", error.clause, error.message),)


def _lacks_api_version(operation: Operation, request: PlannedRequest) -> bool:
    return "api-version" not in request.query and any(
        each.name == "api-version" and each.location == "query" and each.required
        for each in operation.parameters
    )


def _point(name: str, clause: str, description: str) -> Point:
    return Point(name, name.rpartition(":")[0], "reject", "must", clause, description)


def _headers(message: Mapping[str, Any]) -> Headers:
    """Header pairs, without the pseudo-headers of HTTP/2."""
    listed = message.get("headers")
    pairs = [
        (str(each.get("name", "")), str(each.get("value", "")))
        for each in (listed if isinstance(listed, list) else [])
        if isinstance(each, dict)
    ]
    return tuple((name, value) for name, value in pairs if name and not name.startswith(":"))


def _request_body(request: Mapping[str, Any], headers: Headers) -> bytes:
    posted = _mapping(request.get("postData"))
    if not posted:
        return b""
    if isinstance(posted.get("text"), str):
        text = str(posted["text"])
        if posted.get("encoding") == "base64" or posted.get("_encoding") == "base64":
            return _from_base64(text)
        # Recorders write a byte that is no text as the character of its number.
        multipart = (header(headers, "content-type") or "").lower().startswith("multipart/")
        return text.encode("latin-1", "replace") if multipart and not _is_wide(text) else text.encode()
    return b""


def _is_wide(text: str) -> bool:
    return any(character > "\xff" for character in text)


def _response_body(answer: Mapping[str, Any]) -> bytes:
    content = _mapping(answer.get("content"))
    text = content.get("text")
    if not isinstance(text, str):
        size = content.get("size")
        if isinstance(size, int) and size > 0:
            raise _NotJudged("a response whose body was not recorded")
        return b""
    return _from_base64(text) if content.get("encoding") == "base64" else text.encode("utf-8", "replace")


def _from_base64(text: str) -> bytes:
    try:
        return base64.b64decode(text)
    except (binascii.Error, ValueError):
        raise _NotJudged("a body whose base64 is broken") from None


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _seconds(milliseconds: object) -> float:
    if isinstance(milliseconds, int | float) and not isinstance(milliseconds, bool) and milliseconds > 0:
        return float(milliseconds) / 1000
    return 0.0
