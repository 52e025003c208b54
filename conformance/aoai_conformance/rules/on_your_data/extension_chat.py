"""Responses of the chat extensions: messages of the tool with citations, and messages of the assistant.

There are two formats: `messages` of the tool and the assistant in each choice, or one `message` with the
tool's message in its context. The rules read both, streamed or not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from aoai_conformance.json_access import elements, members, objects, text, whole
from aoai_conformance.rule import rule
from aoai_conformance.views.on_your_data import EXTENSION_CHAT, LimitedReply, OnYourData, OnYourDataResponse
from aoai_conformance.views.timestamps import is_unix_seconds, require_unix_seconds
from aoai_model.verdict import Violation

_SCHEMAS = "azure-openai@2023-12-01-preview#/components/schemas"
_MESSAGE = f"{_SCHEMAS}/extensionsAnswerMessage"
_ANSWER = f"{_SCHEMAS}/extensionsChatCompletionsResponse/properties"
_REFERENCE = re.compile(r"\[doc(\d{1,4})\]")
#: The finish reasons of all kinds of chats.
_REASONS = ("stop", "length", "content_filter", "tool_calls", "function_call")


@rule(
    "EXTENSION-001",
    must="return the search results in a message of the tool",
    clause=_MESSAGE,
    operations=EXTENSION_CHAT,
)
def has_a_tool_message(reply: OnYourDataResponse) -> Iterator[Violation]:
    """Each choice has a message with role `tool` before the assistant's."""
    for turn in reply.turns:
        roles = [each.role for each in turn.messages]
        if "tool" not in roles:
            yield turn.place.violates("/messages", "The choice has no message of the tool.", reason="no tool")
        elif "assistant" in roles and roles.index("assistant") < roles.index("tool"):
            yield turn.place.violates(
                "/messages", "The assistant's message comes before the tool's.", reason="order"
            )


@rule(
    "EXTENSION-002",
    must="return the tool's content as JSON with a list of citations",
    clause=_MESSAGE,
    operations=EXTENSION_CHAT,
)
def tool_message_has_citations(reply: OnYourData) -> Iterator[Violation]:
    """Citations are a list, possibly empty, and each has its content as text."""
    for turn in reply.turns:
        if turn.tool is None:
            continue
        at = turn.tool.place
        if not isinstance(turn.tool_json, dict):
            yield at.violates("/content", "The tool's content is not a JSON object.", reason="no json")
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
    must="respond in a message of the assistant",
    clause=_MESSAGE,
    operations=EXTENSION_CHAT,
)
def has_an_assistant_message(reply: OnYourData) -> Iterator[Violation]:
    """Each choice has a message with role `assistant`."""
    for turn in reply.turns:
        if turn.messages and not any(each.role == "assistant" for each in turn.messages):
            yield turn.place.violates("/messages", "The choice has no message of the assistant.")


@rule(
    "EXTENSION-004",
    must="set end_turn in the last message of a choice, and in no other",
    clause=f"{_MESSAGE}/properties/end_turn",
    operations=EXTENSION_CHAT,
)
def last_message_ends_the_turn(reply: OnYourDataResponse) -> Iterator[Violation]:
    """`end_turn` is true only in the last message."""
    for turn in reply.turns:
        for place, each in enumerate(turn.messages):
            ends, last = each.message.get("end_turn"), place == len(turn.messages) - 1
            if isinstance(ends, bool) and ends is not last:
                yield each.place.violates(
                    "/end_turn",
                    "The last message does not end the turn."
                    if last
                    else "A message before the last one ends the turn.",
                    expected=last,
                    actual=ends,
                )


@rule(
    "EXTENSION-005",
    must="refer only to cited documents",
    clause=_MESSAGE,
    operations=EXTENSION_CHAT,
    note="[doc1] in the assistant's text refers to the first of the tool's citations.",
)
def references_are_cited(reply: OnYourData) -> Iterator[Violation]:
    """Each [docN] has a citation with that number."""
    for turn in reply.turns:
        if turn.citations is None:
            continue
        for each in turn.messages:
            numbers = {int(number) for number in _REFERENCE.findall(each.content or "")}
            beyond = sorted(number for number in numbers if not 1 <= number <= len(turn.citations))
            if each.role == "assistant" and beyond:
                yield each.place.violates(
                    "/content",
                    "The response refers to a document that is not cited.",
                    expected=f"[doc1] to [doc{len(turn.citations)}]",
                    actual=f"[doc{beyond[0]}]",
                )


