"""Read chat requests: texts, token counts, functions and calls."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from aoai_emulator.content.tokens import count
from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.http.requests import AcceptedRequest

# The tokens that the chat format adds: around each message, for a name, before the response.
_TOKENS_A_MESSAGE = 3
_TOKENS_A_NAME = 1
_TOKENS_FOR_THE_ANSWER = 3
_TOKENS_AN_IMAGE = 85
_TOKENS_A_RECORDING = 40
_RECORDINGS = ("input_audio", "audio_url")


@dataclass(frozen=True, slots=True)
class Function:
    """A function that the model may call."""

    name: str
    parameters: Any


def texts(message: JsonObject) -> Iterator[str]:
    """Yield every text of a message: its content, or its text parts."""
    content = message.get("content")
    if isinstance(content, str):
        yield content
    elif isinstance(content, list):
        for part in content:
            if isinstance(part, dict):
                yield from (part[key] for key in ("text", "refusal") if isinstance(part.get(key), str))


def all_texts(fields: JsonObject) -> list[str]:
    """Return every text of every message of a request."""
    found: list[str] = []
    for message in fields["messages"]:
        content = message.get("content")
        if isinstance(content, str):
            found.append(content)
        else:
            found.extend(texts(message))
    return found


def offered_functions(fields: JsonObject) -> list[Function]:
    """Return the functions that a request offers as tools, or in the deprecated form."""
    tools = fields.get("tools")
    offered = [tool["function"] for tool in tools] if tools else fields.get("functions") or []
    return [Function(entry["name"], entry.get("parameters")) for entry in offered]


def call_ids(message: JsonObject) -> list[str]:
    """Return the ids of the tool calls in an assistant message."""
    return [call["id"] for call in _calls(message)]


def counted_prompt_tokens(request: AcceptedRequest) -> int:
    """Return the same for a request, counted once."""
    known = request.counted.get("prompt")
    if known is None:
        known = request.counted["prompt"] = prompt_tokens(request.fields)
    return known


def prompt_tokens(fields: JsonObject) -> int:
    """Count the tokens of a request's messages and of the functions that it offers."""
    messages: Sequence[JsonObject] = fields["messages"]
    total = _TOKENS_FOR_THE_ANSWER + sum(_message_tokens(message) for message in messages)
    for function in offered_functions(fields):
        total += count(function.name) + count(json.dumps(function.parameters or {}, separators=(",", ":")))
    return total


def heard_tokens(fields: JsonObject) -> int:
    """Count the tokens of the audio in a request's messages."""
    return sum(_TOKENS_A_RECORDING * _parts(message, _RECORDINGS) for message in fields["messages"])


def _parts(message: JsonObject, types: Sequence[str]) -> int:
    """Count the parts of user messages that have one of these types."""
    content = message.get("content")
    if message["role"] != "user" or not isinstance(content, list):
        return 0
    return sum(1 for part in content if part["type"] in types)


def _message_tokens(message: JsonObject) -> int:
    role, content = message["role"], message.get("content")
    total = _TOKENS_A_MESSAGE + _role_tokens(role)
    if isinstance(content, str):
        total += count(content)
    else:
        total += sum(count(text) for text in texts(message))
        total += _TOKENS_AN_IMAGE * _parts(message, ("image_url",))
        total += _TOKENS_A_RECORDING * _parts(message, _RECORDINGS)
    name = message.get("name")
    if name and isinstance(name, str):
        total += _TOKENS_A_NAME + count(name)
    if role != "assistant":
        return total
    made = [call.get("function") or {} for call in _calls(message)]
    if message.get("function_call"):
        made.append(message["function_call"])
    said = (str(function.get(key) or "") for function in made for key in ("name", "arguments"))
    return total + sum(count(text) for text in said)


@lru_cache(maxsize=16)
def _role_tokens(role: str) -> int:
    return count(role)


def _calls(message: JsonObject) -> list[JsonObject]:
    """Return the tool calls of an assistant message; other messages have none."""
    return (message.get("tool_calls") or []) if message["role"] == "assistant" else []
