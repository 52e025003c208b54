"""The messages of chat choices: content, refusals, contexts and citations."""

from __future__ import annotations

from collections.abc import Iterator

from aoai_conformance.json_access import elements, members
from aoai_conformance.rule import CHAT, rule
from aoai_conformance.views.responses import ChatReply
from aoai_model.verdict import Violation

_SCHEMAS = "azure-openai@2024-10-21#/components/schemas"
_MESSAGE = f"{_SCHEMAS}/chatCompletionResponseMessage/properties"


@rule(
    "MESSAGE-001",
    should="return either a refusal or content in a message, not both",
    clause=f"{_SCHEMAS}/chatCompletionRequestAssistantMessage/properties/content/oneOf/1",
    operations=CHAT,
    note="The document states this for messages in a request: text parts, or exactly one refusal.",
)
def has_either_refusal_or_content(reply: ChatReply) -> Iterator[Violation]:
    """A call counts as content; empty content beside a refusal does not."""
    for choice in reply.choices:
        if choice.refusal and (choice.content or choice.called):
            message = "The message has both a refusal and content or a call."
            yield choice.violates("/message/refusal", message, actual=choice.refusal, reason="both")


@rule(
    "MESSAGE-002",
    should="return content, a refusal or a call in a message that ends with `stop`",
    clause=f"{_MESSAGE}/content",
    operations=CHAT,
    note="Empty content is allowed: the model may stop immediately.",
)
def has_content_refusal_or_call(reply: ChatReply) -> Iterator[Violation]:
    """In a stream, no content is the same as empty content."""
    if reply.streamed:
        return
    for choice in reply.choices:
        silent = "content" in choice.message and choice.message["content"] is None
        spoken = choice.refusal is not None or choice.called or bool(choice.message.get("audio"))
        if silent and choice.finish_reason == "stop" and not spoken:
            message = "The message has no content, refusal or call."
            yield choice.violates("/message/content", message, expected="a text", reason="nothing")


@rule(
    "MESSAGE-003",
    must="return no context of data sources unless the request has data sources",
    clause=f"{_SCHEMAS}/azureChatExtensionsMessageContext",
    operations=CHAT,
)
def no_context_without_data_sources(reply: ChatReply) -> Iterator[Violation]:
    """An empty or null context is allowed."""
    if reply.sent.get("data_sources"):
        return
    for choice in reply.choices:
        if choice.message.get("context"):
            message = "The message has a context, but the request has no data sources."
            yield choice.violates(
                "/message/context", message, actual=choice.message["context"], reason="unasked"
            )


@rule(
    "MESSAGE-004",
    may="return the citations of a response from data sources in the message's context",
    clause=f"{_SCHEMAS}/azureChatExtensionsMessageContext/properties/citations",
    operations=CHAT,
    note="The context is optional, and a search may find nothing to cite; clients still expect the list.",
)
def cites_its_sources(reply: ChatReply) -> Iterator[Violation]:
    """Only for responses that are not streamed: the document declares no context in a delta."""
    if reply.streamed or not reply.sent.get("data_sources"):
        return
    for choice in reply.choices:
        if not isinstance(members(choice.message.get("context")).get("citations"), list):
            message = "The request has data sources, but the message has no list of citations."
            yield choice.violates(
                "/message/context", message, expected="a list of citations", reason="missing"
            )


def _is_streamed_from_data(reply: ChatReply) -> bool:
    """Whether the request has data sources and the response is streamed."""
    return reply.streamed and bool(reply.sent.get("data_sources"))


@rule(
    "MESSAGE-005",
    must="return the content of each citation as text",
    clause=f"{_SCHEMAS}/citation/properties/content",
    operations=CHAT,
    when=_is_streamed_from_data,
)
def citations_have_content(reply: ChatReply) -> Iterator[Violation]:
    """The schema rule checks responses that are not streamed."""
    for choice in reply.choices:
        for place, citation in enumerate(elements(members(choice.message.get("context")).get("citations"))):
            if not isinstance(members(citation).get("content"), str):
                message = "The citation has no content."
                yield choice.violates(
                    f"/message/context/citations/{place}", message, expected="content", reason="missing"
                )
