"""Adding the event streams that descriptions leave out.

Published descriptions put the chunk of a streamed response in a union under `application/json`, where general
tools do not find it, or omit it. This module moves it to `text/event-stream` with `itemSchema`, as OpenAPI
3.2 defines.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any

from aoai_specs.errors import DocumentError
from aoai_specs.loading.references import follow
from aoai_specs.operations import EVENT_STREAM
from aoai_specs.pointers import find, join

JSON = "application/json"
CHUNK = "chat.completion.chunk"


def declare_streams(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy of a description whose operations with a `stream` field declare an event stream.

    A chunk schema (its `object` is `chat.completion.chunk`) in the union of the JSON response becomes the
    item of the stream and leaves the union. Without one, each event has the schema of the whole response.
    Operations that already declare a stream, or have no JSON response, stay unchanged.
    """
    declared: dict[str, Any] = copy.deepcopy(dict(content))
    for response in list(_streamable_responses(declared)):
        media = response.get("content")
        if not isinstance(media, dict) or EVENT_STREAM in media or "schema" not in media.get(JSON, {}):
            continue
        whole, chunk = _split(declared, media[JSON]["schema"])
        media[JSON] = {**media[JSON], "schema": whole}
        media[EVENT_STREAM] = {"itemSchema": event_schema(chunk)}
    return declared


def event_schema(chunk: Any) -> dict[str, Any]:
    """Return the schema of a server-sent event whose data is JSON with the given schema."""
    data = {"type": "string", "contentMediaType": JSON, "contentSchema": chunk}
    return {"type": "object", "required": ["data"], "properties": {"data": data}}


def _streamable_responses(content: dict[str, Any]) -> Iterator[dict[str, Any]]:
    paths = content.get("paths")
    for path in paths if isinstance(paths, dict) else ():
        pointer, item = follow(content, join("#/paths", path))
        for method, operation in item.items() if isinstance(item, dict) else ():
            if not isinstance(operation, dict) or "responses" not in operation:
                continue
            place = join(pointer, method)
            if not _has_field(content, join(place, "requestBody"), "stream"):
                continue
            for status in operation["responses"]:
                if str(status).startswith("2"):
                    _, response = follow(content, join(place, "responses", status))
                    if isinstance(response, dict):
                        yield response


def _has_field(content: dict[str, Any], pointer: str, name: str) -> bool:
    try:
        body_pointer, body = follow(content, pointer)
    except DocumentError:
        return False
    media = body.get("content") if isinstance(body, dict) else None
    if not isinstance(media, dict) or "schema" not in media.get(JSON, {}):
        return False
    return bool(_fields(content, join(body_pointer, "content", JSON, "schema"), name, frozenset()))


def _fields(content: dict[str, Any], pointer: str, name: str, seen: frozenset[str]) -> list[Any]:
    """Return the schemas of a field in a schema and in the members of its `allOf`."""
    pointer, schema = follow(content, pointer)
    if pointer in seen or not isinstance(schema, dict):
        return []
    found = []
    properties = schema.get("properties")
    if isinstance(properties, dict) and name in properties:
        found.append(follow(content, join(pointer, "properties", name))[1])
    members = schema.get("allOf")
    for index in range(len(members)) if isinstance(members, list) else ():
        found.extend(_fields(content, join(pointer, "allOf", index), name, seen | {pointer}))
    return found


def _split(content: dict[str, Any], schema: Any) -> tuple[Any, Any]:
    """Return the schemas of the whole response and of a chunk."""
    for union in ("oneOf", "anyOf"):
        branches = schema.get(union) if isinstance(schema, dict) else None
        if not isinstance(branches, list):
            continue
        chunks = [branch for branch in branches if _is_chunk(content, branch)]
        others = [branch for branch in branches if not _is_chunk(content, branch)]
        if chunks and others:
            return others[0] if len(others) == 1 else {**schema, union: others}, chunks[0]
    return schema, schema


def _is_chunk(content: dict[str, Any], branch: Any) -> bool:
    if not isinstance(branch, dict):
        return False
    described = find(content, branch["$ref"]) if isinstance(branch.get("$ref"), str) else branch
    kind = described.get("properties", {}).get("object", {}) if isinstance(described, dict) else {}
    return isinstance(kind, dict) and (kind.get("enum") == [CHUNK] or kind.get("const") == CHUNK)
