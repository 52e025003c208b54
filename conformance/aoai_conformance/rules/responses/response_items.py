"""Output items and parts in streams: opened before their content, closed after it, indexed in order."""

from __future__ import annotations

from collections.abc import Iterator

from aoai_conformance.json_access import elements, members, text, whole
from aoai_conformance.rule import RESPONSE_STREAMS, NotApplicable, rule
from aoai_conformance.views.exchange_views import Chunk
from aoai_conformance.views.response_objects import is_by_program
from aoai_conformance.views.response_streams import (
    ADDED,
    DONE,
    PARTS,
    ResponseStream,
    StreamedItem,
    event_type,
)
from aoai_model.verdict import Violation

_SCHEMAS = "azure-openai@v1#/components/schemas"
_ADDED = f"{_SCHEMAS}/OpenAI.ResponseOutputItemAddedEvent/properties"
_PART = f"{_SCHEMAS}/OpenAI.ResponseContentPartAddedEvent/properties"
#: What identifies a call.
_OF_CALLS = ("call_id", "name")
_ITEMS = "https://www.openresponses.org/specification#items-are-streamable"


def _is_whole(stream: ResponseStream) -> bool:
    """Whether the stream begins with its first event."""
    return stream.is_whole


@rule(
    "ITEMS-001",
    must="open each output item with response.output_item.added, once and before its other events",
    clause=_ITEMS,
    operations=RESPONSE_STREAMS,
    when=_is_whole,
)
def opens_each_item(stream: ResponseStream) -> Iterator[Violation]:
    """Clients create the item at this event; deltas of an unknown item are lost, or break the client."""
    for item in stream.items:
        first = event_type(item.events[0])
        if first != ADDED:
            yield item.events[0].violates(
                "/output_index",
                f"Output item {item.index} has {first} before response.output_item.added."
                if item.added
                else f"Output item {item.index} has no response.output_item.added.",
                expected=ADDED,
                actual=first,
                reason="late" if item.added else "missing",
            )
        for again in item.added[1:]:
            message = f"Output item {item.index} is added a second time."
            yield again.violates("/output_index", message, actual=item.index, reason="twice")


@rule(
    "ITEMS-002",
    must="close each output item with response.output_item.done, once and after its other events",
    clause=_ITEMS,
    operations=RESPONSE_STREAMS,
)
def closes_each_item(stream: ResponseStream) -> Iterator[Violation]:
    """A response that failed or was cut off may leave its last item open, which is not judged."""
    is_completed = stream.final.get("status") == "completed"
    for item in stream.items:
        last = item.events[-1]
        if not item.done and is_completed:
            message = f"Output item {item.index} has no response.output_item.done."
            yield last.violates(
                "/output_index", message, expected=DONE, actual=event_type(last), reason="missing"
            )
        elif item.done and event_type(last) != DONE:
            message = f"Output item {item.index} has {event_type(last)} after response.output_item.done."
            yield last.violates(
                "/output_index", message, expected=DONE, actual=event_type(last), reason="early"
            )
        for again in item.done[1:]:
            message = f"Output item {item.index} is closed a second time."
            yield again.violates("/output_index", message, actual=item.index, reason="twice")


@rule(
    "ITEMS-003",
    must="number output items from 0 in the order in which they are added",
    clause=f"{_ADDED}/output_index",
    operations=RESPONSE_STREAMS,
    when=_is_whole,
)
def numbers_items_in_order(stream: ResponseStream) -> Iterator[Violation]:
    """SDKs append items as they are added, and then look them up by their index."""
    expected = 0
    for event in stream.sequence:
        if event_type(event) != ADDED:
            continue
        index = whole(event.json.get("output_index"))
        if index is not None and index != expected:
            yield event.violates(
                "/output_index",
                f"The item added as number {expected} has the index {index}.",
                expected=expected,
                actual=index,
                reason="order",
            )
            return
        expected += 1


@rule(
    "ITEMS-004",
    must="give all events of an output item the same item_id and type",
    clause=f"{_SCHEMAS}/OpenAI.ResponseTextDeltaEvent/properties/item_id",
    operations=RESPONSE_STREAMS,
    note="Compared with the item in response.output_item.added. An item without an id is not judged.",
)
def keeps_the_id_of_an_item(stream: ResponseStream) -> Iterator[Violation]:
    """Clients find the item of a delta by its id or by its index, and must find the same one."""
    for item in stream.items:
        known = {name: _known(item, name) for name in ("id", "type")}
        for event in item.events:
            shown = members(event.json.get("item"))
            found = {"/item/id": shown.get("id"), "/item_id": event.json.get("item_id")}
            for pointer, value in found.items():
                if value and known["id"] and value != known["id"]:
                    message = f"The event names another id than that of output item {item.index}."
                    yield event.violates(pointer, message, expected=known["id"], actual=value, reason="id")
            if shown.get("type") and known["type"] and shown["type"] != known["type"]:
                message = f"The type of output item {item.index} changes."
                yield event.violates(
                    "/item/type", message, expected=known["type"], actual=shown["type"], reason="type"
                )


def _known(item: StreamedItem, name: str) -> str | None:
    """Return a member of the item when it was added, else when it was first closed."""
    for event in (*item.added[:1], *item.done[:1]):
        value = text(members(event.json.get("item")).get(name))
        if value:
            return value
    return None


