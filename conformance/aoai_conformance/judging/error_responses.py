"""Refusals as rules want to see them: the error body read in each form that the service is known to use.

The document's form is `{"error": {"code", "message", "param", "type", "inner_error"}}`. Beside it the real
service answers a 401 with `{"statusCode", "message"}`
(https://github.com/FlowiseAI/Flowise/issues/710), leaves `code` null where `type` tells the kind
(https://github.com/Mintplex-Labs/anything-llm/issues/184), spells the inner error `innererror`
(https://github.com/microsoft/TinyTroupe/issues/85) and answers one kind of bad body in plain text
(https://github.com/langchain-ai/langchain/issues/5867). On the surface for models of all makers a model that
lacks something answers with `{"status", "code", "message", "detail"}`
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

#: Statuses that a machine between us and the service gives of its own accord: they tell nothing of it.
FROM_BETWEEN = frozenset({408, 502, 503, 504})
#: What the service answers in plain text, as it was reported.
_PLAIN = "Unsupported data type"
_ALL_MAKERS = "ai-model-inference"
_OWN_FORM_POINTS = frozenset({"path:unknown", "method:get", "method:other"})


class ErrorAnswer(Refusal):
    """A 4xx or 5xx response that the server under test itself gave."""

    def applies(self) -> bool:
        """Whether the status is one that a server gives for itself. Inconclusive for a gateway's own."""
        if not super().applies():
            return False
        if not self.response.complete:
            raise Inconclusive("the body of the error did not come to its end")
        if self.response.status in FROM_BETWEEN:
            raise Inconclusive(f"a {self.response.status} may come from a machine between us and the service")
        return True

    @cached_property
    def body(self) -> Any:
        """The body as UTF-8 JSON; None where it is none."""
        try:
            return watched(parse_strictly(self.response.body.decode("utf-8")), id(self.response))
        except ValueError:
            return None

    @property
    def error(self) -> dict[str, Any]:
        """The error object; the body itself in one of the flat forms; empty where there is none."""
        body = members(self.body)
        return body if self.is_flat else members(body.get("error"))

    @property
    def at(self) -> str:
        """The JSON Pointer of the error object."""
        return "" if self.is_flat else "/error"

    @property
    def is_flat(self) -> bool:
        """Whether the body is itself the error."""
        return self.is_status_form or self.is_model_form

    @property
    def is_model_form(self) -> bool:
        """Whether the body is `{"status": 422, "code": …, "message": …}`.

        A model answers so that lacks something, on the surface for models of all makers only.
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
        """Whether the body is `{"statusCode": 401, "message": …}`, the message a text."""
        return is_status_code_form(self.response.status, self.body)

    @property
    def is_plain_form(self) -> bool:
        """Whether the body is the one plain text that the service is known to answer with."""
        return self.response.status == 400 and self.response.text.strip() == _PLAIN

    @property
    def code(self) -> str | None:
        """The error code where it is text."""
        return text(self.error.get("code"))

    @property
    def message(self) -> str | None:
        """The message where it is text."""
        return text(self.error.get("message"))

    @property
    def param(self) -> str | None:
        """The field that the error names, where it names one."""
        return text(self.error.get("param")) or None

    @property
    def inner(self) -> tuple[str, dict[str, Any]] | None:
        """The inner error and its pointer, in either spelling; None where there is none."""
        for name in ("inner_error", "innererror"):
            value = self.error.get(name)
            if isinstance(value, dict):
                return f"{self.at}/{name}", value
        return None

    @property
    def shape_level(self) -> Level | None:
        """How strongly the error's shape binds: the document describes it for its own operations only."""
        from_around = self.response.status in {405, 413, 414, 431}
        foreign = from_around or not _OWN_FORM_POINTS.isdisjoint(self.point_ids)
        return "should" if foreign else None


def is_filtered(refusal: ErrorAnswer) -> bool:
    """Whether the content filter refused the request, whatever else is the matter with it."""
    inner = refusal.inner[1].get("code") if refusal.inner else None
    return refusal.code == "content_filter" or inner == "ResponsibleAIPolicyViolation"
