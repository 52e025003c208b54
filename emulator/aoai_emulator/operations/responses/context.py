"""The conversation of a request: what came before it, its own items, and the chat that they make."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from aoai_emulator.content.chat.conversation import Conversation as ReadConversation
from aoai_emulator.content.chat.conversation import read_conversation
from aoai_emulator.content.responses.chat_fields import chat_fields
from aoai_emulator.content.responses.input_items import stored_items
from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.http.requests import AcceptedRequest
from aoai_emulator.storage.responses import Conversations, Responses


@dataclass(frozen=True, slots=True)
class Context:
    """The items before a request, those of the request, and the fields of the chat that they make.

    `missing` is the id of an item that the input refers to and that does not exist.
    """

    earlier: tuple[JsonObject, ...]
    inputs: tuple[JsonObject, ...]
    chat: JsonObject
    read: ReadConversation
    missing: str | None = None

    @property
    def items(self) -> Sequence[JsonObject]:
        """All items in their order."""
        return (*self.earlier, *self.inputs)


def conversation_id(fields: JsonObject) -> str | None:
    """Return the id of the conversation that a request names, or None."""
    named: Any = fields.get("conversation")
    found = named.get("id") if isinstance(named, dict) else named
    return found if isinstance(found, str) else None


def context_of(request: AcceptedRequest) -> Context:
    """Return the conversation of a request; it is read once."""
    found: Context | None = request.read.get("context")
    if found is None:
        found = request.read["context"] = _read(request)
    return found


def _read(request: AcceptedRequest) -> Context:
    fields = request.fields
    responses = request.memory.store(Responses)
    earlier = responses.history(fields.get("previous_response_id"))
    conversation = request.memory.store(Conversations).all.get(conversation_id(fields) or "")
    if conversation is not None:
        earlier = list(conversation.items.values())
    inputs: list[JsonObject] = []
    missing = None
    for item in stored_items(fields.get("input")):
        if item["type"] != "item_reference":
            inputs.append(item)
            continue
        named = str(item["id"])
        known = next((each for each in (*earlier, *inputs) if each["id"] == named), None)
        referred = known or responses.item(named) or _in_conversations(request, named)
        if referred is None:
            missing = missing or named
        elif known is None:
            inputs.append(referred)
    chat = chat_fields(fields, [*earlier, *inputs])
    read = read_conversation(chat)
    earlier, chat, read = _truncated(request, earlier, inputs, chat, read)
    return Context(tuple(earlier), tuple(inputs), chat, read, missing)


def _in_conversations(request: AcceptedRequest, item_id: str) -> JsonObject | None:
    conversations = request.memory.store(Conversations).all.values()
    return next((each.items[item_id] for each in conversations if item_id in each.items), None)


def _truncated(
    request: AcceptedRequest,
    earlier: list[JsonObject],
    inputs: list[JsonObject],
    chat: JsonObject,
    read: ReadConversation,
) -> tuple[list[JsonObject], JsonObject, ReadConversation]:
    """Leave out the first items of a conversation that is too long, if the request allows it."""
    room = request.deployment.context_tokens - int(request.fields.get("max_output_tokens") or 0)
    while request.fields.get("truncation") == "auto" and read.tokens > room and earlier:
        earlier = earlier[(len(earlier) + 1) // 2 :]
        chat = chat_fields(request.fields, [*earlier, *inputs])
        read = read_conversation(chat)
    return earlier, chat, read
