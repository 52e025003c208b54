"""The input items of a response: those of its request, in both orders."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aoai_conformance.json_access import members, objects, text
from aoai_conformance.rule import FILES, STATEFUL, rule
from aoai_conformance.views.flows import Step
from aoai_conformance.views.response_flows import ResponseFlow, named_in_path, path_of
from aoai_model.verdict import Violation

_LIST = "azure-openai@v1#/paths/~1responses~1{response_id}~1input_items/get"
#: The default order of a list is that of the newest item first.
_ORDERS = {"asc", "desc"}


def _lists(flow: ResponseFlow, *kinds: str) -> Iterator[Step]:
    return (step for step in flow.done(*kinds) if isinstance(step.json.get("data"), list))


def _order(step: Step) -> str:
    return step.query.get("order", "desc")


def _is_whole(step: Step) -> bool:
    """Whether a list has all items: no page before it, and none after it."""
    return step.json.get("has_more") is False and not {"after", "before"} & step.query.keys()


def _ids(step: Step) -> list[str]:
    return [text(each.get("id")) or "" for _, each in objects(step.json.get("data"))]


def _written(item: dict[str, Any]) -> str | None:
    """Return the text of an input item: that of a message, or the output of a call; None for others."""
    content = item.get("content") if "content" in item else item.get("output")
    if isinstance(content, str):
        return content
    parts = [text(part.get("text")) for _, part in objects(content)]
    return "".join(filter(None, parts)) if any(parts) else None


def _sent_texts(step: Step) -> list[str]:
    """Return the texts of the input of a request, in order."""
    sent = step.sent.get("input")
    if isinstance(sent, str):
        return [sent]
    return [written for _, item in objects(sent) if (written := _written(item))]


@rule(
    "INPUT-ITEMS-001",
    must="list the input of the request that created a response",
    clause=f"{_LIST}/responses/200",
    operations=STATEFUL,
    flows_from=FILES,
    note="Compares the texts. Items of earlier responses or of the conversation may be listed, too; items of "
    "the response's own output are a SHOULD.",
)
def lists_the_input(flow: ResponseFlow) -> Iterator[Violation]:
    """Clients show the conversation from it."""
    sent: dict[str, list[str]] = {}
    made: dict[str, list[str]] = {}
    for step in flow.sequence:
        shown = flow.shown_by(step)
        if step.kind == "response-create" and shown is not None:
            sent[shown.id] = _sent_texts(step)
            made[shown.id] = [text(item.get("id")) or "" for _, item in objects(shown.body.get("output"))]
        elif step.kind == "response-input-items" and step.succeeded and _is_whole(step):
            own = set(_ids(step)) & set(filter(None, made.get(named_in_path(step) or "", ())))
            if own:
                yield step.violates(
                    "/data",
                    "The list of input items has an item of the output",
                    actual=sorted(own),
                    reason="output",
                    level="should",
                )
            listed = [_written(item) for _, item in objects(step.json.get("data"))]
            for each in sent.get(named_in_path(step) or "", ()):
                if each not in listed:
                    yield step.violates(
                        "/data", "An input item is not listed", expected=each, reason="missing"
                    )
                    break


@rule(
    "INPUT-ITEMS-002",
    must="list the same items in both orders, the one reversed",
    clause=f"{_LIST}/parameters",
    operations=STATEFUL,
    flows_from=FILES,
    note="This holds for the items of a conversation, too.",
)
def orders_are_reversed(flow: ResponseFlow) -> Iterator[Violation]:
    """Compares whole lists."""
    known: dict[str, tuple[str, list[str]]] = {}
    for step in flow.sequence:
        if step.kind in ("conversation-item-create", "conversation-item-delete", "response-create"):
            known.clear()
        if step.kind not in ("response-input-items", "conversation-item-list") or not step.succeeded:
            continue
        if not _is_whole(step) or _order(step) not in _ORDERS:
            continue
        ids, before = _ids(step), known.get(path_of(step))
        if before is None:
            known[path_of(step)] = (_order(step), ids)
            continue
        expected = before[1] if before[0] == _order(step) else before[1][::-1]
        if ids != expected:
            yield step.violates(
                "/data",
                f"The items in the order {_order(step)} are not those of the order {before[0]}, "
                + ("reversed" if before[0] != _order(step) else "again"),
                expected=expected,
                actual=ids,
                reason="order",
            )


@rule(
    "INPUT-ITEMS-003",
    must="list the newest item first by default and in the order desc, and the oldest first in the order asc",
    clause=f"{_LIST}/parameters",
    operations=STATEFUL,
    flows_from=FILES,
)
def order_is_that_of_the_request(flow: ResponseFlow) -> Iterator[Violation]:
    """Compares the texts of two or more messages of the request with the list."""
    sent: dict[str, list[str]] = {}
    for step in flow.sequence:
        shown = flow.shown_by(step)
        if step.kind == "response-create" and shown is not None:
            sent[shown.id] = _sent_texts(step)
        elif step.kind == "response-input-items" and step.succeeded and _order(step) in _ORDERS:
            wanted = sent.get(named_in_path(step) or "", [])
            listed = [_written(members(item)) for _, item in objects(step.json.get("data"))]
            places = [listed.index(each) for each in wanted if each in listed]
            expected = sorted(places, reverse=_order(step) == "desc")
            if len(set(wanted)) == len(wanted) and len(places) > 1 and places != expected:
                yield step.violates(
                    "/data",
                    f"The items are not in the order {_order(step)}",
                    expected=_order(step),
                    actual=listed,
                    reason="order",
                )
