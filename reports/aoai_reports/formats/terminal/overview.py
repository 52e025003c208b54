"""One screen about a run: the verdict, what is new, a line for each cause, coverage and cost."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.text import Text

from aoai_reports.formats.legible import visible_line
from aoai_reports.formats.quantities import quantity
from aoai_reports.formats.terminal.facts import LEVEL_STYLE, add_coverage, add_verdict
from aoai_reports.formats.terminal.lines import Lines
from aoai_reports.formats.wording import Section, cause_sentence, section_sentence, sections
from aoai_reports.record.reader import Record
from aoai_reports.results.causes import Cause
from aoai_reports.results.summary import Summary

#: The most lines on a console of fewer than 120 columns, and on a wider one.
MOST_LINES, MOST_LINES_WIDE = 50, 40
_WIDE = 120
#: The lines for a cause of each effect, with headings and what is left out.
_LEAST_ROOM = 13
#: The most baseline entries to fix that are listed.
_MOST_COMPLAINTS = 2


def overview(summary: Summary, record: Record, console: Console, report: str | Path | None = None) -> Lines:
    """The report of a run on one screen, however much was found."""
    shown = [each for each in sections(summary) if each.kind == "violations"]
    for brief in (2, 1):
        lines, end = Lines(console), Lines(console)
        add_verdict(lines, summary, record, brief)
        _add_counts(end, summary, brief)
        add_coverage(end, summary, record, report, brief)
        room = (MOST_LINES_WIDE if lines.width >= _WIDE else MOST_LINES) - len(lines) - len(end)
        if room >= _LEAST_ROOM:
            break
    lines.extend(_causes(shown, console, room))
    lines.extend(end)
    return lines


def _causes(shown: Sequence[Section], console: Console, room: int) -> Lines:
    """The causes under their headings in at most so many lines.

    If they do not fit, titles are cut to one line each; if that does not suffice, the longest sections are.
    """
    for most in (8, 2, 1):
        lines = _sections(shown, [len(each.causes) for each in shown], console, most)
        if len(lines) <= room:
            return lines
    return _sections(shown, _lengths([len(each.causes) for each in shown], room - 1), console, 1)


def _lengths(lengths: Sequence[int], room: int) -> list[int]:
    """How many causes of each section fit: the longest section is cut first, but keeps one cause.

    Each section also needs a line for its heading and, if it is cut, one that counts the rest.
    """
    cut = list(lengths)
    while sum(cut) + len(cut) + sum(map(int.__ne__, cut, lengths)) > room and max(cut) > 1:
        cut[cut.index(max(cut))] -= 1
    return cut


def _sections(shown: Sequence[Section], lengths: Sequence[int], console: Console, most: int) -> Lines:
    lines = Lines(console)
    if shown:
        lines.gap()
    width = max((len(_count(cause)) for section in shown for cause in section.causes), default=0)
    for section, length in zip(shown, lengths, strict=True):
        heading = Text.assemble((section.title, "bold"), (f"  {section_sentence(section.causes)}", "dim"))
        lines.add(heading, most=1)
        for cause in section.causes[:length]:
            prefix = Text.assemble(
                (f"  {cause.level.upper():<6} ", LEVEL_STYLE[cause.level]), f"{_count(cause):>{width}}  "
            )
            rule = visible_line(cause.findings[0].rule)
            title = visible_line(cause_sentence(cause), 600)
            lines.add(title, prefix=prefix, tail=Text(f" [{rule}]", "cyan"), most=most)
        rest = section.causes[length:]
        if rest:
            violations = quantity(sum(len(cause.new) for cause in rest), "violation")
            more = f"  and {quantity(len(rest), 'more cause')} ({violations}): see --verbose or report.html"
            lines.add(Text(more, "dim"), most=1)
    return lines


def _count(cause: Cause) -> str:
    return f"{len(cause.new):,}"


def _add_counts(lines: Lines, summary: Summary, brief: int) -> None:
    """Count the notes and what is accepted, and list baseline entries to fix."""
    lines.gap()
    complaints = () if summary.baseline is None else tuple(summary.baseline.complaints())
    for sentence in complaints[:_MOST_COMPLAINTS]:
        lines.field("baseline", visible_line(sentence, 1000), most=brief)
    if len(complaints) > _MOST_COMPLAINTS:
        more = quantity(len(complaints) - _MOST_COMPLAINTS, "more entry", "more entries")
        lines.field("", f"and {more} to fix: see --verbose")
    for section in sections(summary):
        if section.kind == "notes":
            rules = [cause.new[0].rule for cause in section.causes]
            _add_rules(lines, "notes (MAY)", section_sentence(section.causes, section.kind), rules)
    if summary.known:
        causes = sum(len(cause.new) < len(cause.findings) for cause in summary.causes)
        counted = f"{quantity(len(summary.known), 'violation')} from {quantity(causes, 'cause')}"
        _add_rules(lines, "accepted", counted, [finding.rule for finding in summary.known])
    if summary.baseline is not None and summary.baseline.groups:
        groups = ", ".join(f"{entry.name} ({covers:,})" for entry, covers in summary.baseline.groups)
        lines.field("groups", visible_line(f"of the baseline, with what each covers: {groups}", 600), most=1)
    if summary.causes:
        rule = visible_line(summary.causes[0].findings[0].rule)
        number = len(summary.findings)
        entries = f"all {number:,} entries" if number > 1 else "the entry"
        explain = f"aoai-conformance explain {rule} explains a rule"
        lines.field("more", f"{explain}; --verbose prints {entries} in full")


def _add_rules(lines: Lines, name: str, counted: str, rules: Sequence[str]) -> None:
    names = visible_line(", ".join(dict.fromkeys(rules)), 600)
    lines.field(name, f"{counted}: {names}", most=1)
