"""Answers from one's own data by the chat extensions: what the tool found, what the assistant made of it.

Two forms are known: `messages` of the tool and of the assistant in each choice, and one `message` with the
tool's in its context. Both are read; a stream has deltas in their place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from aoai_conformance.clocks import is_unix_seconds
from aoai_conformance.pointing import members, objects, parse_strictly, text, whole
from aoai_conformance.rule import Violation, rule
from aoai_conformance.views import JsonAnswer, Stream

EXTENSION_CHAT = frozenset({"extension-chat"})

_SCHEMAS = "azure-openai@2023-12-01-preview#/components/schemas"
_MESSAGE = f"{_SCHEMAS}/extensionsAnswerMessage"
_STREAM = (
    "azure-openai@2023-12-01-preview#/components/schemas/extensionsChatCompletionsRequest/properties/stream"
)
_DONE = "[DONE]"
_REFERENCE = re.compile(r"\[doc(\d{1,4})\]")
#: The source that only adds what is seen in pictures: nothing is cited from it.
_VISION = "AzureComputerVision"


@dataclass(frozen=True, slots=True)
class Said:
    """One message of a choice, with its pointer in the body."""

    at: str
    message: dict[str, Any]

    @property
    def role(self) -> str | None:
        """Who says it."""
        return text(self.message.get("role"))

    @property
    def content(self) -> str | None:
        """What is said."""
        return text(self.message.get("content"))


def _is_about_data(sent: dict[str, Any]) -> bool:
    kinds = {text(source.get("type")) for _, source in objects(sent.get("dataSources"))}
    return bool(kinds - {_VISION, None})


class Grounded(JsonAnswer):
    """An unstreamed answer from data sources, for a request inside the contract."""

    def applies(self) -> bool:
        """Whether data sources were given, other than for vision."""
        return self.case.expect != "reject" and super().applies() and _is_about_data(self.sent)

    @cached_property
    def choices(self) -> tuple[tuple[str, tuple[Said, ...]], ...]:
        """The pointer and the messages of each choice, those of a context before the one that has it."""
        read: list[tuple[str, tuple[Said, ...]]] = []
        for place, choice in objects(self.json.get("choices")):
            at = f"/choices/{place}"
            said = [Said(f"{at}/messages/{n}", each) for n, each in objects(choice.get("messages"))]
            message = members(choice.get("message"))
            if message:
                inner = objects(members(message.get("context")).get("messages"))
                said += [Said(f"{at}/message/context/messages/{n}", each) for n, each in inner]
                said.append(Said(f"{at}/message", message))
            read.append((at, tuple(said)))
        return tuple(read)

    def tool_content(self, said: tuple[Said, ...]) -> tuple[str, Any] | None:
        """The tool's content as JSON, with its pointer; None where it is none."""
        for each in said:
            if each.role == "tool" and each.content is not None:
                try:
                    return f"{each.at}/content", parse_strictly(each.content)
                except ValueError:
                    return f"{each.at}/content", None
        return None


class Counted(Grounded):
    """An answer to a request that says of each data source how many documents are wanted."""

    def applies(self) -> bool:
        """Whether every number is told; fewer than none is nothing that a server could keep to."""
        return super().applies() and self.most is not None and self.most >= 0

    @cached_property
    def most(self) -> int | None:
        """How many documents there may be in all; None where one source leaves its number open."""
        sources = [source for _, source in objects(self.sent.get("dataSources"))]
        asked = [whole(members(source.get("parameters")).get("topNDocuments")) for source in sources]
        known = [number for number in asked if number is not None]
        return sum(known) if asked and len(known) == len(asked) else None


class GroundedStream(Stream):
    """A streamed answer from data sources."""

    def applies(self) -> bool:
        """Whether data sources were given, other than for vision."""
        return self.case.expect != "reject" and super().applies() and _is_about_data(self.sent)

    @cached_property
    def deltas(self) -> tuple[tuple[int, dict[str, Any], dict[str, Any]], ...]:
        """Each message of each chunk: the chunk's event, the message, and its delta."""
        found: list[tuple[int, dict[str, Any], dict[str, Any]]] = []
        for chunk in self.chunks:
            for _, choice in objects(chunk.choices):
                for _, message in objects(choice.get("messages")):
                    found.append((chunk.index, message, members(message.get("delta"))))
        return tuple(found)


@rule(
    "EXTENSION-001",
    must="tell in a message of the tool what was found",
    clause=_MESSAGE,
    operations=EXTENSION_CHAT,
)
def the_tool_speaks(answer: Grounded) -> Iterator[Violation]:
    """A message of role tool in each choice, before the assistant's."""
    for at, said in answer.choices:
        roles = [each.role for each in said]
        if "tool" not in roles:
            yield answer.violates(f"{at}/messages", "No message tells what was found.", reason="no tool")
        elif "assistant" in roles and roles.index("assistant") < roles.index("tool"):
            yield answer.violates(
                f"{at}/messages", "The assistant answers before the tool has spoken.", reason="order"
            )


