"""Answers from one's own data by the chat extensions: what the tool found, what the assistant made of it.

Two forms are known: `messages` of the tool and of the assistant in each choice, and one `message` with the
tool's in its context. Both are read, and what is said of messages is judged of streamed ones too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from aoai_conformance.json_access import elements, members, objects, text, whole
from aoai_conformance.rule import rule
from aoai_conformance.views.clocks import is_unix_seconds
from aoai_conformance.views.on_your_data import EXTENSION_CHAT, Counted, OnYourData, OnYourDataResponse
from aoai_model.verdict import Violation

_SCHEMAS = "azure-openai@2023-12-01-preview#/components/schemas"
_MESSAGE = f"{_SCHEMAS}/extensionsAnswerMessage"
_ANSWER = f"{_SCHEMAS}/extensionsChatCompletionsResponse/properties"
_REFERENCE = re.compile(r"\[doc(\d{1,4})\]")
#: The reasons that a chat of any kind ends for.
_REASONS = ("stop", "length", "content_filter", "tool_calls", "function_call")


@rule(
    "EXTENSION-001",
    must="tell in a message of the tool what was found",
    clause=_MESSAGE,
    operations=EXTENSION_CHAT,
)
def the_tool_speaks(answer: OnYourDataResponse) -> Iterator[Violation]:
    """A message of role tool in each choice, before the assistant's."""
    for turn in answer.turns:
        roles = [each.role for each in turn.said]
        if "tool" not in roles:
            yield turn.place.violates("/messages", "No message tells what was found.", reason="no tool")
        elif "assistant" in roles and roles.index("assistant") < roles.index("tool"):
            yield turn.place.violates(
                "/messages", "The assistant answers before the tool has spoken.", reason="order"
            )


@rule(
    "EXTENSION-002",
    must="write the tool's content as JSON with a list of citations",
    clause=_MESSAGE,
    operations=EXTENSION_CHAT,
)
def the_tool_cites(answer: OnYourData) -> Iterator[Violation]:
    """Citations are a list, even an empty one, each with its content as text."""
    for turn in answer.turns:
        if turn.tool is None:
            continue
        at = turn.tool.place
        if not isinstance(turn.told, dict):
            yield at.violates("/content", "The tool's content is no JSON object.", reason="no json")
        elif turn.citations is None:
            yield at.violates(
                "/content", "The tool's content has no list of citations.", reason="no citations"
            )
        for place, citation in objects(turn.citations):
            if text(citation.get("content")) is None:
                yield at.violates(
                    "/content", f"Citation {place} has no content.", actual=citation, reason="no content"
                )
                break


@rule(
    "EXTENSION-003",
    must="answer in a message of the assistant",
    clause=_MESSAGE,
    operations=EXTENSION_CHAT,
)
def the_assistant_answers(answer: OnYourData) -> Iterator[Violation]:
    """One message of role assistant in each choice."""
    for turn in answer.turns:
        if turn.said and not any(each.role == "assistant" for each in turn.said):
            yield turn.place.violates("/messages", "No message of the assistant answers.")


@rule(
    "EXTENSION-004",
    must="end the turn with the last message of a choice, and with no other",
    clause=f"{_MESSAGE}/properties/end_turn",
    operations=EXTENSION_CHAT,
)
def the_last_ends_the_turn(answer: OnYourDataResponse) -> Iterator[Violation]:
    """`end_turn` is true in the last message alone."""
    for turn in answer.turns:
        for place, each in enumerate(turn.said):
            ends, last = each.message.get("end_turn"), place == len(turn.said) - 1
            if isinstance(ends, bool) and ends is not last:
                yield each.place.violates(
                    "/end_turn",
                    "The turn does not end with the last message."
                    if last
                    else "The turn ends before the last message.",
                    expected=last,
                    actual=ends,
                )


@rule(
    "EXTENSION-005",
    must="refer only to documents that are cited",
    clause=_MESSAGE,
    operations=EXTENSION_CHAT,
    note="[doc1] in the assistant's text is the first of the tool's citations.",
)
def references_are_cited(answer: OnYourData) -> Iterator[Violation]:
    """Each [docN] has a citation of that number."""
    for turn in answer.turns:
        if turn.citations is None:
            continue
        for each in turn.said:
            numbers = {int(number) for number in _REFERENCE.findall(each.content or "")}
            beyond = sorted(number for number in numbers if not 1 <= number <= len(turn.citations))
            if each.role == "assistant" and beyond:
                yield each.place.violates(
                    "/content",
                    "The answer refers to a document that is not cited.",
                    expected=f"[doc1] to [doc{len(turn.citations)}]",
                    actual=f"[doc{beyond[0]}]",
                )


