"""summary.md: what a run came to, for the page where a pipeline shows its steps."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from pathlib import Path

from aoai_reports.evidence import cut_text
from aoai_reports.findings import Finding
from aoai_reports.legible import visible, visible_line, visible_value
from aoai_reports.lines import Level
from aoai_reports.output import write_text
from aoai_reports.reading import Record
from aoai_reports.summary import Summary
from aoai_reports.tallies import operations, quirks
from aoai_reports.wording import (
    clause_of,
    compared,
    cost_sentence,
    counted,
    further_doubts,
    place_sentence,
    requirement_sentence,
    verdict_sentence,
)

#: GitHub refuses a step summary above 1 MiB.
LARGEST = 900_000
#: Rows of a level's table, and defects told in full below it; further ones are counted.
MOST_ROWS = 200
MOST_IN_FULL = 40
LONGEST_CURL = 3000

_MARKS = {"conformant": "✅", "nonconformant": "❌", "inconclusive": "⚠️"}
_TITLES: dict[Level, str] = {"must": "Broken musts", "should": "Broken shoulds (warnings)", "may": "Notes"}
# Whatever Markdown or HTML could read as more than a letter. As character references none of it acts.
_ACTIVE = re.compile(r"(?<=www)\.|[^\w\s,;()\"'%?/+.=-]|_", re.ASCII | re.IGNORECASE)
# GitHub makes links of these after rendering, references or not, unless a tag parts them from what follows.
_LINKING = re.compile("&#(35|64);")


def markdown_text(summary: Summary, record: Record) -> str:
    """The results as GitHub-flavoured Markdown of less than 1 MB; the same record gives the same text."""
    parts = list(_parts(summary, record))
    kept: list[str] = []
    size = 0
    for part in parts:
        size += len(part.encode("utf-8", "backslashreplace")) + 1
        if size > LARGEST:
            kept.append("\n_Cut here; report.html and summary.json have the rest._")
            break
        kept.append(part)
    return "\n".join(kept) + "\n"


def write_markdown(path: str | Path, summary: Summary, record: Record) -> None:
    """Write summary.md. Raises OutputError where the file cannot be written."""
    write_text(Path(path), markdown_text(summary, record))


def _parts(summary: Summary, record: Record) -> Iterator[str]:
    """The text in pieces that may each be the last: every piece closes what it opens."""
    yield f"## {_MARKS[summary.verdict]} {summary.verdict.capitalize()}: {_plain(verdict_sentence(summary))}"
    for doubt in further_doubts(summary):
        yield f"\n> {_plain(doubt)}"
    yield f"\n{_code(summary.target)} judged by {', '.join(_code(name) for name in summary.documents)}."
    yield _facts(summary, record)
    levels: tuple[Level, ...] = ("must", "should", "may")
    for level in levels:
        yield from _level(summary.at(level), level, record)
    if summary.known:
        yield _folded(f"Known and accepted ({len(summary.known):,})", _table(summary.known))
    yield _folded("Operations", _operations(summary, record))
    seen = quirks(record)
    if seen:
        rows = "\n".join(
            f"- {_code(each.name)} {_plain(each.summary)} ({each.count:,})" for each in seen[:100]
        )
        yield _folded(f"Known quirks of the real service, not blamed ({len(seen):,})", rows)
    if summary.untested:
        names = ", ".join(_code(name) for name in summary.untested[:1000])
        yield _folded(f"Untested rules ({len(summary.untested):,})", names)


def _facts(summary: Summary, record: Record) -> str:
    rows = [
        f"- {_plain(cost_sentence(summary))}",
        f"- {counted(summary.exercised, 'rule')} exercised, {len(summary.untested):,} untested",
        f"- {summary.sent_points:,} of {summary.planned_points:,} planned points sent",
        f"- profile {_code(summary.profile)}, seed {summary.seed}",
    ]
    if record.header.not_configured:
        rows.append(
            f"- not configured: {', '.join(_code(name) for name in record.header.not_configured[:100])}"
        )
    return "\n" + "\n".join(rows)


def _level(found: tuple[Finding, ...], level: Level, record: Record) -> Iterator[str]:
    if not found:
        return
    table = _table(found)
    if level == "may":
        yield _folded(f"{_TITLES[level]} ({len(found):,})", table)
        return
    yield f"\n### {_TITLES[level]}: {len(found):,}\n\n{table}"
    for finding in found[:MOST_IN_FULL]:
        title = f"{finding.rule} · {finding.operation} · {finding.place or 'whole response'}"
        yield _folded(title, _in_full(finding, record))


def _table(found: tuple[Finding, ...]) -> str:
    rows = ["| Rule | Operation | Place | What was found | Seen |", "|---|---|---|---|--:|"]
    rows += [
        f"| {_code(finding.rule)} | {_plain(finding.operation)} | {_code(finding.place or 'whole response')} "
        f"| {_plain(finding.violation.message, 200)} | {finding.count:,} |"
        for finding in found[:MOST_ROWS]
    ]
    if len(found) > MOST_ROWS:
        rows.append(f"\n…and {len(found) - MOST_ROWS:,} more.")
    return "\n".join(rows)


def _in_full(finding: Finding, record: Record) -> str:
    rows = [
        f"- requirement: {_plain(requirement_sentence(finding, record))}",
        f"- clause: {_code(clause_of(finding, record))}",
        f"- found: {_plain(finding.violation.message)}",
        *(f"- {name}: {_code(visible_value(value))}" for name, value in compared(finding)),
        f"- place: {_code(place_sentence(finding))}",
        f"- case: {_code(finding.case)}",
    ]
    # A pre element is no Markdown inside, so that the line can be copied as it stands.
    rows += [
        f"\n<pre>{escape(visible(cut_text(exchange.curl, LONGEST_CURL), lines=True), quote=False)}</pre>"
        for exchange in finding.exchanges[:2]
        if exchange.curl
    ]
    return "\n".join(rows)


def _operations(summary: Summary, record: Record) -> str:
    rows = ["| Operation | Exchanges | Points | Must | Should | May |", "|---|--:|--:|--:|--:|--:|"]
    for tally in operations(record, summary.findings)[:200]:
        found = tally.findings
        rows.append(
            f"| {_plain(tally.operation)} | {tally.exchanges:,} | {tally.sent}/{len(tally.points)} "
            f"| {found['must']} | {found['should']} | {found['may']} |"
        )
    return "\n".join(rows)


def _folded(title: str, content: str) -> str:
    return f"\n<details><summary>{_plain(title)}</summary>\n\n{content}\n\n</details>"


def _plain(text: str, longest: int = 400) -> str:
    """Text that Markdown, HTML and GitHub's own marks (mentions, emoji, links) take for nothing but text."""
    return _LINKING.sub(r"<span>\g<0></span>", _escaped(visible_line(text, longest)))


def _code(text: str) -> str:
    return f"<code>{_escaped(visible_line(text))}</code>"


def _escaped(text: str) -> str:
    return _ACTIVE.sub(_reference, text)


def _reference(match: re.Match[str]) -> str:
    character = match.group()
    return f"&#{ord(character)};" if ord(character) < 0x80 else character
