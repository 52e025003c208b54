"""What the message of a chat choice says."""

from __future__ import annotations

from collections.abc import Iterator

from aoai_conformance.json_access import elements, members
from aoai_conformance.rule import CHAT, rule
from aoai_conformance.views.answers import ChatAnswer
from aoai_model.verdict import Violation

_SCHEMAS = "azure-openai@2024-10-21#/components/schemas"
_MESSAGE = f"{_SCHEMAS}/chatCompletionResponseMessage/properties"


@rule(
    "MESSAGE-001",
    should="either refuse or answer in one message, not both",
    clause=f"{_SCHEMAS}/chatCompletionRequestAssistantMessage/properties/content/oneOf/1",
    operations=CHAT,
    note="The description says so of the message's form in a request: text parts, or exactly one refusal.",
)
def refuses_or_answers(answer: ChatAnswer) -> Iterator[Violation]:
    """A call is an answer; an empty content beside a refusal is none."""
    for choice in answer.choices:
        if choice.refusal and (choice.content or choice.called):
            message = "The message both refuses and answers, or calls."
            yield choice.violates("/message/refusal", message, actual=choice.refusal, reason="both")


@rule(
    "MESSAGE-002",
    should="say something in a message that ends with stop: content, a refusal or a call",
    clause=f"{_MESSAGE}/content",
    operations=CHAT,
    note="An empty text is something: the model ended at once.",
)
def says_something(answer: ChatAnswer) -> Iterator[Violation]:
    """In a stream the absence of any content is an empty text."""
    if answer.streamed:
        return
    for choice in answer.choices:
        silent = "content" in choice.message and choice.message["content"] is None
        spoken = choice.refusal is not None or choice.called or bool(choice.message.get("audio"))
        if silent and choice.finish_reason == "stop" and not spoken:
            message = "The message has neither content nor a refusal nor a call."
            yield choice.violates("/message/content", message, expected="a text", reason="nothing")


@rule(
    "MESSAGE-003",
    must="leave out the context of data sources where the request has none",
    clause=f"{_SCHEMAS}/azureChatExtensionsMessageContext",
    operations=CHAT,
)
def no_context_without_data_sources(answer: ChatAnswer) -> Iterator[Violation]:
    """An empty or null context tells nothing."""
    if answer.sent.get("data_sources"):
        return
    for choice in answer.choices:
        if choice.message.get("context"):
            message = "The message has a context and the request no data sources."
            yield choice.violates(
                "/message/context", message, actual=choice.message["context"], reason="unasked"
            )


@rule(
    "MESSAGE-004",
    may="give the citations of an answer from data sources in the message's context",
    clause=f"{_SCHEMAS}/azureChatExtensionsMessageContext/properties/citations",
    operations=CHAT,
    note="The context is optional, and a search may find nothing to cite; the list is expected all the same.",
)
def cites_its_sources(answer: ChatAnswer) -> Iterator[Violation]:
    """Only of unstreamed answers: the description has no context in a delta."""
    if answer.streamed or not answer.sent.get("data_sources"):
        return
    for choice in answer.choices:
        if not isinstance(members(choice.message.get("context")).get("citations"), list):
            message = "The request has data sources and the message no citations."
            yield choice.violates(
                "/message/context", message, expected="a list of citations", reason="missing"
            )


def _is_streamed_from_data(answer: ChatAnswer) -> bool:
    """Whether the request has data sources and asks for a stream."""
    return answer.streamed and bool(answer.sent.get("data_sources"))


@rule(
    "MESSAGE-005",
    must="give each citation its content as text",
    clause=f"{_SCHEMAS}/citation/properties/content",
    operations=CHAT,
    when=_is_streamed_from_data,
)
def citations_have_content(answer: ChatAnswer) -> Iterator[Violation]:
    """What an answer at once cites is the schema's business."""
    for choice in answer.choices:
        for place, citation in enumerate(elements(members(choice.message.get("context")).get("citations"))):
            if not isinstance(members(citation).get("content"), str):
                message = "A citation has no content."
                yield choice.violates(
                    f"/message/context/citations/{place}", message, expected="content", reason="missing"
                )
