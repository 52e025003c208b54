"""The whole table: the rows of documents, held to the rules and the points that there are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from aoai_conformance.coverage.answers import answer_rows
from aoai_conformance.coverage.pages import page_rows
from aoai_conformance.coverage.reading import (
    Exemption,
    default_exemptions,
    keyword_exemptions,
    page_covers,
    recorded_sentences,
)
from aoai_conformance.coverage.recorded import recorded_rows
from aoai_conformance.coverage.requests import RequestRows, request_rows
from aoai_conformance.coverage.row import Cover, Row, Status, holds_for
from aoai_conformance.rule import rules
from aoai_specs.document import Document
from aoai_specs.schemas.provenance import provenance


@dataclass(frozen=True, slots=True)
class Coverage:
    """The rows of some documents, and what of the recorded data no longer fits, a sentence each."""

    rows: tuple[Row, ...]
    stale: tuple[str, ...]

    @property
    def counts(self) -> dict[Status, int]:
        """How many rows there are of each status."""
        counted = Counter(row.cover.status for row in self.rows)
        return {status: counted[status] for status in ("point", "rule", "excluded", "UNCOVERED")}

    @property
    def uncovered(self) -> tuple[Row, ...]:
        """The rows that nothing covers."""
        return tuple(row for row in self.rows if row.cover.status == "UNCOVERED")


def coverage(documents: Sequence[Document], *, whole: bool = False) -> Coverage:
    """What the documents demand and what covers it, document by document.

    `whole` says that these are all documents that there are, so that what fits none of them is stale.
    """
    rows: list[Row] = []
    stale: list[str] = []
    used: set[Exemption] = set()
    for document in documents:
        requests = request_rows(document)
        used |= requests.used
        recorded = recorded_rows(document)
        stale += recorded.stale
        for row in (
            *requests.rows,
            *answer_rows(document),
            *page_rows(document, requests.covered).rows,
            *recorded.rows,
        ):
            held, missing = _held(requests, row)
            rows.append(held)
            stale += [f"{row.place}: {row.demand}: {each}" for each in missing]
    if whole:
        stale += _unused(documents, used, rows)
    return Coverage(tuple(rows), tuple(dict.fromkeys(stale)))


def _held(requests: RequestRows, row: Row) -> tuple[Row, list[str]]:
    """A row with what covers it in its document, and what it names in vain."""
    document = requests.document
    operation = document.operations.get(row.operation)
    known = {rule.id: rule for rule in rules()}
    planned = (
        requests.planned[row.operation]
        if operation is not None
        else frozenset().union(*requests.planned.values())
    )
    missing = [f"there is no rule {name}" for name in row.cover.rules if name not in known]
    good = tuple(
        name for name in row.cover.rules if name in known and holds_for(known[name], document, operation)
    )
    missing += [
        f"{name} is no rule for {row.operation or 'this'}"
        for name in row.cover.rules
        if name in known and name not in good
    ]
    points = tuple(name for name in row.cover.points if _planned(name, planned))
    missing += [f"no point {name} is planned" for name in row.cover.points if name not in points]
    return replace(row, cover=Cover(good, points, row.cover.excluded)), missing


def _planned(name: str, planned: frozenset[str]) -> bool:
    if name.endswith("*"):
        return any(each.startswith(name[:-1]) for each in planned)
    return name in planned


def _unused(documents: Sequence[Document], used: set[Exemption], rows: Sequence[Row]) -> list[str]:
    """What is recorded and fits nothing."""
    found = [
        f"{file} has {entry.name!r}, which fits nothing"
        for file, entries in (
            ("keywords.yaml", keyword_exemptions()),
            ("defaults.yaml", default_exemptions()),
        )
        for entry in entries
        if entry not in used
    ]
    said = {row.demand for row in rows if row.kind == "relation"}
    found += [
        f"pages.yaml has a relation that no page says: {each}"
        for each in page_covers()["relations"]
        if each not in said
    ]
    ids = {name for document in documents if (source := provenance(document)) for name in source.sentences}
    found += [
        f"pages.yaml has a sentence that no page has: {each}"
        for each in page_covers()["sentences"]
        if each not in ids
    ]
    demands = {row.demand for row in rows}
    found += [
        f"{each.name} stands in no document" for each in recorded_sentences() if each.demand not in demands
    ]
    return found
