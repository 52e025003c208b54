"""What only the model inference surface has.

Who the model is, fields that the document does not know, and what a chat may say where elsewhere lists are
closed.
"""

from __future__ import annotations

from collections.abc import Iterator

from aoai_conformance.json_access import objects, text
from aoai_conformance.judging.rejections import require_about_content
from aoai_conformance.judging.request_fields import request_fields
from aoai_conformance.observation import cached_property
from aoai_conformance.rule import CHAT, Inconclusive, rule
from aoai_conformance.target.request_bytes import header_value
from aoai_conformance.views.answers import ChatAnswer
from aoai_conformance.views.exchange_views import Chunk, JsonAnswer, Reply
from aoai_model.verdict import Violation

INFO = frozenset({"info"})
TAKING_EXTRAS = frozenset({"chat", "embeddings", "image-embeddings"})

_DOCUMENT = "ai-model-inference@2025-04-01"
_INFO = f"{_DOCUMENT}#/paths/~1info/get/responses/200"
_SCHEMAS = f"{_DOCUMENT}#/components/schemas"
_HEADER = f"{_SCHEMAS}/ExtraParameters"
_SURFACE = "ai-model-inference"


@rule("INFO-001", must="say which model answers, of which kind and whose", clause=_INFO, operations=INFO)
def names_the_model(answer: JsonAnswer) -> Iterator[Violation]:
    """Three words, none of them empty."""
    for name in ("model_name", "model_type", "model_provider_name"):
        told = answer.json.get(name)
        if isinstance(told, str) and not told.strip():
            yield answer.violates(f"/{name}", f"The {name} is empty.", actual=told, reason=name)


class Extra(Reply):
    """The response to a body that holds a field which the document does not know, and nothing else wrong."""

    def applies(self) -> bool:
        """Whether there is such a field, and the case is about it."""
        return (
            self.operation.document.name.surface == _SURFACE
            and any(point.id.startswith("extra-parameters:") for point in self.case.points)
            and bool(self.unknown)
        )

    @cached_property
    def unknown(self) -> tuple[str, ...]:
        """The fields of the body that the document does not know."""
        known = request_fields(self.operation)
        return tuple(name for name in self.sent if name not in known)

    @property
    def wish(self) -> str:
        """What the header asks for; `error` is the default."""
        return (header_value(self.case.request.headers, "extra-parameters") or "error").lower()

    def require_told(self) -> None:
        """Raise Inconclusive for a rejection that says nothing about the body."""
        require_about_content(self)


@rule(
    "EXTRA-001",
    must="refuse a field that the document does not know, unless it is to be dropped or passed on",
    clause=_HEADER,
    operations=TAKING_EXTRAS,
    note="The header's default is error. Sources disagree about 400 and 422; both are lawful.",
    decides=True,
)
def refuses_extras(reply: Extra) -> Iterator[Violation]:
    """A field that nobody reads misleads whoever wrote it."""
    if reply.wish != "error":
        return
    reply.require_told()
    point = next(iter(reply.case.points)).id
    if 200 <= reply.status < 300:
        yield Violation("", "An unknown field is accepted.", "400 or 422", reply.status, "accepted", point)
    elif reply.status >= 500:
        yield Violation(
            "", "An unknown field makes the server fail.", "400 or 422", reply.status, "5xx", point
        )


@rule(
    "EXTRA-002",
    must="answer as if a field that is to be dropped were not there",
    clause=_HEADER,
    operations=TAKING_EXTRAS,
    decides=True,
)
def drops_extras(reply: Extra) -> Iterator[Violation]:
    """With extra-parameters: drop no unknown field stands in the way."""
    if reply.wish != "drop":
        return
    reply.require_told()
    if not 200 <= reply.status < 300:
        point = next(iter(reply.case.points)).id
        yield Violation(
            "", "A field that is to be dropped is refused.", "200", reply.status, "refused", point
        )


@rule(
    "EXTRA-003",
    must="hand on to the model a field that is to be passed through",
    clause=_HEADER,
    operations=TAKING_EXTRAS,
    note="The model may refuse the field: a 4xx whose message names it has been passed through.",
    decides=True,
)
def passes_extras_on(reply: Extra) -> Iterator[Violation]:
    """With extra-parameters: pass-through only the model itself may object."""
    if reply.wish != "pass-through":
        return
    reply.require_told()
    if 200 <= reply.status < 300:
        return
    told = text(reply.response.text) or ""
    if reply.status < 500 and any(name in told for name in reply.unknown):
        raise Inconclusive("the model may have refused the field that was passed on to it")
    point = next(iter(reply.case.points)).id
    yield Violation(
        "", "A field that is to be passed through is refused.", "200", reply.status, "refused", point
    )


def _is_model_inference(answer: ChatAnswer) -> bool:
    """Whether it is one of that surface."""
    return answer.operation.document.name.surface == _SURFACE


@rule(
    "MODEL-CHAT-001",
    must="answer in the role of the assistant",
    clause=f"{_SCHEMAS}/ChatResponseMessage/properties/role",
    operations=CHAT,
    when=_is_model_inference,
    note="The list of roles is that of requests too, and any other text fits it; of those listed it is the "
    "assistant's that answers are given in. Of streams SSE-106 says the same.",
)
def answers_as_the_assistant(answer: ChatAnswer) -> Iterator[Violation]:
    """A role that is no text, or none at all, is the schema's business."""
    for choice in answer.choices if not answer.streamed else ():
        role = text(choice.message.get("role"))
        if role is not None and role != "assistant":
            message = "The message has another role than the assistant's."
            yield choice.violates(
                "/message/role", message, expected="assistant", actual=role, reason="other role"
            )


def _empty_reasons(answer: ChatAnswer) -> Iterator[tuple[ChatAnswer | Chunk, str]]:
    """Where a finish_reason is an empty text: in the body, or in a chunk of the stream."""
    for holder in answer.stream.answer_chunks if answer.stream else (answer,):
        told = holder.json if isinstance(holder, Chunk) else holder.body
        for place, choice in objects(told.get("choices")):
            if choice.get("finish_reason") == "":
                yield holder, f"/choices/{place}/finish_reason"


@rule(
    "MODEL-CHAT-002",
    should="say why each choice has ended",
    clause=f"{_SCHEMAS}/ChatChoice/properties/finish_reason",
    operations=CHAT,
    when=_is_model_inference,
    note="The description lets the reason be null, which means something only in chunks: a whole answer has "
    "ended. That a stream's choice never ends is SSE-201's; an empty text is neither null nor a reason, and "
    "must not be.",
)
def says_why_it_ended(answer: ChatAnswer) -> Iterator[Violation]:
    """A reason beyond the list is drift."""
    for holder, pointer in _empty_reasons(answer):
        message = "The reason why the choice has ended is an empty text."
        yield holder.violates(pointer, message, expected="a reason", actual="", reason="empty", level="must")
        return
    for choice in answer.choices:
        if "finish_reason" in choice.raw and choice.raw["finish_reason"] is None and not answer.streamed:
            message = "The answer does not say why the choice has ended."
            yield choice.violates("/finish_reason", message, expected="a reason", reason="null")
