"""The report of a run as Markdown (summary.md), for the summary page of a CI pipeline."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from aoai_reports.formats.legible import visible, visible_value
from aoai_reports.formats.markdown_text import code as _code
from aoai_reports.formats.markdown_text import folded as _folded
from aoai_reports.formats.markdown_text import plain as _plain
from aoai_reports.formats.quantities import quantity
from aoai_reports.formats.wording import (
    Section,
    cause_sentence,
    changes_sentence,
    clause_of,
    cost_sentence,
    expected_and_actual,
    further_doubts,
    further_violations,
    place_sentence,
    points_sentence,
    recording_remarks,
    requirement_sentence,
    section_title,
    sections,
    undecided_sentence,
    verdict_sentence,
)
from aoai_reports.record.evidence import cut_text
from aoai_reports.record.reader import Record
from aoai_reports.results.causes import Cause
from aoai_reports.results.findings import Finding
from aoai_reports.results.point_account import Undecided
from aoai_reports.results.summary import Summary
from aoai_reports.results.tallies import operations

#: GitHub rejects a step summary above 1 MiB.
LARGEST = 900_000
#: Causes outside the collapsed part, rows of a table, and violations of a cause in detail.
MOST_OPEN = 25
MOST_ROWS = 200
MOST_IN_FULL = 5
LONGEST_CURL = 3000

_MARKS = {"conformant": "✅", "nonconformant": "❌", "inconclusive": "⚠️"}


def markdown_text(summary: Summary, record: Record) -> str:
    """The report as GitHub-flavoured Markdown of less than 1 MB; the same record gives the same text."""
    parts = list(_parts(summary, record))
    kept: list[str] = []
    size = 0
    for part in parts:
        size += len(part.encode("utf-8", "backslashreplace")) + 1
        if size > LARGEST:
            kept.append("\n_Truncated; report.html and summary.json have the rest._")
            break
        kept.append(part)
    return "\n".join(kept) + "\n"


def _parts(summary: Summary, record: Record) -> Iterator[str]:
    """The text in parts, each of which may be the last: it closes every element that it opens."""
    heading = f"{summary.verdict.capitalize()}: {verdict_sentence(summary, record)}"
    yield f"## {_MARKS[summary.verdict]} {_plain(heading, 800)}"
    for doubt in (*further_doubts(summary), *summary.remarks):
        yield f"\n> {_plain(doubt)}"
    for remark in recording_remarks(record):
        yield f"\n> {_plain(remark)}"
    yield f"\n{_code(summary.target)} tested against {', '.join(_code(name) for name in summary.documents)}."
    changes = changes_sentence(summary)
    if changes:
        yield f"\n{changes}"
    yield from _baseline(summary)
    every = sections(summary)
    yield from _causes([each for each in every if each.kind == "violations"])
    for section in every:
        if section.kind == "violations":
            for cause in section.causes:
                yield _folded(f"{cause.level.upper()}: {_title(cause)}", _entries(cause, record))
        else:
            yield _folded(section_title(section), _folded_causes(section))
    yield _folded("Run", _facts(summary, record))
    yield _folded("Operations", _operations(summary, record))
    undecided = summary.undecided
    if undecided:
        number = sum(each.count for each in undecided)
        yield _folded(f"{quantity(number, 'point')} without a result", _reasons(undecided))
    seen = summary.quirks
    if seen:
        rows = "\n".join(
            f"- {_code(each.name)} {_plain(each.summary)} ({each.count:,})" for each in seen[:100]
        )
        yield _folded(f"{quantity(len(seen), 'known quirk')} of the real service (not violations)", rows)
    if summary.untested:
        names = ", ".join(_code(name) for name in summary.untested[:1000])
        yield _folded(quantity(len(summary.untested), "untested rule"), names)


def _reasons(undecided: Sequence[Undecided]) -> str:
    rows = [f"- {_plain(undecided_sentence(each), 500)}" for each in undecided[:MOST_ROWS]]
    if len(undecided) > MOST_ROWS:
        rows.append(f"- and {len(undecided) - MOST_ROWS:,} more reasons")
    return "\n".join(rows)


def _facts(summary: Summary, record: Record) -> str:
    rows = [
        f"- {_plain(cost_sentence(summary))}",
        f"- {quantity(summary.exercised, 'rule')} tested, {len(summary.untested):,} untested",
        f"- {points_sentence(summary)}",
        f"- profile {_code(summary.profile)}, seed {summary.seed}",
    ]
    if record.header.not_configured:
        rows.append(
            f"- not configured: {', '.join(_code(name) for name in record.header.not_configured[:100])}"
        )
    return "\n".join(rows)


def _baseline(summary: Summary) -> Iterator[str]:
    """The baseline entries that fail the run."""
    complaints = () if summary.baseline is None else tuple(summary.baseline.complaints())
    if complaints:
        rows = [f"- {_plain(sentence, 1000)}" for sentence in complaints[:MOST_ROWS]]
        if len(complaints) > MOST_ROWS:
            rows.append(f"- …and {len(complaints) - MOST_ROWS:,} more.")
        listed = "\n".join(rows)
        yield f"\n### Baseline entries to fix ({len(complaints):,})\n\n{listed}"


def _causes(shown: Sequence[Section]) -> Iterator[str]:
    """A table of the causes with new violations, the most harmful first; the rest collapsed."""
    rows = [
        f"| {section.title} | {cause.level.upper()} | {_plain(cause_sentence(cause))} "
        f"| {len(cause.new):,} | {_code(cause.findings[0].rule)} |"
        for section in shown
        for cause in section.causes
    ]
    if rows:
        yield f"\n### Causes\n\n{_cause_table(rows[:MOST_OPEN])}"
    if rows[MOST_OPEN:]:
        more = _cause_table(rows[MOST_OPEN:MOST_ROWS], len(rows) - MOST_ROWS)
        yield _folded(quantity(len(rows) - MOST_OPEN, "more cause"), more)


def _cause_table(rows: Sequence[str], left_out: int = 0) -> str:
    text = "\n".join(["| Effect | Level | Cause | Violations | Rule |", "|---|---|---|--:|---|", *rows])
    return f"{text}\n\n…and {left_out:,} more." if left_out > 0 else text


def _title(cause: Cause) -> str:
    """`Returns 500 for every invalid request (48) – 48 violations`."""
    return f"{cause_sentence(cause)} – {quantity(len(cause.new), 'violation')}"


def _entries(cause: Cause, record: Record) -> str:
    """The violations of a cause: a row each, and the first ones in detail."""
    parts = [_table(cause.findings[:MOST_ROWS], len(cause.findings))]
    parts += [
        f"{_code(finding.rule)} {_plain(finding.operation)} {_code(finding.place or 'whole response')}\n\n"
        f"{_in_full(finding, record)}"
        for finding in cause.findings[:MOST_IN_FULL]
    ]
    if len(cause.findings) > MOST_IN_FULL:
        parts.append(f"{len(cause.findings) - MOST_IN_FULL:,} more in detail in report.html.")
    return "\n\n".join(parts)


def _folded_causes(section: Section) -> str:
    """The notes or the accepted violations by cause, with a row for each violation."""
    findings = tuple(finding for cause in section.causes for finding in cause.findings)
    causes = [
        f"- {_plain(cause_sentence(cause))} ({len(cause.findings):,})" for cause in section.causes[:MOST_ROWS]
    ]
    return "\n".join([*causes, "", _table(findings[:MOST_ROWS], len(findings))])


def _table(findings: tuple[Finding, ...], whole: int) -> str:
    """A table of findings, with the number of the rest if there are `whole` in all."""
    rows = ["| Rule | Operation | Place | Finding | Count |", "|---|---|---|---|--:|"]
    rows += [
        f"| {_code(finding.rule)} | {_plain(finding.operation)} | {_code(finding.place or 'whole response')} "
        f"| {_plain(finding.violation.message, 200)}{_plain(further_violations(finding))} "
        f"| {finding.count:,} |"
        for finding in findings
    ]
    if whole > len(findings):
        rows.append(f"\n…and {whole - len(findings):,} more.")
    return "\n".join(rows)


def _in_full(finding: Finding, record: Record) -> str:
    rows = [
        f"- requirement: {_plain(requirement_sentence(finding, record))}",
        f"- clause: {_code(clause_of(finding, record))}",
        f"- found: {_plain(finding.violation.message)}",
        *(f"- {name}: {_code(visible_value(value))}" for name, value in expected_and_actual(finding)),
        f"- place: {_code(place_sentence(finding))}",
        f"- case: {_code(finding.case)}",
    ]
    # Markdown does not apply inside a pre element, so the command can be copied as it is.
    rows += [
        f"\n<pre>{escape(visible(cut_text(exchange.curl, LONGEST_CURL), lines=True), quote=False)}</pre>"
        for exchange in finding.exchanges[:2]
        if exchange.curl
    ]
    return "\n".join(rows)


def _operations(summary: Summary, record: Record) -> str:
    rows = ["| Operation | Exchanges | Points shown | Must | Should | May |", "|---|--:|--:|--:|--:|--:|"]
    for tally in operations(summary.accounts, record, summary.findings)[:200]:
        counts = tally.findings
        rows.append(
            f"| {_plain(tally.operation)} | {tally.exchanges:,} | {tally.account.shown}/{len(tally.points)} "
            f"| {counts['must']} | {counts['should']} | {counts['may']} |"
        )
    return "\n".join(rows)
