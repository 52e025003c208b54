"""Rejections: how requests are rejected, with the status and body that the real service sends.

The gateway in front of the models sends `{"error": {"code", "message"}}`, or `{"statusCode", "message"}` if a
request has no usable credential; a model adds `type` and `param`; operations on files, uploads and batches
name the invalid field in `target`. On ai-model-inference, a model that lacks a capability sends `status`,
`code`, `message` and `detail` without `error`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.settings import Flavour

#: The code for documents that require one where a model gives none.
_ANY_CODE = "invalid_value"
_PICTURE_FILTERED = "content_policy_violation"
#: The types of the errors of v1 by their status.
_TYPES = {429: "too_many_requests"}

Form = Literal["gateway", "token", "model", "authoring", "ability", "empty"]


@dataclass(frozen=True, slots=True)
class Rejection:
    """One rejection: the error in a request, and the form of the reply.

    `param` names the invalid field (`messages[0].role`); `keyword`, `expected` and `actual` are those of the
    schema error, for faults that accept some of them. A model may give no `code`, and another `type` than
    `invalid_request_error`; a rejection of form `empty` has no body.
    """

    status: int
    code: str | None
    message: str
    form: Form = "gateway"
    param: str | None = None
    type: str | None = None
    keyword: str | None = None
    expected: Any = None
    actual: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    filter_results: JsonObject | None = None

    def render(self, flavour: Flavour, *, is_v1: bool = False) -> JsonObject:
        """Build the body: `strict` sends what the document declares, `azure` imitates the service.

        All errors of the v1 surface have the form of a model's.
        """
        if is_v1:
            return self._of_v1(flavour)
        if self.form == "token" and flavour == "azure":
            return {"statusCode": self.status, "message": self.message}
        if self.form == "ability":
            detail = {"loc": ["body", self.param], "input": self.actual}
            return {"status": self.status, "code": self.code, "message": self.message, "detail": detail}
        error: JsonObject = {"code": self.code, "message": self.message}
        if self.form == "authoring" and self.param is not None:
            error["target"] = self.param
        if self.form == "model":
            error = {"message": self.message, "type": self.type or "invalid_request_error"}
            if self.param is not None or (flavour == "azure" and self.filter_results is None):
                error["param"] = self.param
            error["code"] = self.code or (None if flavour == "azure" else _ANY_CODE)
        if self.filter_results is not None:
            error |= self._filtered(flavour)
        return {"error": error}

    def _of_v1(self, flavour: Flavour) -> JsonObject:
        kind = "server_error" if self.status >= 500 else _TYPES.get(self.status, "invalid_request_error")
        error = {
            "message": self.message,
            "type": self.type or kind,
            "param": self.param,
            "code": self.code,
        }
        return {"error": error if self.filter_results is None else error | self._filtered(flavour)}

    def _filtered(self, flavour: Flavour) -> JsonObject:
        """Return the filter results, as the document declares them or as the real service sends them."""
        inner: JsonObject = {"code": "ResponsibleAIPolicyViolation"}
        if flavour == "azure" and self.code != _PICTURE_FILTERED:
            inner["content_filter_result"] = self.filter_results
            return {"type": None, "status": self.status, "innererror": inner}
        inner["content_filter_results"] = self.filter_results
        return {"inner_error": inner}


class RejectionError(Exception):
    """Raised by a body reader or an operation to reject the request."""

    def __init__(self, rejection: Rejection) -> None:
        super().__init__(rejection.message)
        self.rejection = rejection


def wrong_key() -> Rejection:
    """401 for an invalid api-key."""
    return Rejection(
        401,
        "401",
        "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid "
        "key for an active subscription and use a correct regional API endpoint for your resource.",
    )


def no_credential() -> Rejection:
    """401 for a request with neither an api-key nor a valid bearer token."""
    return Rejection(
        401,
        "401",
        "Unauthorized. Access token is missing, invalid, audience is incorrect "
        "(https://cognitiveservices.azure.com), or have expired.",
        form="token",
    )


def resource_not_found() -> Rejection:
    """404 for an unknown path, or a missing or unknown api-version."""
    return Rejection(404, "404", "Resource not found")


def api_version_not_supported() -> Rejection:
    """400 of ai-model-inference for an unknown api-version."""
    return Rejection(400, "BadRequest", "API version not supported")


def deployment_not_found() -> Rejection:
    """404 for an unknown deployment."""
    return Rejection(
        404,
        "DeploymentNotFound",
        "The API deployment for this resource does not exist. If you created the deployment within the last "
        "5 minutes, please wait a moment and try again.",
    )


def operation_not_supported(operation: str, model: str) -> Rejection:
    """400 for a deployment whose model does not serve the operation."""
    return Rejection(
        400,
        "OperationNotSupported",
        f"The {operation} operation does not work with the specified model, {model}. "
        "Please choose different model and try again.",
    )


def method_not_allowed(allowed: str) -> Rejection:
    """405 with the methods that are allowed."""
    return Rejection(405, "405", f"Method not allowed. Use {allowed}.", headers={"allow": allowed})


def unsupported_media_type(wanted: str) -> Rejection:
    """415 for a body of the wrong media type."""
    return Rejection(415, "UnsupportedMediaType", f"Unsupported data type. Send {wanted}.")


def unsupported_coding(coding: str) -> Rejection:
    """415 for a body of another Content-Encoding than gzip."""
    message = f"Unsupported content coding {coding[:40]!a}. Send gzip, or no coding."
    return Rejection(415, "UnsupportedMediaType", message, headers={"accept-encoding": "gzip"})


def body_too_large(limit: int) -> Rejection:
    """413 for a body of more than `limit` bytes; the connection is closed with it."""
    return Rejection(
        413,
        "RequestEntityTooLarge",
        f"The body is larger than {limit} bytes.",
        headers={"connection": "close"},
    )


def malformed_body(reason: str) -> Rejection:
    """400 for a body that cannot be read."""
    return Rejection(
        400, "malformed_body", f"The body of the request could not be read: {reason}.", form="model"
    )


def invalid_request(
    message: str, *, param: str | None = None, code: str | None = "invalid_value"
) -> Rejection:
    """400 of a model for a field, or a combination of fields, that it does not accept."""
    return Rejection(400, code, message, form="model", param=param)


def unsupported_parameter(param: str, value: Any) -> Rejection:
    """422 of ai-model-inference for a field or value that this model does not support."""
    return Rejection(
        422,
        "parameter_not_supported",
        f"One of the parameters contain invalid values: {param[:80]}.",
        form="ability",
        param=param[:80],
        actual=value,
    )


def unknown_model(name: str) -> Rejection:
    """404 of ai-model-inference for a model that is not deployed."""
    return Rejection(404, "unknown_model", f"Unknown model: {name[:80]}")


def prompt_filtered(filter_results: JsonObject) -> Rejection:
    """400 for a prompt that the content filter blocks, with its filter results."""
    return Rejection(
        400,
        "content_filter",
        "The response was filtered due to the prompt triggering the content management policy. "
        "Please modify your prompt and retry.",
        form="model",
        param="prompt",
        filter_results=filter_results,
    )


def picture_filtered(filter_results: JsonObject) -> Rejection:
    """400 for an image prompt that the content filter blocks, with its filter results."""
    return Rejection(
        400,
        _PICTURE_FILTERED,
        "Your request was rejected as a result of our safety system. "
        "Your prompt may contain text that is not allowed by our safety system.",
        form="model",
        filter_results=filter_results,
    )


def empty_rejection(status: int, reason: str) -> Rejection:
    """Build a rejection without a body, which does not say the reason."""
    return Rejection(status, None, reason, form="empty")


def too_many_requests(seconds: int) -> Rejection:
    """429 for too many requests, with the time to wait."""
    return Rejection(
        429,
        "429",
        "Requests to this deployment have exceeded the call rate limit of its pricing tier. "
        f"Please retry after {seconds} seconds.",
        headers={"retry-after": str(seconds)},
    )


def fixture_not_found() -> Rejection:
    """404 of an emulator that responds with fixtures only."""
    return Rejection(404, "FixtureNotFound", "No fixture matches this request, and only fixtures are served.")


def internal_error() -> Rejection:
    """500 for a defect of the emulator itself."""
    return Rejection(500, "InternalServerError", "The server had an error while processing the request.")
