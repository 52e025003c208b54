"""The report of a run as Markdown (summary.md), for the summary page of a CI pipeline."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from aoai_model.verdict import Level
from aoai_reports.formats.legible import visible, visible_value
from aoai_reports.formats.markdown_text import code as _code
from aoai_reports.formats.markdown_text import folded as _folded
from aoai_reports.formats.markdown_text import plain as _plain
from aoai_reports.formats.wording import (
    clause_of,
    cost_sentence,
    expected_and_actual,
    further_doubts,
    further_violations,
    place_sentence,
    points_sentence,
    quantity,
    recording_remarks,
    requirement_sentence,
    title,
    undecided_sentence,
    verdict_sentence,
    violations,
)
from aoai_reports.record.evidence import cut_text
from aoai_reports.record.reader import Record
from aoai_reports.results.findings import Finding
from aoai_reports.results.point_account import Undecided
from aoai_reports.results.summary import Summary
from aoai_reports.results.tallies import operations, quirks

#: GitHub rejects a step summary above 1 MiB.
LARGEST = 900_000
#: Rows of a table outside the collapsed part, rows in all, and findings in detail; the rest are counted.
MOST_OPEN = 25
MOST_ROWS = 200
MOST_IN_FULL = 40
LONGEST_CURL = 3000

_MARKS = {"conformant": "✅", "nonconformant": "❌", "inconclusive": "⚠️"}
#: The levels whose findings are not collapsed.
OPEN: tuple[Level, ...] = ("must", "should")


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
    yield from _changes(summary)
    yield from _baseline(summary)
    for level in OPEN:
        yield from _level(summary.at(level), level)
    for level in OPEN:
        for finding in summary.at(level)[:MOST_IN_FULL]:
            name = f"{finding.rule} · {finding.operation} · {finding.place or 'whole response'}"
            yield _folded(name, _in_full(finding, record))
    notes = summary.at("may")
    if notes:
        yield _folded(title("may", len(notes)), _table(notes[:MOST_ROWS], len(notes)))
    if summary.known:
        known = _table(summary.known[:MOST_ROWS], len(summary.known))
        yield _folded(quantity(len(summary.known), "known violation"), known)
    yield _folded("Run", _facts(summary, record))
    yield _folded("Operations", _operations(summary, record))
    undecided = summary.undecided
    if undecided:
        number = sum(each.count for each in undecided)
        yield _folded(f"{quantity(number, 'point')} without a result", _reasons(undecided))
    seen = quirks(record)
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


def _changes(summary: Summary) -> Iterator[str]:
    """How many violations of each level there are beyond the known ones."""
    counts = ", ".join(
        [
            *(violations(level, len(summary.at(level))) for level in OPEN),
            quantity(len(summary.at("may")), "note"),
        ]
    )
    if summary.known:
        yield f"\nNew: {counts}. Known: {quantity(len(summary.known), 'violation')}."
    elif summary.findings:
        yield f"\nFound: {counts}."


def _baseline(summary: Summary) -> Iterator[str]:
    """The baseline entries that fail the run."""
    complaints = () if summary.baseline is None else tuple(summary.baseline.complaints())
    if complaints:
        rows = [f"- {_plain(sentence, 1000)}" for sentence in complaints[:MOST_ROWS]]
        if len(complaints) > MOST_ROWS:
            rows.append(f"- …and {len(complaints) - MOST_ROWS:,} more.")
        listed = "\n".join(rows)
        yield f"\n### Baseline entries to fix ({len(complaints):,})\n\n{listed}"


def _level(findings: tuple[Finding, ...], level: Level) -> Iterator[str]:
    if not findings:
        return
    table = _table(findings[:MOST_OPEN], min(len(findings), MOST_OPEN))
    yield f"\n### {title(level, len(findings))}\n\n{table}"
    further = findings[MOST_OPEN:MOST_ROWS]
    if further:
        yield _folded(f"{len(findings) - MOST_OPEN:,} more", _table(further, len(findings) - MOST_OPEN))


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
