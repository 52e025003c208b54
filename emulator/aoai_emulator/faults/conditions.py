"""Conditions on requests, and access to what a body has; both tolerate what another fault has removed."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.http.requests import AcceptedRequest, IncomingRequest


def has(*names: str) -> Callable[[AcceptedRequest], bool]:
    """Return the condition that a request has a value other than null and empty for one of the fields."""
    return lambda request: any(request.fields.get(name) for name in names)


def lacks(*names: str) -> Callable[[AcceptedRequest], bool]:
    """Return the condition that a request has no value for any of the fields."""
    return lambda request: not has(*names)(request)


def wants_format(form: str) -> Callable[[AcceptedRequest], bool]:
    """Return the condition that a request has this type of response format."""
    return lambda request: object_in(request.fields, "response_format").get("type") == form


def is_addressed(request: IncomingRequest) -> bool:
    """Return whether a request goes to an operation by an api-version that has it."""
    version = request.query.get("api-version")
    return any(operation.document.api_version == version for operation in request.matches)


def path_id(request: AcceptedRequest | IncomingRequest) -> str:
    """Return the id in the path of a request, or an empty string."""
    return next(iter(request.path_values.values()), "")


def object_in(holder: JsonObject, *names: str) -> JsonObject:
    """Return the object at the end of these names, or a new empty one."""
    for name in names:
        found = holder.get(name)
        holder = found if isinstance(found, dict) else {}
    return holder


def objects_in(holder: JsonObject, name: str) -> list[dict[str, Any]]:
    """Return the objects in the list of that name."""
    found = holder.get(name)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def integer_in(holder: JsonObject, name: str) -> int:
    """Return the integer of that name, or 0."""
    found = holder.get(name)
    return found if isinstance(found, int) else 0


def choices_of(body: JsonObject) -> list[dict[str, Any]]:
    """Return the choices of a response or of a chunk."""
    return objects_in(body, "choices")


def messages_of(body: JsonObject) -> list[dict[str, Any]]:
    """Return the messages in the choices of a chat on data sources, or of a chunk of one."""
    return [message for choice in choices_of(body) for message in objects_in(choice, "messages")]


def parse_object(text: str) -> JsonObject:
    """Return the JSON object in a text, or an empty one."""
    try:
        parsed = json.loads(text)
    except ValueError:
        return {}
    return parsed if isinstance(parsed, dict) else {}
