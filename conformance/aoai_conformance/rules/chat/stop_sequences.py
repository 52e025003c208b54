"""Stop sequences of chats."""

from __future__ import annotations

from collections.abc import Iterator

from aoai_conformance.rule import CHAT, rule
from aoai_conformance.views.responses import ChatReply
from aoai_model.verdict import Violation

_STOP = "azure-openai@2024-10-21#/components/schemas/createChatCompletionRequest/allOf/1/properties/stop"


@rule(
    "STOP-001",
    must="end the text before any of the stop sequences",
    clause=_STOP,
    operations=CHAT,
    note="The document states only for completions that the text does not contain the sequence.",
)
def text_has_no_stop_sequence(reply: ChatReply) -> Iterator[Violation]:
    """A text need not reach a stop sequence."""
    for choice in reply.choices:
        for stop in reply.stops:
            if choice.content is not None and stop in choice.content:
                yield choice.violates(
                    "/message/content",
                    "The text contains one of the requested stop sequences.",
                    expected=f"a text without {stop!r}",
                    actual=choice.content,
                    reason="stop sequence",
                )
                break
