"""What the chunks of a chat over data sources hold, piece by piece, and the answer that they amount to.

Two forms are known: `messages` with a delta each in every choice, the last of which says [DONE], and one
`delta` of the choice, with what the tool found in its context.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from aoai_conformance.json_access import members, objects, text, whole
from aoai_conformance.rule import Place
from aoai_conformance.views.stream_assembly import Assembled, Origin, head_of
from aoai_model.verdict import Violation

if TYPE_CHECKING:
    from aoai_conformance.views.exchange_views import Chunk

#: What the last message of a stream says.
DONE = "[DONE]"


@dataclass(frozen=True, slots=True)
class BodyPart(Place):
    """Where something stands: a pointer into the body or, where one is told, into the chunk of this index."""

    pointer: str
    chunk: int | None = None

    def locate(self, violation: Violation) -> Violation:
        """Return a violation below this part as one of the response or chunk."""
        return replace(violation, pointer=f"{self.pointer}{violation.pointer}", chunk=self.chunk)


@dataclass(frozen=True, slots=True)
class Piece:
    """What one chunk adds to one message; `whole_message` is one that a context holds, all of it."""

    place: BodyPart
    choice: int | None
    delta: dict[str, Any]
    holder: dict[str, Any]
    whole_message: bool = False

    @property
    def number(self) -> int | None:
        """The number of the message; None where it has none, as in the form of one delta."""
        return whole(self.holder.get("index")) if self.is_numbered else None

    @property
    def is_numbered(self) -> bool:
        """Whether this is the form in which messages can be numbered."""
        return "delta" in self.holder and not self.whole_message and "/messages/" in self.place.pointer

    @property
    def said_at(self) -> BodyPart:
        """Where its role and its content stand."""
        return self.place if self.whole_message else BodyPart(f"{self.place.pointer}/delta", self.place.chunk)

    @property
    def choice_at(self) -> BodyPart:
        """Where the choice stands that it is of."""
        return BodyPart("/".join(self.place.pointer.split("/")[:3]), self.place.chunk)

    @property
    def role(self) -> str | None:
        """Who says it; None where that is not told here."""
        return text(self.delta.get("role")) or None

    @property
    def content(self) -> str | None:
        """What is said; None where nothing is."""
        return text(self.delta.get("content"))

    @property
    def ends_turn(self) -> bool:
        """Whether the turn is said to end here."""
        return self.holder.get("end_turn") is True

    @property
    def marks_end(self) -> bool:
        """Whether it says nothing but that the stream ends."""
        return self.content == DONE


def context_messages(context: Any) -> list[tuple[str, dict[str, Any]]]:
    """The messages of a context, each with its place there; bare citations are what a tool found."""
    found = members(context)
    listed = [(f"/messages/{place}", each) for place, each in objects(found.get("messages"))]
    if not listed and isinstance(found.get("citations"), list):
        return [("", {"role": "tool", "content": json.dumps(found)})]
    return listed


def pieces_of(chunks: Iterable[Chunk]) -> tuple[Piece, ...]:
    """Every piece of every choice, in the order in which they came."""
    found: list[Piece] = []
    for chunk in chunks:
        for place, choice in objects(chunk.choices):
            at, index = f"/choices/{place}", whole(choice.get("index"))
            for number, message in objects(choice.get("messages")):
                where = BodyPart(f"{at}/messages/{number}", chunk.index)
                found.append(Piece(where, index, members(message.get("delta")), message))
            if isinstance(choice.get("delta"), dict):
                delta = choice["delta"]
                for inner, message in context_messages(delta.get("context")):
                    where = BodyPart(f"{at}/delta/context{inner}", chunk.index)
                    found.append(Piece(where, index, message, message, whole_message=True))
                found.append(Piece(BodyPart(at, chunk.index), index, delta, choice))
    return tuple(found)


def joined(pieces: Iterable[Piece]) -> dict[int, tuple[tuple[Piece, ...], ...]]:
    """For each choice its messages, each as the pieces that make it; the mark of the end is none.

    Pieces belong together by the number of their message or, where they have none, until another speaks.
    """
    gathered: dict[int, dict[object, list[Piece]]] = {}
    speaker: dict[int, str | None] = {}
    for piece in pieces:
        if piece.choice is None or piece.marks_end:
            continue
        messages = gathered.setdefault(piece.choice, {})
        key: object = piece.number
        if piece.whole_message:
            key = piece.place
        elif key is None:
            key = speaker[piece.choice] = piece.role or speaker.get(piece.choice)
        messages.setdefault(key, []).append(piece)
    return {choice: tuple(tuple(each) for each in messages.values()) for choice, messages in gathered.items()}


def role_of(message: Iterable[Piece]) -> str | None:
    """Who says a message: the first role that a piece of it has."""
    return next((piece.role for piece in message if piece.role), None)


def content_of(message: Iterable[Piece]) -> str | None:
    """What all pieces of a message say; None where none says anything."""
    said = [piece.content for piece in message if piece.content is not None]
    return "".join(said) if said else None


def assemble_grounded(chunks: tuple[Chunk, ...]) -> Assembled:
    """The answer that the chunks amount to, in the form of messages, choices ordered by index."""
    said = joined(pieces_of(chunks))
    reasons: dict[int, Any] = {}
    origins: dict[int, Origin] = {}
    for chunk in chunks:
        for place, choice in objects(chunk.choices):
            index = whole(choice.get("index"))
            if index is None:
                continue
            reason = choice.get("finish_reason") or None
            if reason is not None or reasons.get(index) is None:
                reasons[index], origins[index] = reason, Origin(chunk.index, place)
    choices = [
        {
            "index": index,
            "messages": [
                {"role": role_of(message), "content": content_of(message)} for message in said.get(index, ())
            ],
            "finish_reason": reasons[index],
        }
        for index in sorted(origins)
    ]
    body = {**head_of(chunks), "choices": choices}
    return Assembled(body, tuple(origins[index] for index in sorted(origins)))
