"""Responses and their streams written by hand, in the form that the service has been recorded to use."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping
from typing import Any

from flows_by_hand import NOW, FlowExample, Sent

V1 = "azure-openai@v1"
ID, MESSAGE, CALL, REASONING = "resp_1", "msg_1", "fc_1", "rs_1"
Event = dict[str, Any]


def message(text: str = "Hello there.", id_: str = MESSAGE, status: str = "completed") -> dict[str, Any]:
    part = {"type": "output_text", "text": text, "annotations": [], "logprobs": []}
    return {"id": id_, "type": "message", "status": status, "role": "assistant", "content": [part]}


def call(
    arguments: str = '{"city":"Oslo"}', name: str = "weather", id_: str = CALL, **more: Any
) -> dict[str, Any]:
    shown = {"id": id_, "type": "function_call", "status": "completed", "call_id": f"call_{id_}"}
    return {**shown, "name": name, "arguments": arguments, **more}


def reasoning(**more: Any) -> dict[str, Any]:
    return {"id": REASONING, "type": "reasoning", "summary": [], **more}


def usage(sent: int = 9, made: int = 6, reasoned: int = 2) -> dict[str, Any]:
    return {
        "input_tokens": sent,
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens": made,
        "output_tokens_details": {"reasoning_tokens": reasoned},
        "total_tokens": sent + made,
    }


def response(*items: dict[str, Any], status: str = "completed", **more: Any) -> dict[str, Any]:
    return {
        "id": ID,
        "object": "response",
        "created_at": NOW,
        "completed_at": NOW + 1 if status == "completed" else None,
        "status": status,
        "background": False,
        "content_filters": None,
        "error": None,
        "incomplete_details": None,
        "instructions": None,
        "max_output_tokens": None,
        "max_tool_calls": None,
        "model": "gpt-5",
        "output": list(items),
        "parallel_tool_calls": True,
        "previous_response_id": None,
        "store": True,
        "temperature": 1.0,
        "text": {"format": {"type": "text"}},
        "tool_choice": "auto",
        "tools": [],
        "top_p": 1.0,
        "truncation": "disabled",
        "usage": usage() if status in ("completed", "incomplete") else None,
        "metadata": {},
        **more,
    }


def events_of(final: dict[str, Any]) -> list[Event]:
    """The events that stream a response, as the service has been recorded to send them."""
    begun = {**final, "status": "in_progress", "output": [], "usage": None, "completed_at": None}
    begun |= {"error": None, "incomplete_details": None}
    made: list[Event] = [
        {"type": "response.created", "response": begun},
        {"type": "response.in_progress", "response": begun},
    ]
    for index, item in enumerate(final["output"]):
        made += _item_events(index, item)
    made.append({"type": f"response.{final['status']}", "response": final})
    return [{**each, "sequence_number": number} for number, each in enumerate(made)]


def _item_events(index: int, item: dict[str, Any]) -> list[Event]:
    opened = {**item, **({"status": "in_progress"} if "status" in item else {})}
    inner: list[Event] = []
    place = {"item_id": item["id"], "output_index": index}
    if item["type"] == "message":
        opened["content"] = []
        for at, part in enumerate(item["content"]):
            here = {**place, "content_index": at}
            member = "refusal" if part["type"] == "refusal" else "text"
            more = {} if member == "refusal" else {"logprobs": []}
            inner.append({"type": "response.content_part.added", **here, "part": {**part, member: ""}})
            kind = "response.refusal" if member == "refusal" else "response.output_text"
            inner += [
                {"type": f"{kind}.delta", **here, "delta": piece, **more} for piece in _pieces(part[member])
            ]
            inner.append({"type": f"{kind}.done", **here, member: part[member], **more})
            inner.append({"type": "response.content_part.done", **here, "part": part})
    elif item["type"] == "function_call":
        opened["arguments"] = ""
        inner += [
            {"type": "response.function_call_arguments.delta", **place, "delta": piece}
            for piece in _pieces(item["arguments"])
        ]
        inner.append(
            {
                "type": "response.function_call_arguments.done",
                **place,
                "name": item["name"],
                "arguments": item["arguments"],
            }
        )
    return [
        {"type": "response.output_item.added", "output_index": index, "item": opened},
        *inner,
        {"type": "response.output_item.done", "output_index": index, "item": item},
    ]


def _pieces(text: str) -> list[str]:
    half = len(text) // 2
    return [text[:half], text[half:]]


def as_stream(events: list[Event], *, done: bool = False, names: Mapping[int, str] | None = None) -> bytes:
    """Events as bytes, named after their types except for those in `names`."""
    named = {at: each.get("type", "") for at, each in enumerate(events)} | dict(names or {})
    written = [
        (f"event: {named[at]}\n" if named[at] else "") + f"data: {json.dumps(each)}\n\n"
        for at, each in enumerate(events)
    ]
    return "".join([*written, *(["data: [DONE]\n\n"] if done else [])]).encode()


def renumbered(events: list[Event]) -> list[Event]:
    return [{**each, "sequence_number": number} for number, each in enumerate(events)]


def edited(events: list[Event], edit: Callable[[list[Event]], object], *, renumber: bool = True) -> bytes:
    """The stream after an edit of its events, which are numbered anew unless told otherwise."""
    made: list[Event] = json.loads(json.dumps(events))  # the events share the items that they show
    edit(made)
    return as_stream(renumbered(made) if renumber else made)


def position(events: list[Event], kind: str, nth: int = 0) -> int:
    """The position of the nth event of a type, without `response.`."""
    return [at for at, each in enumerate(events) if each["type"] == f"response.{kind}"][nth]


def setting(kind: str, pointer: str, value: Any, nth: int = 0) -> Callable[[list[Event]], None]:
    """An edit that sets a dotted place in the nth event of a type; None removes it."""

    def edit(events: list[Event]) -> None:
        holder: Any = events[position(events, kind, nth)]
        *parents, last = pointer.split(".")
        for name in parents:
            holder = holder[int(name)] if isinstance(holder, list) else holder[name]
        if isinstance(holder, list):
            holder[int(last)] = value
        elif value is None:
            holder.pop(last, None)
        else:
            holder[last] = value

    return edit


def dropping(kind: str, nth: int = 0) -> Callable[[list[Event]], None]:
    """An edit that drops the nth event of a type."""

    def edit(events: list[Event]) -> None:
        del events[position(events, kind, nth)]

    return edit


def moving(kind: str, after: str, nth: int = 0) -> Callable[[list[Event]], None]:
    """An edit that moves the nth event of a type behind the last one of another type."""

    def edit(events: list[Event]) -> None:
        moved = events.pop(position(events, kind, nth))
        last = max(at for at, each in enumerate(events) if each["type"] == f"response.{after}")
        events.insert(last + 1, moved)

    return edit


def repeating(kind: str, nth: int = 0) -> Callable[[list[Event]], None]:
    """An edit that sends the nth event of a type twice."""

    def edit(events: list[Event]) -> None:
        at = position(events, kind, nth)
        events.insert(at + 1, copy.deepcopy(events[at]))

    return edit


def create(answer: Any, **sent: Any) -> Sent:
    """The request that creates a response, with its response: an object, or a stream as bytes."""
    streamed = isinstance(answer, bytes)
    body = {"model": "gpt-5", "input": "Hello.", **({"stream": True} if streamed else {}), **sent}
    return Sent(
        "response-create",
        answer,
        sent=body,
        document=V1,
        content_type="text/event-stream" if streamed else None,
    )


def step(kind: str, answer: Any, resource: str = ID, **more: Any) -> Sent:
    """A further request about a response or a conversation, with its response."""
    streamed = isinstance(answer, bytes)
    return Sent(
        kind,
        answer,
        resource,
        document=V1,
        content_type="text/event-stream" if streamed else None,
        **more,
    )


def example(rule: str, claim: str, right: Sent, change: Mapping[str, Any], reason: str) -> FlowExample:
    """An example of a rule about one exchange."""
    return FlowExample(rule, claim, "none", _shared(right), 0, change, reason)


_SHARED: dict[int, list[Sent]] = {}


def _shared(right: Sent) -> list[Sent]:
    """One list for each exchange, so that it is judged once."""
    return _SHARED.setdefault(id(right), [right])
