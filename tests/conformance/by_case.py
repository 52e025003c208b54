"""Cases and their responses, built without a plan or a server, so that each test is self-contained."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from aoai_conformance.engine.sse import EventReader
from aoai_conformance.exchange import Exchange
from aoai_model.case import Case, Edit, Expectation, JsonBody, PlannedRequest, Point
from aoai_model.exchange import FailureKind, Request, Response, TransportFailure
from aoai_specs.catalogue import Catalogue
from aoai_specs.document import Document, Operation

NAME = "azure-openai@2024-10-21"
#: The newest document without max_completion_tokens.
ELDER = "azure-openai@2024-06-01"
PREVIEW = "azure-openai@2025-01-01-preview"
INFERENCE = "ai-model-inference@2025-04-01"
CHAT_BODY: dict[str, Any] = {"messages": [{"role": "user", "content": "Say hi."}], "max_tokens": 16}
_BODIES: Mapping[str, dict[str, Any]] = {
    "chat": CHAT_BODY,
    "completions": {"prompt": "Say hi.", "max_tokens": 16},
    "embeddings": {"input": "hi"},
    "images": {"prompt": "A red dot."},
}


@cache
def document(name: str = NAME) -> Document:
    return Catalogue.packaged().load(name)


@cache
def operation(kind: str = "chat", name: str = NAME) -> Operation:
    return next(each for each in document(name).operations.values() if each.kind == kind)


def point(id_: str, value: Any = 0, expect: Expectation = "accept", *fields: str) -> Point:
    """A point about the field that its id begins with, or about `fields`."""
    constraint = id_.partition(":")[0]
    field = constraint.partition(".")[0]
    return Point(
        id_, constraint, expect, "must", f"{NAME}#/x", id_, (Edit(f"/{field}", value),), fields or (field,)
    )


def case(
    *points: Point,
    kind: str = "chat",
    expect: Expectation = "accept",
    origin: str = "point",
    name: str = NAME,
    id_: str = "",
    **sent: Any,
) -> Case:
    described = operation(kind, name)
    base = PlannedRequest(described.method, described.path, body=JsonBody(_BODIES.get(kind, {})))
    body = JsonBody({**_BODIES.get(kind, {}), **sent})
    request = PlannedRequest(described.method, described.path, body=body)
    return Case(
        id_ or f"{kind}/{origin}", name, described.id, kind, request, expect, points, origin, base=base
    )


def answered(case_: Case, status: int = 200, body: Any = None, *, complete: bool = True) -> Exchange:
    """Return the case with a response; text and bytes unchanged, streams as events, the rest as JSON."""
    events, content_type = None, "application/json"
    if isinstance(body, bytes):
        content, content_type = body, "text/event-stream" if body.startswith(b"data:") else "text/plain"
    else:
        content = json.dumps({} if body is None else body).encode()
    if content_type == "text/event-stream":
        reader = EventReader()
        events = (*reader.feed(content, 0.1), *reader.close(0.2))
    response = Response(status, (("content-type", content_type),), content, events, complete=complete)
    value = case_.request.body.value if isinstance(case_.request.body, JsonBody) else None
    return Exchange(case_, Request("POST", "http://x", (), json.dumps(value).encode()), response)


def failed(case_: Case, kind: FailureKind = "timeout", message: str = "No answer.") -> Exchange:
    return Exchange(
        case_, Request("POST", "http://x", (), b""), None, TransportFailure(kind, message), attempts=0
    )


def error(message: str, code: str | None = "BadRequest", **more: Any) -> dict[str, Any]:
    return {"error": {"code": code, "message": message, **more}}


def unsupported(field: str, code: str = "unsupported_value") -> dict[str, Any]:
    return error(
        f"'{field}' is not supported with this model.", code, param=field, type="invalid_request_error"
    )
