"""What the model of a deployment cannot take, said as the surface of the request says it."""

from __future__ import annotations

from typing import Any

from aoai_emulator.checks.refusals import Refusal, invalid_request, unsupported_parameter
from aoai_emulator.http.requests import AcceptedRequest


def incapable(
    request: AcceptedRequest,
    param: str,
    value: Any,
    message: str,
    *,
    code: str | None = "unsupported_value",
    named: bool = True,
) -> Refusal:
    """Build the refusal of a field that this model does not take.

    The description of ai-model-inference promises 422 for it, azure-openai answers 400, where the error has
    no `param` unless the field is to be `named`.
    """
    if request.document.name.surface == "ai-model-inference":
        return unsupported_parameter(param, value)
    return invalid_request(message, param=param if named else None, code=code)
