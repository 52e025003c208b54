"""A defect told in lines of plain text, for whoever shows a test case."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from aoai_reports.formats.legible import visible_line, visible_value
from aoai_reports.formats.wording import (
    clause_of,
    compared,
    counted,
    place_sentence,
    requirement_sentence,
    rule_facts,
)
from aoai_reports.record.reader import Record
from aoai_reports.results.findings import Finding
from aoai_reports.results.rule_results import RuleResult

#: Defects told in full in one test case; further ones are counted.
MOST_IN_FULL = 50
UNTESTED_SENTENCE: Final = "untested: no exchange was one that this rule judges"


def unjudged_sentence(result: RuleResult) -> str:
    """Why a rule that could judge nothing could not."""
    where = counted(result.said.get("inconclusive", 0), "exchange")
    return f"could not be judged in {where}" + (f": {result.doubt}" if result.doubt else "")


def told_in_full(found: Sequence[Finding], record: Record) -> str:
    """Findings, one block of lines each; nothing in it acts on a terminal or hides."""
    blocks = ["\n".join(told_lines(finding, record)) for finding in found[:MOST_IN_FULL]]
    if len(found) > MOST_IN_FULL:
        blocks.append(f"and {len(found) - MOST_IN_FULL:,} more")
    return "\n\n".join(blocks)


def told_lines(finding: Finding, record: Record) -> Iterator[str]:
    """One finding: what was found, the requirement, its clause, expected, actual, the place, curl."""
    yield visible_line(finding.violation.message, 600)
    yield f"requirement: {visible_line(requirement_sentence(finding, record))}"
    yield f"clause: {visible_line(clause_of(finding, record) or rule_facts(record, finding.rule).clause)}"
    if finding.violation.point:
        yield f"point: {visible_line(finding.violation.point)}"
    for name, value in compared(finding):
        yield f"{name}: {visible_value(value)}"
    yield f"place: {visible_line(place_sentence(finding))}"
    yield f"case: {visible_line(finding.case)}" + (
        f", seen {finding.count:,} times" if finding.count > 1 else ""
    )
    if finding.known_because:
        yield f"known: {visible_line(finding.known_because)}"
    for exchange in finding.exchanges[:3]:
        if exchange.curl:
            yield f"request: {visible_line(exchange.curl, 2000)}"
