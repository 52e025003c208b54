"""The chunks of a streamed response from data sources, and the message lists assembled from them.

Two forms are known: each choice has `messages` with a delta each, the last with the content [DONE]; or each
choice has one `delta`, with the search results in its context.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from aoai_conformance.json_access import members, objects, text, whole
from aoai_conformance.rule import Place
from aoai_conformance.views.assembly.bodies import Assembled, Origin, collect_head
from aoai_model.verdict import Violation

if TYPE_CHECKING:
    from aoai_conformance.chunks import Chunk, Chunks

#: The content of the last message of a stream.
DONE = "[DONE]"


@dataclass(frozen=True, slots=True)
class BodyPart(Place):
    """A place: a pointer into the body or, if `chunk` is set, into the chunk with this index."""

    pointer: str
    chunk: int | None = None

    def locate(self, violation: Violation) -> Violation:
        """Return a violation inside this part as a violation of the response or chunk."""
        return replace(violation, pointer=f"{self.pointer}{violation.pointer}", chunk=self.chunk)


@dataclass(frozen=True, slots=True)
class Piece:
    """What one chunk adds to one message; `whole_message` is a complete message from a context."""

    place: BodyPart
    choice: int | None
    delta: dict[str, Any]
    holder: dict[str, Any]
    whole_message: bool = False

    @property
    def number(self) -> int | None:
        """Return the number of the message; None if it has none, as in the form with one delta."""
        return whole(self.holder.get("index")) if self.is_numbered else None

    @property
    def is_numbered(self) -> bool:
        """Whether this is the form with numbered messages."""
        return "delta" in self.holder and not self.whole_message and "/messages/" in self.place.pointer

    @property
    def message_at(self) -> BodyPart:
        """Return the place of the role and the content."""
        return self.place if self.whole_message else BodyPart(f"{self.place.pointer}/delta", self.place.chunk)

    @property
    def choice_at(self) -> BodyPart:
        """Return the place of its choice."""
        return BodyPart("/".join(self.place.pointer.split("/")[:3]), self.place.chunk)

    @property
    def role(self) -> str | None:
        """Return the role, if it is set here."""
        return text(self.delta.get("role")) or None

    @property
    def content(self) -> str | None:
        """Return the content, if any."""
        return text(self.delta.get("content"))

    @property
    def ends_turn(self) -> bool:
        """Whether the piece ends the turn."""
        return self.holder.get("end_turn") is True

    @property
    def marks_end(self) -> bool:
        """Whether the piece only marks the end of the stream."""
        return self.content == DONE


def context_messages(context: Any) -> list[tuple[str, dict[str, Any]]]:
    """Return the messages of a context with their positions; bare citations are a tool's message."""
    found = members(context)
    listed = [(f"/messages/{place}", each) for place, each in objects(found.get("messages"))]
    if not listed and isinstance(found.get("citations"), list):
        return [("", {"role": "tool", "content": json.dumps(found)})]
    return listed


def collect_pieces(chunks: Iterable[Chunk]) -> tuple[Piece, ...]:
    """Return every piece of every choice, in the order received."""
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
    """Return the messages of each choice as lists of pieces, without the end marker.

    Pieces belong together by the number of their message or, without numbers, until the role changes.
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


def find_role(message: Iterable[Piece]) -> str | None:
    """Return the role of a message: the first role of its pieces."""
    return next((piece.role for piece in message if piece.role), None)


def join_content(message: Iterable[Piece]) -> str | None:
    """Return the joined content of a message; None if no piece has content."""
    contents = [piece.content for piece in message if piece.content is not None]
    return "".join(contents) if contents else None


def assemble_grounded(chunks: Chunks) -> Assembled:
    """Assemble the chunks into a response in the form with messages, choices ordered by index."""
    messages = joined(collect_pieces(chunks))
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
                {"role": find_role(each), "content": join_content(each)} for each in messages.get(index, ())
            ],
            "finish_reason": reasons[index],
        }
        for index in sorted(origins)
    ]
    body = {**collect_head(chunks), "choices": choices}
    return Assembled(body, tuple(origins[index] for index in sorted(origins)))
