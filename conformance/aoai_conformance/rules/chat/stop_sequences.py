"""The text ends before a stop sequence."""

from __future__ import annotations

from collections.abc import Iterator

from aoai_conformance.rule import CHAT, rule
from aoai_conformance.views.answers import ChatAnswer
from aoai_model.verdict import Violation

_STOP = "azure-openai@2024-10-21#/components/schemas/createChatCompletionRequest/allOf/1/properties/stop"


@rule(
    "STOP-001",
    must="end the text before any of the stop sequences",
    clause=_STOP,
    operations=CHAT,
    note="That the sequence itself is left out is said where the same field of completions is described.",
)
def no_stop_sequence_in_the_text(answer: ChatAnswer) -> Iterator[Violation]:
    """A text that ends without ever coming to one is lawful."""
    for choice in answer.choices:
        for stop in answer.stops:
            if choice.content is not None and stop in choice.content:
                yield choice.violates(
                    "/message/content",
                    "The text holds a stop sequence that was asked for.",
                    expected=f"a text without {stop!r}",
                    actual=choice.content,
                    reason="stop sequence",
                )
                break