@rule(
    "EXTENSION-009",
    should="return the intent of the search beside the citations",
    clause=_MESSAGE,
    operations=EXTENSION_CHAT,
    note="Every example on the page has intent beside citations, but no sentence requires it.",
)
def tool_message_has_the_intent(reply: OnYourData) -> Iterator[Violation]:
    """`intent` is a string in the tool's content."""
    for turn in reply.turns:
        if turn.tool and isinstance(turn.tool_json, dict) and text(turn.tool_json.get("intent")) is None:
            yield turn.tool.place.violates(
                "/content", "The tool's content has no intent.", reason="no intent"
            )


@rule(
    "EXTENSION-010",
    must="cite no more documents than the request allows",
    clause=f"{_SCHEMAS}/extensionsChatCompletionsRequest/properties/dataSources",
    operations=EXTENSION_CHAT,
    note="The limit is topNDocuments, or the sum over several data sources. Passages with the same file "
    "path, or else the same URL, belong to one document.",
)
def cites_at_most_the_requested_number(reply: LimitedReply) -> Iterator[Violation]:
    """The limit applies to the documents used for the response."""
    most = reply.most or 0
    for turn in reply.turns:
        cited = _documents(turn.citations or ())
        if turn.tool and cited > most:
            yield turn.tool.place.violates(
                "/content",
                "The response cites more documents than the request allows.",
                expected=most,
                actual=cited,
            )


def _documents(citations: Iterable[Any]) -> int:
    """Return the number of cited documents; each one without a name counts separately."""
    names = [
        text(members(each).get("filepath")) or text(members(each).get("url")) or place
        for place, each in enumerate(citations)
    ]
    return len(set(names))


@rule(
    "EXTENSION-011",
    should="cite at least one document in a response that is limited to the data",
    clause=_MESSAGE,
    operations=EXTENSION_CHAT,
    note="A search may find nothing, and a response may not need any. So it is judged only if the response "
    "refers to documents, and inScope is not false.",
)
def cites_a_document(reply: OnYourData) -> Iterator[Violation]:
    """The list of citations must not be empty if the response refers to documents."""
    scopes = [
        members(source.get("parameters")).get("inScope", True)
        for _, source in objects(reply.sent.get("dataSources"))
    ]
    if False in scopes:
        return
    for turn in reply.turns:
        if turn.tool and turn.citations == [] and _REFERENCE.search(turn.assistant_text):
            yield turn.tool.place.violates("/content", "The response refers to documents, but cites none.")


@rule(
    "EXTENSION-014",
    must="return `created` as a Unix time in seconds",
    clause=f"{_ANSWER}/created",
    operations=EXTENSION_CHAT,
)
def created_is_in_seconds(reply: OnYourData) -> Iterator[Violation]:
    """The usual mistake is milliseconds. In a stream, any chunk may have it."""
    created = reply.body.get("created", 0 if reply.streamed and reply.turns else None)
    if created is not None and whole(created) is not None and not is_unix_seconds(created):
        yield from require_unix_seconds(reply, "/created", created)


@rule(
    "EXTENSION-015",
    must="return exactly one choice, with index 0",
    clause=f"{_ANSWER}/choices",
    operations=EXTENSION_CHAT,
    note="The request has no field to ask for several.",
)
def returns_one_choice(reply: OnYourData) -> Iterator[Violation]:
    """Not judged if the request has an undeclared n."""
    if "n" in reply.sent:
        return
    count = len(elements(reply.body.get("choices")))
    if count != 1:
        yield reply.violates(
            "/choices",
            f"Expected one choice; the response has {count}.",
            expected=1,
            actual=count,
            reason="count",
        )
    for choice in reply.choices[:1]:
        if choice.index not in (None, 0):
            yield choice.violates(
                "/index",
                "The index of the only choice is not 0.",
                expected=0,
                actual=choice.index,
                reason="index",
            )


@rule(
    "EXTENSION-016",
    should="return one of the finish reasons of chats, if it returns any",
    clause=f"{_ANSWER}/choices/items/properties/finish_reason",
    operations=EXTENSION_CHAT,
    note="The page does not show the field; the provider's own document declares it as any string. Null is "
    "valid, but useless in a complete response, so it is a MAY violation.",
)
def has_a_known_finish_reason(reply: OnYourData) -> Iterator[Violation]:
    """The field may be absent, and may be null in all chunks of a stream."""
    for choice in reply.choices:
        reason = choice.raw.get("finish_reason", "stop")
        if isinstance(reason, str) and reason not in _REASONS:
            yield choice.violates(
                "/finish_reason",
                "The finish_reason is not one of the reasons of chats.",
                expected=list(_REASONS),
                actual=reason,
                reason="unknown",
            )
        elif reason is None and not reply.streamed:
            yield choice.violates(
                "/finish_reason",
                "The response is complete, but its finish_reason is null.",
                expected="a reason",
                reason="null",
                level="may",
            )