@rule(
    "EXTENSION-002",
    must="write the tool's content as JSON with a list of citations",
    clause=_MESSAGE,
    operations=EXTENSION_CHAT,
)
def the_tool_cites(answer: Grounded) -> Iterator[Violation]:
    """Citations are a list, even an empty one, each with its content as text."""
    for _, said in answer.choices:
        found = answer.tool_content(said)
        if found is None:
            continue
        at, content = found
        citations = members(content).get("citations")
        if not isinstance(content, dict):
            yield answer.violates(at, "The tool's content is no JSON object.", reason="no json")
        elif not isinstance(citations, list):
            yield answer.violates(at, "The tool's content has no list of citations.", reason="no citations")
        for place, citation in objects(citations):
            if text(citation.get("content")) is None:
                yield answer.violates(
                    at, f"Citation {place} has no content.", actual=citation, reason="no content"
                )
                break


@rule(
    "EXTENSION-003",
    must="answer in a message of the assistant",
    clause=_MESSAGE,
    operations=EXTENSION_CHAT,
)
def the_assistant_answers(answer: Grounded) -> Iterator[Violation]:
    """One message of role assistant in each choice."""
    for at, said in answer.choices:
        if said and not any(each.role == "assistant" for each in said):
            yield answer.violates(f"{at}/messages", "No message of the assistant answers.")


