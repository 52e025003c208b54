"""The fields that a document declares for a request body; others are ignored."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from aoai_emulator.http.json_text import JsonObject
from aoai_specs.document import Document, Operation

_MAX_DEPTH = 32


def meaningful_fields(operation: Operation, media_type: str, sent: JsonObject) -> JsonObject:
    """Return the declared fields of a body that are not null (null means absence).

    An older document does not declare later fields, which may have any shape; they are left out, too.
    """
    declared = declared_names(operation, media_type)
    return {
        name: value
        for name, value in sent.items()
        if value is not None and (not declared or name in declared)
    }


@lru_cache(maxsize=512)
def declared_names(operation: Operation, media_type: str) -> frozenset[str]:
    """Return the names of the fields that a document declares for the body of an operation."""
    pointer = operation.request_media.get(media_type)
    if pointer is None:
        return frozenset()
    document = operation.document
    return frozenset(_names(document, document.resolve(pointer), 0))


def _names(document: Document, schema: Any, depth: int) -> Iterator[str]:
    if not isinstance(schema, dict) or depth > _MAX_DEPTH:
        return
    yield from schema.get("properties", {})
    if isinstance(schema.get("$ref"), str):
        yield from _names(document, document.resolve(schema["$ref"]), depth + 1)
    for keyword in ("allOf", "anyOf", "oneOf"):
        for branch in schema.get(keyword, ()):
            yield from _names(document, branch, depth + 1)
