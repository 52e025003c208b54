"""The events of a streamed response, in the order that was recorded from the service.

Each event has its number in `sequence_number`, from 0 in steps of 1. The response in the first events has
neither output nor usage; the item in `response.output_item.added` is empty.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from aoai_emulator.content.responses.drafts import Draft, shown
from aoai_emulator.content.seeding import label
from aoai_emulator.http.json_text import JsonObject

_LONGEST_OBFUSCATION = 16


@dataclass(slots=True)
class EventStream:
    """What is streamed: the final body, its items, what a client wants to see, and where it starts.

    Events up to the number `after` are left out. `reduce` returns what the document declares of a response.
    """

    body: JsonObject
    drafts: tuple[Draft, ...]
    include: frozenset[str] = frozenset()
    in_background: bool = False
    obfuscates: bool = True
    after: int = -1
    reduce: Callable[[JsonObject], JsonObject] = lambda response: response


def events(stream: EventStream) -> Iterator[JsonObject]:
    """Yield the events with their numbers."""
    for number, event in enumerate(_events(stream)):
        if number <= stream.after:
            continue
        kind = event.pop("type")
        if stream.obfuscates and kind.endswith(".delta"):
            event["obfuscation"] = _obfuscation(stream, number, event["delta"])
        yield {"type": kind, "sequence_number": number, **event}


def begun(body: JsonObject, status: str) -> JsonObject:
    """Return a response as it is before its output."""
    return {
        **body,
        "status": status,
        "completed_at": None,
        "content_filters": None,
        "error": None,
        "incomplete_details": None,
        "output": [],
        "usage": None,
    }


def _events(stream: EventStream) -> Iterator[JsonObject]:
    first = "queued" if stream.in_background else "in_progress"
    yield {"type": "response.created", "response": stream.reduce(begun(stream.body, first))}
    if stream.in_background:
        yield {"type": "response.queued", "response": stream.reduce(begun(stream.body, "queued"))}
    yield {"type": "response.in_progress", "response": stream.reduce(begun(stream.body, "in_progress"))}
    for index, draft in enumerate(stream.drafts):
        place = {"output_index": index}
        opened, item = shown(draft.opened, stream.include), shown(draft.item, stream.include)
        yield {"type": "response.output_item.added", **place, "item": opened}
        steps = _STEPS.get(draft.type)
        if steps is not None:
            for event in steps(draft, item):
                kind = event.pop("type")
                yield {"type": kind, "item_id": item["id"], **place, **event}
        yield {"type": "response.output_item.done", **place, "item": item}
    if stream.body["status"] == "failed":
        error = stream.body["error"]
        yield {"type": "error", "code": error["code"], "message": error["message"], "param": None}
    yield {"type": f"response.{stream.body['status']}", "response": stream.reduce(stream.body)}


def _obfuscation(stream: EventStream, number: int, delta: str) -> str:
    """Return letters that hide the length of a delta: all deltas of a few characters look the same."""
    length = _LONGEST_OBFUSCATION - len(delta) % _LONGEST_OBFUSCATION
    return label(length, "obfuscation", stream.body["created_at"], number)


def _message(draft: Draft, item: JsonObject) -> Iterator[JsonObject]:
    """Yield the part of a message: its text or refusal, with its annotations."""
    for index, part in enumerate(item["content"]):
        place = {"content_index": index}
        if part["type"] == "refusal":
            yield {"type": "response.content_part.added", **place, "part": {**part, "refusal": ""}}
            for piece in draft.pieces:
                yield {"type": "response.refusal.delta", **place, "delta": "".join(piece)}
            yield {"type": "response.refusal.done", **place, "refusal": part["refusal"]}
        else:
            empty = {**part, "text": "", "annotations": [], "logprobs": []}
            yield {"type": "response.content_part.added", **place, "part": empty}
            yield from _text(draft, part, place)
        yield {"type": "response.content_part.done", **place, "part": part}


def _text(draft: Draft, part: JsonObject, place: JsonObject) -> Iterator[JsonObject]:
    start = 0
    for piece in draft.pieces:
        end = start + len(piece)
        yield {
            "type": "response.output_text.delta",
            **place,
            "delta": "".join(piece),
            "logprobs": part["logprobs"][start:end],
        }
        start = end
    for number, annotation in enumerate(part["annotations"]):
        yield {
            "type": "response.output_text.annotation.added",
            **place,
            "annotation_index": number,
            "annotation": annotation,
        }
    yield {
        "type": "response.output_text.done",
        **place,
        "text": part["text"],
        "logprobs": part["logprobs"],
    }


def _reasoning(draft: Draft, item: JsonObject) -> Iterator[JsonObject]:
    for index, part in enumerate(item["summary"]):
        place = {"summary_index": index}
        added = {"type": "response.reasoning_summary_part.added", **place, "part": {**part, "text": ""}}
        yield added
        for piece in draft.pieces:
            yield {"type": "response.reasoning_summary_text.delta", **place, "delta": "".join(piece)}
        yield {"type": "response.reasoning_summary_text.done", **place, "text": part["text"]}
        yield {"type": "response.reasoning_summary_part.done", **place, "part": part}


def _function_call(draft: Draft, item: JsonObject) -> Iterator[JsonObject]:
    for piece in draft.pieces:
        yield {"type": "response.function_call_arguments.delta", "delta": "".join(piece)}
    yield {
        "type": "response.function_call_arguments.done",
        "name": item["name"],
        "arguments": item["arguments"],
    }


def _custom_call(draft: Draft, item: JsonObject) -> Iterator[JsonObject]:
    for piece in draft.pieces:
        yield {"type": "response.custom_tool_call_input.delta", "delta": "".join(piece)}
    yield {"type": "response.custom_tool_call_input.done", "input": item["input"]}


def _search(draft: Draft, item: JsonObject) -> Iterator[JsonObject]:
    del draft
    for state in ("in_progress", "searching", "completed"):
        yield {"type": f"response.{item['type']}.{state}"}


def _code(draft: Draft, item: JsonObject) -> Iterator[JsonObject]:
    yield {"type": "response.code_interpreter_call.in_progress"}
    for piece in draft.pieces:
        yield {"type": "response.code_interpreter_call_code.delta", "delta": "".join(piece)}
    yield {"type": "response.code_interpreter_call_code.done", "code": item["code"]}
    yield {"type": "response.code_interpreter_call.interpreting"}
    yield {"type": "response.code_interpreter_call.completed"}


def _image(draft: Draft, item: JsonObject) -> Iterator[JsonObject]:
    yield {"type": "response.image_generation_call.in_progress"}
    yield {"type": "response.image_generation_call.generating"}
    for index in range(draft.partial_images):
        yield {
            "type": "response.image_generation_call.partial_image",
            "partial_image_index": index,
            "partial_image_b64": item["result"],
        }
    yield {"type": "response.image_generation_call.completed"}


def _mcp_list(draft: Draft, item: JsonObject) -> Iterator[JsonObject]:
    del draft, item
    yield {"type": "response.mcp_list_tools.in_progress"}
    yield {"type": "response.mcp_list_tools.completed"}


def _mcp_call(draft: Draft, item: JsonObject) -> Iterator[JsonObject]:
    yield {"type": "response.mcp_call.in_progress"}
    for piece in draft.pieces:
        yield {"type": "response.mcp_call_arguments.delta", "delta": "".join(piece)}
    yield {"type": "response.mcp_call_arguments.done", "arguments": item["arguments"]}
    yield {"type": "response.mcp_call.completed"}


_STEPS: Mapping[str, Callable[[Draft, JsonObject], Iterator[JsonObject]]] = MappingProxyType(
    {
        "message": _message,
        "reasoning": _reasoning,
        "function_call": _function_call,
        "custom_tool_call": _custom_call,
        "web_search_call": _search,
        "file_search_call": _search,
        "code_interpreter_call": _code,
        "image_generation_call": _image,
        "mcp_list_tools": _mcp_list,
        "mcp_call": _mcp_call,
    }
)
