"""Protocol points: what is wrong with the request around its body, so that no schema has a keyword for it.

Credentials, api-version, deployment, path, method, content type, and bodies that are no JSON or no form.
Their ids are a contract with the rules that know which status each of them calls for.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace

from aoai_model.case import Credentials, JsonBody, MultipartBody, PlannedRequest, Point, RawBody
from aoai_specs.document import Operation
from aoai_specs.surfaces import AI_MODEL_INFERENCE
from aoai_strategies.requests.bases import DEPLOYMENT_PARAMETERS

UNKNOWN_DEPLOYMENT = "no-such-deployment"
UNKNOWN_API_VERSION = "1999-01-01"
UNKNOWN_MODEL = "no-such-model"

_CREDENTIALS: tuple[tuple[Credentials, str], ...] = (
    ("none", "A request without any credentials is refused."),
    ("wrong-key", "A request with a key that is not the resource's is refused."),
    ("malformed-bearer", "A request with a bearer token that is no token is refused."),
    ("wrong-bearer", "A request with a bearer token of somebody else is refused."),
    ("key-in-wrong-header", "A request whose key stands in another header is refused."),
)


@dataclass(frozen=True, slots=True)
class Probe:
    """A point and the whole request that carries it."""

    point: Point
    request: PlannedRequest


def protocol_probes(operation: Operation, base: PlannedRequest) -> Iterator[Probe]:
    """The protocol points of an operation, each with its request, in a fixed order."""
    document = operation.document
    if operation.security:
        where = document.clause("#/security" if "security" in document.content else operation.pointer)
        for credentials, text in _CREDENTIALS:
            point = _point(f"authentication:{credentials}", where, text)
            if credentials == "key-in-wrong-header":  # the right key harms nobody, wherever it stands
                point = replace(point, level="may")
            yield Probe(point, replace(base, credentials=credentials))
    for parameter in operation.parameters:
        where = document.clause(parameter.pointer)
        if parameter.location == "query" and parameter.name == "api-version":
            without = {name: value for name, value in base.query.items() if name != "api-version"}
            text = "A request without an api-version is refused."
            if not parameter.required:
                text = "A request without an api-version, which is not required here, is accepted or refused."
            point = _point("api-version:missing", where, text)
            if not parameter.required:
                point = replace(point, expect="any", level="may")
            yield Probe(point, replace(base, query=without))
            unknown = {**base.query, "api-version": UNKNOWN_API_VERSION}
            text = "An api-version that never was is refused."
            if not parameter.required:
                text = "An api-version that never was, where none is required, is refused or overlooked."
            point = _point("api-version:unknown", where, text)
            if not parameter.required:
                point = replace(point, expect="any", level="may")
            yield Probe(point, replace(base, query=unknown))
            if parameter.required and _has_a_least_length(operation, parameter.pointer):
                empty = {**base.query, "api-version": ""}
                point = _point("api-version:empty", where, "An api-version without a character is refused.")
                yield Probe(point, replace(base, query=empty))
        if parameter.location == "path" and parameter.name in DEPLOYMENT_PARAMETERS:
            elsewhere = {**base.path_parameters, parameter.name: UNKNOWN_DEPLOYMENT}
            point = _point("deployment:unknown", where, "A deployment that does not exist is not found.")
            yield Probe(point, replace(base, path_parameters=elsewhere))
    yield from _model_probes(operation, base)
    where = document.clause(operation.pointer)
    point = _point("path:unknown", where, "A path that the description has not got is not found.")
    yield Probe(point, replace(base, path=_nowhere(operation)))
    method = _other_method(operation)
    if method is not None:
        name = "method:get" if method == "GET" else "method:other"
        point = _point(name, where, f"{method}, a method that the path has not got, is refused.")
        yield Probe(point, replace(base, method=method, body=None))
    yield from _body_probes(operation, base)


def _model_probes(operation: Operation, base: PlannedRequest) -> Iterator[Probe]:
    """A model that is not deployed, where the body names the deployment and the path does not."""
    if operation.document.name.surface != AI_MODEL_INFERENCE or not isinstance(base.body, JsonBody):
        return
    body = base.body.value
    if isinstance(body, dict) and "model" in body:
        where = operation.document.clause(f"{operation.pointer}/requestBody")
        point = _point("model:unknown", where, "A model that is not deployed is refused.")
        request = replace(base, body=JsonBody({**body, "model": UNKNOWN_MODEL}))
        yield Probe(replace(point, level="should"), request)


def _has_a_least_length(operation: Operation, pointer: str) -> bool:
    """Whether the schema of a parameter forbids an empty text."""
    described = operation.document.resolve(pointer)
    schema = described.get("schema", described)
    return isinstance(schema, dict) and bool(schema.get("minLength"))


def _nowhere(operation: Operation) -> str:
    """A path below the operation's own that the description has not got, whatever stands in its places."""
    path = f"{operation.path}/nowhere"
    while any(_could_be(path, other.path) for other in operation.document.operations.values()):
        path += "/nowhere"
    return path


def _could_be(path: str, template: str) -> bool:
    ours, theirs = path.split("/"), template.split("/")
    return len(ours) == len(theirs) and all(
        one == other or "{" in one or "{" in other for one, other in zip(ours, theirs, strict=True)
    )


def _other_method(operation: Operation) -> str | None:
    """A method that the path has not got in the description: GET where that is one of them."""
    found = [other for other in operation.document.operations.values() if other.path == operation.path]
    declared = {other.method for other in found}
    return next((method for method in ("GET", "PUT", "PATCH") if method not in declared), None)


def _body_probes(operation: Operation, base: PlannedRequest) -> Iterator[Probe]:
    if base.body is None:
        return
    where = operation.document.clause(f"{operation.pointer}/requestBody")
    text = "A body under a content type that the operation does not take is refused."
    # only the content type is wrong: what it holds would do
    value = base.body.value if isinstance(base.body, JsonBody) else "Say hi."
    mislabelled = RawBody(json.dumps(value).encode(), "text/plain")
    yield Probe(_point("content-type:text", where, text), replace(base, body=mislabelled))
    if isinstance(base.body, MultipartBody):
        point = _point("body:empty", where, "A form without a single part is refused.")
        empty = RawBody(b"--boundary--\r\n", "multipart/form-data; boundary=boundary")
        yield Probe(point, replace(base, body=empty))
        return
    point = _point("body:malformed-json", where, "A body that breaks off in the middle is refused.")
    yield Probe(point, replace(base, body=RawBody(b'{"broken": [1, 2', "application/json")))
    point = _point("body:empty", where, "A body without a single byte is refused.")
    yield Probe(point, replace(base, body=RawBody(b"", "application/json")))
    point = _point("body:not-an-object", where, "A body that is JSON but no object is refused.")
    yield Probe(point, replace(base, body=RawBody(b'"text"', "application/json")))


def _point(identifier: str, clause: str, description: str) -> Point:
    constraint = identifier.partition(":")[0]
    return Point(identifier, constraint, "reject", "must", clause, description)
