"""Flows of conversations: created, changed, filled with items, listed and deleted."""

from __future__ import annotations

from aoai_model.serialization import Json
from aoai_strategies.flows.steps import Flow, Step, absent, of

#: Ids in the format of the service that nothing has.
UNKNOWN_CONVERSATION = "conv_000000000000000000000000000000000000000000000000"
UNKNOWN_ITEM = "msg_000000000000000000000000000000000000000000000000"


def _message(text: str) -> Json:
    return {"type": "message", "role": "user", "content": text}


def _items(name: str, **query: str) -> Step:
    return Step(name, "conversation-item-list", of("create"), query=query)


_GONE = "A deleted conversation is not found."

FLOWS: tuple[Flow, ...] = (
    Flow(
        "life",
        "flow.conversations",
        "A conversation can be retrieved and changed until it is deleted.",
        (
            Step(
                "create",
                "conversation-create",
                json={"items": [_message("Say hi.")], "metadata": {"purpose": "test"}},
            ),
            Step("get", "conversation-get", of("create")),
            Step("update", "conversation-update", of("create"), json={"metadata": {"purpose": "changed"}}),
            Step("get-updated", "conversation-get", of("create")),
            Step("delete", "conversation-delete", of("create")),
            Step("get-deleted", "conversation-get", of("create")).expect_rejection(
                "conversation:deleted", _GONE
            ),
            _items("items-deleted").expect_rejection("conversation:deleted", _GONE, "should"),
        ),
    ),
    Flow(
        "items",
        "flow.conversations",
        "The items of a conversation are listed in both orders, page by page, until they are deleted.",
        (
            Step("create", "conversation-create", json={"items": [_message("Say one.")]}),
            Step(
                "add",
                "conversation-item-create",
                of("create"),
                json={"items": [_message("Say two."), _message("Say three.")]},
            ),
            _items("whole"),
            _items("ascending", order="asc"),
            _items("first-page", limit="1", order="asc"),
            _items("next-page", limit="1", order="asc", after=of("first-page", "/last_id")),
            _items("rest", order="asc", after=of("first-page", "/last_id")),
            Step("get-item", "conversation-item-get", of("add", "/data/0/id"), of("create")),
            Step("delete-item", "conversation-item-delete", of("add", "/data/0/id"), of("create")),
            Step(
                "get-deleted-item", "conversation-item-get", of("add", "/data/0/id"), of("create")
            ).expect_rejection("conversation-item:deleted", "A deleted item is not found."),
            _items("without", order="asc"),
            Step("delete", "conversation-delete", of("create")),
        ),
    ),
    Flow(
        "absent",
        "flow.conversations",
        "A conversation that does not exist is not found.",
        (
            *absent(
                ("conversation-get", "conversation-item-list", "conversation-delete"),
                "conversation",
                UNKNOWN_CONVERSATION,
            ),
            Step("create", "conversation-create", json={}),
            Step("item-unknown", "conversation-item-get", UNKNOWN_ITEM, of("create")).expect_rejection(
                "conversation-item:unknown", "No item has this id."
            ),
        ),
    ),
)
