"""Rows of the recorded sentences, one for each operation and document that has the sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache

from aoai_conformance.coverage.reading import Sentence, sentences
from aoai_conformance.coverage.row import Row
from aoai_specs.document import Document, Operation
from aoai_specs.errors import DocumentError
from aoai_specs.schemas.shapes import places, request_shape, shape_at

#: How a place names a branch of a union that has no name of its own.
_UNNAMED_BRANCH = re.compile(r"\[object(-\d+)?\]")


def sentence_rows(document: Document) -> tuple[list[Row], list[str]]:
    """Return the rows of a document, and the sentences whose place it does not have, one message each."""
    rows: list[Row] = []
    stale: list[str] = []
    for sentence in sentences():
        if not any(re.fullmatch(each, str(document.name)) for each in sentence.documents):
            continue
        found = list(_rows(document, sentence))
        rows += found
        if not found:
            stale.append(f"{sentence.name} (no such place in {document.name})")
    return rows, stale


def _rows(document: Document, sentence: Sentence) -> Iterator[Row]:
    where, _, name = sentence.place.partition(" ")
    if where == "page":
        yield _row(document, "", f"page: {name}", sentence)
        return
    if sentence.place.startswith("#/"):
        try:
            document.resolve(sentence.place)
        except DocumentError:
            return
        yield _row(document, "", document.clause(sentence.place), sentence)
        return
    for operation in document.operations.values():
        if operation.kind in sentence.kinds:
            pointer = place_of(document, operation, where, name)
            if pointer is not None:
                yield _row(document, operation.id, document.clause(pointer), sentence)


def _row(document: Document, operation: str, place: str, sentence: Sentence) -> Row:
    return Row(str(document.name), operation, sentence.kind, place, sentence.text, sentence.cover)


def place_of(document: Document, operation: Operation, where: str, name: str) -> str | None:
    """Return the pointer of a place of an operation, such as `request`, `stop`; None if there is none."""
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
    for pointer in _response_schemas(operation, where):
        found = _fields(document, pointer).get(name)
        if found is not None:
            return found
    return None


def _response_schemas(operation: Operation, where: str) -> Iterator[str]:
    for status, response in operation.responses.items():
        for media in response.media.values():
            if where == "error" and status == "default" and media.schema_pointer is not None:
                yield media.schema_pointer
            if where == "response" and status != "default" and media.schema_pointer is not None:
                yield media.schema_pointer
            if where == "chunk" and media.item_schema_pointer is not None:
                yield media.item_schema_pointer


@cache
def _fields(document: Document, pointer: str) -> Mapping[str, str]:
    """Map the fields of a schema, without the marks of unnamed branches, to their pointers."""
    found: dict[str, str] = {}
    for place in places(shape_at(document, pointer)):
        for replacement in ("", "[]"):
            name = _UNNAMED_BRANCH.sub(replacement, place.field).removeprefix("[]").removeprefix(".")
            found.setdefault(name, place.shape.pointer)
    return found
