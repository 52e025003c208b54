"""Rows of documents that were written from a page of prose: its sentences, relations and contradictions.

The keywords that cite a sentence cover it; `pages.yaml` covers the statements that no keyword expresses.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from aoai_conformance.coverage.reading import page_covers
from aoai_conformance.coverage.row import NOTHING, Cover, Row
from aoai_specs.document import Document
from aoai_specs.pointers import join
from aoai_specs.schemas.provenance import Provenance, citations, provenance

_IN_RESPONSES = Cover(("SCHEMA-001",))
_IN_CHUNKS = Cover(("SCHEMA-002",))


def page_rows(document: Document, covered: Mapping[str, Cover]) -> Iterator[Row]:
    """Yield the rows of the page that a document was written from; none if it has no such page.

    `covered` maps the clauses of the document's request keywords to what covers them.
    """
    source = provenance(document)
    if source is not None:
        yield from _sentences(document, source, covered)
        yield from _relations(document, source)
        yield from _contradictions(document, source)


def _sentences(document: Document, source: Provenance, covered: Mapping[str, Cover]) -> Iterator[Row]:
    schemas = _ResponseSchemas(document)
    by_id: dict[str, Cover] = {}
    for citation in citations(document.content):
        cited = document.clause(join(citation.pointer, citation.keyword))
        within = f"{cited}/"
        cover = by_id.get(citation.id, NOTHING)
        for clause, each in covered.items():
            if clause == cited or clause.startswith(within):
                cover = cover.joined(each)
        by_id[citation.id] = cover.joined(schemas.cover(citation.pointer))
    recorded = page_covers()["sentences"]
    for sentence in source.sentences.values():
        cover = by_id.get(sentence.id, NOTHING).joined(recorded.get(sentence.id, NOTHING))
        place = _place(sentence.section, sentence.row)
        yield Row(str(document.name), "", "requirement", place, sentence.says, cover)


def _relations(document: Document, source: Provenance) -> Iterator[Row]:
    recorded = page_covers()["relations"]
    for relation in source.relations:
        yield Row(
            str(document.name),
            relation.operation,
            "relation",
            _place(relation.section, relation.row),
            relation.says,
            recorded.get(relation.says, NOTHING),
        )


def _contradictions(document: Document, source: Provenance) -> Iterator[Row]:
    for each in source.contradictions:
        reason = f"the page also shows: {each.shows}; used here: {each.taken}"
        yield Row(
            str(document.name),
            "",
            "contradiction",
            _place(each.section, each.row),
            each.says,
            Cover(excluded=reason),
        )


def _place(section: str, row: str | None) -> str:
    return f"page: {section}" if row is None else f"page: {section} > {row}"


class _ResponseSchemas:
    """The schemas of a document that its responses and its chunks use."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._whole: set[str] = set()
        self._chunks: set[str] = set()
        for operation in document.operations.values():
            for response in operation.responses.values():
                for media in response.media.values():
                    for pointer, found in (
                        (media.schema_pointer, self._whole),
                        (media.item_schema_pointer, self._chunks),
                    ):
                        if pointer is not None:
                            self._walk(document.resolve(pointer), pointer, found)

    def cover(self, pointer: str) -> Cover:
        """Return what covers a keyword of the schema at a pointer, if a response or a chunk uses it."""
        whole = _IN_RESPONSES if pointer in self._whole else NOTHING
        return whole.joined(_IN_CHUNKS) if pointer in self._chunks else whole

    def _walk(self, node: Any, pointer: str, found: set[str]) -> None:
        if isinstance(node, list):
            for index, each in enumerate(node):
                self._walk(each, join(pointer, index), found)
        if not isinstance(node, dict) or pointer in found:
            return
        found.add(pointer)
        target = node.get("$ref")
        if isinstance(target, str):
            self._walk(self._document.resolve(target), target, found)
        for key, each in node.items():
            if key.startswith("x-") or not isinstance(each, dict | list):
                continue
            self._walk(each, join(pointer, key), found)
