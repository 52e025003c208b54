"""Conversations: their metadata, their items, and the responses that they contain."""

from __future__ import annotations

from collections.abc import Iterator

from aoai_conformance.json_access import members, objects, text
from aoai_conformance.rule import FILES, STATEFUL, NotApplicable, rule
from aoai_conformance.views.flows import CreatedResource, ResourceHistory
from aoai_conformance.views.resource_identity import find_changes
from aoai_conformance.views.response_flows import (
    ResponseFlow,
    conversation_of,
    first_in_path,
    named_in_path,
)
from aoai_model.verdict import Violation

_DOCUMENT = "azure-openai@v1"
_PATHS = f"{_DOCUMENT}#/paths/~1conversations"
_ITEMS = f"{_PATHS}~1{{conversation_id}}~1items"
_SHOWN = frozenset({"conversation-create", "conversation-get", "conversation-update"})


@rule(
    "CONVERSATIONS-001",
    must="return the metadata of a conversation as requested",
    clause=f"{_PATHS}/post/requestBody",
    operations=frozenset({"conversation-create", "conversation-update"}),
)
def has_requested_metadata(reply: CreatedResource) -> Iterator[Violation]:
    """An update replaces the metadata."""
    requested = reply.sent.get("metadata")
    if not isinstance(requested, dict) or not requested:
        raise NotApplicable
    if members(reply.json.get("metadata")) != requested:
        yield reply.violates(
            "/metadata",
            "The metadata differs from that of the request.",
            expected=requested,
            actual=reply.json.get("metadata"),
            reason="differs",
        )


@rule(
    "CONVERSATIONS-002",
    must="return the conversation or item that the path names",
    clause=f"{_PATHS}~1{{conversation_id}}/get",
    operations=frozenset({"conversation-get", "conversation-update", "conversation-item-get"}),
)
def is_the_requested_one(reply: CreatedResource) -> Iterator[Violation]:
    """Compares the id in the path with the id in the response."""
    expected, actual = named_in_path(reply), text(reply.json.get("id"))
    if actual is not None and actual != expected:
        yield reply.violates(
            "/id", "The response is about another one.", expected=expected, actual=actual, reason="another"
        )


@rule(
    "CONVERSATIONS-003",
    must="keep the id, the time of creation and the metadata of a conversation until an update",
    clause=f"{_PATHS}~1{{conversation_id}}/get",
    operations=STATEFUL,
    flows_from=FILES,
)
def conversation_does_not_change(flow: ResponseFlow) -> Iterator[Violation]:
    """Only an update changes the metadata."""
    histories = ResourceHistory.of(flow, _SHOWN)
    yield from find_changes(histories, ("created_at",), "`{name}` of the conversation changes")
    parts = [part for history in histories for part in history.split_at(frozenset({"conversation-update"}))]
    yield from find_changes(parts, ("metadata",), "`{name}` of the conversation changes without an update")


@rule(
    "CONVERSATIONS-004",
    must="return the items that a request adds to a conversation, in their order",
    clause=f"{_ITEMS}/post",
    operations=frozenset({"conversation-item-create"}),
)
def returns_added_items(reply: CreatedResource) -> Iterator[Violation]:
    """Compares the number of items and the roles of messages."""
    sent = [each for _, each in objects(reply.sent.get("items"))]
    made = [each for _, each in objects(reply.json.get("data"))]
    if not sent or "data" not in reply.json:
        raise NotApplicable
    roles = [text(each.get("role")) for each in sent]
    if len(sent) != len(made):
        yield reply.violates(
            "/data",
            "The response does not have the items of the request.",
            expected=len(sent),
            actual=len(made),
            reason="count",
        )
    elif roles != [text(each.get("role")) for each in made]:
        yield reply.violates(
            "/data",
            "The roles of the items differ from the request.",
            expected=roles,
            actual=[text(each.get("role")) for each in made],
            reason="roles",
        )


