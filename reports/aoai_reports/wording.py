"""The sentences that every report says in the same words."""

from __future__ import annotations

from aoai_reports.evidence import Json
from aoai_reports.findings import Finding
from aoai_reports.lines import RuleFacts
from aoai_reports.reading import Record
from aoai_reports.summary import Summary


def counted(number: int, noun: str, plural: str | None = None) -> str:
    """A number with its noun: `1 rule`, `1,200 rules`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def verdict_sentence(summary: Summary) -> str:
    """Why the verdict is what it is, in one sentence."""
    broken = {level: len(summary.at(level)) for level in ("must", "should", "may")}
    if summary.verdict == "nonconformant":
        parts = [counted(broken["must"], "defect")] if broken["must"] else []
        if summary.strict and broken["should"]:
            parts.append(counted(broken["should"], "broken should", "broken shoulds"))
        return f"{' and '.join(parts)} found in {counted(summary.requests, 'request')}."
    if summary.verdict == "inconclusive":
        return summary.doubts[0]
    judged = f"{counted(summary.exercised, 'rule')} judged over {counted(summary.requests, 'request')}"
    known = f", but for {counted(len(summary.known), 'known defect')}" if summary.known else ""
    return f"{judged}; nothing that must hold was broken{known}."


def further_doubts(summary: Summary) -> tuple[str, ...]:
    """The doubts that `verdict_sentence` did not say."""
    return summary.doubts[1:] if summary.verdict == "inconclusive" else summary.doubts


def rule_facts(record: Record, rule: str) -> RuleFacts:
    """What the header says of a rule; a rule that it does not name has empty words."""
    return record.header.rules.get(rule) or RuleFacts("must", "", "", "other")


def requirement_sentence(finding: Finding, record: Record) -> str:
    """`must repeat the first chunk's id …`: the level of the finding and the requirement of its rule."""
    requirement = rule_facts(record, finding.rule).requirement
    return f"{finding.level} {requirement or 'keep ' + finding.rule}"


def clause_of(finding: Finding, record: Record) -> str:
    """The place in the document that was used: of the point where the finding is about one, else of the rule.

    Where that document has no such place it is the rule's own source, marked as a reference.
    """
    for exchange in finding.exchanges:
        for point in exchange.points:
            if point.id == finding.violation.point and point.clause:
                return point.clause
    return finding.violation.clause or rule_facts(record, finding.rule).clause


def place_sentence(finding: Finding) -> str:
    """Where the defect shows: the header, or the pointer into the body or the chunk."""
    violation = finding.violation
    if violation.pointer.startswith("header:"):
        return f"header {violation.pointer.removeprefix('header:')}"
    whole = "the response" if finding.scenario is None else f"the scenario {finding.scenario}"
    if violation.chunk is not None:
        chunk = f"chunk {violation.chunk}"
        return f"{violation.pointer} in {chunk}" if violation.pointer else chunk
    return f"{violation.pointer} in {whole}" if violation.pointer else whole


def compared(finding: Finding) -> tuple[tuple[str, Json], ...]:
    """What to show of expected and actual: both, the actual alone, or neither where the finding has none."""
    violation = finding.violation
    if violation.expected is None:
        return () if violation.actual is None else (("actual", violation.actual),)
    return (("expected", violation.expected), ("actual", violation.actual))


def recording_remarks(record: Record) -> tuple[str, ...]:
    """What of a recording was not judged, or not wholly, a sentence each; empty for a run."""
    told = record.header.options.get("remarks")
    return tuple(map(str, told)) if isinstance(told, list) else ()


def cost_sentence(summary: Summary) -> str:
    """Requests, tokens and seconds."""
    tokens = summary.tokens
    return (
        f"{counted(summary.requests, 'request')}, "
        f"{tokens.prompt:,} prompt and {tokens.completion:,} completion tokens, {summary.seconds:,.1f} s"
    )
