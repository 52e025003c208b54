"""The checks that a request must pass, in the order of the real service.

Each check is a function named after what it checks: it returns a Rejection for each mistake and records what
it found in the IncomingRequest. The reply is the first rejection of the first check that has one. The faults
of stage "acceptance" change the rejections of a check.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from types import MappingProxyType

from aoai_emulator.acceptance.model_rejections import as_the_model_says, model_rejections, outcome_rejections
from aoai_emulator.acceptance.selection import SELECTING, select
from aoai_emulator.addresses.layouts import takes_model
from aoai_emulator.checks.declared_fields import declared_names, meaningful_fields
from aoai_emulator.checks.extra_parameters import extra_parameter_rejections, knows_header, passed_on
from aoai_emulator.checks.schema_rejections import schema_rejections
from aoai_emulator.faults.registry import FaultSet
from aoai_emulator.faults.topics import Check
from aoai_emulator.http.bodies import READERS, limit_of
from aoai_emulator.http.rejections import (
    Rejection,
    RejectionError,
    body_too_large,
    deployment_not_found,
    invalid_request,
    no_credential,
    operation_not_supported,
    resource_not_found,
    unknown_model,
    wrong_key,
)
from aoai_emulator.http.requests import AcceptedRequest, Body, IncomingRequest
from aoai_emulator.models.model_traits import NO_TRAITS
from aoai_emulator.operations.table import SERVICES
from aoai_emulator.settings import Deployment
from aoai_specs.document import Operation
from aoai_specs.schemas.validators import Validator

# How many errors of a body are collected at most; the reply names one.
_MAX_ERRORS = 16


def accept(request: IncomingRequest, faults: FaultSet) -> AcceptedRequest:
    """Check a request and return it as accepted. Raises RejectionError for the first rejection."""
    if faults:
        for name, check in _CHECKS.items():
            _require_none(faults.edit_rejections(name, check(request), request))
        accepted = accepted_request(request)
        _require_none(faults.edit_rejections("relations", _relations(accepted), request))
    else:
        _require_none(_authentication(request))
        select(request)
        for check in _checks_of(request.operation, request.location.deployment is not None):
            if found := check(request):
                _require_none(found)
        accepted = accepted_request(request)
        _require_none(_relations(accepted))
    return accepted


def _relations(accepted: AcceptedRequest) -> Iterable[Rejection]:
    relations = SERVICES[accepted.operation.kind].relations
    if accepted.deployment.traits is NO_TRAITS:
        return relations(accepted)
    return chain(model_rejections(accepted), relations(accepted), outcome_rejections(accepted))


def _require_none(found: Iterable[Rejection]) -> None:
    for rejection in found:
        raise RejectionError(rejection)


def has_credential(request: IncomingRequest) -> bool:
    """Whether a request has a key or token that the emulator accepts."""
    return not _authentication(request)


def accepted_request(request: IncomingRequest) -> AcceptedRequest:
    """Build the accepted form of a request. Raises RejectionError (404) if no deployment serves it."""
    operation = request.operation
    if operation is None:
        raise RejectionError(resource_not_found())
    body = request.body or Body({})
    fields = meaningful_fields(operation, _described_media_type(request, operation), body.fields)
    if knows_header(operation):
        fields.update(passed_on(request))
    return AcceptedRequest(
        request.id,
        request.settings,
        operation,
        request.deployment or _stand_in(request, operation.kind),
        fields,
        body.fields,
        body.uploads,
        request.headers,
        request.address,
        request.query,
        request.location.values,
        request.memory,
        request.ask,
    )


def _authentication(request: IncomingRequest) -> Sequence[Rejection]:
    """Reject invalid keys, and requests without a valid credential, each with its form of 401."""
    key = request.headers.get("api-key")
    if key is not None:
        return () if _opens(request, key) else (wrong_key(),)
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    is_open = scheme.lower() == "bearer" and _opens(request, token.strip())
    return () if is_open else (no_credential(),)


def _opens(request: IncomingRequest, credential: str) -> bool:
    expected = request.settings.api_key
    if expected is None:
        return bool(credential) and not credential.startswith("wrong")
    return hmac.compare_digest(credential.encode(), expected.encode())


def _size(request: IncomingRequest) -> Sequence[Rejection]:
    if request.oversized and request.operation is not None:
        return (body_too_large(limit_of(request.operation)),)
    return ()


def _body(request: IncomingRequest) -> Sequence[Rejection]:
    if request.operation is None or not request.operation.request_media:
        return ()
    if request.undecodable is not None:
        return (request.undecodable,)
    reader = READERS.get(request.media_type) or READERS["application/json"]
    try:
        request.body = reader(request.raw, request.headers.get("content-type", ""), request.operation)
    except RejectionError as error:
        return (error.rejection,)
    return ()


def _schema(request: IncomingRequest) -> Iterable[Rejection]:
    """Validate the body against the request schema of the document with its overlay."""
    if request.operation is None or request.body is None:
        return ()
    validator = _validator(request.operation, _described_media_type(request, request.operation))
    if validator is None or validator.is_valid(request.body.fields):
        return ()
    errors = validator.errors(request.body.fields, at_most=_MAX_ERRORS)
    found = as_the_model_says(schema_rejections(errors, request.body.fields), request)
    # there, `model` is the name of a deployment, whatever names of models the document lists
    return (each for each in found if request.layout != "openai" or each.param != "model")


@lru_cache(maxsize=512)
def _validator(operation: Operation, media_type: str) -> Validator | None:
    return operation.request_validator(media_type)


def _model(request: IncomingRequest) -> Iterable[Rejection]:
    """Choose a deployment by `model`, its own name or that of its model, if the path names none."""
    operation = request.operation
    if operation is None or request.location.deployment is not None:
        return ()
    if request.layout == "openai":
        return _model_of_body(request, operation) if takes_model(operation) else ()
    return _model_of_request(request, operation)


def _model_of_request(request: IncomingRequest, operation: Operation) -> Iterator[Rejection]:
    """Choose the deployment that `model` names in the body or the query."""
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
    if operation.kind != "info" and not deployment.serves(operation.kind):
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
    if not deployment.serves(operation.kind):
        yield operation_not_supported(SERVICES[operation.kind].operation_name, deployment.model)


def _described_media_type(request: IncomingRequest, operation: Operation) -> str:
    """Return the media type of the body, or the declared one if the document has no such body."""
    media_type = request.media_type
    if media_type in operation.request_media:
        return media_type
    return next(iter(operation.request_media), media_type)


def _stand_in(request: IncomingRequest, kind: str) -> Deployment:
    """Return the deployment to use if a fault accepted an unknown one."""
    deployment = request.settings.default_deployment(kind)
    return deployment or Deployment(kind, kind, frozenset({kind}))


@lru_cache(maxsize=512)
def _checks_of(
    operation: Operation | None, names_deployment: bool
) -> Sequence[Callable[[IncomingRequest], Iterable[Rejection]]]:
    """Return the later checks that can reject a request; `names_deployment` is whether its path names one."""
    checks = dict(_LATER_CHECKS)
    if names_deployment:
        del checks["model"]
    if operation is None or not knows_header(operation):
        del checks["extra-parameters"]
    return tuple(checks.values())


_LATER_CHECKS: Mapping[Check, Callable[[IncomingRequest], Iterable[Rejection]]] = MappingProxyType(
    {
        "size": _size,
        "body": _body,
        "schema": _schema,
        "extra-parameters": extra_parameter_rejections,
        "model": _model,
    }
)


_CHECKS: Mapping[Check, Callable[[IncomingRequest], Iterable[Rejection]]] = MappingProxyType(
    {"authentication": _authentication, **SELECTING, **_LATER_CHECKS}
)
