"""Every way in which a request is refused, each with the status and the body that the real service gives.

The gateway in front of the models answers `{"error": {"code", "message"}}`, or a bare
`{"statusCode", "message"}` where no usable credential came with the request; a model answers with `type` and
`param` besides; what stores files, uploads and batches names the field at fault in `target`. A model of the
other surface that lacks an ability says so with `status`, `code`, `message` and `detail`, without error.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.settings import Flavour

#: The code where a model gives none and the document demands one.
_ANY_CODE = "invalid_value"
_PICTURE_FILTERED = "content_policy_violation"

Form = Literal["gateway", "token", "model", "authoring", "ability", "empty"]


@dataclass(frozen=True, slots=True)
class Refusal:
    """One refusal: what is wrong with a request, and how that is said.

    `param` names the field at fault (`messages[0].role`); `keyword`, `expected` and `actual` repeat the
    schema's complaint where it was the schema that complained, for faults that forgive some of them. A model
    may give no `code`; a refusal of form `empty` has no body at all.
    """

    status: int
    code: str | None
    message: str
    form: Form = "gateway"
    param: str | None = None
    keyword: str | None = None
    expected: Any = None
    actual: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    filter_results: JsonObject | None = None

    def render(self, flavour: Flavour) -> JsonObject:
        """Build the body: `strict` leaves out what the document lacks, `azure` follows the service."""
        if self.form == "token" and flavour == "azure":
            return {"statusCode": self.status, "message": self.message}
        if self.form == "ability":
            detail = {"loc": ["body", self.param], "input": self.actual}
            return {"status": self.status, "code": self.code, "message": self.message, "detail": detail}
        error: JsonObject = {"code": self.code, "message": self.message}
        if self.form == "authoring" and self.param is not None:
            error["target"] = self.param
        if self.form == "model":
            error = {"message": self.message, "type": "invalid_request_error"}
            if self.param is not None or (flavour == "azure" and self.filter_results is None):
                error["param"] = self.param
            error["code"] = self.code or (None if flavour == "azure" else _ANY_CODE)
        if self.filter_results is not None:
            error |= self._filtered(flavour)
        return {"error": error}

    def _filtered(self, flavour: Flavour) -> JsonObject:
        """Say what the content filter found: in the document's words, or in those of the real service."""
        inner: JsonObject = {"code": "ResponsibleAIPolicyViolation"}
        if flavour == "azure" and self.code != _PICTURE_FILTERED:
            inner["content_filter_result"] = self.filter_results
            return {"type": None, "status": self.status, "innererror": inner}
        inner["content_filter_results"] = self.filter_results
        return {"inner_error": inner}


class RefusalError(Exception):
    """Raised by a body reader or an operation to refuse the request after all."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


def wrong_key() -> Refusal:
    """401 for an api-key that opens nothing."""
    return Refusal(
        401,
        "401",
        "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid "
        "key for an active subscription and use a correct regional API endpoint for your resource.",
    )


def no_credential() -> Refusal:
    """401 where there is no api-key and no bearer token that holds."""
    return Refusal(
        401,
        "401",
        "Unauthorized. Access token is missing, invalid, audience is incorrect "
        "(https://cognitiveservices.azure.com), or have expired.",
        form="token",
    )


def resource_not_found() -> Refusal:
    """404 for an unknown path, and for an api-version that is missing or unknown."""
    return Refusal(404, "404", "Resource not found")


def api_version_not_supported() -> Refusal:
    """400 that the model inference surface gives for an api-version that it does not know."""
    return Refusal(400, "BadRequest", "API version not supported")


def deployment_not_found() -> Refusal:
    """404 for a deployment that does not exist."""
    return Refusal(
        404,
        "DeploymentNotFound",
        "The API deployment for this resource does not exist. If you created the deployment within the last "
        "5 minutes, please wait a moment and try again.",
    )


def operation_not_supported(operation: str, model: str) -> Refusal:
    """400 for a deployment whose model does not serve the operation."""
    return Refusal(
        400,
        "OperationNotSupported",
        f"The {operation} operation does not work with the specified model, {model}. "
        "Please choose different model and try again.",
    )


def method_not_allowed(allowed: str) -> Refusal:
    """405 with the methods that are allowed."""
    return Refusal(405, "405", f"Method not allowed. Use {allowed}.", headers={"allow": allowed})


def unsupported_media_type(wanted: str) -> Refusal:
    """415 for a body of the wrong media type."""
    return Refusal(415, "UnsupportedMediaType", f"Unsupported data type. Send {wanted}.")


def body_too_large(limit: int) -> Refusal:
    """413 for a body of more than `limit` bytes; the connection is closed with it."""
    return Refusal(
        413,
        "RequestEntityTooLarge",
        f"The body is larger than {limit} bytes.",
        headers={"connection": "close"},
    )


def malformed_body(reason: str) -> Refusal:
    """400 for a body that cannot be read."""
    return Refusal(
        400, "malformed_body", f"The body of the request could not be read: {reason}.", form="model"
    )


def invalid_request(message: str, *, param: str | None = None, code: str | None = "invalid_value") -> Refusal:
    """400 from the model for a field, or a combination of fields, that it does not take."""
    return Refusal(400, code, message, form="model", param=param)


def unsupported_parameter(param: str, value: Any) -> Refusal:
    """422 of the model inference surface for a field, or its value, that this model cannot take."""
    return Refusal(
        422,
        "parameter_not_supported",
        f"One of the parameters contain invalid values: {param[:80]}.",
        form="ability",
        param=param[:80],
        actual=value,
    )


def unknown_model(name: str) -> Refusal:
    """404 of the model inference surface for a model that is not deployed."""
    return Refusal(404, "unknown_model", f"Unknown model: {name[:80]}")


def prompt_filtered(filter_results: JsonObject) -> Refusal:
    """400 for a prompt that the content filter stops, with its findings."""
    return Refusal(
        400,
        "content_filter",
        "The response was filtered due to the prompt triggering the content management policy. "
        "Please modify your prompt and retry.",
        form="model",
        param="prompt",
        filter_results=filter_results,
    )


def picture_filtered(filter_results: JsonObject) -> Refusal:
    """400 for a prompt for pictures that the content filter stops, with its findings."""
    return Refusal(
        400,
        _PICTURE_FILTERED,
        "Your request was rejected as a result of our safety system. "
        "Your prompt may contain text that is not allowed by our safety system.",
        form="model",
        filter_results=filter_results,
    )


def empty_refusal(status: int, reason: str) -> Refusal:
    """A refusal without a body; its reason is known to the emulator alone."""
    return Refusal(status, None, reason, form="empty")


def too_many_requests(seconds: int) -> Refusal:
    """429 for a deployment that is asked too often, with the time to wait."""
    return Refusal(
        429,
        "429",
        "Requests to this deployment have exceeded the call rate limit of its pricing tier. "
        f"Please retry after {seconds} seconds.",
        headers={"retry-after": str(seconds)},
    )


def internal_error() -> Refusal:
    """500 for a defect of the emulator itself."""
    return Refusal(500, "InternalServerError", "The server had an error while processing the request.")
