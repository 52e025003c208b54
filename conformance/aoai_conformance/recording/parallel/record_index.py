"""Where the lines of a record are, and which of them must be judged together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from aoai_conformance.recording.parallel.batches import Batch, Numbered, Source
from aoai_reports.record.lines import ExchangeLine, Footer, Header
from aoai_reports.record.reader import FoundLine, Record, scan_record
from aoai_reports.record.schema import RECORD
from aoai_specs.document import Document
from aoai_specs.errors import ConformanceError


@dataclass(frozen=True, slots=True)
class IndexedExchange:
    """An exchange: its case, what it is about, where its line is, and how many bytes that has."""

    source: Source
    case: str
    document: str
    operation: str
    scenario: str | None
    lacks_body: bool
    size: int = 0


@dataclass(frozen=True, slots=True)
class IndexedScenario:
    """A scenario: its cases, and where its line is."""

    source: Source
    cases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RecordIndex:
    """The header and the footer of a record, and what is needed to judge its lines in batches.

    `path` is the file that the offsets are about, None if the lines are in memory; `schema` is its version.
    """

    header: Header
    footer: Footer | None
    exchanges: Sequence[IndexedExchange]
    scenarios: Sequence[IndexedScenario]
    path: Path | None = None
    schema: str = RECORD

    @property
    def interrupted(self) -> bool:
        """Whether the run ended early: its footer says so or is missing."""
        return self.footer is None or self.footer.interrupted

    @property
    def operations(self) -> set[str]:
        """The operations of the exchanges."""
        return {each.operation for each in self.exchanges}

    def units(self) -> Iterator[Batch]:
        """Yield the smallest batches, in the order of their first exchanges; those that are kept come first.

        Of exchanges with the same case, only the last is judged, in the place of the first.
        """
        kept = [each for each in self.exchanges if each.lacks_body]
        for number, each in enumerate(kept):
            yield Batch((), kept=((number, each.source),), size=each.size)
        judged = {each.case: each for each in self.exchanges if not each.lacks_body}
        numbers = {case: number for number, case in enumerate(judged, len(kept))}
        groups = _Groups(judged.values(), self.scenarios)
        exchanges: dict[str, list[Numbered]] = {}
        sizes: dict[str, int] = {}
        for case, each in judged.items():
            if (group := groups.of(each)) is not None:
                exchanges.setdefault(group, []).append((numbers[case], each.source))
                sizes[group] = sizes.get(group, 0) + each.size
        scenarios: dict[str, list[Numbered]] = {}
        for number, line in enumerate(self.scenarios):
            first = next((judged[case] for case in line.cases if case in judged), None)
            if first is not None and (group := groups.of(first)) is not None:
                scenarios.setdefault(group, []).append((number, line.source))
        for case, each in judged.items():
            group = groups.of(each)
            if group is None:
                yield Batch(((numbers[case], each.source),), size=each.size)
            elif group in exchanges:
                together = tuple(exchanges.pop(group)), tuple(scenarios.pop(group, ()))
                yield Batch(*together, size=sizes[group])

    def require_described(self, documents: Iterable[Document]) -> None:
        """Raise ConformanceError if an exchange names a document or an operation that is not given."""
        documents = tuple(documents)
        known = {operation for document in documents for operation in document.operations}
        named = {str(document.name) for document in documents}
        for each in self.exchanges:
            if each.document not in named:
                raise ConformanceError(
                    f"{each.case} names the document {each.document!r}, which the record's header does not "
                    "list."
                )
            if each.operation not in known:
                raise ConformanceError(
                    f"The record's operation {each.operation} is not in "
                    f"{', '.join(self.header.documents)}: give the description that it was recorded with, "
                    "with --spec."
                )


class _Groups:
    """The exchanges that must be judged together: those of a scenario, and those that a scenario names."""

    def __init__(self, exchanges: Iterable[IndexedExchange], scenarios: Iterable[IndexedScenario]) -> None:
        self._above: dict[str, str] = {}
        by_case: dict[str, str] = {}
        needed = {case for line in scenarios for case in line.cases}
        for each in exchanges:
            if each.scenario is not None or each.case in needed:
                by_case[each.case] = self._key(each)
                self._above.setdefault(by_case[each.case], by_case[each.case])
        for line in scenarios:
            keys = [by_case[case] for case in line.cases if case in by_case]
            for key in keys[1:]:
                self._above[self._top(key)] = self._top(keys[0])

    def of(self, exchange: IndexedExchange) -> str | None:
        """Return the name of the group of an exchange; None if it is judged by itself."""
        key = self._key(exchange)
        return self._top(key) if key in self._above else None

    @staticmethod
    def _key(exchange: IndexedExchange) -> str:
        if exchange.scenario is None:
            return f"case {exchange.case}"
        return f"scenario {exchange.document} {exchange.scenario}"

    def _top(self, key: str) -> str:
        while self._above[key] != key:
            self._above[key] = self._above[self._above[key]]
            key = self._above[key]
        return key


def index_file(path: Path) -> RecordIndex:
    """Return the index of a record. Raises RecordError for a file that is not a record."""
    found = scan_record(path, _indexed)
    return RecordIndex(
        found.header,
        found.footer,
        tuple(each for each in found.exchanges if isinstance(each, IndexedExchange)),
        tuple(each for each in found.scenarios if isinstance(each, IndexedScenario)),
        path,
        found.schema,
    )


def index_record(record: Record) -> RecordIndex:
    """Return the index of a record whose lines are in memory."""
    return RecordIndex(
        record.header,
        record.footer,
        tuple(_of_exchange(line) for line in record.exchanges),
        tuple(IndexedScenario(line, line.cases) for line in record.scenarios),
    )


def _of_exchange(line: ExchangeLine) -> IndexedExchange:
    return IndexedExchange(
        line,
        line.case,
        line.document,
        line.operation,
        None if line.scenario is None else line.scenario.id,
        line.response is not None and line.response.body_missing,
    )


def _indexed(found: FoundLine) -> IndexedExchange | IndexedScenario:
    offset, data = found.checked_offset(), found.data
    if data["type"] == "scenario":
        return IndexedScenario(offset, tuple(data["cases"]))
    scenario, response = data.get("scenario"), data.get("response")
    return IndexedExchange(
        offset,
        data["case"],
        data["document"],
        data["operation"],
        None if scenario is None else scenario["id"],
        response is not None and bool(response.get("body_missing")),
        found.size,
    )
