"""Points that neither a keyword of JSON Schema nor a single field's prose gives.

Fields that an operation does not declare, beside the header that says what becomes of them, and files of one
byte more than may be sent.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from aoai_model.case import Edit, Expectation, MultipartBody, PlannedRequest, Point
from aoai_specs.document import Operation
from aoai_specs.schemas.provenance import MAX_BYTES_OF_FILE
from aoai_specs.schemas.shapes import Shape
from aoai_strategies.requests.editing import edited
from aoai_strategies.requests.media import filled_up_to

#: The header that says what becomes of fields that an operation does not declare.
EXTRA_PARAMETERS = "extra-parameters"
#: Larger files are never sent: the record keeps every request, and a run has other things to do.
MOST_BYTES_SENT = 32 * 2**20
_EXTRA = Edit("/undeclared_property", "text")
_POLICIES: tuple[tuple[str, Expectation, str], ...] = (
    ("error", "reject", "A field that is not declared is refused where the header says so."),
    ("drop", "accept", "A field that is not declared is dropped where the header says so."),
    # the model that it reaches may refuse it
    ("pass-through", "any", "A field that is not declared reaches the model where the header says so."),
)
#: Headers, with a value, that need another header beside them.
_NEEDING_HEADERS = {
    "embeddingEndpoint": (
        "https://example.openai.azure.com/openai/deployments/none/embeddings",
        "embeddingKey",
    )
}


@dataclass(frozen=True, slots=True)
class Further:
    """A point, the field it is about, its whole request, and whether only the profile deep sends it."""

    point: Point
    field: str
    request: PlannedRequest
    deep: bool = False


def further_points(operation: Operation, base: PlannedRequest, shape: Shape | None) -> Iterator[Further]:
    """The further points of an operation whose base request and body's shape are given."""
    yield from _extra_parameters(operation, base, shape)
    yield from _files_too_large(operation, base, shape)
    yield from _headers_that_need_another(operation, base)


def _extra_parameters(operation: Operation, base: PlannedRequest, shape: Shape | None) -> Iterator[Further]:
    header = next((one for one in operation.parameters if one.name.lower() == EXTRA_PARAMETERS), None)
    if header is None or shape is None:
        return
    clause = operation.document.clause(header.pointer)
    for name, expect, text in _POLICIES:
        edits = (Edit(f"header:{header.name}", name), _EXTRA)
        point = Point(f"{EXTRA_PARAMETERS}:{name}", EXTRA_PARAMETERS, expect, "must", clause, text, edits)
        yield Further(point, EXTRA_PARAMETERS, edited(base, edits))
    text = "A field that is not declared is refused where no header says what becomes of it."
    point = Point(f"{EXTRA_PARAMETERS}:absent", EXTRA_PARAMETERS, "reject", "must", clause, text, (_EXTRA,))
    yield Further(point, EXTRA_PARAMETERS, edited(base, (_EXTRA,)))


def _headers_that_need_another(operation: Operation, base: PlannedRequest) -> Iterator[Further]:
    """A header without the other one that its description demands beside it."""
    declared = {one.name: one for one in operation.parameters if one.location == "header"}
    for name, (value, other) in _NEEDING_HEADERS.items():
        if name in declared and other in declared:
            edits = (Edit(f"header:{name}", value), Edit(f"header:{other}", remove=True))
            clause = operation.document.clause(declared[other].pointer)
            text = f"{other} may not be left out beside {name}."
            point = Point(f"{other}:missing-beside-{name}", other, "reject", "must", clause, text, edits)
            yield Further(point, other, edited(base, edits))


def _files_too_large(operation: Operation, base: PlannedRequest, shape: Shape | None) -> Iterator[Further]:
    """One byte more than a file may have: megabytes, so that only the profile deep sends them, and only some.

    The edits of such a point are left out: its request holds the file, and nobody takes it apart.
    """
    body = base.body
    if shape is None or not isinstance(body, MultipartBody):
        return
    for name, child in shape.properties.items():
        described = operation.document.resolve(child.pointer)
        most = described.get(MAX_BYTES_OF_FILE) if isinstance(described, dict) else None
        if not isinstance(most, int) or most > MOST_BYTES_SENT:
            continue
        parts = tuple(
            replace(part, content=filled_up_to(part.content, most + 1)) if part.name == name else part
            for part in body.parts
        )
        clause = operation.document.clause(f"{child.pointer}/{MAX_BYTES_OF_FILE}")
        text = f"{name} may not have {most + 1} bytes, one more than the most."
        point = Point(f"{name}.max-bytes:above", f"{name}.max-bytes", "reject", "must", clause, text)
        yield Further(point, name, replace(base, body=MultipartBody(parts)), deep=True)
