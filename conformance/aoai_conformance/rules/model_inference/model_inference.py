"""Rules for Azure AI Model Inference only.

Information about the model, fields that the document does not declare, and values of open lists in chats.
"""

from __future__ import annotations

from collections.abc import Iterator

from aoai_conformance.json_access import objects, text
from aoai_conformance.judging.rejections import require_about_content
from aoai_conformance.judging.request_fields import request_fields
from aoai_conformance.observation import cached_property
from aoai_conformance.rule import CHAT, Inconclusive, rule
from aoai_conformance.target.request_bytes import header_value
from aoai_conformance.views.exchange_views import Chunk, JsonReply, Reply
from aoai_conformance.views.responses import ChatReply
from aoai_model.verdict import Violation
from aoai_strategies.points.further_points import EXTRA_PARAMETERS

INFO = frozenset({"info"})
TAKING_EXTRAS = frozenset({"chat", "embeddings", "image-embeddings"})

_DOCUMENT = "ai-model-inference@2025-04-01"
_INFO = f"{_DOCUMENT}#/paths/~1info/get/responses/200"
_SCHEMAS = f"{_DOCUMENT}#/components/schemas"
_HEADER = f"{_SCHEMAS}/ExtraParameters"
_SURFACE = "ai-model-inference"


@rule(
    "INFO-001", must="return the name, the type and the provider of the model", clause=_INFO, operations=INFO
)
def names_the_model(reply: JsonReply) -> Iterator[Violation]:
    """None of them may be empty."""
    for name in ("model_name", "model_type", "model_provider_name"):
        value = reply.json.get(name)
        if isinstance(value, str) and not value.strip():
            yield reply.violates(f"/{name}", f"The {name} is empty.", actual=value, reason=name)


class Extra(Reply):
    """The response to a body that has an undeclared field and is valid otherwise."""

    def applies(self) -> bool:
        """Whether the body has such a field, and the case tests it."""
        return (
            self.operation.document.name.surface == _SURFACE
            and any(point.constraint == EXTRA_PARAMETERS for point in self.case.points)
            and bool(self.unknown)
        )

    @cached_property
    def unknown(self) -> tuple[str, ...]:
        """The fields of the body that the document does not declare."""
        known = request_fields(self.operation)
        return tuple(name for name in self.sent if name not in known)

    @property
    def extra_parameters(self) -> str:
        """The value of the extra-parameters header; `error` is the default."""
        return (header_value(self.case.request.headers, "extra-parameters") or "error").lower()

    def require_about_body(self) -> None:
        """Raise Inconclusive for a rejection that is unrelated to the body."""
        require_about_content(self)


@rule(
    "EXTRA-001",
    must="reject an undeclared field unless extra-parameters is `drop` or `pass-through`",
    clause=_HEADER,
    operations=TAKING_EXTRAS,
    note="The default of the header is `error`. Sources disagree about 400 and 422; both are allowed.",
    decides=True,
)
def rejects_undeclared_fields(reply: Extra) -> Iterator[Violation]:
    """An ignored field misleads the caller."""
    if reply.extra_parameters != "error":
        return
    reply.require_about_body()
    point = next(iter(reply.case.points)).id
    if 200 <= reply.status < 300:
        yield Violation(
            "", "An undeclared field was accepted.", "400 or 422", reply.status, "accepted", point
        )
    elif reply.status >= 500:
        yield Violation(
            "", "The server failed because of an undeclared field.", "400 or 422", reply.status, "5xx", point
        )


@rule(
    "EXTRA-002",
    must="ignore an undeclared field if extra-parameters is `drop`",
    clause=_HEADER,
    operations=TAKING_EXTRAS,
    decides=True,
)
def drops_undeclared_fields(reply: Extra) -> Iterator[Violation]:
    """An undeclared field must not cause a rejection."""
    if reply.extra_parameters != "drop":
        return
    reply.require_about_body()
    if not 200 <= reply.status < 300:
        point = next(iter(reply.case.points)).id
        yield Violation(
            "",
            "The request was rejected although the field should be dropped.",
            "200",
            reply.status,
            "refused",
            point,
        )


@rule(
    "EXTRA-003",
    must="pass an undeclared field to the model if extra-parameters is `pass-through`",
    clause=_HEADER,
    operations=TAKING_EXTRAS,
    note="The model may reject the field: a 4xx whose message names the field shows that it was passed "
    "through.",
    decides=True,
)
def passes_undeclared_fields_through(reply: Extra) -> Iterator[Violation]:
    """Only the model itself may reject the field."""
    if reply.extra_parameters != "pass-through":
        return
    reply.require_about_body()
    if 200 <= reply.status < 300:
        return
    body = text(reply.response.text) or ""
    if reply.status < 500 and any(name in body for name in reply.unknown):
        raise Inconclusive("the model may have rejected the field that was passed through")
    point = next(iter(reply.case.points)).id
    yield Violation(
        "",
        "The request was rejected although the field should be passed through.",
        "200",
        reply.status,
        "refused",
        point,
    )


class ModelInferenceReply(ChatReply):
    """A chat response of this surface. The surface is checked before the stream, which may be incomplete."""

    def applies(self) -> bool:
        """Whether the operation belongs to this surface."""
        return self.operation.document.name.surface == _SURFACE and super().applies()


@rule(
    "MODEL-CHAT-001",
    must="set role to `assistant` in every message",
    clause=f"{_SCHEMAS}/ChatResponseMessage/properties/role",
    operations=CHAT,
    note="The list of roles also covers requests, and is open. Of the listed roles, only `assistant` is for "
    "responses. SSE-106 covers streams.",
)
def message_role_is_assistant(reply: ModelInferenceReply) -> Iterator[Violation]:
    """The schema rule reports roles that are absent or not strings."""
    for choice in reply.choices if not reply.streamed else ():
        role = text(choice.message.get("role"))
        if role is not None and role != "assistant":
            message = "The role of the message is not `assistant`."
            yield choice.violates(
                "/message/role", message, expected="assistant", actual=role, reason="other role"
            )


def _has_empty_reason(chunk: Chunk) -> bool:
    return any(choice.get("finish_reason") == "" for _, choice in objects(chunk.choices))


def _empty_reasons(reply: ChatReply) -> Iterator[tuple[ChatReply | Chunk, str]]:
    """Yield the pointers of empty finish_reasons, in the body or in a chunk of the stream."""
    for holder in reply.stream.response_chunks.where(_has_empty_reason) if reply.stream else (reply,):
        content = holder.json if isinstance(holder, Chunk) else holder.body
        for place, choice in objects(content.get("choices")):
            if choice.get("finish_reason") == "":
                yield holder, f"/choices/{place}/finish_reason"


@rule(
    "MODEL-CHAT-002",
    should="return a finish_reason for each choice",
    clause=f"{_SCHEMAS}/ChatChoice/properties/finish_reason",
    operations=CHAT,
    note="The document allows null, which makes sense only in chunks, because a complete response has ended. "
    "SSE-201 covers streams. An empty string is a MUST violation.",
)
def has_a_finish_reason(reply: ModelInferenceReply) -> Iterator[Violation]:
    """A reason outside the list is reported as drift."""
    for holder, pointer in _empty_reasons(reply):
        message = "The finish_reason is an empty string."
        yield holder.violates(pointer, message, expected="a reason", actual="", reason="empty", level="must")
        return
    for choice in reply.choices:
        if "finish_reason" in choice.raw and choice.raw["finish_reason"] is None and not reply.streamed:
            message = "The choice has no finish_reason."
            yield choice.violates("/finish_reason", message, expected="a reason", reason="null")
