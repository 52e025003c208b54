"""The stored responses and conversations of one emulator; both are limited in number.

A response keeps its own input and output, and the id of the response before it: a deleted response takes its
part of a later conversation with it, without an error.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from aoai_emulator.content.responses.drafts import Draft
from aoai_emulator.http.json_text import JsonObject

MOST_RESPONSES = 1000
MOST_CONVERSATIONS = 500
#: How many responses before another one are read, and how many items a conversation keeps.
LONGEST_CHAIN = 256
MOST_ITEMS = 2000
#: The seconds after which a response in the background leaves the states queued and in_progress.
QUEUED, IN_PROGRESS = 0.2, 0.4


@dataclass(frozen=True, slots=True)
class StoredResponse:
    """One response: its final body, and what is needed to stream it again.

    `body` has everything that clients may ask to be included. `inputs` are the items of the request.
    `was_streamed` is whether the request asked for a stream, `shows_obfuscation` whether its deltas have it.
    """

    id: str
    created: float
    body: JsonObject
    drafts: tuple[Draft, ...]
    inputs: tuple[JsonObject, ...]
    previous: str | None = None
    in_background: bool = False
    was_streamed: bool = False
    is_cancelled: bool = False

    def status(self, now: float) -> str:
        """Return the status at a time."""
        if self.is_cancelled:
            return "cancelled"
        if self.in_background and not self.was_streamed:  # a stream is not over before its response
            age = now - self.created
            if age < IN_PROGRESS:
                return "queued" if age < QUEUED else "in_progress"
        return str(self.body["status"])

    def has_ended(self, now: float) -> bool:
        """Return whether the status is final."""
        return self.status(now) not in ("queued", "in_progress")

    @property
    def outputs(self) -> tuple[JsonObject, ...]:
        """The items of the output; none if the response was cancelled."""
        return () if self.is_cancelled else tuple(draft.item for draft in self.drafts)


class Responses:
    """Every stored response of one emulator by id, the oldest first."""

    def __init__(self) -> None:
        self.all: dict[str, StoredResponse] = {}

    def keep(self, response: StoredResponse) -> None:
        """Store a response, and forget the oldest one if there are too many."""
        self.all[response.id] = response
        if len(self.all) > MOST_RESPONSES:
            del self.all[next(iter(self.all))]

    def cancel(self, response: StoredResponse) -> StoredResponse:
        """Mark a response as cancelled."""
        cancelled = self.all[response.id] = replace(response, is_cancelled=True)
        return cancelled

    def history(self, response_id: str | None) -> list[JsonObject]:
        """Return the items of a response and of those before it, in their order."""
        links: list[StoredResponse] = []
        while response_id is not None and len(links) < LONGEST_CHAIN:
            found = self.all.get(response_id)
            if found is None:
                break
            links.append(found)
            response_id = found.previous
        return [item for link in reversed(links) for item in (*link.inputs, *link.outputs)]

    def item(self, item_id: str) -> JsonObject | None:
        """Return the item with an id, of any response, or None."""
        found = (item for each in self.all.values() for item in (*each.inputs, *each.outputs))
        return next((item for item in found if item.get("id") == item_id), None)


@dataclass(slots=True)
class Conversation:
    """One conversation: its items by id, in their order."""

    id: str
    created: int
    metadata: JsonObject
    items: dict[str, JsonObject] = field(default_factory=dict)

    def add(self, items: Sequence[JsonObject]) -> None:
        """Append items, and forget the first ones if there are too many."""
        for item in items:
            self.items[str(item["id"])] = item
        while len(self.items) > MOST_ITEMS:
            del self.items[next(iter(self.items))]


class Conversations:
    """Every conversation of one emulator by id, the oldest first."""

    def __init__(self) -> None:
        self.all: dict[str, Conversation] = {}

    def keep(self, conversation: Conversation) -> None:
        """Store a conversation, and forget the oldest one if there are too many."""
        self.all[conversation.id] = conversation
        if len(self.all) > MOST_CONVERSATIONS:
            del self.all[next(iter(self.all))]
