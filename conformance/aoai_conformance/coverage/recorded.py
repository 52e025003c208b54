"""The rows of recorded sentences: each in every document where it stands, at the place that it is about."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache

from aoai_conformance.coverage.reading import Recorded, recorded_sentences
from aoai_conformance.coverage.row import Gathered, Row
from aoai_specs.document import Document, Operation
from aoai_specs.errors import DocumentError
from aoai_specs.schemas.shapes import places, request_shape, shape_at

_UNION_MARK = re.compile(r"\[object(-\d+)?\]")


def recorded_rows(document: Document) -> Gathered:
    """The rows of a document, and what is recorded of it although it has no such place."""
    rows: list[Row] = []
    stale: list[str] = []
    for recorded in recorded_sentences():
        if not any(re.fullmatch(each, str(document.name)) for each in recorded.documents):
            continue
        found = list(_found(document, recorded))
        rows += found
        if not found:
            stale.append(f"{recorded.name} (nothing of the kind in {document.name})")
    return Gathered(tuple(rows), tuple(stale))


def _found(document: Document, recorded: Recorded) -> Iterator[Row]:
    where, _, name = recorded.place.partition(" ")
    if where == "page":
        yield _row(document, "", f"page: {name}", recorded)
        return
    if recorded.place.startswith("#/"):
        try:
            document.resolve(recorded.place)
        except DocumentError:
            return
        yield _row(document, "", document.clause(recorded.place), recorded)
        return
    for operation in document.operations.values():
        if operation.kind in recorded.kinds:
            pointer = place_of(document, operation, where, name)
            if pointer is not None:
                yield _row(document, operation.id, document.clause(pointer), recorded)


def _row(document: Document, operation: str, place: str, recorded: Recorded) -> Row:
    return Row(str(document.name), operation, recorded.kind, place, recorded.demand, recorded.cover)


def place_of(document: Document, operation: Operation, where: str, name: str) -> str | None:
    """The reference of a place of an operation, such as `request`, `stop`; None where it has none."""
    if where == "operation":
        return operation.pointer
    if where == "status":
        response = operation.responses.get(name)
        return None if response is None else response.pointer
    if where in ("query", "header", "path"):
        for parameter in operation.parameters:
            if parameter.location == where and parameter.name == name:
                return parameter.pointer
        return None
    if where == "request":
        shape = request_shape(operation)
        return None if shape is None else _fields(document, shape.pointer).get(name)
    for pointer in _answers(operation, where):
        found = _fields(document, pointer).get(name)
        if found is not None:
            return found
    return None


def _answers(operation: Operation, where: str) -> Iterator[str]:
    for status, response in operation.responses.items():
        for media in response.media.values():
            if where == "error" and status == "default" and media.schema_pointer is not None:
                yield media.schema_pointer
            if where == "answer" and status != "default" and media.schema_pointer is not None:
                yield media.schema_pointer
            if where == "chunk" and media.item_schema_pointer is not None:
                yield media.item_schema_pointer


@cache
def _fields(document: Document, pointer: str) -> Mapping[str, str]:
    """The fields of a schema, the marks of nameless branches left out, with their references."""
    found: dict[str, str] = {}
    for place in places(shape_at(document, pointer)):
        for shown in ("", "[]"):
            name = _UNION_MARK.sub(shown, place.field).removeprefix("[]").removeprefix(".")
            found.setdefault(name, place.shape.pointer)
    return found
