"""The rows of what surrounds a request and of what an answer holds, each with the rules that show it.

They follow from the description: credentials, path, method, content type and body of a request; the status,
media types, headers and schemas of each answer.
"""

from __future__ import annotations

from collections.abc import Iterator

from aoai_conformance.coverage.row import Cover, Row
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
_HEADER = Cover(("HTTP-007",))
_SCHEMA = Cover(("SCHEMA-001",))
_CHUNKS = Cover(("SCHEMA-002",))


def answer_rows(document: Document) -> Iterator[Row]:
    """What the operations of a document demand beside the keywords of their requests, in document order."""
    for operation in document.operations.values():
        for row in _around(document, operation):
            yield row
        for row in _answers(document, operation):
            yield row


def _around(document: Document, operation: Operation) -> Iterator[Row]:
    def row(kind: str, pointer: str, demand: str, cover: Cover) -> Row:
        return Row(str(document.name), operation.id, kind, document.clause(pointer), demand, cover)

    schemes = document.content.get("components", {}).get("securitySchemes", {})
    for scheme in dict.fromkeys(name for each in operation.security for name in each):
        pointer = join("#/components/securitySchemes", scheme)
        key = "apiKey" if schemes.get(scheme, {}).get("type") == "apiKey" else "bearer"
        yield row("requirement", pointer, f"credentials are demanded: {scheme}", _BY_SCHEME[key])
    yield row("requirement", operation.pointer, f"the path is {operation.path}", _PATH)
    yield row("requirement", operation.pointer, f"the method is {operation.method}", _METHOD)
    if operation.request_media:
        body = join(operation.pointer, "requestBody")
        kinds = " or ".join(operation.request_media)
        yield row("format", body, f"the body is {kinds}", _CONTENT_TYPE)
        if operation.request_required:
            yield row("requirement", join(body, "required"), "a body is demanded", _REQUIRED_BODY)


def _answers(document: Document, operation: Operation) -> Iterator[Row]:
    def row(kind: str, pointer: str, demand: str, cover: Cover) -> Row:
        return Row(str(document.name), operation.id, kind, document.clause(pointer), demand, cover)

    for status, response in operation.responses.items():
        failed = status == "default" or status[:1] in "45"
        yield row("status", response.pointer, f"answers {status}", _ERROR if failed else _SUCCESS)
        for header, pointer in response.headers.items():
            yield row("header", pointer, f"{status} has the header {header}", _HEADER)
        for media in response.media.values():
            where = join(response.pointer, "content", media.media_type)
            streamed = media.item_schema_pointer is not None
            cover = _STREAM_TYPE if streamed else _MEDIA_TYPE
            yield row("format", where, f"{status} may be {media.media_type}", cover)
            if media.schema_pointer is not None:
                demand = f"{status} as {media.media_type}: {_count(document, media.schema_pointer)} keywords"
                yield row("keyword", media.schema_pointer, demand, _SCHEMA)
            if media.item_schema_pointer is not None:
                demand = f"{status}, each event: {_count(document, media.item_schema_pointer)} keywords"
                yield row("keyword", media.item_schema_pointer, demand, _CHUNKS)


def _count(document: Document, pointer: str) -> int:
    return sum(
        len(place.shape.keywords) + len(place.shape.required) for place in places(shape_at(document, pointer))
    )