@rule(
    "CONVERSATIONS-005",
    must="list the items of a conversation that were added and not deleted",
    clause=f"{_ITEMS}/get",
    operations=STATEFUL,
    flows_from=FILES,
    note="Judged by whole lists: without `after`, and with has_more false.",
)
def lists_its_items(flow: ResponseFlow) -> Iterator[Violation]:
    """Compares the ids."""
    kept: dict[str, list[str]] = {}
    gone: set[str] = set()
    judged = False
    for step in flow.sequence:
        conversation = first_in_path(step) or ""
        if not step.succeeded:
            continue
        if step.kind == "conversation-item-create":
            ids = [text(each.get("id")) or "" for _, each in objects(step.json.get("data"))]
            kept.setdefault(conversation, []).extend(filter(None, ids))
        elif step.kind == "conversation-item-delete":
            gone.add(named_in_path(step) or "")
        elif step.kind == "conversation-item-list":
            listed = [text(each.get("id")) for _, each in objects(step.json.get("data"))]
            is_whole = step.json.get("has_more") is False and "after" not in step.query
            judged = True
            for id_ in kept.get(conversation, ()):
                if is_whole and id_ not in gone and id_ not in listed:
                    yield step.violates(
                        "/data", "An item of the conversation is not listed", expected=id_, reason="missing"
                    )
                    break
            for other in listed:
                if other in gone:
                    message = "A deleted item of the conversation is listed"
                    yield step.violates("/data", message, actual=other, reason="deleted")
                    break
    if not judged:
        raise NotApplicable


@rule(
    "CONVERSATIONS-006",
    must="add the output of a response to its conversation",
    clause=f"{_DOCUMENT}#/components/schemas/OpenAI.CreateResponse/properties/conversation",
    operations=STATEFUL,
    flows_from=FILES,
    note="Judged by whole lists that follow an ended response of the conversation.",
)
def contains_its_responses(flow: ResponseFlow) -> Iterator[Violation]:
    """The next response continues from it."""
    made: dict[str, list[str]] = {}
    for step in flow.sequence:
        shown, conversation = flow.shown_by(step), conversation_of(step)
        if step.kind == "response-create" and shown is not None and conversation and shown.has_ended:
            ids = [text(each.get("id")) or "" for _, each in objects(shown.body.get("output"))]
            made.setdefault(conversation, []).extend(filter(None, ids))
        elif step.kind == "conversation-item-list" and step.succeeded:
            if step.json.get("has_more") is not False or "after" in step.query:
                continue
            listed = [text(each.get("id")) for _, each in objects(step.json.get("data"))]
            for id_ in made.get(first_in_path(step) or "", ()):
                if id_ not in listed:
                    message = "The output of a response is not in its conversation"
                    yield step.violates("/data", message, expected=id_, reason="output")
                    break


_WITH_ITEMS = frozenset({"conversation-item-create", "conversation-item-list"})


@rule(
    "CONVERSATIONS-007",
    must="return an item of a conversation with the same content in every response",
    clause=f"{_ITEMS}~1{{item_id}}/get",
    operations=STATEFUL,
    flows_from=FILES,
)
def items_do_not_change(flow: ResponseFlow) -> Iterator[Violation]:
    """Compares the roles and the content of items with the same id."""
    known: dict[str, object] = {}
    for step in flow.sequence:
        if not step.succeeded:
            continue
        shown = objects(step.json.get("data")) if step.kind in _WITH_ITEMS else []
        found = [(f"/data/{place}", each) for place, each in shown]
        if step.kind == "conversation-item-get":
            found = [("", step.json)]
        for at, each in found:
            id_, content = text(each.get("id")), each.get("content")
            if id_ and content is not None and known.setdefault(id_, content) != content:
                yield step.violates(
                    f"{at}/content",
                    "The content of the item changes",
                    expected=str(known[id_]),
                    actual=str(content),
                    reason="content",
                )
                return
