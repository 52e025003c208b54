"""Streams of chats with data sources: metadata, order of messages, and end."""

from __future__ import annotations

from collections.abc import Iterator

from aoai_conformance.json_access import objects, text, whole
from aoai_conformance.rule import rule
from aoai_conformance.views.on_your_data import EXTENSION_CHAT, OnYourDataStream
from aoai_conformance.views.on_your_data_chunks import DONE, Piece, find_role, joined
from aoai_conformance.views.stream_events import ends_choice
from aoai_model.verdict import Violation

_STREAM = (
    "azure-openai@2023-12-01-preview#/components/schemas/extensionsChatCompletionsRequest/properties/stream"
)
_MESSAGE = "azure-openai@2023-12-01-preview#/components/schemas/extensionsAnswerMessage"
_OBJECTS = ("chat.completion.chunk", "extensions.chat.completion.chunk")
_ROLES = ("tool", "assistant")


@rule(
    "EXTENSION-006",
    must="end a stream with a delta with the content [DONE] and end_turn, or with [DONE] as data",
    clause=_STREAM,
    operations=EXTENSION_CHAT,
    note="The page describes a delta with the content [DONE] and an end_turn of true. The terminator of "
    "all other streams is accepted, too.",
)
def stream_has_an_end_marker(stream: OnYourDataStream) -> Iterator[Violation]:
    """Otherwise clients wait for the end forever."""
    stream.require_whole()
    last = stream.pieces[-1] if stream.pieces else None
    marked = last is not None and last.marks_end
    if not marked and not stream.done_events:
        yield stream.violates("", "The stream has no end marker.", expected=DONE, reason="missing")
    elif marked and last is not None and not last.ends_turn:
        yield stream.violates(
            "",
            "The last delta does not end the turn.",
            expected=True,
            actual=last.holder.get("end_turn"),
            reason="end_turn",
        )


@rule(
    "EXTENSION-007",
    must="stream the tool's message before the assistant's",
    clause=_STREAM,
    operations=EXTENSION_CHAT,
)
def streams_the_tool_message_first(stream: OnYourDataStream) -> Iterator[Violation]:
    """A delta with role `tool` comes before the assistant's."""
    stream.require_whole()
    for messages in joined(stream.pieces).values():
        roles = [find_role(message) for message in messages]
        if "tool" not in roles:
            yield stream.violates("", "The stream has no delta of the tool.", reason="no tool")
        elif "assistant" in roles and roles.index("assistant") < roles.index("tool"):
            yield stream.violates("", "The assistant's deltas come before the tool's.", reason="order")


@rule(
    "EXTENSION-008",
    should="set the index of messages in deltas to 0 for the tool and 1 for the assistant",
    clause=_STREAM,
    operations=EXTENSION_CHAT,
    note="A stream may have no indices; the format with one delta for each choice has none.",
)
def messages_are_numbered(stream: OnYourDataStream) -> Iterator[Violation]:
    """Indices start at 0, never decrease and have no gaps; either all fragments have one, or none."""
    numbered = [piece for piece in stream.pieces if piece.is_numbered]
    if all(piece.number is None for piece in numbered):
        return
    first = 0 if any(piece.role == "tool" for piece in numbered) else 1
    known: dict[int | None, int] = {}
    for piece in numbered:
        last = known.get(piece.choice, first - 1)
        if piece.number is None or not max(last, first) <= piece.number <= last + 1:
            yield piece.place.violates(
                "/index",
                "The messages are not numbered in order.",
                expected=f"{last} or {last + 1}" if last >= first else first,
                actual=piece.number,
                reason="unnumbered" if piece.number is None else "order",
            )
            return
        known[piece.choice] = piece.number


@rule(
    "EXTENSION-012",
    must="repeat the same id in every chunk of a stream",
    clause=_STREAM,
    operations=EXTENSION_CHAT,
)
def one_id_in_a_stream(stream: OnYourDataStream) -> Iterator[Violation]:
    """All ids equal the first one that is not empty; a chunk without content need not have one."""
    known = next((id_ for chunk in stream.chunks if (id_ := text(chunk.json.get("id")))), None)
    for chunk in stream.chunks:
        id_ = text(chunk.json.get("id"))
        if known is not None and id_ is not None and id_ != known and (id_ or chunk.choices):
            yield chunk.violates("/id", "The id changes within the stream.", expected=known, actual=id_)
            return


@rule(
    "EXTENSION-013",
    must="end the turn exactly once in a stream, after all content",
    clause=_STREAM,
    operations=EXTENSION_CHAT,
)
def ends_the_turn_once(stream: OnYourDataStream) -> Iterator[Violation]:
    """`end_turn` is true in the last message alone."""
    for choice in {piece.choice for piece in stream.pieces}:
        own = [piece for piece in stream.pieces if piece.choice == choice]
        ends = [place for place, piece in enumerate(own) if piece.ends_turn]
        if len(ends) > 1:
            yield own[ends[0]].place.violates(
                "", "The turn ends more than once.", expected=1, actual=len(ends), reason="twice"
            )
        elif ends and (late := [piece for piece in own[ends[0] + 1 :] if piece.content]):
            yield late[0].place.violates(
                "", "The stream has content after the end of the turn.", reason="goes on"
            )


