"""The coverage table: the rows of documents, checked against the existing rules and points."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from aoai_conformance.coverage.pages import page_rows
from aoai_conformance.coverage.reading import (
    Exemption,
    default_exemptions,
    keyword_exemptions,
    page_covers,
    sentences,
)
from aoai_conformance.coverage.requests import RequestRows, request_rows
from aoai_conformance.coverage.responses import operation_rows
from aoai_conformance.coverage.row import Cover, Row, Status, applies_to
from aoai_conformance.coverage.sentence_rows import sentence_rows
from aoai_conformance.rule import Rule, rules
from aoai_specs.document import Document
from aoai_specs.schemas.provenance import provenance


@dataclass(frozen=True, slots=True)
class Coverage:
    """The rows of documents, and one message for each entry of the coverage data that is stale."""

    rows: tuple[Row, ...]
    stale: tuple[str, ...]

    @property
    def counts(self) -> dict[Status, int]:
        """The number of rows of each status."""
        counted = Counter(row.cover.status for row in self.rows)
        return {status: counted[status] for status in ("point", "rule", "excluded", "UNCOVERED")}

    @property
    def uncovered(self) -> tuple[Row, ...]:
        """The rows that nothing covers."""
        return tuple(row for row in self.rows if row.cover.status == "UNCOVERED")


def coverage(documents: Sequence[Document], *, whole: bool = False) -> Coverage:
    """Return the rows of documents, document by document, and what covers them.

    `whole` means that these are all packaged documents, so an entry that matches none of them is stale.
    """
    rows: list[Row] = []
    stale: list[str] = []
    used: set[Exemption] = set()
    known = {rule.id: rule for rule in rules()}
    for document in documents:
        requests = request_rows(document)
        used |= requests.used
        sentence_table, missing_places = sentence_rows(document)
        stale += missing_places
        for row in (
            *requests.rows,
            *operation_rows(document),
            *page_rows(document, requests.covered),
            *sentence_table,
        ):
            checked, unknown = _check(requests, row, known)
            rows.append(checked)
            stale += [f"{row.place}: {row.text}: {each}" for each in unknown]
    if whole:
        stale += _unused(documents, used, rows)
    return Coverage(tuple(rows), tuple(dict.fromkeys(stale)))


def _check(requests: RequestRows, row: Row, known: Mapping[str, Rule]) -> tuple[Row, list[str]]:
    """Return a row with the rules and points that exist in its document, and a message for each other.

    `known` has every rule by its id.
    """
    document = requests.document
    operation = document.operations.get(row.operation)
    planned = (
        requests.planned[row.operation]
        if operation is not None
        else frozenset().union(*requests.planned.values())
    )
    missing = [f"rule {name} does not exist" for name in row.cover.rules if name not in known]
    good = tuple(
        name for name in row.cover.rules if name in known and applies_to(known[name], document, operation)
    )
    missing += [
        f"rule {name} does not apply to {row.operation or document.name}"
        for name in row.cover.rules
        if name in known and name not in good
    ]
    points = tuple(name for name in row.cover.points if _planned(name, planned))
    missing += [f"point {name} is not planned" for name in row.cover.points if name not in points]
    return replace(row, cover=Cover(good, points, row.cover.excluded)), missing


def _planned(name: str, planned: frozenset[str]) -> bool:
    if name.endswith("*"):
        return any(each.startswith(name[:-1]) for each in planned)
    return name in planned


def _unused(documents: Sequence[Document], used: set[Exemption], rows: Sequence[Row]) -> list[str]:
    """Return a message for each entry that matches nothing in any document."""
    found = [
        f"{file} has {entry.name!r}, which matches nothing"
        for file, entries in (
            ("keywords.yaml", keyword_exemptions()),
            ("defaults.yaml", default_exemptions()),
        )
        for entry in entries
        if entry not in used
    ]
    texts = {row.text for row in rows if row.kind == "relation"}
    found += [
        f"pages.yaml has a relation that no page states: {each}"
        for each in page_covers()["relations"]
        if each not in texts
    ]
    ids = {name for document in documents if (source := provenance(document)) for name in source.sentences}
    found += [
        f"pages.yaml has a sentence that no page has: {each}"
        for each in page_covers()["sentences"]
        if each not in ids
    ]
    recorded = {row.text for row in rows}
    found += [f"{each.name} is in no document" for each in sentences() if each.text not in recorded]
    return found
