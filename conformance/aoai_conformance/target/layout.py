"""Where a server has its operations: below deployments as Azure has them, or below /v1 as OpenAI has them.

In the layout `openai` the deployment is the `model` of the body, the key is a bearer token and there is
no api-version. Requests are planned as the documents say and laid out when they are sent; what is about the
paths, the versions or the keys of Azure has no meaning there and is not sent.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

from aoai_model.case import Body, Case, JsonBody, MultipartBody, Part, PlannedRequest

TargetLayout = Literal["azure", "openai"]
LAYOUTS: tuple[TargetLayout, ...] = ("azure", "openai")
OPENAI_BASE_PATH = "/v1"

_BELOW_DEPLOYMENT = re.compile(r"\A/deployments/\{([^{}]+)\}(?=/)")
#: The kinds of operation that both layouts have.
_COMMON = frozenset(
    {"chat", "completions", "embeddings", "images", "transcription", "translation", "speech", "model-list"}
    | {"file-list", "file-upload", "file-get", "file-delete", "file-content"}
    | {"batch-list", "batch-create", "batch-get", "batch-cancel"}
    | {"upload-create", "upload-part", "upload-complete", "upload-cancel"}
)
#: The points that are about what only the layout of Azure has.
_AZURES_POINTS = (
    "api-version:",
    "deployment:",
    "authentication:wrong-key",
    "authentication:key-in-wrong-header",
)


def base_path_in(layout: TargetLayout, of_document: str) -> str:
    """The path below which a server has its operations; `of_document` is what the document says of it."""
    return of_document if layout == "azure" else OPENAI_BASE_PATH


def has_kind(layout: TargetLayout, kind: str) -> bool:
    """Whether a server of a layout has a place for a kind of operation."""
    return layout == "azure" or kind in _COMMON


def is_applicable(layout: TargetLayout, case: Case) -> bool:
    """Whether a case is about something that a server of a layout has."""
    if layout == "azure":
        return True
    points = any(point.id.startswith(_AZURES_POINTS) for point in case.points)
    return has_kind(layout, case.kind) and not points


def laid_out(request: PlannedRequest, layout: TargetLayout, deployment: str | None) -> PlannedRequest:
    """The request as a server of a layout takes it.

    `deployment` serves the operation, unless the request itself names another.
    """
    if layout == "azure":
        return request
    match = _BELOW_DEPLOYMENT.match(request.path)
    parameters = dict(request.path_parameters)
    body = request.body
    if match is not None:
        body = _for_model(body, parameters.pop(match[1], deployment))
    query = {name: value for name, value in request.query.items() if name != "api-version"}
    path = _BELOW_DEPLOYMENT.sub("", request.path)
    return replace(request, path=path, query=query, path_parameters=parameters, body=body)


def _for_model(body: Body, model: str | None) -> Body:
    """The body with the model that it is for, unless it names one; bytes stay as they are."""
    if model is None:
        return body
    if isinstance(body, JsonBody) and isinstance(body.value, Mapping) and "model" not in body.value:
        return JsonBody({"model": model, **body.value})
    if isinstance(body, MultipartBody) and all(part.name != "model" for part in body.parts):
        return MultipartBody((Part("model", model.encode()), *body.parts))
    return body
