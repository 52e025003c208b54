"""Read chat requests: texts, token counts, functions and calls."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from aoai_emulator.content.cues import OPENING
from aoai_emulator.content.tokens import count
from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.http.requests import AcceptedRequest
from aoai_specs.json_values import as_list, as_object

# The tokens that the chat format adds: around each message, for a name, before the response.
_TOKENS_A_MESSAGE = 3
_TOKENS_A_NAME = 1
_TOKENS_FOR_THE_ANSWER = 3
_TOKENS_AN_IMAGE = 85
_TOKENS_A_RECORDING = 40
_TOKENS_OF_ROLES = {
    role: count(role) for role in ("system", "developer", "user", "assistant", "tool", "function")
}
_RECORDINGS = ("input_audio", "audio_url")
#: How many fields a message has that is no more than a role and a text.
_FIELDS_OF_TEXT = 2


@dataclass(frozen=True, slots=True)
class Function:
    """A function that the model may call, or a custom tool, which takes a text instead of parameters."""

    name: str
    parameters: Any
    is_custom: bool = False


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
    """Return the functions and custom tools that a request offers, or functions in the deprecated form."""
    tools = fields.get("tools")
    if not tools:
        return [Function(entry["name"], entry.get("parameters")) for entry in fields.get("functions") or ()]
    return [
        Function(tool["custom"]["name"], None, is_custom=True)
        if "custom" in tool
        else Function(tool["function"]["name"], tool["function"].get("parameters"))
        for tool in tools
    ]


def chosen_tool(choice: JsonObject) -> str | None:
    """Return the name of the function or custom tool that `tool_choice` names, or None."""
    named = as_object(choice.get("custom")) or as_object(choice.get("function"))
    name = named.get("name")
    return name if isinstance(name, str) else None


def allowed_tools(fields: JsonObject) -> tuple[str, frozenset[str]] | None:
    """Return how a model may choose among the tools that `tool_choice` allows, and their names, or None."""
    choice = as_object(fields.get("tool_choice"))
    if choice.get("type") != "allowed_tools":
        return None
    allowed = as_object(choice.get("allowed_tools"))
    names = (chosen_tool(as_object(tool)) for tool in as_list(allowed.get("tools")))
    return str(allowed.get("mode", "auto")), frozenset(name for name in names if name is not None)


def call_ids(message: JsonObject) -> list[str]:
    """Return the ids of the tool calls in an assistant message."""
    return [call["id"] for call in _calls(message)]


@dataclass(slots=True)
class Conversation:
    """What the messages of a request hold: their texts, their tokens, and how many of those are audio.

    `roles` are those of the messages; `has_cue` is whether there may be a cue in the texts.
    """

    roles: set[str]
    texts: list[str]
    tokens: int
    heard: int
    has_cue: bool


def conversation_of(request: AcceptedRequest) -> Conversation:
    """Return what the messages of a request hold; they are read once."""
    found: Conversation | None = request.read.get("conversation")
    if found is None:
        found = request.read["conversation"] = read_conversation(request.fields)
    return found


def read_conversation(fields: JsonObject) -> Conversation:
    """Read the messages of a request; its tokens include those of the functions that it offers."""
    messages: Sequence[JsonObject] = fields["messages"]
    roles: set[str] = set()
    said: list[str] = []
    tokens, heard = _TOKENS_FOR_THE_ANSWER + _TOKENS_A_MESSAGE * len(messages), 0
    for message in messages:
        role, content = message["role"], message.get("content")
        roles.add(role)
        if isinstance(content, str):
            said.append(content)
            tokens += count(content)
            if len(message) == _FIELDS_OF_TEXT and role in _TOKENS_OF_ROLES:
                tokens += _TOKENS_OF_ROLES[role]
                continue
        else:
            found = list(texts(message))
            said += found
            recordings = _TOKENS_A_RECORDING * _parts(message, _RECORDINGS)
            heard += recordings
            tokens += recordings + _TOKENS_AN_IMAGE * _parts(message, ("image_url",)) + sum(map(count, found))
        tokens += _tokens_around(message)
    if "tools" in fields or "functions" in fields:
        for function in offered_functions(fields):
            tokens += count(function.name)
            tokens += count(json.dumps(function.parameters or {}, separators=(",", ":")))
    return Conversation(roles, said, tokens, heard, OPENING in "\n".join(said))


def prompt_tokens(fields: JsonObject) -> int:
    """Count the tokens of a request's messages and of the functions that it offers."""
    return read_conversation(fields).tokens


def _parts(message: JsonObject, types: Sequence[str]) -> int:
    """Count the parts of user messages that have one of these types."""
    content = message.get("content")
    if message["role"] != "user" or not isinstance(content, list):
        return 0
    return sum(1 for part in content if part["type"] in types)


def _tokens_around(message: JsonObject) -> int:
    """Count the tokens of a message beside its content: of its role, its name, and its calls."""
    role = message["role"]
    total = _TOKENS_OF_ROLES.get(role) or count(role)
    if "name" in message:
        name = message["name"]
        if name and isinstance(name, str):
            total += _TOKENS_A_NAME + count(name)
    if role != "assistant":
        return total
    made = [call.get("function") or {} for call in _calls(message)]
    if message.get("function_call"):
        made.append(message["function_call"])
    said = (str(function.get(key) or "") for function in made for key in ("name", "arguments"))
    return total + sum(count(text) for text in said)


def _calls(message: JsonObject) -> list[JsonObject]:
    """Return the tool calls of an assistant message; other messages have none."""
    return (message.get("tool_calls") or []) if message["role"] == "assistant" else []
