"""The checks that a request must pass, in the order of the real service.

Each check is a generator named after what it checks: it yields a Rejection for each mistake and records what
it found in the IncomingRequest. The reply is the first rejection of the first check that has one. The faults
of stage "acceptance" change the rejections of a check.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from types import MappingProxyType

from aoai_emulator.acceptance.model_rejections import as_the_model_says, model_rejections, outcome_rejections
from aoai_emulator.addresses.layouts import takes_model
from aoai_emulator.checks.declared_fields import declared_names, meaningful_fields
from aoai_emulator.checks.extra_parameters import extra_parameter_rejections, passed_on
from aoai_emulator.checks.schema_rejections import schema_rejections
from aoai_emulator.faults.registry import FaultSet
from aoai_emulator.faults.topics import Check
from aoai_emulator.http.bodies import READERS, limit_of
from aoai_emulator.http.rejections import (
    Rejection,
    RejectionError,
    api_version_not_supported,
    body_too_large,
    deployment_not_found,
    invalid_request,
    method_not_allowed,
    no_credential,
    operation_not_supported,
    resource_not_found,
    unknown_model,
    unsupported_media_type,
    wrong_key,
)
from aoai_emulator.http.requests import AcceptedRequest, Body, IncomingRequest
from aoai_emulator.operations.table import SERVICES
from aoai_emulator.settings import Deployment
from aoai_specs.document import Operation

# How many errors of a body are collected at most; the reply names one.
_MAX_ERRORS = 16


def accept(request: IncomingRequest, faults: FaultSet) -> AcceptedRequest:
    """Check a request and return it as accepted. Raises RejectionError for the first rejection."""
    for name, check in _CHECKS.items():
        found = faults.edit_rejections(name, check(request), request) if faults else check(request)
        for rejection in found:
            raise RejectionError(rejection)
    accepted = accepted_request(request)
    relations = chain(
        model_rejections(accepted), SERVICES[accepted.kind].relations(accepted), outcome_rejections(accepted)
    )
    for rejection in faults.edit_rejections("relations", relations, request):
        raise RejectionError(rejection)
    return accepted


def has_credential(request: IncomingRequest) -> bool:
    """Whether a request has a key or token that the emulator accepts."""
    return next(_authentication(request), None) is None


def accepted_request(request: IncomingRequest) -> AcceptedRequest:
    """Build the accepted form of a request. Raises RejectionError (404) if no deployment serves it."""
    operation = request.operation
    if operation is None:
        raise RejectionError(resource_not_found())
    body = request.body or Body({})
    return AcceptedRequest(
        id=request.id,
        settings=request.settings,
        operation=operation,
        deployment=request.deployment or _stand_in(request, operation.kind),
        fields=meaningful_fields(operation, _described_media_type(request, operation), body.fields)
        | passed_on(request),
        sent=body.fields,
        uploads=body.uploads,
        headers=request.headers,
        base_url=request.base_url,
        query=request.query,
        path_values=request.path_values,
        memory=request.memory,
        ask=request.ask,
    )


def _authentication(request: IncomingRequest) -> Iterator[Rejection]:
    """Reject invalid keys, and requests without a valid credential, each with its form of 401."""
    key = request.headers.get("api-key")
    if key is not None:
        if not _opens(request, key):
            yield wrong_key()
        return
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not _opens(request, token.strip()):
        yield no_credential()


def _opens(request: IncomingRequest, credential: str) -> bool:
    expected = request.settings.api_key
    if expected is None:
        return bool(credential) and not credential.startswith("wrong")
    return hmac.compare_digest(credential.encode(), expected.encode())


def _api_version(request: IncomingRequest) -> Iterator[Rejection]:
    """Reject unknown paths, and missing and unknown api-versions alike, as the real service does."""
    asked = request.query.get("api-version")
    if not request.matches:
        yield resource_not_found()
        return
    versions = request.matches_of_version
    if not versions and asked is None:  # some operations do not require one
        versions = tuple(each for each in request.matches if not _needs_api_version(each))
    request.operation = _by_method(versions or request.matches, request.method)
    if versions:
        return
    is_versionless = request.layout == "openai"
    if asked and (is_versionless or request.operation.document.name.surface == "ai-model-inference"):
        yield api_version_not_supported()
    else:
        yield resource_not_found()


def _by_method(operations: Sequence[Operation], method: str) -> Operation:
    """Return the operation of the newest document with the method, or else the newest document's first."""
    newest = operations[-1].document
    fitting = [each for each in operations if each.method == method]
    return fitting[-1] if fitting else next(each for each in operations if each.document is newest)


@lru_cache(maxsize=512)
def _needs_api_version(operation: Operation) -> bool:
    return any(each.name == "api-version" and each.required for each in operation.parameters)


