"""The sentences that all formats share."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from aoai_model.serialization import Json
from aoai_model.verdict import Level, Tokens
from aoai_reports.formats.quantities import quantity
from aoai_reports.record.lines import RuleFacts
from aoai_reports.record.reader import Record
from aoai_reports.results.causes import Cause, Effect
from aoai_reports.results.findings import Finding
from aoai_reports.results.point_account import PointState, Undecided
from aoai_reports.results.summary import Summary

#: Smaller amounts of money are not shown exactly.
_LEAST_AMOUNT = 0.0001


#: What the violations of each level are called in headings.
TITLES: Mapping[Level, str] = {"must": "MUST violations", "should": "SHOULD violations", "may": "Notes (MAY)"}


def title(level: Level, number: int) -> str:
    """The heading of the violations of a level: `2 MUST violations`, `1 note`."""
    return quantity(number, "note (MAY)", "notes (MAY)") if level == "may" else violations(level, number)


def violations(level: Level, number: int) -> str:
    """How many violations there are: `1 MUST violation`, `3 SHOULD violations`."""
    return quantity(number, f"{level.upper()} violation")


def verdict_sentence(summary: Summary, record: Record) -> str:
    """The reason for the verdict: `all 212 applicable MUST and SHOULD rules passed (674 requests)`."""
    requests = quantity(summary.requests, "request")
    if summary.verdict == "nonconformant":
        failing: tuple[Level, ...] = ("must", "should") if summary.strict else ("must",)
        parts = [violations(level, len(summary.at(level))) for level in failing if summary.at(level)]
        if summary.baseline is not None and summary.baseline.fails:
            parts.append(summary.baseline.sentence)
        return f"{' and '.join(parts)} ({requests})"
    if summary.verdict == "inconclusive":
        return summary.doubts[0]
    warnings = len(summary.at("should"))
    if warnings or summary.known:
        known = f", {quantity(len(summary.known), 'known violation')}" if summary.known else ""
        should = f", {violations('should', warnings)}" if warnings else ""
        return f"no new MUST violations{should}{known} ({requests})"
    applicable = sum(
        counts.exercised and rule_facts(record, rule).level != "may" for rule, counts in summary.rules.items()
    )
    passed = "rule passed" if applicable == 1 else "rules passed"
    return f"all {applicable:,} applicable MUST and SHOULD {passed} ({requests})"


def changes_sentence(summary: Summary) -> str:
    """What is new: `New: 2 MUST violations, 0 SHOULD violations, 1 note (2 causes). Known: 30 violations`.

    Without a baseline, `Found` instead of `New`; empty if nothing was found.
    """
    new = sum(bool(cause.new) for cause in summary.causes)
    counts = ", ".join(
        [
            *(violations(level, len(summary.at(level))) for level in ("must", "should")),
            quantity(len(summary.at("may")), "note"),
        ]
    )
    found = f"{counts} ({quantity(new, 'cause')})" if new else "nothing"
    if summary.known or summary.baseline is not None:
        return f"New: {found}. Known: {quantity(len(summary.known), 'violation')}."
    return f"Found: {found}." if new else ""


#: What the causes of each effect are called in headings, the most harmful to clients first.
EFFECT_TITLES: Mapping[Effect, str] = {
    Effect.RESPONSES: "Wrong or missing responses",
    Effect.STREAMS: "Streams",
    Effect.ERRORS: "Error responses",
    Effect.LENIENCY: "Leniency",
}


@dataclass(frozen=True, slots=True)
class Section:
    """Causes under one heading; `kind` is `violations` for new ones above MAY, `notes`, or `accepted`."""

    title: str
    kind: str
    causes: tuple[Cause, ...]


def sections(summary: Summary) -> tuple[Section, ...]:
    """The causes of a run in the order of the summary, under headings: effects, notes, accepted ones."""
    found: dict[tuple[str, str], list[Cause]] = {}
    for cause in summary.causes:
        if cause.known:
            heading = ("Accepted violations", "accepted")
        elif cause.level == "may":
            heading = (TITLES["may"], "notes")
        else:
            heading = (EFFECT_TITLES[cause.effect], "violations")
        found.setdefault(heading, []).append(cause)
    return tuple(Section(title, kind, tuple(causes)) for (title, kind), causes in found.items())


def section_sentence(causes: Sequence[Cause], kind: str = "violations") -> str:
    """How many entries and causes there are: `17 violations from 9 causes`."""
    number = sum(len(cause.findings if cause.known else cause.new) for cause in causes)
    noun = "note" if kind == "notes" else "violation"
    return f"{quantity(number, noun)} from {quantity(len(causes), 'cause')}"


def section_title(section: Section) -> str:
    """The title of a section with its numbers: `Notes (MAY): 14 notes from 7 causes`."""
    return f"{section.title}: {section_sentence(section.causes, section.kind)}"


def cause_sentence(cause: Cause) -> str:
    """The title of a cause, with the number of its accepted violations if there are also new ones."""
    accepted = len(cause.findings) - len(cause.new)
    return f"{cause.title} ({accepted:,} accepted)" if accepted and cause.new else cause.title


def further_doubts(summary: Summary) -> tuple[str, ...]:
    """The doubts that `verdict_sentence` does not give."""
    return summary.doubts[1:] if summary.verdict == "inconclusive" else summary.doubts


#: The names of the states of planned points.
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
    shown = f"{summary.shown_points:,} of {quantity(summary.planned_points, 'planned point')} shown"
    if counts["shown_wrong"]:
        shown += f" ({counts['shown_correct']:,} correct, {counts['shown_wrong']:,} wrong)"
    states: tuple[PointState, ...] = ("not_shown", "not_sent", "not_applicable")
    return ", ".join([shown, *(f"{counts[each]:,} {STATE_WORDS[each]}" for each in states if counts[each])])


def undecided_sentence(each: Undecided) -> str:
    """`ChatCompletions_Create: 12 points not shown – content filter: 400 content_filter …`."""
    state = STATE_WORDS[each.state]
    return f"{each.operation}: {quantity(each.count, 'point')} {state} – {each.reason}"


def rule_facts(record: Record, rule: str) -> RuleFacts:
    """The rule as described in the header; empty texts if the header does not describe it."""
    return record.header.rules.get(rule) or RuleFacts("must", "", "", "other")


def requirement_sentence(finding: Finding, record: Record) -> str:
    """The requirement of a rule at the level of the finding: `The server MUST repeat …`."""
    requirement = rule_facts(record, finding.rule).requirement
    return f"The server {finding.level.upper()} {requirement or 'pass ' + finding.rule}."


def clause_of(finding: Finding, record: Record) -> str:
    """The clause of the point, if the finding is about one, else that of the violation or its rule."""
    for exchange in finding.exchanges:
        for point in exchange.points:
            if point.id == finding.violation.point and point.clause:
                return point.clause
    return finding.violation.clause or rule_facts(record, finding.rule).clause


def place_sentence(finding: Finding) -> str:
    """The place of the violation, and how many further violations of its rule the response has."""
    return f"{_place(finding)}{further_violations(finding)}"


def further_violations(finding: Finding) -> str:
    """How many violations of its rule the response or scenario has beyond the listed ones; empty for none."""
    return f", and {quantity(finding.further, 'more violation')} of {finding.rule}" if finding.further else ""


def _place(finding: Finding) -> str:
    """The header, or the pointer into the body or chunk."""
    violation = finding.violation
    if violation.pointer.startswith("header:"):
        return f"header {violation.pointer.removeprefix('header:')}"
    whole = "the response" if finding.scenario is None else f"the scenario {finding.scenario}"
    if violation.chunk is not None:
        chunk = f"chunk {violation.chunk}"
        return f"{violation.pointer} in {chunk}" if violation.pointer else chunk
    return f"{violation.pointer} in {whole}" if violation.pointer else whole


def expected_and_actual(finding: Finding) -> tuple[tuple[str, Json], ...]:
    """The expected and actual values by name, as far as the finding has them."""
    violation = finding.violation
    if violation.expected is None:
        return () if violation.actual is None else (("actual", violation.actual),)
    return (("expected", violation.expected), ("actual", violation.actual))


def recording_remarks(record: Record) -> tuple[str, ...]:
    """What a recording contains that was not or only partly judged, a sentence each; empty for a run."""
    remarks = record.header.options.get("remarks")
    return tuple(map(str, remarks)) if isinstance(remarks, list) else ()


def cost_sentence(summary: Summary) -> str:
    """The requests, tokens and seconds of the run, its retries and its price, and what the plan expected."""
    used = f"{_requests_and_tokens(summary.requests, summary.tokens)}, {summary.seconds:,.1f} s"
    parts = [used]
    if summary.retries:
        parts.append("1 retry" if summary.retries == 1 else f"{summary.retries:,} retries")
    if summary.cost is not None:
        parts.append(price_text(summary.cost.currency, summary.cost.amount, summary.cost.unknown))
    if summary.estimate is not None:
        planned = _requests_and_tokens(summary.estimate.requests, summary.estimate.tokens)
        parts.append(f"planned: {planned}")
    return "; ".join(parts)


def price_text(currency: str, amount: float, unknown: Collection[str] = ()) -> str:
    """`USD 0.31`, `USD 0.31 + unknown for tts` or `unknown cost of tts`; an unknown price is never 0."""
    names = ", ".join(unknown)
    if unknown and not amount:
        return f"unknown cost of {names}"
    shown = amount_text(currency, amount)
    return f"{shown} + unknown for {names}" if unknown else shown


def amount_text(currency: str, amount: float) -> str:
    """`USD 12.50`, `USD 0.3100` or `under USD 0.0001`."""
    if 0 < amount < _LEAST_AMOUNT:
        return f"under {currency} {_LEAST_AMOUNT}"
    return f"{currency} {amount:,.{2 if amount >= 1 else 4}f}"


def _requests_and_tokens(requests: int, tokens: Tokens) -> str:
    return (
        f"{quantity(requests, 'request')}, "
        f"{tokens.prompt:,} prompt and {tokens.completion:,} completion tokens"
    )
