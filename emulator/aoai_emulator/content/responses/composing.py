"""What a model says in a response: reasoning, calls of functions and custom tools, and a message.

It is what the same model says in a chat on the same prompt.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from aoai_emulator.content.chat.choice import Call, Choice
from aoai_emulator.content.chat.choices import choices
from aoai_emulator.content.chat.logprobs import chat_logprobs
from aoai_emulator.content.responses.drafts import Draft
from aoai_emulator.content.responses.input_items import item_id
from aoai_emulator.content.seeding import digest
from aoai_emulator.content.tokens import grouped, tokenize
from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.http.requests import AcceptedRequest
from aoai_specs.json_values import as_list, as_object

#: The largest number of deltas of one text; longer texts are sent in larger pieces.
_MOST_DELTAS = 512
_CUT_SHORT = {"length": "max_output_tokens", "content_filter": "content_filter"}


@dataclass(frozen=True, slots=True)
class Said:
    """What a model said: items in their order, the tokens they cost, and why it stopped early if it did."""

    drafts: tuple[Draft, ...]
    reasoning_tokens: int
    output_tokens: int
    incomplete: str | None


def say(request: AcceptedRequest, chat: JsonObject, annotations: Sequence[JsonObject] = ()) -> Said:
    """Compose what the model says to the fields of a chat; `annotations` are those of its text."""
    choice = choices(replace(request, fields=chat))[0]
    incomplete = _CUT_SHORT.get(choice.finish_reason)
    drafts = [_reasoning(request, choice)] if choice.thought else []
    refusal = choice.refused_text
    if refusal is not None:
        drafts.append(_message({"type": "refusal", "refusal": refusal}, _runs(choice.refusal or ())))
    elif choice.tokens is not None and (choice.tokens or not (choice.thought and incomplete)):
        drafts.append(_text(request, choice, annotations))
    custom = {
        tool["name"] for tool in map(as_object, as_list(request.fields.get("tools"))) if _is_custom(tool)
    }
    drafts.extend(_custom(call) if call.name in custom else _call(call) for call in choice.calls)
    if incomplete is not None and drafts and "status" in drafts[-1].item:
        drafts[-1] = replace(drafts[-1], item={**drafts[-1].item, "status": "incomplete"})
    return Said(tuple(drafts), len(choice.thought), choice.token_count, incomplete)


def _is_custom(tool: JsonObject) -> bool:
    return tool.get("type") == "custom" and isinstance(tool.get("name"), str)


def _runs(tokens: Sequence[str]) -> tuple[Sequence[str], ...]:
    return tuple(grouped(tokens, 1 + len(tokens) // _MOST_DELTAS))


def _message(part: JsonObject, pieces: tuple[Sequence[str], ...]) -> Draft:
    item = {
        "id": item_id("message"),
        "type": "message",
        "status": "completed",
        "role": "assistant",
        "content": [part],
    }
    return Draft(item, pieces)


def _text(request: AcceptedRequest, choice: Choice, annotations: Sequence[JsonObject]) -> Draft:
    text = choice.text or ""
    top = request.fields.get("top_logprobs")
    logprobs = chat_logprobs(choice.tokens or (), top if isinstance(top, int) else 0)
    part = {
        "type": "output_text",
        "text": text,
        "annotations": [_placed(annotation, text) for annotation in annotations],
        "logprobs": logprobs,
    }
    runs = choice.runs(1) if choice.pieces else _runs(choice.tokens or ())
    return _message(part, tuple(runs))


def _placed(annotation: JsonObject, text: str) -> JsonObject:
    """Return an annotation with its place: the whole text, or its end."""
    if annotation["type"] == "url_citation":
        return {**annotation, "start_index": 0, "end_index": len(text)}
    return {**annotation, "index": max(len(text) - 1, 0)}


def _reasoning(request: AcceptedRequest, choice: Choice) -> Draft:
    """Return the reasoning: its summary if the request wants one; the rest is only there encrypted."""
    wish = as_object(request.fields.get("reasoning"))
    thought = "".join(choice.thought)
    item: JsonObject = {
        "id": item_id("reasoning"),
        "type": "reasoning",
        "summary": [],
        "encrypted_content": _encrypted(thought),
    }
    if not (wish.get("summary") or wish.get("generate_summary")):
        return Draft(item)
    return Draft({**item, "summary": [{"type": "summary_text", "text": thought}]}, _runs(choice.thought))


def _encrypted(thought: str) -> str:
    """Return what looks like encrypted text, and is the same for the same thought."""
    return "gAAAAA" + base64.urlsafe_b64encode(digest("encrypted", thought) * 3).decode("ascii")


def _call(call: Call) -> Draft:
    item = {
        "id": item_id("function_call"),
        "type": "function_call",
        "status": "completed",
        "call_id": call.id,
        "name": call.name,
        "arguments": "".join(call.arguments),
    }
    return Draft(item, _runs(call.arguments))


def _custom(call: Call) -> Draft:
    """Return a call of a custom tool, whose input is a text instead of JSON."""
    text = "".join(call.arguments)
    try:
        given = json.loads(text)
    except ValueError:
        given = None
    if isinstance(given, dict) and isinstance(given.get("input"), str):
        text = given["input"]
    item = {
        "id": item_id("custom_tool_call"),
        "type": "custom_tool_call",
        "status": "completed",
        "call_id": call.id,
        "name": call.name,
        "input": text,
    }
    return Draft(item, _runs(tokenize(text)))