@rule(
    "ITEMS-005",
    must="open each content part before its deltas, and close it after them",
    clause=_ITEMS,
    operations=RESPONSE_STREAMS,
    when=_is_whole,
    note="This covers parts of messages, of refusals and of reasoning summaries.",
)
def opens_and_closes_parts(stream: ResponseStream) -> Iterator[Violation]:
    """Clients create the part at its first event."""
    is_completed = stream.final.get("status") == "completed"
    for item in stream.items:
        for (name, _), part in item.parts.items():
            pointer = "/content_index" if name == "content" else "/summary_index"
            if part.inner and (not part.added or part.added[0].index > part.inner[0].index):
                yield part.inner[0].violates(
                    pointer,
                    "The part has content before the event that adds it."
                    if part.added
                    else "The part has content, but no event adds it.",
                    actual=event_type(part.inner[0]),
                    reason="late" if part.added else "not added",
                )
            if part.done and part.inner and part.done[-1].index < part.inner[-1].index:
                message = "The part has content after the event that closes it."
                yield part.inner[-1].violates(
                    pointer, message, actual=event_type(part.inner[-1]), reason="early"
                )
            elif part.added and not part.done and is_completed:
                message = "The part is added, but not closed."
                yield part.added[0].violates(pointer, message, reason="not closed")
            for again in (*part.added[1:], *part.done[1:]):
                message = "The part is added or closed a second time."
                yield again.violates(pointer, message, actual=event_type(again), reason="twice")


@rule(
    "ITEMS-006",
    must="number the parts of an item from 0 in the order in which they are added",
    clause=f"{_PART}/content_index",
    operations=RESPONSE_STREAMS,
    when=_is_whole,
)
def numbers_parts_in_order(stream: ResponseStream) -> Iterator[Violation]:
    """SDKs append parts as they are added, and then look them up by their index."""
    for item in stream.items:
        expected = {"content_index": 0, "summary_index": 0}
        for event in item.events:
            member = PARTS.get(event_type(event), "")
            if not member or not event_type(event).endswith(".added"):
                continue
            index = whole(event.json.get(member))
            if index is not None and index != expected[member]:
                yield event.violates(
                    f"/{member}",
                    f"The part added as number {expected[member]} has the index {index}.",
                    expected=expected[member],
                    actual=index,
                    reason="order",
                )
                break
            expected[member] += 1


@rule(
    "ITEMS-007",
    must="add an item before anything of it is known: in progress and without content",
    clause=f"{_ADDED}/item",
    operations=RESPONSE_STREAMS,
    note="Only for messages and function calls: other items may be added whole, as reasoning is.",
)
def adds_items_empty(stream: ResponseStream) -> Iterator[Violation]:
    """Clients that join deltas to what was there have the text twice."""
    for item in stream.items:
        for event in item.added[:1]:
            yield from _find_content(event, item)


def _find_content(event: Chunk, item: StreamedItem) -> Iterator[Violation]:
    shown = members(event.json.get("item"))
    if shown.get("type") not in ("message", "function_call"):
        return
    if text(shown.get("status")) in ("completed", "incomplete") and len(item.events) > 2:
        yield event.violates(
            "/item/status",
            "The item is added with its last status, but further events follow.",
            expected="in_progress",
            actual=shown["status"],
            reason="status",
        )
    streamed = any(each.deltas for each in item.texts.values())
    for name in ("content", "arguments"):
        if shown.get(name) and streamed:
            message = f"The item is added with `{name}`, which its deltas repeat."
            yield event.violates(f"/item/{name}", message, actual=shown[name], reason=name)


@rule(
    "ITEMS-008",
    must="show the items at the end as the events closed them",
    clause=f"{_SCHEMAS}/OpenAI.Response/properties/output",
    operations=RESPONSE_STREAMS,
    when=_is_whole,
    note="Compares the number of the items, their ids and types, and the call_id and name of calls. "
    "TEXTS-005 compares their texts.",
)
def ends_with_the_streamed_items(stream: ResponseStream) -> Iterator[Violation]:
    """Clients that read the events and clients that read the last one must have the same response."""
    if stream.end is None:
        raise NotApplicable
    final = elements(stream.final.get("output"))
    closed = [item for item in stream.items if item.done]
    if len(final) != len(closed) and stream.final.get("status") == "completed":
        yield stream.end.violates(
            "/response/output",
            f"The response has {len(final)} items, but {len(closed)} were streamed.",
            expected=len(closed),
            actual=len(final),
            reason="count",
        )
        return
    for item in closed:
        shown = stream.final_item(item)
        for name in ("id", "type", *_OF_CALLS):
            before, after = text(item.final.get(name)), text(shown.get(name))
            if before and after and before != after:
                yield stream.end.violates(
                    f"/response/output/{item.index}/{name}",
                    f"`{name}` of output item {item.index} differs from that in its last event.",
                    expected=before,
                    actual=after,
                    reason=name,
                )


@rule(
    "ITEMS-009",
    must="close a message or a call of a function in its last status",
    clause="https://www.openresponses.org/specification#items-are-state-machines",
    operations=RESPONSE_STREAMS,
    note="A call by a program that the service runs is in progress until the client returns its output.",
)
def closes_items_in_their_last_status(stream: ResponseStream) -> Iterator[Violation]:
    """After the event, nothing about the item changes."""
    for item in stream.items:
        shown = item.final
        is_judged = shown.get("type") in ("message", "function_call") and not is_by_program(shown)
        if is_judged and shown.get("status") == "in_progress":
            yield item.done[-1].violates(
                "/item/status",
                f"Output item {item.index} is closed, but in progress.",
                expected="completed or incomplete",
                actual="in_progress",
                reason="in progress",
            )
