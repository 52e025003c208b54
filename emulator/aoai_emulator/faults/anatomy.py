"""Where the parts of an answer lie; tolerant, since another fault may have taken some of them away."""

from __future__ import annotations

import json
from typing import Any

from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.http.requests import AcceptedRequest, IncomingRequest


def choices_of(body: JsonObject) -> list[dict[str, Any]]:
    """Return the choices of an answer or of a chunk."""
    found = body.get("choices")
    return [choice for choice in found if isinstance(choice, dict)] if isinstance(found, list) else []


def part_of(holder: JsonObject, name: str) -> JsonObject:
    """Return the object of that name inside another, or an empty one that belongs to nothing."""
    found = holder.get(name)
    return found if isinstance(found, dict) else {}


def listed_in(body: JsonObject) -> list[dict[str, Any]]:
    """Return what a list holds: the objects in its data."""
    found = body.get("data")
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def number_of(holder: JsonObject, name: str) -> int:
    """Return the integer of that name, or 0."""
    found = holder.get(name)
    return found if isinstance(found, int) else 0


def first_text(choice: JsonObject) -> str | None:
    """Return the text of a choice's message, or None."""
    content = part_of(choice, "message").get("content")
    return content if isinstance(content, str) else None


def messages_of(body: JsonObject) -> list[dict[str, Any]]:
    """Return the messages of an answer from data sources or of a chunk of one, choice by choice."""
    listed = [choice.get("messages") for choice in choices_of(body)]
    return [each for found in listed if isinstance(found, list) for each in found if isinstance(each, dict)]


def tool_calls_of(holder: JsonObject) -> list[dict[str, Any]]:
    """Return the tool calls of a message or of a delta."""
    found = holder.get("tool_calls")
    return [call for call in found if isinstance(call, dict)] if isinstance(found, list) else []


def is_addressed(request: IncomingRequest) -> bool:
    """Tell whether a request goes to an operation by an api-version that has it."""
    version = request.query.get("api-version")
    return any(operation.document.name.version.text == version for operation in request.matches)


def is_asked_for(request: AcceptedRequest, form: str) -> bool:
    """Tell whether a request asks for that type of response format."""
    asked = request.fields.get("response_format")
    return isinstance(asked, dict) and asked.get("type") == form


def object_written_in(text: str) -> JsonObject:
    """Return the object that a text is as JSON, or an empty one."""
    try:
        told = json.loads(text)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
