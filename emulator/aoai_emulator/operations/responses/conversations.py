"""Conversations: created, described, updated and deleted, with their items."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from aoai_emulator.content.responses.drafts import shown
from aoai_emulator.content.responses.input_items import stored_items
from aoai_emulator.content.seeding import resource_id
from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.http.rejections import Rejection, RejectionError, invalid_request
from aoai_emulator.http.requests import AcceptedRequest
from aoai_emulator.operations.resources.files import path_id
from aoai_emulator.operations.responses.pages import (
    include_rejections,
    includes,
    metadata_rejections,
    not_found,
    page_of,
    page_rejections,
)
from aoai_emulator.operations.service import JsonResponse, Service, ServiceResponse
from aoai_emulator.storage.responses import Conversation, Conversations

#: How many items a request may add.
_MOST_NEW_ITEMS = 20


def _described(conversation: Conversation) -> JsonObject:
    return {
        "id": conversation.id,
        "object": "conversation",
        "created_at": conversation.created,
        "metadata": conversation.metadata,
    }


def _creates(request: AcceptedRequest) -> Iterator[Rejection]:
    yield from metadata_rejections(request.fields)
    yield from _few_items(request)


def _few_items(request: AcceptedRequest) -> Iterator[Rejection]:
    count = len(request.fields.get("items") or ())
    if count > _MOST_NEW_ITEMS:
        yield invalid_request(
            f"Invalid 'items': expected at most {_MOST_NEW_ITEMS} items, but got {count}.",
            param="items",
            code="array_above_max_length",
        )


async def _create(request: AcceptedRequest) -> ServiceResponse:
    now = int(request.memory.clock())
    conversation = Conversation(resource_id("conv_"), now, request.fields.get("metadata", {}))
    conversation.add(stored_items(request.fields.get("items")))
    request.memory.store(Conversations).keep(conversation)
    return JsonResponse(_described(conversation))


def _exists(request: AcceptedRequest) -> Iterator[Rejection]:
    """Require that the conversation in the path exists."""
    if path_id(request) not in request.memory.store(Conversations).all:
        yield not_found("Conversation", path_id(request))


def _found(request: AcceptedRequest) -> Conversation:
    found = request.memory.store(Conversations).all.get(path_id(request))
    if found is None:
        raise RejectionError(not_found("Conversation", path_id(request)))
    return found


async def _get(request: AcceptedRequest) -> ServiceResponse:
    return JsonResponse(_described(_found(request)))


def _updates(request: AcceptedRequest) -> Iterator[Rejection]:
    yield from _exists(request)
    yield from metadata_rejections(request.fields)


async def _update(request: AcceptedRequest) -> ServiceResponse:
    conversation = _found(request)
    conversation.metadata = request.fields.get("metadata", {})
    return JsonResponse(_described(conversation))


async def _delete(request: AcceptedRequest) -> ServiceResponse:
    conversation = _found(request)
    del request.memory.store(Conversations).all[conversation.id]
    return JsonResponse({"id": conversation.id, "object": "conversation.deleted", "deleted": True})


def _lists_items(request: AcceptedRequest) -> Iterator[Rejection]:
    yield from _exists(request)
    yield from include_rejections(request)
    yield from page_rejections(request.query)


async def _list_items(request: AcceptedRequest) -> ServiceResponse:
    include = includes(request)
    return JsonResponse(page_of([shown(item, include) for item in _found(request).items.values()], request))


def _adds_items(request: AcceptedRequest) -> Iterator[Rejection]:
    yield from _exists(request)
    yield from include_rejections(request)
    yield from _few_items(request)


async def _add_items(request: AcceptedRequest) -> ServiceResponse:
    """Add items, and return them in their order."""
    items = stored_items(request.fields.get("items"))
    _found(request).add(items)
    include = includes(request)
    return JsonResponse(
        {
            "object": "list",
            "data": [shown(item, include) for item in items],
            "first_id": items[0]["id"] if items else None,
            "last_id": items[-1]["id"] if items else None,
            "has_more": False,
        }
    )


def _item_id(request: AcceptedRequest) -> str:
    return list(request.path_values.values())[-1]


def _item_exists(request: AcceptedRequest) -> Iterator[Rejection]:
    """Require that the conversation in the path exists, and that it has the item."""
    yield from _exists(request)
    found = request.memory.store(Conversations).all.get(path_id(request))
    if found is not None and _item_id(request) not in found.items:
        yield not_found("Item", _item_id(request))


def _item_is_shown(request: AcceptedRequest) -> Iterator[Rejection]:
    yield from _item_exists(request)
    yield from include_rejections(request)


async def _get_item(request: AcceptedRequest) -> ServiceResponse:
    item = _found(request).items.get(_item_id(request))
    if item is None:
        raise RejectionError(not_found("Item", _item_id(request)))
    return JsonResponse(shown(item, includes(request)))


async def _delete_item(request: AcceptedRequest) -> ServiceResponse:
    conversation = _found(request)
    conversation.items.pop(_item_id(request), None)
    return JsonResponse(_described(conversation))


SERVICES: Iterable[Service] = (
    Service("conversation-create", "createConversation", _creates, _create),
    Service("conversation-get", "retrieveConversation", _exists, _get),
    Service("conversation-update", "updateConversation", _updates, _update),
    Service("conversation-delete", "deleteConversation", _exists, _delete),
    Service("conversation-item-list", "listConversationItems", _lists_items, _list_items),
    Service("conversation-item-create", "createConversationItems", _adds_items, _add_items),
    Service("conversation-item-get", "retrieveConversationItem", _item_is_shown, _get_item),
    Service("conversation-item-delete", "deleteConversationItem", _item_exists, _delete_item),
)