@rule(
    "EXTENSION-017",
    should="set object to chat.completion.chunk or extensions.chat.completion.chunk, the same in every chunk",
    clause=_STREAM,
    operations=EXTENSION_CHAT,
    note="The page shows no chunk; both values have been observed.",
)
def one_object_in_a_stream(stream: OnYourDataStream) -> Iterator[Violation]:
    """All chunks repeat the value of the first one."""
    known: str | None = None
    for chunk in stream.own_chunks:
        name = text(chunk.json.get("object"))
        if name is None:
            continue
        if name not in _OBJECTS:
            yield chunk.violates(
                "/object",
                "`object` is not that of a chat chunk.",
                expected=list(_OBJECTS),
                actual=name,
                reason="unknown",
            )
            return
        if known is not None and name != known:
            yield chunk.violates(
                "/object",
                "`object` changes within the stream.",
                expected=known,
                actual=name,
                reason="changes",
            )
            return
        known = name


@rule(
    "EXTENSION-018",
    should="repeat the same `created` and `model` in every chunk of a stream",
    clause=_STREAM,
    operations=EXTENSION_CHAT,
    note="The model may be empty in any chunk.",
)
def one_created_and_model_in_a_stream(stream: OnYourDataStream) -> Iterator[Violation]:
    """They describe the response, not the chunk."""
    for name, lawful in (("created", (None,)), ("model", (None, ""))):
        values = [(chunk, chunk.json.get(name)) for chunk in stream.own_chunks]
        known = next((value for _, value in values if value), None)
        for chunk, value in values:
            if known is not None and value not in lawful and value != known:
                yield chunk.violates(
                    f"/{name}",
                    f"`{name}` changes within the stream.",
                    expected=known,
                    actual=value,
                    reason="changes",
                )
                break


@rule(
    "EXTENSION-019",
    must="set one role for each streamed message, tool or assistant, and should do so before its content",
    clause=f"{_MESSAGE}/properties/role",
    operations=EXTENSION_CHAT,
    note="Each message has a role, and so has the message that is assembled from deltas.",
)
def one_role_in_a_message(stream: OnYourDataStream) -> Iterator[Violation]:
    """A delta may repeat the role; fragments without an index belong to the last role."""
    for messages in joined(stream.pieces).values():
        for message in messages:
            yield from _speaker(message)


def _speaker(message: tuple[Piece, ...]) -> Iterator[Violation]:
    speaker = find_role(message)
    spoken = next((place for place, piece in enumerate(message) if piece.content), None)
    named = next((place for place, piece in enumerate(message) if piece.role), None)
    other = next((piece for piece in message if piece.role and piece.role not in (speaker, *_ROLES)), None)
    if speaker is not None and speaker not in _ROLES:
        yield message[named or 0].message_at.violates(
            "/role",
            "The role is neither `tool` nor `assistant`.",
            expected=list(_ROLES),
            actual=speaker,
            reason="other role",
        )
    elif changed := next((piece for piece in message if piece.role and piece.role != speaker), other):
        yield changed.message_at.violates(
            "/role",
            "The role changes within the message.",
            expected=speaker,
            actual=changed.role,
            reason="changes",
        )
    elif spoken is not None and (named is None or named > spoken):
        yield message[spoken].message_at.violates(
            "/role",
            "The message has content before its role." if named else "The message has no role.",
            expected=list(_ROLES),
            reason="late" if named else "missing",
            level="should" if named else None,
        )


@rule(
    "EXTENSION-020",
    should="return a finish_reason once in a stream, with or after the last content",
    clause="azure-openai@2023-12-01-preview#/components/schemas/extensionsChatCompletionsResponse/properties/"
    "choices/items/properties/finish_reason",
    operations=EXTENSION_CHAT,
    note="The document declares the field but does not require it, so a stream may have none.",
)
def ends_the_choice_once(stream: OnYourDataStream) -> Iterator[Violation]:
    """The end marker may follow in a separate chunk."""
    ended: set[int | None] = set()
    for chunk in stream.own_chunks:
        for place, choice in objects(chunk.choices):
            index, at = whole(choice.get("index")), f"/choices/{place}"
            reason = choice.get("finish_reason")
            if index in ended and ends_choice(reason):
                yield chunk.violates(
                    f"{at}/finish_reason",
                    "The choice has a second finish_reason.",
                    actual=reason,
                    reason="twice",
                )
                return
            if index in ended and any(
                piece.content and not piece.marks_end
                for piece in stream.pieces
                if piece.place.chunk == chunk.index and piece.choice == index
            ):
                yield chunk.violates(
                    at, "The choice has content after its finish_reason.", reason="after the end"
                )
                return
            ended |= {index} if ends_choice(reason) else set()
