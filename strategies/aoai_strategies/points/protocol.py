"""Protocol points: errors in the request around its body, for which no schema has a keyword.

Credentials, api-version, deployment, path, method, content type, and bodies that are not JSON or not a form.
Their ids are a contract with the rules that know the status that each of them requires.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

from aoai_model.case import Credentials, Expectation, JsonBody, MultipartBody, PlannedRequest, Point, RawBody
from aoai_model.verdict import Level
from aoai_specs.document import Operation
from aoai_specs.operations import Parameter
from aoai_specs.surfaces import AI_MODEL_INFERENCE
from aoai_strategies.points.planned_point import PlannedPoint
from aoai_strategies.requests.builder import RequestBuilder
from aoai_strategies.requests.forms import parameter_schema
from aoai_strategies.requests.resources import DEPLOYMENT_PARAMETERS

UNKNOWN_DEPLOYMENT = "no-such-deployment"
UNKNOWN_API_VERSION = "1999-01-01"
UNKNOWN_MODEL = "no-such-model"
#: Parameters that the protocol points cover.
PROTOCOL_PARAMETERS = DEPLOYMENT_PARAMETERS | {"api-version"}

_CREDENTIALS: tuple[tuple[Credentials, str], ...] = (
    ("none", "A request without credentials is rejected."),
    ("wrong-key", "A request with a wrong key is rejected."),
    ("malformed-bearer", "A request with a malformed bearer token is rejected."),
    ("wrong-bearer", "A request with the bearer token of another resource is rejected."),
    ("key-in-wrong-header", "A request with its key in the wrong header is rejected."),
)


def protocol_points(requests: RequestBuilder) -> Iterator[PlannedPoint]:
    """The protocol points of an operation, each with its request, in a fixed order."""
    operation, document, base = requests.operation, requests.document, requests.base
    if operation.security:
        where = document.clause("#/security" if "security" in document.content else operation.pointer)
        for credentials, text in _CREDENTIALS:
            # the right key is harmless in any header
            level: Level = "may" if credentials == "key-in-wrong-header" else "must"
            request = replace(base, credentials=credentials)
            yield _planned(f"authentication:{credentials}", where, text, request, level)
    for parameter in operation.parameters:
        where = document.clause(parameter.pointer)
        if parameter.location == "query" and parameter.name == "api-version":
            yield from _api_versions(requests, parameter, where)
        if parameter.location == "path" and parameter.name in DEPLOYMENT_PARAMETERS:
            text = "A deployment that does not exist is not found."
            elsewhere = {**base.path_parameters, parameter.name: UNKNOWN_DEPLOYMENT}
            yield _planned("deployment:unknown", where, text, replace(base, path_parameters=elsewhere))
    yield from _unknown_model(requests)
    where = document.clause(operation.pointer)
    text = "A path that the description does not have is not found."
    yield _planned("path:unknown", where, text, replace(base, path=_unknown_path(operation)))
    method = _undeclared_method(operation)
    if method is not None:
        name = "method:get" if method == "GET" else "method:other"
        text = f"{method}, which the path does not support, is rejected."
        yield _planned(name, where, text, replace(base, method=method, body=None))
    yield from _bodies(requests)


def _api_versions(requests: RequestBuilder, parameter: Parameter, where: str) -> Iterator[PlannedPoint]:
    """A missing, an unknown and an empty api-version; where none is required, the server may accept them."""
    missing = "A request without an api-version is rejected."
    unknown = "An unknown api-version is rejected."
    level: Level = "must"
    expect: Expectation = "reject"
    if not parameter.required:
        missing = "A request without an api-version, which is optional here, is accepted or rejected."
        unknown = "An unknown api-version, which is optional here, is rejected or ignored."
        level, expect = "may", "any"

    base = requests.base
    without = replace(base, query={name: text for name, text in base.query.items() if name != "api-version"})
    yield _planned("api-version:missing", where, missing, without, level, expect)
    request = replace(base, query={**base.query, "api-version": UNKNOWN_API_VERSION})
    yield _planned("api-version:unknown", where, unknown, request, level, expect)
    schema = requests.document.resolve(parameter_schema(requests.document, parameter))
    if parameter.required and isinstance(schema, dict) and schema.get("minLength"):
        text = "An empty api-version is rejected."
        yield _planned(
            "api-version:empty", where, text, replace(base, query={**base.query, "api-version": ""})
        )


def _unknown_model(requests: RequestBuilder) -> Iterator[PlannedPoint]:
    """A model that is not deployed, where the body names the deployment and the path does not."""
    body = requests.base.body
    if requests.document.name.surface != AI_MODEL_INFERENCE or not isinstance(body, JsonBody):
        return
    if isinstance(body.value, dict) and "model" in body.value:
        where = requests.document.clause(f"{requests.operation.pointer}/requestBody")
        request = replace(requests.base, body=JsonBody({**body.value, "model": UNKNOWN_MODEL}))
        yield _planned("model:unknown", where, "A model that is not deployed is rejected.", request, "should")


def _unknown_path(operation: Operation) -> str:
    """A path below the operation's own that matches no path template of the description."""
    path = f"{operation.path}/nowhere"
    while any(_may_match(path, other.path) for other in operation.document.operations.values()):
        path += "/nowhere"
    return path


def _may_match(path: str, template: str) -> bool:
    ours, theirs = path.split("/"), template.split("/")
    return len(ours) == len(theirs) and all(
        one == other or "{" in one or "{" in other for one, other in zip(ours, theirs, strict=True)
    )


def _undeclared_method(operation: Operation) -> str | None:
    """A method that the description does not declare for the path, preferably GET."""
    found = [other for other in operation.document.operations.values() if other.path == operation.path]
    declared = {other.method for other in found}
    return next((method for method in ("GET", "PUT", "PATCH") if method not in declared), None)


def _bodies(requests: RequestBuilder) -> Iterator[PlannedPoint]:
    base = requests.base
    if base.body is None:
        return
    # only the content type is wrong: the content itself is valid
    value = base.body.value if isinstance(base.body, JsonBody) else "Say hi."
    bodies = [
        (
            "content-type:text",
            "A body with a content type that the operation does not accept is rejected.",
            RawBody(json.dumps(value).encode(), "text/plain"),
        )
    ]
    if isinstance(base.body, MultipartBody):
        empty = RawBody(b"--boundary--\r\n", "multipart/form-data; boundary=boundary")
        bodies.append(("body:empty", "A form without parts is rejected.", empty))
    else:
        bodies += [
            (f"body:{name}", text, RawBody(content, "application/json"))
            for name, text, content in (
                ("malformed-json", "Truncated JSON is rejected.", b'{"broken": [1, 2'),
                ("empty", "An empty body is rejected.", b""),
                ("not-an-object", "A JSON body that is not an object is rejected.", b'"text"'),
            )
        ]
    where = requests.document.clause(f"{requests.operation.pointer}/requestBody")
    for identifier, text, body in bodies:
        yield _planned(identifier, where, text, replace(base, body=body))


def _planned(
    identifier: str,
    clause: str,
    text: str,
    request: PlannedRequest,
    level: Level = "must",
    expect: Expectation = "reject",
) -> PlannedPoint:
    constraint = identifier.partition(":")[0]
    return PlannedPoint(Point(identifier, constraint, expect, level, clause, text), constraint, 0, request)
