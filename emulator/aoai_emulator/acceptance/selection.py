"""What the address, the method and the content type of a request select.

It is the same for every request that has them in common, and is found once for each location.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from aoai_emulator.faults.topics import Check
from aoai_emulator.http.bodies import READERS
from aoai_emulator.http.rejections import (
    Rejection,
    RejectionError,
    api_version_not_supported,
    deployment_not_found,
    method_not_allowed,
    operation_not_supported,
    resource_not_found,
    unsupported_media_type,
)
from aoai_emulator.http.requests import IncomingRequest
from aoai_emulator.operations.table import SERVICES
from aoai_emulator.settings import Deployment
from aoai_specs.document import Operation

#: How many selections are remembered for a location, and how long their content types may be.
_MOST_REMEMBERED: Final = 8
_LONGEST_REMEMBERED: Final = 128


@dataclass(frozen=True, slots=True)
class Selection:
    """The operation, the deployment in the path or else the default one, and the media type of the body."""

    operation: Operation | None
    deployment: Deployment | None
    media_type: str


def select(request: IncomingRequest) -> None:
    """Complete a request with its selection. Raises RejectionError for the first rejection of a check."""
    location, method = request.location, request.method
    content_type = request.headers.get("content-type", "")
    found: Selection | None = location.selected.get((method, content_type))
    if found is None:
        for check in SELECTING.values():
            for rejection in check(request):
                raise RejectionError(rejection)
        found = Selection(request.operation, request.deployment, request.media_type)
        if len(location.selected) < _MOST_REMEMBERED and len(content_type) <= _LONGEST_REMEMBERED:
            location.selected[method, content_type] = found
    request.operation = found.operation
    request.deployment = found.deployment
    request.media_type = found.media_type


def _api_version(request: IncomingRequest) -> Sequence[Rejection]:
    """Reject unknown paths, and missing and unknown api-versions alike, as the real service does."""
    asked = request.query.get("api-version")
    if not request.matches:
        return (resource_not_found(),)
    versions = request.matches_of_version
    if not versions and asked is None:
        versions = _versionless(request.matches)
    request.operation = _by_method(versions or request.matches, request.method)
    if versions:
        return ()
    is_versionless = request.layout == "openai"
    if asked and (is_versionless or request.operation.document.name.surface == "ai-model-inference"):
        return (api_version_not_supported(),)
    return (resource_not_found(),)


def _by_method(operations: Sequence[Operation], method: str) -> Operation:
    """Return the operation of the newest document with the method, or else the newest document's first."""
    for each in reversed(operations):
        if each.method == method:
            return each
    newest = operations[-1].document
    return next(each for each in operations if each.document is newest)


def _versionless(operations: Sequence[Operation]) -> tuple[Operation, ...]:
    """Return those of a path that serve requests without api-version.

    One whose api-version is optional does not where that of another is required.
    """
    required = {each: _requires_api_version(each) for each in operations}
    rejected = (True, False) if True in required.values() else (True,)
    return tuple(each for each in operations if required[each] not in rejected)


@lru_cache(maxsize=512)
def _requires_api_version(operation: Operation) -> bool | None:
    """Return whether an operation requires an api-version; None if it has no such parameter."""
    return next((each.required for each in operation.parameters if each.name == "api-version"), None)


def _deployment(request: IncomingRequest) -> Sequence[Rejection]:
    """Require that the deployment in the path exists, and that its model serves the operation."""
    operation = request.operation
    if operation is None:
        return ()
    name = request.location.deployment
    if name is None:
        surface = operation.document.name.surface
        request.deployment = request.settings.default_deployment(_served_by(operation), surface)
        return ()
    deployment = request.settings.deployment(name)
    if deployment is None:
        return (deployment_not_found(),)
    request.deployment = deployment
    if not deployment.serves(operation.kind):
        return (operation_not_supported(SERVICES[operation.kind].operation_name, deployment.model),)
    return ()


def _method(request: IncomingRequest) -> Sequence[Rejection]:
    operation = request.operation
    if operation is None or request.method == operation.method:
        return ()
    same = (each for each in request.matches if each.document is operation.document)
    return (method_not_allowed(", ".join(sorted({each.method for each in same}))),)


def _content_type(request: IncomingRequest) -> Sequence[Rejection]:
    operation = request.operation
    if operation is None or not operation.request_media:
        return ()
    media_type = request.media_type = _media_type(request)
    if media_type in operation.request_media and media_type in READERS:
        return ()
    return (unsupported_media_type(" or ".join(operation.request_media)),)


def _served_by(operation: Operation) -> str:
    """Return the kind of deployment that an operation needs; `info` about a model needs one for chats."""
    return "chat" if operation.kind == "info" else operation.kind


def _media_type(request: IncomingRequest) -> str:
    return _type_of(request.headers.get("content-type", ""))


@lru_cache(maxsize=128)
def _type_of(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


#: The checks of what a selection depends on, in the order of the service.
SELECTING: Final[Mapping[Check, Callable[[IncomingRequest], Iterable[Rejection]]]] = MappingProxyType(
    {
        "api-version": _api_version,
        "deployment": _deployment,
        "method": _method,
        "content-type": _content_type,
    }
)
