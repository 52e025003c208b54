"""Base requests: for each operation the smallest valid request, from which every other one is made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import cast
from zlib import crc32

from aoai_model.case import Body, Edit, Json, JsonBody, Placeholder, PlannedRequest
from aoai_specs.document import Operation
from aoai_specs.schemas.shapes import Shape, request_media_type, request_shape, shape_at
from aoai_specs.surfaces import AI_MODEL_INFERENCE
from aoai_strategies.points.preferences import upload
from aoai_strategies.points.samples import Sampler
from aoai_strategies.requests.editing import edited, form
from aoai_strategies.requests.forms import admits
from aoai_strategies.requests.resources import (
    BASE,
    DEPLOYMENT_PARAMETERS,
    Source,
    resource_parameter,
    sources_of,
    taken_from,
)

__all__ = ["DEPLOYMENT_PARAMETERS", "UNKNOWN_RESOURCE", "base_body", "base_request", "is_promised"]

#: Stands for a resource (a file, a batch) that no server has.
UNKNOWN_RESOURCE = "unknown-000000000000"

_USER: Json = {"role": "user", "content": "Say hi."}
#: The bodies that are tried in turn; the first that the description admits is taken.
_BODIES: Mapping[str, tuple[Json, ...]] = {
    "chat": ({"messages": [_USER], "max_tokens": 16},),
    "completions": ({"prompt": "Say hi.", "max_tokens": 16}, {"prompt": ["Say hi."], "max_tokens": 16}),
    "embeddings": ({"input": "hi"}, {"input": ["hi"]}),
    "images": ({"prompt": "A red dot."},),
    "image-submit": ({"prompt": "A red dot."},),
}
#: Kinds whose answers cost by their length, which a base request therefore bounds.
_WRITING = frozenset({"chat", "completions", "extension-chat"})
#: Which deployment answers where the body names it, not the path: that of the kind itself, or of another.
_DEPLOYMENT_OF = {"image-embeddings": "embeddings"}


def base_request(
    operation: Operation, name: str = BASE, sources: Sequence[Source] | None = None
) -> PlannedRequest:
    """The smallest valid request of an operation, api-version included.

    `name` is `base` for the base case, the name of a case that makes something for others, or "" for what the
    operation's other cases are made from: they may take what they need from elsewhere (see `resources`).
    `sources` takes the place of what the name says. Where the description contradicts itself so that no known
    body satisfies it, the body is the one that its required properties ask for.
    """
    request = PlannedRequest(
        method=operation.method,
        path=operation.path,
        query={"api-version": operation.document.name.version.text} | _required(operation, "query"),
        headers=_required(operation, "header"),
        path_parameters={
            parameter.name: _resource(operation, name)
            for parameter in operation.parameters
            if parameter.location == "path" and parameter.name not in DEPLOYMENT_PARAMETERS
        },
        body=base_body(operation, request_shape(operation)),
    )
    needed = sources_of(operation, name) if sources is None else sources
    return request if needed is None else edited(request, _taking(operation, needed))


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
    body = next((one for one in _BODIES.get(operation.kind, ()) if admits(operation, one)), None)
    if body is None:
        body = sampler.sample(shape, "")
        if operation.kind in _WRITING and isinstance(body, dict) and "max_tokens" in shape.properties:
            body["max_tokens"] = sampler.sample(shape.properties["max_tokens"], "max_tokens")
    return _naming_the_model(operation, shape, JsonBody(body))


def is_promised(operation: Operation) -> bool:
    """Whether the document can make what the operation's requests need to be accepted."""
    return sources_of(operation, BASE) is not None


def _taking(operation: Operation, sources: Sequence[Source]) -> list[Edit]:
    parameter = resource_parameter(operation)
    return [
        Edit(
            f"path:{parameter}" if source.place == "path" else source.place,
            taken_from(operation.document, source).mark,
        )
        for source in sources
    ]


def _naming_the_model(operation: Operation, shape: Shape, body: JsonBody) -> JsonBody:
    """The body with the name of the deployment, where nothing else in the request says which one is meant."""
    if operation.document.name.surface != AI_MODEL_INFERENCE or "model" not in shape.properties:
        return body
    kind = _DEPLOYMENT_OF.get(operation.kind, operation.kind)
    value = (
        body.value | {"model": Placeholder.deployment(kind).mark}
        if isinstance(body.value, dict)
        else body.value
    )
    return replace(body, value=value)


def _resource(operation: Operation, name: str) -> str:
    """What the path names unless an earlier answer says it: a job's name is the caller's own to choose."""
    if operation.kind == "ingestion-start":
        return f"aoai-{crc32(name.encode()):08x}"
    return UNKNOWN_RESOURCE


def _required(operation: Operation, location: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for parameter in operation.parameters:
        if parameter.location != location or not parameter.required or parameter.name == "api-version":
            continue
        described = operation.document.resolve(parameter.pointer)
        pointer = f"{parameter.pointer}/schema" if "schema" in described else parameter.pointer
        value = Sampler(operation.kind).sample(shape_at(operation.document, pointer), parameter.name)
        found[parameter.name] = value if isinstance(value, str) else str(value)
    return found
