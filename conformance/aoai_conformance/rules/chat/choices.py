"""How many choices a chat answer has, and how they are numbered."""

from __future__ import annotations

from collections.abc import Iterator

from aoai_conformance.json_access import elements, objects
from aoai_conformance.rule import CHAT, rule
from aoai_conformance.views.answers import ChatAnswer
from aoai_model.verdict import Violation

_REQUEST = "azure-openai@2024-10-21#/components/schemas/createChatCompletionRequest/allOf/1/properties"
_CHOICES = "azure-openai@2024-10-21#/components/schemas/createChatCompletionResponse/properties/choices"


@rule(
    "CHAT-CHOICE-001",
    must="answer with as many choices as the request's n asks for, one by default",
    clause=f"{_REQUEST}/n",
    operations=CHAT,
)
def as_many_choices_as_asked(answer: ChatAnswer) -> Iterator[Violation]:
    """In a stream every choice that any chunk names counts."""
    count = len(elements(answer.body.get("choices")))
    if answer.n is not None and count != answer.n:
        message = f"{answer.n} choices were asked for and {count} came."
        yield answer.violates("/choices", message, expected=answer.n, actual=count, reason="count")


@rule(
    "CHAT-CHOICE-002",
    must="number the choices from 0 to n - 1, each number once",
    clause=f"{_CHOICES}/items/properties/index",
    operations=CHAT,
)
def numbers_each_choice_once(answer: ChatAnswer) -> Iterator[Violation]:
    """An index that is no integer is the schema rule's; a wrong count of choices is CHAT-CHOICE-001's."""
    taken: set[int] = set()
    for choice in answer.choices:
        if choice.index is None:
            continue
        if choice.index in taken:
            yield choice.violates(
                "/index", "Two choices have one index.", actual=choice.index, reason="twice"
            )
        elif not 0 <= choice.index < max(answer.n or 1, len(answer.choices)):
            expected = f"0 to {max(answer.n or 1, len(answer.choices)) - 1}"
            message = "The index is outside the list of choices."
            yield choice.violates("/index", message, expected=expected, actual=choice.index, reason="range")
        taken.add(choice.index)


@rule(
    "CHAT-CHOICE-003",
    may="list the choices in the order of their index",
    clause=f"{_CHOICES}/items/properties/index",
    operations=CHAT,
    note="The description says that the index is that of the list; clients that sort by it do not mind the"
    " order.",
)
def lists_choices_in_order(answer: ChatAnswer) -> Iterator[Violation]:
    """Streams have no order of choices."""
    if answer.streamed:
        return
    indices = [choice["index"] for _, choice in objects(answer.body.get("choices")) if "index" in choice]
    if all(isinstance(index, int) for index in indices) and indices != sorted(indices):
        yield answer.violates(
            "/choices",
            "The choices are out of order.",
            expected=sorted(indices),
            actual=indices,
            reason="order",
        )