def _deployment(request: IncomingRequest) -> Iterator[Rejection]:
    """Require that the deployment in the path exists, and that its model serves the operation."""
    operation = request.operation
    if operation is None:
        return
    name = next((value for key, value in request.path_values.items() if "deployment" in key.lower()), None)
    if name is None:
        surface = operation.document.name.surface
        request.deployment = request.settings.default_deployment(_served_by(operation), surface)
        return
    deployment = request.settings.deployment(name)
    if deployment is None:
        yield deployment_not_found()
    else:
        request.deployment = deployment
        if operation.kind not in deployment.kinds:
            yield operation_not_supported(SERVICES[operation.kind].operation_name, deployment.model)


def _method(request: IncomingRequest) -> Iterator[Rejection]:
    operation = request.operation
    if operation is not None and request.method != operation.method:
        same = (each for each in request.matches if each.document is operation.document)
        yield method_not_allowed(", ".join(sorted({each.method for each in same})))


def _content_type(request: IncomingRequest) -> Iterator[Rejection]:
    operation = request.operation
    if operation is None or not operation.request_media:
        return
    media_type = _media_type(request)
    if media_type not in operation.request_media or media_type not in READERS:
        yield unsupported_media_type(" or ".join(operation.request_media))


def _size(request: IncomingRequest) -> Iterator[Rejection]:
    if request.oversized and request.operation is not None:
        yield body_too_large(limit_of(request.operation))


def _body(request: IncomingRequest) -> Iterator[Rejection]:
    reader = READERS.get(_media_type(request), READERS["application/json"])
    if request.operation is None or not request.operation.request_media:
        return
    if request.undecodable is not None:
        yield request.undecodable
        return
    try:
        request.body = reader(request.raw, request.headers.get("content-type", ""), request.operation)
    except RejectionError as error:
        yield error.rejection


def _schema(request: IncomingRequest) -> Iterator[Rejection]:
    """Validate the body against the request schema of the document with its overlay."""
    if request.operation is None or request.body is None:
        return
    validator = request.operation.request_validator(_described_media_type(request, request.operation))
    if validator is not None and not validator.is_valid(request.body.fields):
        errors = validator.errors(request.body.fields, at_most=_MAX_ERRORS)
        found = as_the_model_says(schema_rejections(errors, request.body.fields), request)
        # there, `model` is the name of a deployment, whatever names of models the document lists
        yield from (each for each in found if request.layout != "openai" or each.param != "model")


def _model(request: IncomingRequest) -> Iterator[Rejection]:
    """Choose a deployment by `model`, its own name or that of its model, if the path names none."""
    operation = request.operation
    if operation is None or any("deployment" in key.lower() for key in request.path_values):
        return
    if request.layout == "openai":
        if takes_model(operation):
            yield from _model_of_body(request, operation)
        return
    name = None
    if "model" in declared_names(operation, _described_media_type(request, operation)):
        name = request.sent.get("model")
    elif any(each.location == "query" and each.name == "model" for each in operation.parameters):
        name = request.query.get("model")
    if not isinstance(name, str):
        if request.deployment is None and operation.document.name.surface == "ai-model-inference":
            yield deployment_not_found()
        return
    deployment = request.settings.model(name)
    if deployment is None:
        yield unknown_model(name)
        return
    request.deployment = deployment
    if operation.kind != "info" and operation.kind not in deployment.kinds:
        yield operation_not_supported(SERVICES[operation.kind].operation_name, deployment.model)


def _model_of_body(request: IncomingRequest, operation: Operation) -> Iterator[Rejection]:
    """Choose the deployment that `model` names in the body of a request of the OpenAI layout."""
    name = request.sent.get("model")
    if not isinstance(name, str) or not name:
        yield invalid_request("you must provide a model parameter", code=None)
        return
    deployment = request.settings.model(name)
    if deployment is None:
        yield deployment_not_found()
        return
    request.deployment = deployment
    if operation.kind not in deployment.kinds:
        yield operation_not_supported(SERVICES[operation.kind].operation_name, deployment.model)


def _served_by(operation: Operation) -> str:
    """Return the kind of deployment that an operation needs; `info` about a model needs one for chats."""
    return "chat" if operation.kind == "info" else operation.kind


def _media_type(request: IncomingRequest) -> str:
    content_type = request.headers.get("content-type", "")
    if content_type == "application/json":
        return content_type
    return content_type.partition(";")[0].strip().lower()


def _described_media_type(request: IncomingRequest, operation: Operation) -> str:
    """Return the media type of the body, or the declared one if the document has no such body."""
    media_type = _media_type(request)
    if media_type in operation.request_media:
        return media_type
    return next(iter(operation.request_media), media_type)


def _stand_in(request: IncomingRequest, kind: str) -> Deployment:
    """Return the deployment to use if a fault accepted an unknown one."""
    deployment = request.settings.default_deployment(kind)
    return deployment or Deployment(kind, kind, frozenset({kind}))


_CHECKS: Mapping[Check, Callable[[IncomingRequest], Iterator[Rejection]]] = MappingProxyType(
    {
        "authentication": _authentication,
        "api-version": _api_version,
        "deployment": _deployment,
        "method": _method,
        "content-type": _content_type,
        "size": _size,
        "body": _body,
        "schema": _schema,
        "extra-parameters": extra_parameter_rejections,
        "model": _model,
    }
)
