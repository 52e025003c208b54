"""Traceability: the clauses of the documents, the rules and points that test them, and the results."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Final

from aoai_reports.formats.legible import visible_line
from aoai_reports.record.reader import Record
from aoai_reports.results.point_account import PointState
from aoai_reports.results.summary import Summary

MOST_CLAUSES: Final = 4000


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause: the rules that check it, and how many of its points are in each state."""

    address: str
    rules: tuple[str, ...] = ()
    points: tuple[tuple[PointState, int], ...] = ()


def clauses_of(summary: Summary, record: Record) -> tuple[tuple[Clause, ...], int]:
    """The clauses of rules and sent points, sorted, and how many are left out."""
    rules: dict[str, list[str]] = {}
    for id_, facts in record.header.rules.items():
        if facts.clause:
            rules.setdefault(facts.clause, []).append(visible_line(id_))
    states = {
        (account.document, account.operation, point): outcome.state
        for account in summary.accounts
        for point, outcome in account.outcomes.items()
    }
    points: dict[str, Counter[PointState]] = {}
    counted: set[tuple[str, str, str]] = set()
    for line in record.exchanges:
        for point in line.points:
            key = (line.document, line.operation, point.id)
            if key in states and key not in counted and point.clause:
                counted.add(key)
                points.setdefault(point.clause, Counter())[states[key]] += 1
    addresses = sorted(rules.keys() | points.keys())
    clauses = tuple(
        Clause(
            visible_line(address),
            tuple(sorted(rules.get(address, ()))),
            tuple(sorted(points.get(address, Counter()).items())),
        )
        for address in addresses[:MOST_CLAUSES]
    )
    return clauses, max(0, len(addresses) - MOST_CLAUSES)
