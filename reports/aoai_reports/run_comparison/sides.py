"""The two sides of a comparison: what a record contains for one document, and how their cases match."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import overload
from urllib.parse import urlsplit

from aoai_reports.record.lines import ExchangeLine
from aoai_reports.record.reader import Record
from aoai_reports.record.stored_lines import lines_where
from aoai_reports.results.cause_titles import JudgedCounts
from aoai_reports.results.collected.operation_totals import TotalsCollector
from aoai_reports.results.collected.verdicts import VerdictCollector
from aoai_reports.results.findings import FindingCollector
from aoai_reports.run_comparison.request_hash import request_hash


class LinesByCase(Mapping[str, ExchangeLine]):
    """Exchanges by case id; those in a file are read when they are used."""

    def __init__(self, lines: Sequence[ExchangeLine], places: dict[str, int]) -> None:
        self._lines = lines
        self._places = places

    def __getitem__(self, case: str) -> ExchangeLine:
        return self._lines[self._places[case]]

    def __contains__(self, case: object) -> bool:
        return case in self._places

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


@dataclass(frozen=True)
class Side:
    """What a record contains for one document."""

    record: Record
    document: str

    @property
    def cases(self) -> LinesByCase:
        """The exchanges by case id, without the prefix of the document.

        Of a case that was sent again until it was done, only the last exchange is included, since the number
        of attempts depends on timing.
        """
        return self._indexed[0]

    @property
    def hashes(self) -> dict[str, str]:
        """The hash of each request by case id."""
        return self._indexed[1]

    @cached_property
    def _indexed(self) -> tuple[LinesByCase, dict[str, str]]:
        """The exchanges by case id, and the hash of each request."""
        prefix = f"{self.document}:"
        url = urlsplit(self.record.header.target)
        root = url.path.rstrip("/") if url.scheme in {"http", "https"} else ""
        found = self.record.header.options.get("base_paths")
        chosen = found if isinstance(found, dict) else {}
        places: dict[str, int] = {}
        hashes: dict[str, str] = {}
        for place, line in enumerate(self.record.exchanges):
            if line.is_throttled:
                continue  # load is not behaviour
            id_ = line.case.removeprefix(prefix)
            first = line.planned_case.removeprefix(prefix)
            id_ = first if first in places else id_
            places[id_] = place
            hashes[id_] = request_hash(line, f"{root}{chosen.get(line.document, '')}")
        return LinesByCase(self.record.exchanges, places), hashes

    @cached_property
    def operation_kinds(self) -> dict[str, str]:
        """The kind of each operation."""
        totals = self.record.collected(TotalsCollector).by_operation()
        return {operation: each.kind for (_, operation), each in totals.items()}


class SameRequests(Sequence[tuple[str, ExchangeLine, ExchangeLine]]):
    """The case id and the exchanges of both sides for each of some equal requests."""

    def __init__(self, base: LinesByCase, revision: LinesByCase, cases: Sequence[tuple[str, str]]) -> None:
        self._base = base
        self._revision = revision
        self._cases = cases

    def __len__(self) -> int:
        return len(self._cases)

    @overload
    def __getitem__(self, index: int) -> tuple[str, ExchangeLine, ExchangeLine]: ...
    @overload
    def __getitem__(self, index: slice) -> SameRequests: ...
    def __getitem__(self, index: int | slice) -> tuple[str, ExchangeLine, ExchangeLine] | SameRequests:
        if isinstance(index, slice):
            return SameRequests(self._base, self._revision, self._cases[index])
        one, other = self._cases[index]
        return one, self._base[one], self._revision[other]


@dataclass(frozen=True, slots=True)
class Pairing:
    """The exchanges of two sides, matched by request; in the order of the base.

    `same` holds (id, base, revision) for equal requests, `altered` the ids of different requests under the
    same id, `only_base` and `only_revision` the other ids.
    """

    same: SameRequests
    altered: tuple[str, ...]
    only_base: tuple[str, ...]
    only_revision: tuple[str, ...]


def side_of(record: Record, document: str) -> Side:
    """The part of a record that belongs to one document."""
    exchanges = lines_where(record.exchanges, lambda line: line.document == document)
    scenarios = lines_where(record.scenarios, lambda line: line.document == document)
    header = replace(record.header, documents=(document,))
    part = replace(record, header=header, exchanges=exchanges, scenarios=scenarios)
    part.collect((FindingCollector, VerdictCollector, TotalsCollector, JudgedCounts))  # in one pass
    return Side(part, document)


def paired_sides(base: Record, revision: Record) -> Iterator[tuple[Side, Side]]:
    """Pair the documents of two records: first by name, then the rest by surface, in order.

    `left_over_documents` gives the documents without a counterpart.
    """
    for old, new in _document_pairs(base, revision):
        yield side_of(base, old), side_of(revision, new)


def left_over_documents(base: Record, revision: Record) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The documents of each record without a counterpart in the other."""
    pairs = _document_pairs(base, revision)
    return (
        tuple(each for each in base.header.documents if each not in {old for old, _ in pairs}),
        tuple(each for each in revision.header.documents if each not in {new for _, new in pairs}),
    )


def _document_pairs(base: Record, revision: Record) -> list[tuple[str, str]]:
    old_names, new_names = base.header.documents, revision.header.documents
    pairs = [(name, name) for name in old_names if name in new_names]
    rest = [name for name in new_names if name not in old_names]
    for old in (name for name in old_names if name not in new_names):
        match = next((new for new in rest if new.partition("@")[0] == old.partition("@")[0]), None)
        if match is not None:
            rest.remove(match)
            pairs.append((old, match))
    return pairs


def pairing_of(base: Side, revision: Side) -> Pairing:
    """Match exchanges by case id and request hash.

    A renumbered case is matched by its hash alone, if the hash is unique on either side.
    """
    same: list[tuple[str, str]] = []
    used: set[str] = set()
    unmatched: list[str] = []
    for id_ in base.cases:
        if base.hashes[id_] == revision.hashes.get(id_):
            same.append((id_, id_))
            used.add(id_)
        else:
            unmatched.append(id_)
    renamed = _unique(revision, [id_ for id_ in revision.cases if id_ not in used])
    ours = _unique(base, unmatched)
    altered: list[str] = []
    only_base: list[str] = []
    for id_ in unmatched:
        found = renamed.get(base.hashes[id_]) if ours.get(base.hashes[id_]) == id_ else None
        if found is not None:
            same.append((id_, found))
            used.add(found)
        else:
            only_base.append(id_)
    for id_ in list(only_base):
        if id_ in revision.cases and id_ not in used:
            altered.append(id_)
            only_base.remove(id_)
            used.add(id_)
    order = {id_: place for place, id_ in enumerate(base.cases)}
    return Pairing(
        SameRequests(base.cases, revision.cases, sorted(same, key=lambda pair: order[pair[0]])),
        tuple(altered),
        tuple(only_base),
        tuple(id_ for id_ in revision.cases if id_ not in used),
    )


def _unique(side: Side, ids: list[str]) -> dict[str, str]:
    """The ids by request hash, without hashes that several of them share."""
    found: dict[str, str] = {}
    twice: set[str] = set()
    for id_ in ids:
        key = side.hashes[id_]
        if key in found:
            twice.add(key)
        found[key] = id_
    return {key: id_ for key, id_ in found.items() if key not in twice}
