"""Everything that report.html shows: what its template writes, and what its script shows on demand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from aoai_model.serialization import Json
from aoai_model.verdict import Level
from aoai_reports.formats.legible import visible_line, visible_value
from aoai_reports.formats.page.boundaries import NumberLine, number_lines
from aoai_reports.formats.page.changes import Comparison, Sparkline, compare, sparkline
from aoai_reports.formats.page.clause_links import safe_links
from aoai_reports.formats.page.clauses import clauses_of
from aoai_reports.formats.page.embedded_json import json_of
from aoai_reports.formats.page.entries import MOST_WITHOUT_SCRIPT, Entry, bounded, chosen_findings, entry_of
from aoai_reports.formats.page.evidence import Evidence
from aoai_reports.formats.page.matrix import Difference, Matrix, Result, differences_of, matrix_of, results_of
from aoai_reports.formats.page.points import OperationPoints, points_of
from aoai_reports.formats.quantities import quantity
from aoai_reports.formats.wording import changes_sentence, section_title, sections
from aoai_reports.record.reader import Record
from aoai_reports.results.causes import Cause
from aoai_reports.results.previous import PreviousRun
from aoai_reports.results.summary import Summary
from aoai_reports.results.tallies import QuirkTally, TopicTally, operations, topics

#: How many causes the page lists; the others are counted.
MOST_CAUSES: Final = 400

Worst: TypeAlias = Level | Literal["known"]


@dataclass(frozen=True, slots=True)
class CauseView:
    """A cause: its entries that can be read without the script, and the numbers of all.

    `change` is the difference in violations from the previous run, None without one; `first_seen` is true if
    the previous run does not have the cause.
    """

    number: int
    title: str
    level: Level
    known: bool
    total: int
    new: int
    seen: int
    entries: tuple[Entry, ...]
    held: int
    trend: Sparkline | None = None
    change: int | None = None
    first_seen: bool = False


@dataclass(frozen=True, slots=True)
class CauseGroup:
    """Causes under one heading, in the order of the summary."""

    title: str
    causes: tuple[CauseView, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """What the template shows, and `data` for the script.

    `worst` is the most severe level at which a rule or topic is violated, or `known` if all its violations
    are accepted; `anchors` leads from a rule to its first entry. `limits` says what was left out of the page,
    `links` where each document was published.
    """

    summary: Summary
    record: Record
    news: str
    comparison: Comparison | None
    groups: tuple[CauseGroup, ...]
    matrix: Matrix
    differences: tuple[Difference, ...]
    number_lines: tuple[tuple[str, tuple[NumberLine, ...]], ...]
    points: tuple[OperationPoints, ...]
    topics: tuple[TopicTally, ...]
    quirks: tuple[QuirkTally, ...]
    worst: Mapping[str, Worst]
    anchors: Mapping[str, str]
    options: tuple[tuple[str, str], ...]
    limits: tuple[str, ...]
    links: Mapping[str, str]
    data: Json


def page_of(
    summary: Summary,
    record: Record,
    *,
    previous: PreviousRun | None = None,
    trend: Mapping[str, Sequence[int]] | None = None,
) -> Page:
    """The data of the report of a run.

    `previous` is the run before; `trend` has the numbers of violations of causes, by id, in
    the runs before this one, oldest first.
    """
    evidence = Evidence()
    seen = None if previous is None else previous.fingerprints
    entries = bounded(
        entry_of(finding, record, cause, evidence=evidence.add(finding), previous=seen)
        for cause, finding in chosen_findings(summary.causes)
    )
    by_point = {(each.document, each.operation, each.point): each.id for each in entries if each.point}
    all_topics = topics(record)
    tallies = operations(summary.accounts, record, summary.findings)
    results = results_of(summary, record, [(each.document, each.operation) for each in tallies])
    points = points_of(tallies, by_point)
    clauses, clauses_left = clauses_of(summary, record)
    links = safe_links(record.header.links)
    anchors: dict[str, str] = {}
    for each in entries:
        anchors.setdefault(each.rule, each.id)
    return Page(
        summary=summary,
        record=record,
        news=changes_sentence(summary),
        comparison=compare(summary, previous) if previous is not None else None,
        groups=_groups(summary, entries, previous, trend or {}),
        matrix=matrix_of(results),
        differences=differences_of(results, [visible_line(each) for each in summary.documents])
        if len(summary.documents) > 1
        else (),
        number_lines=_by_operation(number_lines(record, by_point)),
        points=points,
        topics=all_topics,
        quirks=summary.quirks,
        worst=_worst(summary, all_topics),
        anchors=anchors,
        options=tuple(
            (visible_line(name, 80), visible_value(value, 200))
            for name, value in record.header.options.items()
            if name != "choices"  # the same, as the user gave it
        ),
        limits=tuple(_limits(summary, entries, evidence, clauses_left)),
        links=links,
        data={
            "causes": [[visible_line(each.id), visible_line(each.title, 600)] for each in summary.causes],
            "entries": json_of(entries),
            "cards": evidence.cards,
            "blocks": evidence.blocks,
            "results": _compact(results),
            "rules": {
                visible_line(rule.id): [rule.level, visible_line(rule.requirement), visible_line(rule.clause)]
                for topic in all_topics
                for rule in topic.rules
            },
            "points": [json_of(each.fields) for each in points if each.tally.points],
            "clauses": json_of(clauses),
            "links": dict[str, Json](links),
            "compared": previous is not None,
        },
    )


def _by_operation(lines: Sequence[NumberLine]) -> tuple[tuple[str, tuple[NumberLine, ...]], ...]:
    grouped: dict[str, list[NumberLine]] = {}
    for line in lines:
        grouped.setdefault(line.operation, []).append(line)
    return tuple((name, tuple(held)) for name, held in grouped.items())


def _compact(results: Sequence[Result]) -> Json:
    """Results as arrays, in which names are places in a list."""
    names: dict[str, int] = {}

    def place(name: str) -> int:
        return names.setdefault(name, len(names))

    rows: list[Json] = [
        [
            place(each.document), place(each.operation), place(each.rule), place(each.topic),
            place(each.status), each.passed, each.violated, each.inconclusive, place(each.doubt),
        ]
        for each in results
    ]  # fmt: skip
    return {"names": list(names), "rows": rows}


def _groups(
    summary: Summary,
    entries: Sequence[Entry],
    previous: PreviousRun | None,
    trend: Mapping[str, Sequence[int]],
) -> tuple[CauseGroup, ...]:
    """Causes under headings, without changing their order."""
    held: dict[int, int] = {}
    readable: dict[int, list[Entry]] = {}
    for place, entry in enumerate(entries):
        held[entry.cause] = held.get(entry.cause, 0) + 1
        if place < MOST_WITHOUT_SCRIPT:
            readable.setdefault(entry.cause, []).append(entry)
    absent = (0,) * max(map(len, trend.values()), default=0)
    before = None if previous is None else previous.causes

    def view(number: int, cause: Cause) -> CauseView:
        return CauseView(
            number=number,
            title=visible_line(cause.title, 600),
            level=cause.level,
            known=cause.known,
            total=len(cause.findings),
            new=len(cause.new),
            seen=cause.seen,
            entries=tuple(readable.get(number, ())),
            held=held.get(number, 0),
            trend=sparkline(cause, trend.get(cause.id, absent)),
            change=None if before is None else len(cause.findings) - before.get(cause.id, ("", 0))[1],
            first_seen=before is not None and cause.id not in before,
        )

    numbers = {cause.id: number for number, cause in enumerate(summary.causes[:MOST_CAUSES])}
    groups = (
        CauseGroup(
            section_title(section),
            tuple(view(numbers[each.id], each) for each in section.causes if each.id in numbers),
        )
        for section in sections(summary)
    )
    return tuple(group for group in groups if group.causes)


def _worst(summary: Summary, all_topics: Sequence[TopicTally]) -> dict[str, Worst]:
    topic_of = {rule.id: topic.topic for topic in all_topics for rule in topic.rules}
    worst: dict[str, Worst] = {}
    for finding in sorted(summary.findings, key=lambda each: each.known):
        for name in (finding.rule, topic_of.get(finding.rule, "other")):
            worst.setdefault(name, "known" if finding.known else finding.level)
    return worst


def _limits(summary: Summary, entries: Sequence[Entry], evidence: Evidence, clauses: int) -> list[str]:
    """What the page leaves out, a sentence each."""
    sentences: list[str] = []
    left = len(summary.findings) - len(entries)
    if left:
        sentences.append(f"This page lists {len(entries):,} violations; summary.json has {left:,} more.")
    if evidence.left_out:
        sentences.append(
            f"Requests and responses of {quantity(evidence.left_out, 'violation')} are left out to keep this "
            "page small; record.ndjson has them, and `aoai-conformance replay` sends the request again."
        )
    causes = len(summary.causes) - MOST_CAUSES
    if causes > 0:
        sentences.append(f"And {quantity(causes, 'more cause')} in summary.json.")
    if clauses:
        sentences.append(f"And {quantity(clauses, 'more clause')} in the documents.")
    return sentences
