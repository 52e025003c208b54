"""Operations against rule topics: the result of each rule on each operation of each document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, get_args

from aoai_model.verdict import Level
from aoai_reports.formats.legible import visible_line
from aoai_reports.formats.quantities import quantity
from aoai_reports.formats.wording import rule_facts
from aoai_reports.record.reader import Record
from aoai_reports.results.collected.operation_totals import OperationKey
from aoai_reports.results.collected.verdicts import ResultKey
from aoai_reports.results.findings import LEVELS
from aoai_reports.results.rule_results import RuleResult, rule_results
from aoai_reports.results.summary import Summary

#: The worst first. `known`: every violation is accepted.
Status: TypeAlias = Literal["violated", "known", "inconclusive", "passed", "untested"]
STATUSES: Final[tuple[Status, ...]] = get_args(Status)


@dataclass(frozen=True, slots=True)
class Result:
    """The result of one rule on one operation of one document.

    `entries` is the number of violations, `level` the highest level of those that are not accepted.
    """

    document: str
    operation: str
    rule: str
    topic: str
    status: Status
    passed: int = 0
    violated: int = 0
    inconclusive: int = 0
    entries: int = 0
    level: Level | Literal[""] = ""
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """The rules of one topic on one operation: the worst status, the number of rules in each, entries.

    `level` is the highest level of violations that are not accepted, empty without any.
    """

    document: str
    operation: str
    topic: str
    status: Status
    rules: Mapping[Status, int]
    entries: int
    level: Level | Literal[""] = ""

    @property
    def sentence(self) -> str:
        """`streams, chat: 3 violations; rules: 2 violated, 5 passed`."""
        counts = ", ".join(f"{self.rules[each]} {each}" for each in STATUSES if each in self.rules)
        found = f"{quantity(self.entries, 'violation')}; " if self.entries else ""
        return f"{self.topic.replace('_', ' ')}, {self.operation}: {found}rules: {counts}"


@dataclass(frozen=True, slots=True)
class Matrix:
    """A row for each topic that applies, a column for each operation of each document.

    The columns of one operation are next to each other.
    """

    columns: tuple[OperationKey, ...]
    rows: tuple[tuple[str, tuple[Cell | None, ...]], ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """A rule with different results on one operation of two documents, a status for each document."""

    operation: str
    rule: str
    statuses: tuple[Status | None, ...]


def results_of(summary: Summary, record: Record, columns: Sequence[OperationKey]) -> tuple[Result, ...]:
    """The result of each rule on each operation that it applies to, in the order of columns and rules."""
    judged = rule_results(summary, record)
    by_column: dict[OperationKey, dict[str, RuleResult | None]] = {key: {} for key in columns}
    for rule, operations in record.header.rule_operations.items():
        for column, found in by_column.items():
            if column[1] in operations:
                found[rule] = None
    for (document, operation, rule), result in judged.items():
        by_column.setdefault((document, operation), {})[rule] = result
    return tuple(
        _result((*column, rule), found[rule], record)
        for column, found in by_column.items()
        for rule in sorted(found)
    )


def matrix_of(results: Sequence[Result]) -> Matrix:
    """The matrix of results; topics are sorted, those with violations first."""
    columns = _columns(results)
    grouped: dict[str, dict[OperationKey, list[Result]]] = {}
    for each in results:
        grouped.setdefault(each.topic, {}).setdefault((each.document, each.operation), []).append(each)
    rows = [
        (topic, tuple(_cell(cells[key]) if key in cells else None for key in columns))
        for topic, cells in grouped.items()
    ]
    return Matrix(columns, tuple(sorted(rows, key=lambda row: (-_entries(row[1]), row[0]))))


def differences_of(results: Sequence[Result], documents: Sequence[str]) -> tuple[Difference, ...]:
    """The rules whose results differ between documents of one run, on operations that several have.

    Only passed, violated and known results are compared: an untested rule is no difference of the server.
    """
    found: dict[tuple[str, str], dict[str, Status]] = {}
    names: dict[str, str] = {}
    for each in results:
        key = (each.operation.lower(), each.rule)
        names.setdefault(key[0], each.operation)
        found.setdefault(key, {})[each.document] = each.status
    decided = {"violated", "known", "passed"}
    return tuple(
        Difference(names[operation], rule, tuple(map(statuses.get, documents)))
        for (operation, rule), statuses in found.items()
        if len({status == "passed" for status in statuses.values() if status in decided}) > 1
    )


def _columns(results: Sequence[Result]) -> tuple[OperationKey, ...]:
    """The operations of documents; documents spell the id of one operation in different cases."""
    grouped: dict[str, dict[OperationKey, None]] = {}
    for each in results:
        grouped.setdefault(each.operation.lower(), {})[each.document, each.operation] = None
    return tuple(key for keys in grouped.values() for key in keys)


def _entries(cells: Sequence[Cell | None]) -> int:
    return sum(cell.entries for cell in cells if cell is not None)


def _cell(results: Sequence[Result]) -> Cell:
    counts: dict[Status, int] = {}
    for each in results:
        counts[each.status] = counts.get(each.status, 0) + 1
    first = results[0]
    return Cell(
        document=first.document,
        operation=first.operation,
        topic=first.topic,
        status=next(status for status in STATUSES if status in counts),
        rules=counts,
        entries=sum(each.entries for each in results),
        level=min((each.level for each in results if each.level), key=LEVELS.index, default=""),
    )


def _result(key: ResultKey, result: RuleResult | None, record: Record) -> Result:
    document, operation, rule = map(visible_line, key)
    topic = visible_line(rule_facts(record, key[2]).topic)
    if result is None:
        return Result(document, operation, rule, topic, "untested")
    new = (*result.failures, *result.remarks)
    return Result(
        document=document,
        operation=operation,
        rule=rule,
        topic=topic,
        status="violated" if new else _status(result),
        passed=result.verdicts.get("pass", 0),
        violated=result.verdicts.get("violation", 0),
        inconclusive=result.verdicts.get("inconclusive", 0),
        entries=len(new) + len(result.known),
        level=min((each.level for each in new), key=LEVELS.index, default=""),
        doubt=visible_line(result.doubt),
    )


def _status(result: RuleResult) -> Status:
    kind = result.kind
    return "violated" if kind == "failed" else kind