@rule(
    "EXTENSION-009",
    should="say what the tool searched for beside what it found",
    clause=_MESSAGE,
    operations=EXTENSION_CHAT,
    note="Every example of the page has intent beside citations; no sentence demands it.",
)
def the_tool_tells_its_intent(answer: OnYourData) -> Iterator[Violation]:
    """`intent` is a text in the tool's content."""
    for turn in answer.turns:
        if turn.tool and isinstance(turn.told, dict) and text(turn.told.get("intent")) is None:
            yield turn.tool.place.violates(
                "/content", "The tool's content has no intent.", reason="no intent"
            )


@rule(
    "EXTENSION-010",
    must="cite no more documents than were asked for",
    clause=f"{_SCHEMAS}/extensionsChatCompletionsRequest/properties/dataSources",
    operations=EXTENSION_CHAT,
    note="topNDocuments of one data source; with several, their sum. Passages of one file path, or else of "
    "one url, are of one document.",
)
def cites_no_more_than_asked(answer: Counted) -> Iterator[Violation]:
    """The number of top documents bounds what an answer is made from."""
    most = answer.most or 0
    for turn in answer.turns:
        cited = _documents(turn.citations or ())
        if turn.tool and cited > most:
            yield turn.tool.place.violates(
                "/content", "More documents are cited than were asked for.", expected=most, actual=cited
            )


def _documents(citations: Iterable[Any]) -> int:
    """How many documents are cited; one that has no name counts as another."""
    names = [
        text(members(each).get("filepath")) or text(members(each).get("url")) or place
        for place, each in enumerate(citations)
    ]
    return len(set(names))


@rule(
    "EXTENSION-011",
    should="find something to cite for an answer that is within the data",
    clause=_MESSAGE,
    operations=EXTENSION_CHAT,
    note="A search may find nothing, and an answer may do without: judged only where the answer refers to "
    "documents, and inScope is not false.",
)
def something_is_cited(answer: OnYourData) -> Iterator[Violation]:
    """An empty list beside an answer that refers to documents."""
    scopes = [
        members(source.get("parameters")).get("inScope", True)
        for _, source in objects(answer.sent.get("dataSources"))
    ]
    if False in scopes:
        return
    for turn in answer.turns:
        if turn.tool and turn.citations == [] and _REFERENCE.search(turn.answer):
            yield turn.tool.place.violates("/content", "The answer refers to documents, and none is cited.")


@rule(
    "EXTENSION-014",
    must="give as created the Unix time in seconds",
    clause=f"{_ANSWER}/created",
    operations=EXTENSION_CHAT,
)
def created_is_in_seconds(answer: OnYourData) -> Iterator[Violation]:
    """Milliseconds are the usual mistake. In a stream some chunk gives it."""
    created = answer.body.get("created", 0 if answer.streamed and answer.turns else None)
    if whole(created) is not None and not is_unix_seconds(created):
        yield answer.violates(
            "/created", "The time is none in Unix seconds.", expected="Unix seconds", actual=created
        )


@rule(
    "EXTENSION-015",
    must="answer with one choice, which has the index 0",
    clause=f"{_ANSWER}/choices",
    operations=EXTENSION_CHAT,
    note="No field of the request asks for several.",
)
def answers_with_one_choice(answer: OnYourData) -> Iterator[Violation]:
    """A request with an n of its own making is not judged."""
    if "n" in answer.sent:
        return
    count = len(elements(answer.body.get("choices")))
    if count != 1:
        yield answer.violates(
            "/choices",
            f"One choice was asked for and {count} came.",
            expected=1,
            actual=count,
            reason="count",
        )
    for choice in answer.choices[:1]:
        if choice.index not in (None, 0):
            yield choice.violates(
                "/index",
                "The only choice is not the first one.",
                expected=0,
                actual=choice.index,
                reason="index",
            )


@rule(
    "EXTENSION-016",
    should="end a choice for a reason that chats know, where it tells one",
    clause=f"{_ANSWER}/choices/items/properties/finish_reason",
    operations=EXTENSION_CHAT,
    note="The page shows no such field; the provider's own description has it, as any text. Null is lawful "
    "by the document and tells nothing in an answer that is whole, which is noted as a may.",
)
def ends_for_a_known_reason(answer: OnYourData) -> Iterator[Violation]:
    """A field that is absent is lawful, and in a stream one that stays null."""
    for choice in answer.choices:
        reason = choice.raw.get("finish_reason", "stop")
        if isinstance(reason, str) and reason not in _REASONS:
            yield choice.violates(
                "/finish_reason",
                "The choice ends for a reason that no chat knows.",
                expected=list(_REASONS),
                actual=reason,
                reason="unknown",
            )
        elif reason is None and not answer.streamed:
            yield choice.violates(
                "/finish_reason",
                "The answer is whole and does not say why it ended.",
                expected="a reason",
                reason="null",
                level="may",
            )
