"""Points that neither a keyword of JSON Schema nor the prose of a single field implies.

Undeclared fields beside the header that decides what happens to them, headers that require another header,
and files one byte above the maximum size.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from aoai_model.case import Edit, Expectation, MultipartBody, Point
from aoai_specs.schemas.provenance import MAX_BYTES_OF_FILE
from aoai_strategies.points.planned_point import DEEP_ONLY, PlannedPoint
from aoai_strategies.requests.builder import RequestBuilder
from aoai_strategies.requests.editing import apply_edits

#: The header that decides what happens to fields that an operation does not declare.
EXTRA_PARAMETERS = "extra-parameters"
#: Larger files are never sent: the record keeps every request.
MOST_BYTES_SENT = 32 * 2**20
_EXTRA = Edit("/undeclared_property", "text")
#: The values of the header (None: no header), with what a server must do and the sentence of the point.
_POLICIES: tuple[tuple[str | None, Expectation, str], ...] = (
    ("error", "reject", "The header `error` makes the server reject undeclared fields."),
    ("drop", "accept", "The header `drop` makes the server drop undeclared fields."),
    # the model that receives the field may reject it
    (
        "pass-through",
        "any",
        "The header `pass-through` makes the server pass undeclared fields to the model.",
    ),
    (None, "reject", "Without the header the server rejects undeclared fields."),
)
#: Headers, with a value, that require another header.
_REQUIRING_HEADERS = {
    "embeddingEndpoint": (
        "https://example.openai.azure.com/openai/deployments/none/embeddings",
        "embeddingKey",
    )
}


def further_points(requests: RequestBuilder) -> Iterator[PlannedPoint]:
    """The further points of an operation, each with its request."""
    yield from _extra_parameters(requests)
    yield from _files_too_large(requests)
    yield from _headers_without_another(requests)


def _extra_parameters(requests: RequestBuilder) -> Iterator[PlannedPoint]:
    header = next(
        (one for one in requests.operation.parameters if one.name.lower() == EXTRA_PARAMETERS), None
    )
    if header is None or requests.shape is None:
        return
    for value, expect, text in _POLICIES:
        edits = (_EXTRA,) if value is None else (Edit(f"header:{header.name}", value), _EXTRA)
        id_ = f"{EXTRA_PARAMETERS}:{value or 'absent'}"
        clause = requests.document.clause(header.pointer)
        point = Point(id_, EXTRA_PARAMETERS, expect, "must", clause, text, edits)
        yield PlannedPoint(point, EXTRA_PARAMETERS, 0, apply_edits(requests.base, edits))


def _headers_without_another(requests: RequestBuilder) -> Iterator[PlannedPoint]:
    """A header without the other header that its description requires."""
    declared = {one.name: one for one in requests.operation.parameters if one.location == "header"}
    for name, (value, other) in _REQUIRING_HEADERS.items():
        if name in declared and other in declared:
            edits = (Edit(f"header:{name}", value), Edit(f"header:{other}", remove=True))
            clause = requests.document.clause(declared[other].pointer)
            text = f"{name} requires {other}."
            point = Point(f"{other}:missing-beside-{name}", other, "reject", "must", clause, text, edits)
            yield PlannedPoint(point, other, 0, apply_edits(requests.base, edits))


def _files_too_large(requests: RequestBuilder) -> Iterator[PlannedPoint]:
    """Files one byte above the maximum: megabytes, so that only the profile deep sends them, and only some.

    Such a point has no edits: its request contains the file and is never split.
    """
    base = requests.base
    if requests.shape is None or not isinstance(base.body, MultipartBody):
        return
    for name, child in requests.shape.properties.items():
        described = requests.document.resolve(child.pointer)
        most = described.get(MAX_BYTES_OF_FILE) if isinstance(described, dict) else None
        if not isinstance(most, int) or most > MOST_BYTES_SENT:
            continue
        parts = tuple(
            replace(part, content=part.content.ljust(most + 1, b"\x00")) if part.name == name else part
            for part in base.body.parts
        )
        clause = requests.document.clause(f"{child.pointer}/{MAX_BYTES_OF_FILE}")
        text = f"{name} may not have {most + 1} bytes, one more than the maximum."
        point = Point(f"{name}.max-bytes:above", f"{name}.max-bytes", "reject", "must", clause, text)
        yield PlannedPoint(point, name, DEEP_ONLY, replace(base, body=MultipartBody(parts)))
