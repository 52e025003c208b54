"""The schemas of fixtures, for the OpenAPI document of the control API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aoai_emulator.fixtures.fixture import TEXT_KINDS
from aoai_emulator.http.scripts import FINISH_REASONS

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_OBJECT: Schema = {"type": "object"}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_FROM_ONE: Schema = {"type": "integer", "minimum": 1}
_HEADERS: Schema = {"type": "object", "additionalProperties": {"type": ["string", "integer"]}}
_AFTER: Schema = {
    "type": ["string", "number"],
    "description": "Such as `50ms` or `2s`; a number is in seconds.",
}

_PART: Schema = {
    "description": "One part of a stream: a piece of text, a chunk, or an error, which ends the stream.",
    "anyOf": [
        _TEXT,
        {
            "type": "object",
            "properties": {"text": _TEXT, "chunk": _OBJECT, "error": _OBJECT, "after": _AFTER},
            "additionalProperties": False,
        },
    ],
}
_ERROR: Schema = {
    "type": "object",
    "properties": {
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "code": _TEXT,
        "message": _TEXT,
        "type": _TEXT,
        "param": _TEXT,
        "headers": _HEADERS,
    },
    "required": ["status"],
    "additionalProperties": False,
}
_OUTCOME: Mapping[str, Schema] = {
    "response": {
        "type": "object",
        "description": "Members of the body, the others are filled in; or for "
        f"{', '.join(sorted(TEXT_KINDS))} `text`, `tool_calls`, `refusal` and `finish_reason` "
        f"({', '.join(FINISH_REASONS)}).",
    },
    "stream": {"type": "array", "minItems": 1, "items": _PART},
    "error": _ERROR,
    "after": _AFTER,
    "headers": _HEADERS,
}
_FIXTURE: Mapping[str, Schema] = {
    "name": _TEXT,
    "match": {"$ref": "#/components/schemas/RequestMatch"},
    "times": {**_FROM_ONE, "description": "To how many requests it responds; without it, to all."},
    "unchecked": {"type": "boolean", "description": "Send a body whatever the document says."},
    "sequence": {
        "type": "array",
        "minItems": 1,
        "description": "One entry for each request; the last one repeats.",
        "items": {"type": "object", "properties": dict(_OUTCOME), "additionalProperties": False},
    },
    **_OUTCOME,
}

FIXTURE_SCHEMAS: Mapping[str, Schema] = {
    "Fixture": {"type": "object", "properties": dict(_FIXTURE), "additionalProperties": False},
    "Fixtures": {
        "type": "object",
        "properties": {"fixtures": {"type": "array", "items": {"$ref": "#/components/schemas/Fixture"}}},
        "required": ["fixtures"],
        "additionalProperties": False,
    },
    "FixtureInUse": {
        "type": "object",
        "properties": {"id": _COUNT, **_FIXTURE, "used": _COUNT, "is_over": {"type": "boolean"}},
        "required": ["id", "used", "is_over"],
        "additionalProperties": False,
    },
    "FixturesInUse": {
        "type": "object",
        "properties": {"fixtures": {"type": "array", "items": {"$ref": "#/components/schemas/FixtureInUse"}}},
        "required": ["fixtures"],
        "additionalProperties": False,
    },
}
