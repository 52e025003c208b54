"""Faults of conversations and their items."""

from __future__ import annotations

from collections.abc import Iterator

from aoai_emulator.content.seeding import resource_id
from aoai_emulator.faults.conditions import has, objects_in, path_id
from aoai_emulator.faults.edits import add, compute, map_list, map_text, set_text, set_to
from aoai_emulator.faults.topics import Topic
from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.http.rejections import Rejection
from aoai_emulator.http.requests import AcceptedRequest, IncomingRequest
from aoai_emulator.storage.responses import Conversation, Conversations

CONVERSATIONS = Topic("conversations", document="azure-openai@v1")
_ONE = "conversation-create|conversation-get|conversation-update.response"
_LIST = "conversation-item-list.response"
_BY_ID = "conversation-get|conversation-update|conversation-delete|conversation-item-list"
_MOST_REMEMBERED = 50


class _Removed:
    """The conversations that were deleted since a fault began."""

    def __init__(self) -> None:
        self.conversations: dict[str, Conversation] = {}


# fmt: off
CONVERSATIONS.edit("conversation-object-wrong", "`object` of a conversation is `thread`.",
    at=f"{_ONE} /object", edit=set_to("thread"))
CONVERSATIONS.edit("conversation-id-changes", "A conversation has another `id` when it is retrieved.",
    at="conversation-get.response /id", edit=compute(lambda _: resource_id("conv_")))
CONVERSATIONS.edit("conversation-created-changes", "`created_at` is later when a conversation is retrieved.",
    at="conversation-get.response /created_at", edit=add(60))
CONVERSATIONS.edit("conversation-metadata-dropped", "A conversation lacks the `metadata` that was sent.",
    at=f"{_ONE} /metadata", edit=set_to({}))
CONVERSATIONS.edit("conversation-update-ignored", "An update of a conversation has no effect.",
    at="conversation-update.response /metadata", edit=set_to({"unchanged": "yes"}), when=has("metadata"))
CONVERSATIONS.edit("conversation-delete-denied", "`deleted` is false after a successful deletion.",
    at="conversation-delete.response /deleted", edit=set_to(False))
CONVERSATIONS.edit("conversation-delete-of-another", "A deletion confirms the id of another conversation.",
    at="conversation-delete.response /id", edit=compute(lambda _: resource_id("conv_")))
CONVERSATIONS.respond("conversation-unknown-found",
    "The id of an unknown conversation is answered with 200 and `{}`.", at=f"{_BY_ID}.reply:404", status=200)
CONVERSATIONS.alter("conversation-unknown-breaks-server", "The id of an unknown conversation fails with 500.",
    at=f"{_BY_ID}.relations", matching=lambda rejection: rejection.status == 404, status=500)
CONVERSATIONS.edit("conversation-added-item-lost", "The last of the items that were added is not returned.",
    at="conversation-item-create.response /data", edit=map_list(lambda items: items[:-1]))
CONVERSATIONS.edit("conversation-items-missing", "The list of items is empty.", at=f"{_LIST} /data",
    edit=set_to([]))
CONVERSATIONS.edit("conversation-items-order-ignored", "Items are in the opposite order.",
    at=f"{_LIST} /data", edit=map_list(lambda items: items[::-1]))
CONVERSATIONS.edit("conversation-items-first-id-wrong", "`first_id` is not the id of the first item.",
    at=f"{_LIST} /first_id", edit=set_text("{value}0"))
CONVERSATIONS.edit("conversation-items-last-id-wrong", "`last_id` is not the id of the last item.",
    at=f"{_LIST} /last_id", edit=set_text("{value}0"))
CONVERSATIONS.edit("conversation-items-object-wrong", "`object` of the list of items is `items`.",
    at=f"{_LIST} /object", edit=set_to("items"))
CONVERSATIONS.edit("conversation-item-changed", "An item has another text when it is retrieved.",
    at="conversation-item-get.response /content/*/text", edit=map_text(str.upper))
CONVERSATIONS.edit("conversation-item-id-changes", "An item has another `id` when it is retrieved.",
    at="conversation-item-get.response /id", edit=set_text("{value}0"))
# fmt: on


@CONVERSATIONS.code("conversation-not-continued", at="response-create.response")
def discard_turn(body: JsonObject, request: AcceptedRequest) -> None:
    """A response is not added to its conversation."""
    named = request.fields.get("conversation")
    conversation_id = named.get("id") if isinstance(named, dict) else named
    conversation = request.memory.store(Conversations).all.get(str(conversation_id))
    for item in objects_in(body, "output") if conversation is not None else ():
        if conversation is not None:
            conversation.items.pop(str(item.get("id")), None)


@CONVERSATIONS.code("conversation-item-still-listed", at="conversation-item-delete.relations")
def keep_item(found: Iterator[Rejection], request: IncomingRequest) -> Iterator[Rejection]:
    """A deleted item is still in its conversation."""
    conversation = request.memory.store(Conversations).all.get(path_id(request))
    item_id = list(request.path_values.values())[-1]
    if conversation is not None and item_id in conversation.items:
        item = conversation.items[item_id]
        request.memory.store(_RemovedItems).items[item_id] = item
    return found


@CONVERSATIONS.code("conversation-item-still-listed", at="conversation-item-delete.response")
def restore_item(body: JsonObject, request: AcceptedRequest) -> None:
    """A deleted item is still in its conversation."""
    del body
    conversation = request.memory.store(Conversations).all.get(path_id(request))
    item_id = list(request.path_values.values())[-1]
    item = request.memory.store(_RemovedItems).items.pop(item_id, None)
    if conversation is not None and item is not None:
        conversation.add([item])


@CONVERSATIONS.code("conversation-deleted-still-found", at="conversation-delete.relations")
def remember_deleted(found: Iterator[Rejection], request: IncomingRequest) -> Iterator[Rejection]:
    """A deleted conversation can still be retrieved."""
    conversation = request.memory.store(Conversations).all.get(path_id(request))
    removed = request.memory.store(_Removed).conversations
    if conversation is not None and len(removed) < _MOST_REMEMBERED:
        removed[conversation.id] = conversation
    return found


@CONVERSATIONS.code("conversation-deleted-still-found", at="conversation-delete.response")
def undo_deletion(body: JsonObject, request: AcceptedRequest) -> None:
    """A deleted conversation can still be retrieved."""
    if removed := request.memory.store(_Removed).conversations.get(str(body.get("id"))):
        request.memory.store(Conversations).keep(removed)


class _RemovedItems:
    """The items that a fault keeps while they are deleted."""

    def __init__(self) -> None:
        self.items: dict[str, JsonObject] = {}
