"""A valid stream of a response, and each change of it that a rule must report."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from responses_by_hand import (
    Event,
    as_stream,
    call,
    create,
    dropping,
    edited,
    events_of,
    example,
    message,
    moving,
    position,
    reasoning,
    renumbered,
    repeating,
    response,
    setting,
    usage,
)

TOOLS = [{"type": "function", "name": "weather", "parameters": {"type": "object"}, "strict": False}]
EVENTS = events_of(response(reasoning(), message(), call(), tools=TOOLS))
RIGHT = create(as_stream(EVENTS), tools=TOOLS)
PART: Event = {"type": "output_text", "text": "More.", "annotations": [], "logprobs": []}


def _stream(rule: str, claim: str, edit: Callable[[list[Event]], object], reason: str, **more: Any) -> Any:
    return example(rule, claim, RIGHT, {"answer": edited(EVENTS, edit, **more)}, reason)


def _swap_items(events: list[Event]) -> None:
    for each in events:
        if "output_index" in each:
            each["output_index"] = {0: 1, 1: 0}.get(each["output_index"], each["output_index"])
    final = events[-1]["response"]["output"]
    final[0], final[1] = final[1], final[0]


def _begin_without_created(events: list[Event]) -> None:
    del events[0]


def _end_without_completed(events: list[Event]) -> None:
    del events[-1]


def _add_in_full(events: list[Event]) -> None:
    events[position(events, "output_item.added", 1)]["item"]["content"] = [dict(PART, text="Hello there.")]


def _number_the_part_from_one(events: list[Event]) -> None:
    for each in events:
        if "content_index" in each:
            each["content_index"] = 1


ERROR_EVENT = {"type": "error", "code": "server_error", "message": "It broke.", "param": None}

EXAMPLES = [
    _stream("EVENTS-001", "it is one of a response", setting("in_progress", "type", "ping"), "unknown"),
    _stream("EVENTS-001", "and a known one", setting("in_progress", "type", "response.begun"), "unknown"),
    example("EVENTS-002", "the name is the type", RIGHT,
            {"answer": as_stream(EVENTS, names={3: "response.output_text.delta"})}, "other name"),
    example("EVENTS-002", "there is a name", RIGHT,
            {"answer": as_stream(EVENTS, names=dict.fromkeys(range(len(EVENTS)), ""))}, "no name"),
    _stream("EVENTS-003", "numbers begin at 0",
            lambda events: [each.update(sequence_number=at + 1) for at, each in enumerate(events)],
            "start", renumber=False),
    _stream("EVENTS-003", "numbers have no gaps",
            lambda events: [each.update(sequence_number=at * 2) for at, each in enumerate(events)],
            "gap", renumber=False),
    _stream("EVENTS-004", "numbers grow", setting("completed", "sequence_number", 1), "not growing",
            renumber=False),
    _stream("EVENTS-005", "created comes first", _begin_without_created, "first"),
    _stream("EVENTS-005", "created comes once", repeating("created"), "twice"),
    _stream("EVENTS-006", "there is an end", _end_without_completed, "missing"),
    _stream("EVENTS-006", "there are events", lambda events: events.clear(), "empty"),
    _stream("EVENTS-006", "there is one end", repeating("completed"), "twice"),
    _stream("EVENTS-006", "an error is followed by a failure",
            lambda events: events.__setitem__(-1, dict(ERROR_EVENT)), "failed without an end"),
    _stream("EVENTS-007", "nothing follows the end", moving("output_item.done", "completed", 2),
            "after the end"),
    _stream("EVENTS-008", "an event announces the status",
            setting("completed", "response.status", "in_progress"), "status"),
    _stream("EVENTS-009", "states do not return", moving("created", "in_progress"), "order"),
    _stream("EVENTS-009", "states precede the output", moving("created", "output_item.added"), "order"),
    _stream("EVENTS-010", "an id is kept", setting("completed", "response.id", "resp_2"), "id"),
    _stream("EVENTS-010", "a time is kept", setting("completed", "response.created_at", 1_735_700_001),
            "created_at"),
    _stream("ITEMS-001", "an item is opened", dropping("output_item.added", 1), "missing"),
    _stream("ITEMS-001", "an item is opened first", moving("output_item.added", "content_part.added", 1),
            "late"),
    _stream("ITEMS-001", "an item is opened once", repeating("output_item.added", 1), "twice"),
    _stream("ITEMS-002", "an item is closed", dropping("output_item.done", 1), "missing"),
    _stream("ITEMS-002", "an item is closed last", moving("content_part.done", "output_item.done"), "early"),
    _stream("ITEMS-002", "an item is closed once", repeating("output_item.done", 1), "twice"),
    _stream("ITEMS-003", "items are numbered in order", _swap_items, "order"),
    _stream("ITEMS-004", "an item keeps its id", setting("output_text.delta", "item_id", "msg_2"), "id"),
    _stream("ITEMS-004", "a closed item keeps its id", setting("output_item.done", "item.id", "msg_2", 1),
            "id"),
    _stream("ITEMS-004", "an item keeps its type",
            setting("output_item.added", "item", {"type": "function_call", "id": "msg_1"}, 1), "type"),
    _stream("ITEMS-005", "a part is opened", dropping("content_part.added"), "not added"),
    _stream("ITEMS-005", "a part is opened first", moving("content_part.added", "output_text.delta"), "late"),
    _stream("ITEMS-005", "a part is closed", dropping("content_part.done"), "not closed"),
    _stream("ITEMS-005", "a part is closed last", moving("output_text.done", "content_part.done"), "early"),
    _stream("ITEMS-005", "a part is opened once", repeating("content_part.added"), "twice"),
    _stream("ITEMS-006", "parts are numbered from 0", _number_the_part_from_one, "order"),
    _stream("ITEMS-007", "an item is added empty", _add_in_full, "content"),
    _stream("ITEMS-007", "an item is added in progress",
            setting("output_item.added", "item.status", "completed", 1), "status"),
    _stream("ITEMS-008", "the end has every item", lambda events: events[-1]["response"]["output"].pop(),
            "count"),
    _stream("ITEMS-008", "the end has the same ids", setting("completed", "response.output.1.id", "msg_2"),
            "id"),
    _stream("ITEMS-008", "the end has the same calls",
            setting("completed", "response.output.2.call_id", "call_9"), "call_id"),
    _stream("TEXTS-001", "deltas join to the text", dropping("output_text.delta", 1), "differs"),
    _stream("TEXTS-001", "deltas join to the arguments", dropping("function_call_arguments.delta", 1),
            "differs"),
    _stream("TEXTS-001", "a text has deltas",
            lambda events: [dropping("output_text.delta")(events), dropping("output_text.delta")(events)],
            "no deltas"),
    _stream("TEXTS-002", "a text ends", dropping("output_text.done"), "missing"),
    _stream("TEXTS-002", "a text ends last", moving("output_text.delta", "output_text.done", 1),
            "late delta"),
    _stream("TEXTS-002", "a text ends once", repeating("output_text.done"), "twice"),
    _stream("TEXTS-003", "a part has the text", setting("content_part.done", "part.text", "Bye."), "differs"),
    _stream("TEXTS-004", "an item has the text",
            setting("output_item.done", "item.content.0.text", "Bye.", 1), "differs"),
    _stream("TEXTS-004", "an item has the arguments",
            setting("output_item.done", "item.arguments", "{}", 2), "differs"),
    _stream("TEXTS-005", "the end has the text",
            setting("completed", "response.output.1.content.0.text", "Bye."), "differs"),
]  # fmt: skip


def _failed() -> list[Event]:
    """A stream that reports an error and then the failure of the response."""
    error = {"code": "server_error", "message": "It broke."}
    events = events_of(response(status="failed", error=error))
    events.insert(2, dict(ERROR_EVENT))
    return renumbered(events)


def _noted() -> list[Event]:
    """A stream with one annotation."""
    note: dict[str, Any] = {"type": "url_citation", "url": "https://x.example", "title": "X"}
    note |= {"start_index": 0, "end_index": 1}
    said = message()
    said["content"][0]["annotations"] = [note]
    events = events_of(response(said))
    place = {"item_id": "msg_1", "output_index": 0, "content_index": 0, "annotation_index": 0}
    event = {"type": "response.output_text.annotation.added", **place, "annotation": note}
    events.insert(position(events, "output_text.done"), event)
    return renumbered(events)


FAILED, NOTED = _failed(), _noted()
FAILED_STREAM, NOTED_STREAM = create(as_stream(FAILED)), create(as_stream(NOTED))
EXAMPLES += [
    example("EVENTS-011", "an error has a message", FAILED_STREAM,
            {"answer": edited(FAILED, lambda events: events[2].update(message=""))}, "no message"),
    example("EVENTS-011", "an error has a code", FAILED_STREAM,
            {"answer": edited(FAILED, lambda events: events[2].pop("code"))}, "no code"),
    example("TEXTS-006", "annotations are numbered from 0", NOTED_STREAM,
            {"answer": edited(NOTED, setting("output_text.annotation.added", "annotation_index", 1))},
            "order"),
    example("TEXTS-006", "annotations are kept", NOTED_STREAM,
            {"answer": edited(NOTED, setting("output_item.done", "item.content.0.annotations", []))},
            "missing"),
    example("EVENTS-012", "the usage comes at the end", RIGHT,
            {"answer": edited(EVENTS, setting("created", "response.usage", usage()))}, "early"),
    example("EVENTS-013", "no obfuscation", create(
        as_stream(EVENTS), tools=TOOLS, stream_options={"include_obfuscation": False}),
            {"answer": edited(EVENTS, setting("output_text.delta", "obfuscation", "x"))}, "unasked"),
    example("ITEMS-009", "a closed item has ended", RIGHT,
            {"answer": edited(EVENTS, setting("output_item.done", "item.status", "in_progress", 1))},
            "in progress"),
    example("RESPONSE-STREAM-001", "a stream that was asked for", RIGHT,
            {"answer": response(message()), "content_type": None}, "no stream"),
]  # fmt: skip
