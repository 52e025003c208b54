"""Rejections of what a deployment's model does not support, in the form of the surface."""

from __future__ import annotations

from typing import Any

from aoai_emulator.http.rejections import Rejection, invalid_request, unsupported_parameter
from aoai_emulator.http.requests import AcceptedRequest


def incapable(
    request: AcceptedRequest,
    param: str,
    value: Any,
    message: str,
    *,
    code: str | None = "unsupported_value",
    named: bool = True,
) -> Rejection:
    """Build the rejection of a field that this model does not support.

    ai-model-inference specifies 422 for it; azure-openai sends 400, where the error has `param` only if the
    field is to be `named`.
    """
    if request.document.name.surface == "ai-model-inference":
        return unsupported_parameter(param, value)
    return invalid_request(message, param=param if named else None, code=code)
