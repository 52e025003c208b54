"""The number of choices of a chat response, and their indices."""

from __future__ import annotations

from collections.abc import Iterator

from aoai_conformance.json_access import elements, objects
from aoai_conformance.rule import CHAT, rule
from aoai_conformance.views.responses import ChatReply
from aoai_model.verdict import Violation

_REQUEST = "azure-openai@2024-10-21#/components/schemas/createChatCompletionRequest/allOf/1/properties"
_CHOICES = "azure-openai@2024-10-21#/components/schemas/createChatCompletionResponse/properties/choices"


@rule(
    "CHAT-CHOICE-001",
    must="return `n` choices, one by default",
    clause=f"{_REQUEST}/n",
    operations=CHAT,
)
def returns_the_requested_number_of_choices(reply: ChatReply) -> Iterator[Violation]:
    """In a stream, every index that occurs in a chunk counts as a choice."""
    count = len(elements(reply.body.get("choices")))
    if reply.n is not None and count != reply.n:
        message = f"The request asks for {reply.n} choices; the response has {count}."
        yield reply.violates("/choices", message, expected=reply.n, actual=count, reason="count")


@rule(
    "CHAT-CHOICE-002",
    must="number the choices from 0 to n - 1, using each index once",
    clause=f"{_CHOICES}/items/properties/index",
    operations=CHAT,
)
def numbers_each_choice_once(reply: ChatReply) -> Iterator[Violation]:
    """Other types of index violate the schema; CHAT-CHOICE-001 reports a wrong number of choices."""
    taken: set[int] = set()
    for choice in reply.choices:
        if choice.index is None:
            continue
        if choice.index in taken:
            yield choice.violates(
                "/index", "Two choices have the same index.", actual=choice.index, reason="twice"
            )
        elif not 0 <= choice.index < max(reply.n or 1, len(reply.choices)):
            expected = f"0 to {max(reply.n or 1, len(reply.choices)) - 1}"
            message = "The index is outside the range of the choices."
            yield choice.violates("/index", message, expected=expected, actual=choice.index, reason="range")
        taken.add(choice.index)


@rule(
    "CHAT-CHOICE-003",
    may="list the choices in the order of their index",
    clause=f"{_CHOICES}/items/properties/index",
    operations=CHAT,
    note="The document describes the index as the position in the list. Clients that sort by it do not "
    "depend on the order.",
)
def lists_choices_in_order(reply: ChatReply) -> Iterator[Violation]:
    """Streamed choices have no order."""
    if reply.streamed:
        return
    indices = [choice["index"] for _, choice in objects(reply.body.get("choices")) if "index" in choice]
    if all(isinstance(index, int) for index in indices) and indices != sorted(indices):
        yield reply.violates(
            "/choices",
            "The choices are not in the order of their index.",
            expected=sorted(indices),
            actual=indices,
            reason="order",
        )
