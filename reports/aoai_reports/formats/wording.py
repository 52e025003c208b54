"""The sentences that every report says in the same words."""

from __future__ import annotations

from collections.abc import Mapping

from aoai_model.serialization import Json
from aoai_reports.record.lines import RuleFacts
from aoai_reports.record.reader import Record
from aoai_reports.results.findings import Finding
from aoai_reports.results.point_account import PointState, Undecided
from aoai_reports.results.summary import Summary


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
        if summary.baseline is not None and summary.baseline.fails:
            parts.append(summary.baseline.sentence)
        return f"{' and '.join(parts)} found in {counted(summary.requests, 'request')}."
    if summary.verdict == "inconclusive":
        return summary.doubts[0]
    rules, requests = counted(summary.exercised, "rule"), counted(summary.requests, "request")
    known = f", beside {counted(len(summary.known), 'known defect')}" if summary.known else ""
    points = f"; {points_sentence(summary)}" if summary.planned_points else ""
    return f"No MUST violation by {rules} in {requests}{known}{points}."


def further_doubts(summary: Summary) -> tuple[str, ...]:
    """The doubts that `verdict_sentence` did not say."""
    return summary.doubts[1:] if summary.verdict == "inconclusive" else summary.doubts


#: What each state of a planned point is called.
STATE_WORDS: Mapping[PointState, str] = {
    "shown_correct": "shown correct",
    "shown_wrong": "shown wrong",
    "not_shown": "not shown",
    "not_sent": "not sent",
    "not_applicable": "not applicable to this deployment",
}


def points_sentence(summary: Summary) -> str:
    """`1,050 of 1,062 planned points shown (1,048 correct, 2 wrong), 8 not shown, 4 not sent`."""
    counts = summary.point_totals
    shown = f"{summary.shown_points:,} of {counted(summary.planned_points, 'planned point')} shown"
    if counts["shown_wrong"]:
        shown += f" ({counts['shown_correct']:,} correct, {counts['shown_wrong']:,} wrong)"
    states: tuple[PointState, ...] = ("not_shown", "not_sent", "not_applicable")
    return ", ".join([shown, *(f"{counts[each]:,} {STATE_WORDS[each]}" for each in states if counts[each])])


def undecided_sentence(each: Undecided) -> str:
    """`ChatCompletions_Create: 12 points not shown – content filter: 400 content_filter …`."""
    state = STATE_WORDS[each.state]
    return f"{each.operation}: {counted(each.count, 'point')} {state} – {each.reason}"


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
    """Where the defect shows, and how many more violations of its rule are there."""
    return f"{_place(finding)}{further_words(finding)}"


def further_words(finding: Finding) -> str:
    """How many more violations of its rule the same response or scenario has; empty where all are listed."""
    return f", and {counted(finding.further, 'more violation')} of {finding.rule}" if finding.further else ""


def _place(finding: Finding) -> str:
    """The header, or the pointer into the body or the chunk."""
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
