"""A view of errors that reads the body in each form that the service is known to use.

The document's form is `{"error": {"code", "message", "param", "type", "inner_error"}}`. In addition, the real
service returns `{"statusCode", "message"}` with a 401
(https://github.com/FlowiseAI/Flowise/issues/710) and other statuses of its gateway
(https://learn.microsoft.com/en-us/azure/api-management/rate-limit-policy), leaves `code` null if `type`
states the kind (https://github.com/Mintplex-Labs/anything-llm/issues/184), spells the inner error
`innererror` (https://github.com/microsoft/TinyTroupe/issues/85) and returns plain text for one kind of
invalid body (https://github.com/langchain-ai/langchain/issues/5867). In Azure AI Model Inference, a model
that does not support a field returns `{"status", "code", "message", "detail"}`
(https://learn.microsoft.com/en-us/azure/machine-learning/reference-model-inference-api).
"""

from __future__ import annotations

from typing import Any

from aoai_conformance.json_access import members, text
from aoai_conformance.observation import cached_property, watched
from aoai_conformance.quirks.quirks import is_status_code_form
from aoai_conformance.rule import Inconclusive
from aoai_conformance.views.exchange_views import Refusal
from aoai_model.json_parsing import parse_strictly
from aoai_model.verdict import Level

#: Statuses that an intermediary may return by itself, and that show nothing about the service.
FROM_BETWEEN = frozenset({408, 502, 503, 504})
#: The plain text that the service has been reported to return.
_PLAIN = "Unsupported data type"
_ALL_MAKERS = "ai-model-inference"
_OWN_FORM_POINTS = frozenset({"path:unknown", "method:get", "method:other"})


class ErrorReply(Refusal):
    """A 4xx or 5xx response of the tested server itself."""

    def applies(self) -> bool:
        """Whether the status is an error. Raises Inconclusive for a status that a gateway may return."""
        if not super().applies():
            return False
        if not self.response.complete:
            raise Inconclusive("the body of the error is incomplete")
        if self.response.status in FROM_BETWEEN:
            raise Inconclusive(f"a {self.response.status} may come from an intermediary")
        return True

    @cached_property
    def body(self) -> Any:
        """Return the body as UTF-8 JSON; None if it is not JSON."""
        try:
            return watched(parse_strictly(self.response.body.decode("utf-8")), id(self.response))
        except ValueError:
            return None

    @cached_property
    def error(self) -> dict[str, Any]:
        """Return the error object, which is the body itself in the flat forms; empty if there is none."""
        body = members(self.body)
        return body if self.is_flat else members(body.get("error"))

    @property
    def at(self) -> str:
        """Return the JSON Pointer of the error object."""
        return "" if self.is_flat else "/error"

    @cached_property
    def is_flat(self) -> bool:
        """Whether the body is itself the error."""
        return self.is_status_form or self.is_model_form

    @property
    def is_model_form(self) -> bool:
        """Whether the body is `{"status": 422, "code": …, "message": …}`.

        This is the form of models that do not support a field, only in Azure AI Model Inference.
        """
        body = members(self.body)
        return (
            self.operation.document.name.surface == _ALL_MAKERS
            and "error" not in body
            and body.get("status") == self.response.status
            and text(body.get("code")) is not None
            and text(body.get("message")) is not None
        )

    @property
    def is_status_form(self) -> bool:
        """Whether the body is `{"statusCode": …, "message": …}` with the status and a string as message."""
        return is_status_code_form(self.response.status, self.body)

    @property
    def is_plain_form(self) -> bool:
        """Whether the body is the plain text that the service is known to return."""
        return self.response.status == 400 and self.response.text.strip() == _PLAIN

    @property
    def code(self) -> str | None:
        """Return the error code if it is a string."""
        return text(self.error.get("code"))

    @property
    def message(self) -> str | None:
        """Return the message if it is a string."""
        return text(self.error.get("message"))

    @property
    def param(self) -> str | None:
        """Return the field that the error names, if any."""
        return text(self.error.get("param")) or None

    @property
    def inner(self) -> tuple[str, dict[str, Any]] | None:
        """Return the inner error, in either spelling, and its pointer, if any."""
        for name in ("inner_error", "innererror"):
            value = self.error.get(name)
            if isinstance(value, dict):
                return f"{self.at}/{name}", value
        return None

    @property
    def shape_level(self) -> Level | None:
        """Return the level of the error's shape: the document describes it only for its own operations."""
        from_around = self.response.status in {405, 413, 414, 431}
        foreign = from_around or not _OWN_FORM_POINTS.isdisjoint(self.point_ids)
        return "should" if foreign else None


def is_filtered(refusal: ErrorReply) -> bool:
    """Whether the content filter rejected the request."""
    inner = refusal.inner[1].get("code") if refusal.inner else None
    return refusal.code == "content_filter" or inner == "ResponsibleAIPolicyViolation"
