"""Target layouts: paths below deployments as in Azure, or below /v1 as in OpenAI.

In the layout `openai`, the deployment is the `model` of the body, the key is a bearer token and there is no
api-version. Requests are planned in the layout `azure` and converted when they are sent; cases about the
paths, api-versions or keys of Azure are skipped.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from aoai_conformance.options import TargetLayout
from aoai_model.case import Body, Case, JsonBody, MultipartBody, Part, PlannedRequest

OPENAI_BASE_PATH = "/v1"

_BELOW_DEPLOYMENT = re.compile(r"\A/deployments/\{([^{}]+)\}(?=/)")
#: The kinds of operation in both layouts, and the beginnings of the names of others.
_COMMON = frozenset(
    {"chat", "completions", "embeddings", "images", "transcription", "translation", "speech"}
    | {"model-list", "model-get", "model-delete"}
    | {"file-list", "file-upload", "file-get", "file-delete", "file-content"}
    | {"batch-list", "batch-create", "batch-get", "batch-cancel"}
    | {"upload-create", "upload-part", "upload-complete", "upload-cancel"}
)
_COMMON_RESOURCES = ("response-", "conversation-", "vector-store-")
#: Prefixes of the ids of points about Azure-specific features.
_AZURE_POINTS = (
    "api-version:",
    "deployment:",
    "authentication:wrong-key",
    "authentication:key-in-wrong-header",
)


def base_path_in(layout: TargetLayout, of_document: str) -> str:
    """The base path of a server in a layout; `of_document` is that of the document."""
    return of_document if layout == "azure" else OPENAI_BASE_PATH


def has_kind(layout: TargetLayout, kind: str) -> bool:
    """Whether a layout has a kind of operation."""
    return layout == "azure" or kind in _COMMON or kind.startswith(_COMMON_RESOURCES)


def is_applicable(layout: TargetLayout, case: Case) -> bool:
    """Whether a case applies to a layout."""
    if layout == "azure":
        return True
    points = any(point.id.startswith(_AZURE_POINTS) for point in case.points)
    return has_kind(layout, case.kind) and not points


def apply_layout(request: PlannedRequest, layout: TargetLayout, deployment: str | None) -> PlannedRequest:
    """Convert a planned request to a layout.

    `deployment` serves the operation, unless the request names another.
    """
    if layout == "azure":
        return request
    match = _BELOW_DEPLOYMENT.match(request.path)
    parameters = dict(request.path_parameters)
    body = request.body
    if match is not None:
        body = _with_model(body, parameters.pop(match[1], deployment))
    query = {name: value for name, value in request.query.items() if name != "api-version"}
    path = _BELOW_DEPLOYMENT.sub("", request.path)
    return replace(request, path=path, query=query, path_parameters=parameters, body=body)


def _with_model(body: Body, model: str | None) -> Body:
    """The body with a model, unless it has one or is raw bytes."""
    if model is None:
        return body
    if isinstance(body, JsonBody) and isinstance(body.value, Mapping) and "model" not in body.value:
        return JsonBody({"model": model, **body.value})
    if isinstance(body, MultipartBody) and all(part.name != "model" for part in body.parts):
        return MultipartBody((Part("model", model.encode()), *body.parts))
    return body