@rule(
    "EXTENSION-004",
    must="end the turn with the last message of a choice, and with no other",
    clause=f"{_MESSAGE}/properties/end_turn",
    operations=EXTENSION_CHAT,
)
def the_last_ends_the_turn(answer: Grounded) -> Iterator[Violation]:
    """`end_turn` is true in the last message alone."""
    for _, said in answer.choices:
        for place, each in enumerate(said):
            ends, last = each.message.get("end_turn"), place == len(said) - 1
            if isinstance(ends, bool) and ends is not last:
                yield answer.violates(
                    f"{each.at}/end_turn",
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
def references_are_cited(answer: Grounded) -> Iterator[Violation]:
    """Each [docN] has a citation of that number."""
    for _, said in answer.choices:
        found = answer.tool_content(said)
        citations = members(found[1] if found else None).get("citations")
        if not isinstance(citations, list):
            continue
        for each in said:
            numbers = {int(number) for number in _REFERENCE.findall(each.content or "")}
            beyond = sorted(number for number in numbers if not 1 <= number <= len(citations))
            if each.role == "assistant" and beyond:
                yield answer.violates(
                    f"{each.at}/content",
                    "The answer refers to a document that is not cited.",
                    expected=f"[doc1] to [doc{len(citations)}]",
                    actual=f"[doc{beyond[0]}]",
                )


@rule(
    "EXTENSION-006",
    must="end a stream with a delta that says [DONE] and ends the turn, or with [DONE] as data",
    clause=_STREAM,
    operations=EXTENSION_CHAT,
    note="The prose has a message whose delta's content is [DONE] and whose end_turn is true; the terminator "
    "of every other stream may stand there too.",
)
def the_stream_ends(stream: GroundedStream) -> Iterator[Violation]:
    """A client that waits for an end must not wait for ever."""
    stream.require_whole()
    last = stream.deltas[-1] if stream.deltas else None
    said = last is not None and last[2].get("content") == _DONE
    if not said and not stream.done_events:
        yield stream.violates("", "The stream has no end marker.", expected=_DONE, reason="missing")
    elif said and last is not None and last[1].get("end_turn") is not True:
        yield stream.violates(
            "",
            "The last delta does not end the turn.",
            expected=True,
            actual=last[1].get("end_turn"),
            reason="end_turn",
        )


@rule(
    "EXTENSION-007",
    must="stream what the tool found before what the assistant says",
    clause=_STREAM,
    operations=EXTENSION_CHAT,
)
def the_tool_streams_first(stream: GroundedStream) -> Iterator[Violation]:
    """A delta of role tool with citations, then the assistant's."""
    stream.require_whole()
    roles = [text(delta.get("role")) for _, _, delta in stream.deltas if text(delta.get("role"))]
    if not stream.deltas:
        return
    if "tool" not in roles:
        yield stream.violates("", "No delta tells what was found.", reason="no tool")
    elif "assistant" in roles and roles.index("assistant") < roles.index("tool"):
        yield stream.violates("", "The assistant speaks before the tool.", reason="order")
    tool = "".join(
        text(delta.get("content")) or "" for _, _, delta in stream.deltas if text(delta.get("role")) == "tool"
    )
    if tool:
        try:
            content = members(parse_strictly(tool))
        except ValueError:
            content = {}
        if not isinstance(content.get("citations"), list):
            yield stream.violates("", "The tool's delta has no list of citations.", reason="no citations")


@rule(
    "EXTENSION-008",
    should="number the messages of a choice's deltas, the tool's 0 and the assistant's 1",
    clause=_STREAM,
    operations=EXTENSION_CHAT,
)
def messages_are_numbered(stream: GroundedStream) -> Iterator[Violation]:
    """The numbers never go back."""
    known = -1
    for index, message, _ in stream.deltas:
        number = message.get("index")
        if isinstance(number, int) and not isinstance(number, bool):
            if number < known:
                yield Violation("", "The messages are not in order.", f"{known} or more", number, chunk=index)
                return
            known = number


@rule(
    "EXTENSION-009",
    should="say what the tool searched for beside what it found",
    clause=_MESSAGE,
    operations=EXTENSION_CHAT,
    note="Every example of the page has intent beside citations; no sentence demands it.",
)
def the_tool_tells_its_intent(answer: Grounded) -> Iterator[Violation]:
    """`intent` is a text in the tool's content."""
    for _, said in answer.choices:
        found = answer.tool_content(said)
        if found is not None and isinstance(found[1], dict) and text(found[1].get("intent")) is None:
            yield answer.violates(found[0], "The tool's content has no intent.", reason="no intent")


@rule(
    "EXTENSION-010",
    must="cite no more documents than were asked for",
    clause=f"{_SCHEMAS}/extensionsChatCompletionsRequest/properties/dataSources",
    operations=EXTENSION_CHAT,
    note="topNDocuments of one data source; with several, their sum.",
)
def cites_no_more_than_asked(answer: Counted) -> Iterator[Violation]:
    """The number of top documents bounds what an answer is made from."""
    most = answer.most or 0
    for _, said in answer.choices:
        found = answer.tool_content(said)
        citations = members(found[1] if found else None).get("citations")
        if found is not None and isinstance(citations, list) and len(citations) > most:
            yield answer.violates(
                found[0],
                "More documents are cited than were asked for.",
                expected=most,
                actual=len(citations),
            )


@rule(
    "EXTENSION-011",
    should="find something to cite for an answer that is within the data",
    clause=_MESSAGE,
    operations=EXTENSION_CHAT,
    note="A search may find nothing, and an answer may do without: judged only where the answer refers to "
    "documents, and inScope is not false.",
)
def something_is_cited(answer: Grounded) -> Iterator[Violation]:
    """An empty list beside an answer that refers to documents."""
    scopes = [
        members(source.get("parameters")).get("inScope", True)
        for _, source in objects(answer.sent.get("dataSources"))
    ]
    if False in scopes:
        return
    for _, said in answer.choices:
        found = answer.tool_content(said)
        citations = members(found[1] if found else None).get("citations")
        answered = any(
            each.role == "assistant" and _REFERENCE.search(each.content or "") is not None for each in said
        )
        if found is not None and citations == [] and answered:
            yield answer.violates(found[0], "The answer refers to documents, and none is cited.")


@rule(
    "EXTENSION-012",
    must="bear one id in every chunk of a stream",
    clause=_STREAM,
    operations=EXTENSION_CHAT,
)
def one_id_in_a_stream(stream: GroundedStream) -> Iterator[Violation]:
    """The first id that is not empty."""
    known: str | None = None
    for chunk in stream.chunks:
        id_ = text(chunk.json.get("id"))
        if id_ and known is not None and id_ != known:
            yield chunk.violates("/id", "The id changes within the stream.", expected=known, actual=id_)
            return
        known = known or id_ or None


@rule(
    "EXTENSION-013",
    must="end the turn once in a stream",
    clause=_STREAM,
    operations=EXTENSION_CHAT,
)
def the_turn_ends_once(stream: GroundedStream) -> Iterator[Violation]:
    """`end_turn` is true in the last message alone."""
    ends = [place for place, (_, message, _) in enumerate(stream.deltas) if message.get("end_turn") is True]
    if len(ends) > 1:
        index = stream.deltas[ends[0]][0]
        yield Violation("/choices/0/messages", "The turn ends more than once.", 1, len(ends), chunk=index)


@rule(
    "EXTENSION-014",
    must="give as created the Unix time in seconds",
    clause=f"{_SCHEMAS}/extensionsChatCompletionsResponse/properties/created",
    operations=EXTENSION_CHAT,
)
def created_is_in_seconds(answer: Grounded) -> Iterator[Violation]:
    """Milliseconds are the usual mistake."""
    created = answer.json.get("created")
    if whole(created) is not None and not is_unix_seconds(created):
        yield answer.violates(
            "/created", "The time is none in Unix seconds.", expected="Unix seconds", actual=created
        )
