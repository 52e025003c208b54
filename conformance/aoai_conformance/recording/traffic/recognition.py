"""Recognise what a recorded request is: its operation, and why a server must reject it, if it must.

The purpose of a request is unknown, so only the request itself determines the expectation: the server must
reject it if it lacks the api-version, is not a JSON object, or violates the schema of the document.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from aoai_conformance.exchange import Exchange
from aoai_conformance.recording.traffic.observed_traffic import (
    API_VERSION,
    Secrets,
    api_version_of,
    is_openai_layout,
    observed_exchange,
    operation_of,
)
from aoai_model.case import JsonBody, MultipartBody, PlannedRequest, Point, RawBody
from aoai_model.exchange import Request, Response, header
from aoai_reports.record.evidence import cut_text
from aoai_reports.results.findings import LEVELS
from aoai_specs.catalogue import Catalogue
from aoai_specs.document import Document, Operation
from aoai_specs.schemas.validators import SchemaError
from aoai_strategies.points.known_disagreements import soften_recorded

#: Judging JSON that is nested more deeply would exhaust the stack.
_DEEPEST = 300
#: A string of JSON, even one that does not end, or a bracket outside of strings.
_STRING_OR_BRACKET = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|[\[{]|[\]}]', re.DOTALL)
_LONGEST_VERSION = 60


class NotJudgedError(Exception):
    """A request cannot be judged; the message is the reason.

    `addressed` is true if it was nevertheless sent to an operation of the documents.
    """

    def __init__(self, reason: str, *, addressed: bool = False) -> None:
        super().__init__(reason)
        self.addressed = addressed


class _UndescribedError(NotJudgedError):
    """An entry to an operation of the surface whose api-version no selected document describes."""

    def __init__(self, version: str, surface: str) -> None:
        packaged = [name for name in Catalogue.packaged().names() if str(name) == f"{surface}@{version}"]
        remedy = f"add --api-version {version}" if packaged else "add its description with --spec FILE"
        shown = cut_text(version, _LONGEST_VERSION)
        super().__init__(
            f"no description of api-version {shown} is selected; {remedy} to judge it", addressed=True
        )


def find_operation(url: str, method: str, documents: Sequence[Document]) -> Operation:
    """Return the operation of a request in the document of its api-version, or else in the first that has it.

    Raises NotJudgedError if there is none.
    """
    try:
        version = api_version_of(url)
        describing = [document for document in documents if not version or document.describes(version)]
        operation = operation_of(method, url, describing)
        elsewhere = None if operation else operation_of(method, url, documents)
    except ValueError:
        raise NotJudgedError("its URL is invalid") from None
    operation = operation or (elsewhere if elsewhere and not _takes_version(elsewhere) else None)
    if operation is not None:
        return operation
    if elsewhere is None or describing:
        raise NotJudgedError("it matches no operation of the document")
    raise _UndescribedError(version, elsewhere.document.name.surface)


def recognised_exchange(
    case_id: str, operation: Operation, request: Request, response: Response | None, secrets: Secrets
) -> Exchange:
    """Return a request and its response, both with secrets, as an exchange without them.

    If the request itself shows why a server must reject it, the exchange expects that. Raises NotJudgedError
    for a request that is nested too deeply to be judged.
    """
    if _is_too_deep(request):
        raise NotJudgedError(f"its request body is nested deeper than {_DEEPEST} levels", addressed=True)
    observed = observed_exchange(case_id, operation, request, response, secrets)
    if is_openai_layout(request.url):
        return observed  # no document describes exactly what OpenAI accepts
    origin, points = _decided(operation, observed.case.request, observed.request)
    if not points:
        return observed
    return replace(observed, case=replace(observed.case, expect="reject", points=points, origin=origin))


def _is_too_deep(request: Request) -> bool:
    body = request.body
    is_json = (header(request.headers, "content-type") or "").lower().startswith("application/json")
    if not is_json or body.count(b"[") + body.count(b"{") <= _DEEPEST:
        return False
    depth = 0
    for token in _STRING_OR_BRACKET.finditer(body):
        first = token[0][:1]
        depth += (first in b"[{") - (first in b"]}")
        if depth > _DEEPEST:
            return True
    return False


def _takes_version(operation: Operation) -> bool:
    return any(each.name == API_VERSION and each.location == "query" for each in operation.parameters)


def _decided(operation: Operation, request: PlannedRequest, sent: Request) -> tuple[str, tuple[Point, ...]]:
    """Return the origin and the points of a request that itself shows why it must be rejected.

    Missing credentials are no reason: many recorders omit them.
    """
    document = operation.document
    if _lacks_api_version(operation, request):
        return "protocol", (
            _point("api-version:missing", document.clause(operation.pointer), "No api-version."),
        )
    if "application/json" not in operation.request_media or isinstance(request.body, MultipartBody):
        return "recorded", ()
    where = document.clause(f"{operation.pointer}/requestBody")
    if sent.body_missing:
        return "recorded", ()
    match request.body:
        case None:
            return "protocol", (_point("body:empty", where, "No body."),)
        case RawBody(content, content_type):
            if not (content_type or "").lower().startswith("application/json"):
                return "recorded", ()
            name = "body:malformed-json" if content else "body:empty"
            return "protocol", (_point(name, where, "A body that is not JSON."),)
        case JsonBody(value) if not isinstance(value, dict):
            return "protocol", (_point("body:not-an-object", where, "A body that is not a JSON object."),)
        case JsonBody(value):
            validator = operation.request_validator()
            errors = [] if validator is None else validator.errors(value)
            broken = [_broken(operation, error) for error in errors if not error.overlap]
            return "recorded", tuple(sorted(broken, key=lambda point: LEVELS.index(point.level))[:1])


def _broken(operation: Operation, error: SchemaError) -> Point:
    """Return the point of a request that violates its schema."""
    field = error.pointer.lstrip("/").replace("/", ".") or "body"
    point = _point(f"{field}.{error.keyword}:recorded", error.clause, error.message)
    # Dated versions only preview responses, and the service has extended them since.
    dated = operation.document.api_version[:1].isdigit() and not operation.kind.startswith("response")
    return soften_recorded(operation.kind, point, error, dated=dated)


def _lacks_api_version(operation: Operation, request: PlannedRequest) -> bool:
    return API_VERSION not in map(str.lower, request.query) and any(
        each.name == API_VERSION and each.location == "query" and each.required
        for each in operation.parameters
    )


def _point(name: str, clause: str, description: str) -> Point:
    return Point(name, name.rpartition(":")[0], "reject", "must", clause, description)
