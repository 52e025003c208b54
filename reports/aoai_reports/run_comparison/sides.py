"""The two sides of a comparison: the part of a record of one document, its cases by their own names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from urllib.parse import urlsplit

from aoai_reports.record.lines import ExchangeLine
from aoai_reports.record.reader import Record
from aoai_reports.run_comparison.request_hash import request_hash


@dataclass(frozen=True)
class Side:
    """What one record holds of one document."""

    record: Record
    document: str

    @cached_property
    def cases(self) -> dict[str, ExchangeLine]:
        """The exchanges by the id of their case, without the document that stands before it.

        Of a case that was sent again until it was done, the last exchange stands for all: how many there
        were is a matter of time.
        """
        prefix = f"{self.document}:"
        cases: dict[str, ExchangeLine] = {}
        for line in self.record.exchanges:
            if line.is_throttled:
                continue  # load is not behaviour
            id_ = line.case.removeprefix(prefix)
            first = line.planned_case.removeprefix(prefix)
            cases[first if first in cases else id_] = line
        return cases

    @cached_property
    def hashes(self) -> dict[str, str]:
        """The hash of each request, by the same ids."""
        url = urlsplit(self.record.header.target)
        base = url.path.rstrip("/") if url.scheme in {"http", "https"} else ""
        return {id_: request_hash(line, base) for id_, line in self.cases.items()}

    @cached_property
    def operation_kinds(self) -> dict[str, str]:
        """The kind of each operation that was asked."""
        return {line.operation: line.kind for line in self.record.exchanges}


@dataclass(frozen=True, slots=True)
class Pairing:
    """Which exchanges of two sides answer the same request; ids in the order of the base.

    `same` holds pairs of (id, base, revision); `altered` the ids that both have for different requests;
    `only_base` and `only_revision` the rest.
    """

    same: tuple[tuple[str, ExchangeLine, ExchangeLine], ...]
    altered: tuple[str, ...]
    only_base: tuple[str, ...]
    only_revision: tuple[str, ...]


def side_of(record: Record, document: str) -> Side:
    """The part of a record that was judged by one document."""
    exchanges = tuple(line for line in record.exchanges if line.document == document)
    scenarios = tuple(line for line in record.scenarios if line.document == document)
    header = replace(record.header, documents=(document,))
    return Side(replace(record, header=header, exchanges=exchanges, scenarios=scenarios), document)


def paired_sides(base: Record, revision: Record) -> Iterator[tuple[Side, Side]]:
    """The documents of two records in pairs: those of one name, then the rest, in order, by surface.

    A document that has no counterpart is compared with nothing: `left_over_documents` names it.
    """
    for old, new in _document_pairs(base, revision):
        yield side_of(base, old), side_of(revision, new)


def left_over_documents(base: Record, revision: Record) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The documents of each record that the other has nothing to be compared with."""
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
    """Match exchanges by the id of their case and the hash of their request.

    A case that was renumbered but asks the same is found by its hash, where one case of each side asks so.
    """
    same: list[tuple[str, ExchangeLine, ExchangeLine]] = []
    used: set[str] = set()
    waiting: list[str] = []
    for id_, line in base.cases.items():
        if base.hashes[id_] == revision.hashes.get(id_):
            same.append((id_, line, revision.cases[id_]))
            used.add(id_)
        else:
            waiting.append(id_)
    renamed = _unique(revision, [id_ for id_ in revision.cases if id_ not in used])
    ours = _unique(base, waiting)
    altered: list[str] = []
    only_base: list[str] = []
    for id_ in waiting:
        found = renamed.get(base.hashes[id_]) if ours.get(base.hashes[id_]) == id_ else None
        if found is not None:
            same.append((id_, base.cases[id_], revision.cases[found]))
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
        tuple(sorted(same, key=lambda pair: order[pair[0]])),
        tuple(altered),
        tuple(only_base),
        tuple(id_ for id_ in revision.cases if id_ not in used),
    )


def _unique(side: Side, ids: list[str]) -> dict[str, str]:
    """The ids by hash, of those requests that only one of them makes."""
    found: dict[str, str] = {}
    twice: set[str] = set()
    for id_ in ids:
        key = side.hashes[id_]
        if key in found:
            twice.add(key)
        found[key] = id_
    return {key: id_ for key, id_ in found.items() if key not in twice}
