"""A finding as lines of plain text, for JUnit and the pytest plugin."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from aoai_reports.formats.legible import visible_line, visible_value
from aoai_reports.formats.quantities import quantity
from aoai_reports.formats.wording import (
    clause_of,
    expected_and_actual,
    place_sentence,
    requirement_sentence,
    rule_facts,
)
from aoai_reports.record.reader import Record
from aoai_reports.results.cause_kinds import cause_id
from aoai_reports.results.causes import Cause
from aoai_reports.results.findings import Finding
from aoai_reports.results.rule_results import RuleResult

#: How many findings a test case describes; the rest are counted.
MOST_IN_FULL = 50
UNTESTED_SENTENCE: Final = "untested: the rule applied to no exchange"


def inconclusive_sentence(result: RuleResult) -> str:
    """Why a rule is inconclusive: in how many exchanges, and the first reason."""
    exchanges = quantity(result.verdicts.get("inconclusive", 0), "exchange")
    return f"inconclusive in {exchanges}" + (f": {result.doubt}" if result.doubt else "")


def findings_text(
    findings: Sequence[Finding], record: Record, causes: Mapping[str, Cause] | None = None
) -> str:
    """Findings as text, a block of lines each, without control characters.

    `causes` are those of the run by id; a finding then names its cause.
    """
    blocks = ["\n".join(finding_lines(finding, record, causes)) for finding in findings[:MOST_IN_FULL]]
    if len(findings) > MOST_IN_FULL:
        blocks.append(f"and {len(findings) - MOST_IN_FULL:,} more")
    return "\n\n".join(blocks)


def finding_lines(
    finding: Finding, record: Record, causes: Mapping[str, Cause] | None = None
) -> Iterator[str]:
    """The message, cause, requirement, clause, point, values, place, case and curl command of a finding."""
    yield visible_line(finding.violation.message, 600)
    cause = (causes or {}).get(cause_id(finding.identity))
    if cause is not None:
        yield f"cause: {visible_line(cause.title, 600)}"
    yield f"requirement: {visible_line(requirement_sentence(finding, record))}"
    yield f"clause: {visible_line(clause_of(finding, record) or rule_facts(record, finding.rule).clause)}"
    if finding.violation.point:
        yield f"point: {visible_line(finding.violation.point)}"
    for name, value in expected_and_actual(finding):
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
