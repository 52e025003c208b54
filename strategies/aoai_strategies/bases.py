"""Base requests: for each operation the smallest valid request, from which every other one is made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from aoai_specs.document import Operation
from aoai_specs.shapes import Shape, request_media_type, request_shape
from aoai_strategies.case import Body, Json, JsonBody, PlannedRequest
from aoai_strategies.editing import form
from aoai_strategies.preferences import upload
from aoai_strategies.samples import Sampler

#: The parameters that name a deployment; whoever sends the request fills them in.
DEPLOYMENT_PARAMETERS = frozenset({"deployment-id", "deploymentId", "deployment_id"})
#: Stands for a resource (a file, a batch) that no server has.
UNKNOWN_RESOURCE = "unknown-000000000000"

_USER: Json = {"role": "user", "content": "Say hi."}
#: The bodies that are tried in turn; the first that the description admits is taken.
_BODIES: Mapping[str, tuple[Json, ...]] = {
    "chat": ({"messages": [_USER], "max_tokens": 16},),
    "completions": ({"prompt": "Say hi.", "max_tokens": 16}, {"prompt": ["Say hi."], "max_tokens": 16}),
    "embeddings": ({"input": "hi"}, {"input": ["hi"]}),
    "images": ({"prompt": "A red dot."},),
}


def base_request(operation: Operation) -> PlannedRequest:
    """The smallest valid request of an operation, api-version included.

    Where the description contradicts itself so that no known body satisfies it, the body is the one that its
    required properties ask for.
    """
    return PlannedRequest(
        method=operation.method,
        path=operation.path,
        query={"api-version": operation.document.name.version.text} | _required_query(operation),
        path_parameters={
            parameter.name: UNKNOWN_RESOURCE
            for parameter in operation.parameters
            if parameter.location == "path" and parameter.name not in DEPLOYMENT_PARAMETERS
        },
        body=base_body(operation, request_shape(operation)),
    )


def base_body(operation: Operation, shape: Shape | None) -> Body:
    """The body of the base request; None for an operation that takes none."""
    media_type = request_media_type(operation)
    if shape is None or media_type is None:
        return None
    sampler = Sampler(operation.kind)
    if media_type.startswith("multipart/"):
        fields = sampler.sample(shape, "")
        if operation.kind in ("transcription", "translation"):
            fields = {"file": upload(operation.kind)} | (fields if isinstance(fields, dict) else {})
        return form(cast("Mapping[str, Json]", fields))
    validator = operation.request_validator(media_type)
    for body in _BODIES.get(operation.kind, ()):
        if validator is None or validator.is_valid(body):
            return JsonBody(body)
    return JsonBody(sampler.sample(shape, ""))


def _required_query(operation: Operation) -> dict[str, str]:
    return {
        parameter.name: "text"
        for parameter in operation.parameters
        if parameter.location == "query" and parameter.required and parameter.name != "api-version"
    }
