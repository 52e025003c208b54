"""Rows derived from the operations of a document beside the keywords of their requests.

Credentials, path, method, content type and body of each request; status, media types, headers and schemas of
each response.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache

from aoai_conformance.coverage.row import Cover, Row
from aoai_conformance.rule import RESPONSE_STREAMS
from aoai_specs.document import Document, Operation
from aoai_specs.pointers import join
from aoai_specs.schemas.shapes import places, shape_at

_BY_SCHEME = {
    "apiKey": Cover(
        ("AUTH-001", "AUTH-002", "AUTH-005"),
        ("authentication:none", "authentication:wrong-key", "authentication:key-in-wrong-header"),
    ),
    "bearer": Cover(
        ("AUTH-001", "AUTH-003", "AUTH-004"),
        ("authentication:none", "authentication:wrong-bearer", "authentication:malformed-bearer"),
    ),
}
_PATH = Cover(("PATH-001",), ("path:unknown",))
_METHOD = Cover(("METHOD-001", "METHOD-002"), ("method:*",))
_CONTENT_TYPE = Cover(("BODY-001",), ("content-type:text",))
_REQUIRED_BODY = Cover(("BODY-003",), ("body:empty",))
_SUCCESS = Cover(("HTTP-001",))
_ERROR = Cover(("HTTP-001", "ERROR-001", "ERROR-002", "ERROR-003"))
_MEDIA_TYPE = Cover(("HTTP-003",))
_STREAM_TYPE = Cover(("SSE-001", "HTTP-003"))
_RESPONSE_STREAM_TYPE = Cover(("RESPONSE-STREAM-001", "HTTP-003"))
_HEADER = Cover(("HTTP-007",))
_SCHEMA = Cover(("SCHEMA-001",))
_CHUNKS = Cover(("SCHEMA-002",))


def operation_rows(document: Document) -> Iterator[Row]:
    """Yield the rows of every operation of a document, in document order."""
    count = _counter(document)
    for operation in document.operations.values():
        yield from _request_rows(document, operation)
        yield from _response_rows(document, operation, count)


def _request_rows(document: Document, operation: Operation) -> Iterator[Row]:
    def row(kind: str, pointer: str, text: str, cover: Cover) -> Row:
        return Row(str(document.name), operation.id, kind, document.clause(pointer), text, cover)

    schemes = document.content.get("components", {}).get("securitySchemes", {})
    for scheme in dict.fromkeys(name for each in operation.security for name in each):
        pointer = join("#/components/securitySchemes", scheme)
        key = "apiKey" if schemes.get(scheme, {}).get("type") == "apiKey" else "bearer"
        yield row("requirement", pointer, f"credentials are required: {scheme}", _BY_SCHEME[key])
    yield row("requirement", operation.pointer, f"the path is {operation.path}", _PATH)
    yield row("requirement", operation.pointer, f"the method is {operation.method}", _METHOD)
    if operation.request_media:
        body = join(operation.pointer, "requestBody")
        kinds = " or ".join(operation.request_media)
        yield row("format", body, f"the body is {kinds}", _CONTENT_TYPE)
        if operation.request_required:
            yield row("requirement", join(body, "required"), "a body is required", _REQUIRED_BODY)


def _response_rows(document: Document, operation: Operation, count: Callable[[str], int]) -> Iterator[Row]:
    def row(kind: str, pointer: str, text: str, cover: Cover) -> Row:
        return Row(str(document.name), operation.id, kind, document.clause(pointer), text, cover)

    for status, response in operation.responses.items():
        failed = status == "default" or status[:1] in "45"
        yield row("status", response.pointer, f"responds with {status}", _ERROR if failed else _SUCCESS)
        for header, pointer in response.headers.items():
            yield row("header", pointer, f"{status} has the header {header}", _HEADER)
        for media in response.media.values():
            where = join(response.pointer, "content", media.media_type)
            streamed = media.item_schema_pointer is not None
            own = _RESPONSE_STREAM_TYPE if operation.kind in RESPONSE_STREAMS else _STREAM_TYPE
            cover = own if streamed else _MEDIA_TYPE
            yield row("format", where, f"{status} may be {media.media_type}", cover)
            if media.schema_pointer is not None:
                text = f"{status} as {media.media_type}: {count(media.schema_pointer)} keywords"
                yield row("keyword", media.schema_pointer, text, _SCHEMA)
            if media.item_schema_pointer is not None:
                text = f"{status}, each event: {count(media.item_schema_pointer)} keywords"
                yield row("keyword", media.item_schema_pointer, text, _CHUNKS)


def _counter(document: Document) -> Callable[[str], int]:
    """Return a function that counts the keywords below a pointer, once for each: errors are everywhere."""

    @cache
    def count(pointer: str) -> int:
        found = places(shape_at(document, pointer))
        return sum(len(place.shape.keywords) + len(place.shape.required) for place in found)

    return count
