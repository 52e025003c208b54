"""The data of the HTML report, bounded and escaped, for its template."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from aoai_model.exchange import Event, Headers
from aoai_model.verdict import Level, Violation
from aoai_reports.formats.legible import visible, visible_line, visible_value
from aoai_reports.formats.pretty import Layout, format_body
from aoai_reports.formats.wording import clause_of, expected_and_actual, place_sentence, requirement_sentence
from aoai_reports.record.evidence import cut_text
from aoai_reports.record.lines import ExchangeLine
from aoai_reports.record.reader import Record
from aoai_reports.results.findings import LEVELS, Finding
from aoai_reports.results.point_account import PointState
from aoai_reports.results.summary import Summary
from aoai_reports.results.tallies import (
    OperationTally,
    QuirkTally,
    TopicTally,
    operations,
    quirks,
    topics,
)

#: How many findings of a level are shown with evidence; the next ones are rows of a table, the rest a number.
MOST_IN_FULL: dict[Level, int] = {"must": 100, "should": 50, "may": 50}
MOST_LISTED = 500
#: Chunks shown before and after the faulty one.
NEIGHBOURS = 2
LONGEST_CURL = 8000
MOST_HEADERS = 60
MOST_POINTS = 5000


@dataclass(frozen=True, slots=True)
class EventView:
    """An event of a stream.

    `layout` is the formatted data of the faulty event, None for others. `raw` are its bytes unless they are
    just one data line and a blank line.
    """

    index: int
    milliseconds: str
    data: str
    at_fault: bool
    layout: Layout | None
    raw: str
    skipped: int


@dataclass(frozen=True, slots=True)
class ExchangeView:
    """The evidence of one exchange."""

    title: str
    case: str
    request_line: str
    request_headers: Headers
    request: Layout
    status: str
    response_headers: Headers
    response: Layout | None
    events: tuple[EventView, ...]
    events_after: int
    event_count: int
    notes: tuple[str, ...]
    curl: str
    curl_cut: bool


@dataclass(frozen=True, slots=True)
class FindingView:
    """One finding."""

    anchor: str
    level: Level
    rule: str
    operation: str
    document: str
    requirement: str
    clause: str
    message: str
    compared: tuple[tuple[str, str], ...]
    place: str
    point: str
    count: int
    known_because: str
    exchanges: tuple[ExchangeView, ...]


@dataclass(frozen=True, slots=True)
class LevelView:
    """The findings of one level: with evidence, as table rows, and the number of the rest."""

    level: Level
    total: int
    full: tuple[FindingView, ...]
    listed: tuple[FindingView, ...]
    uncounted: int


@dataclass(frozen=True, slots=True)
class PointView:
    """One planned point of a field; `anchor` leads to its finding."""

    id: str
    name: str
    state: PointState
    anchor: str


@dataclass(frozen=True, slots=True)
class CoverageView:
    """The points of one operation by field, and how many are omitted."""

    tally: OperationTally
    fields: tuple[tuple[str, tuple[PointView, ...]], ...]
    left_out: int


@dataclass(frozen=True, slots=True)
class Page:
    """Everything that the report shows. `anchors` leads from a rule to its first finding.

    `worst` is the most severe level at which a rule or topic is violated, or `known` if all its violations
    are accepted.
    """

    summary: Summary
    record: Record
    levels: tuple[LevelView, ...]
    known: tuple[FindingView, ...]
    coverage: tuple[CoverageView, ...]
    topics: tuple[TopicTally, ...]
    quirks: tuple[QuirkTally, ...]
    anchors: dict[str, str]
    worst: dict[str, Level | Literal["known"]]
    options: tuple[tuple[str, str], ...]


def page_of(summary: Summary, record: Record) -> Page:
    """The data of the report of a run."""
    levels = tuple(_level(summary, record, level) for level in LEVELS)
    anchors = {
        (view.document, view.operation, view.point): view.anchor
        for level in levels
        for view in (*level.full, *level.listed)
        if view.point
    }
    by_rule: dict[str, str] = {}
    for level in levels:
        for view in (*level.full, *level.listed):
            by_rule.setdefault(view.rule, view.anchor)
    all_topics = topics(record)
    topic_of = {rule.id: topic.topic for topic in all_topics for rule in topic.rules}
    worst: dict[str, Level | Literal["known"]] = {}
    for finding in sorted(summary.findings, key=lambda each: each.known):
        for name in (finding.rule, topic_of.get(finding.rule, "other")):
            worst.setdefault(name, "known" if finding.known else finding.level)
    return Page(
        summary=summary,
        record=record,
        levels=levels,
        known=tuple(
            _view(finding, record, f"known-{number}", evidence=False)
            for number, finding in enumerate(summary.known[:MOST_LISTED], 1)
        ),
        coverage=_coverage(operations(summary.accounts, record, summary.findings), anchors),
        topics=all_topics,
        quirks=quirks(record),
        anchors=by_rule,
        worst=worst,
        options=tuple(
            (visible_line(name, 80), visible_value(value, 200))
            for name, value in record.header.options.items()
        ),
    )


def _level(summary: Summary, record: Record, level: Level) -> LevelView:
    findings = summary.at(level)
    most = MOST_IN_FULL[level]
    listed = findings[most : most + MOST_LISTED]
    return LevelView(
        level=level,
        total=len(findings),
        full=tuple(
            _view(finding, record, f"{level}-{number}") for number, finding in enumerate(findings[:most], 1)
        ),
        listed=tuple(
            _view(finding, record, f"{level}-{number}", evidence=False)
            for number, finding in enumerate(listed, most + 1)
        ),
        uncounted=max(0, len(findings) - most - MOST_LISTED),
    )


def _view(finding: Finding, record: Record, anchor: str, *, evidence: bool = True) -> FindingView:
    violation = finding.violation
    return FindingView(
        anchor=anchor,
        level=finding.level,
        rule=visible_line(finding.rule),
        operation=visible_line(finding.operation),
        document=visible_line(finding.document),
        requirement=visible_line(requirement_sentence(finding, record)),
        clause=visible_line(clause_of(finding, record)),
        message=visible_line(violation.message, 600),
        compared=tuple((name, visible_value(value, 600)) for name, value in expected_and_actual(finding)),
        place=visible_line(place_sentence(finding)),
        point=visible_line(violation.point or ""),
        count=finding.count,
        known_because=visible_line(finding.known_because or ""),
        exchanges=tuple(_exchange(line, finding) for line in finding.exchanges[:4]) if evidence else (),
    )


def _exchange(line: ExchangeLine, finding: Finding) -> ExchangeView:
    violation = finding.violation
    response = line.response
    pointer = violation.pointer if violation.pointer.startswith("/") and violation.chunk is None else None
    if response is None:
        failure = f"{line.failure.kind}: {line.failure.message}" if line.failure else "no response"
        status = f"No response ({visible_line(failure)})"
    else:
        ended = "" if response.complete else ", incomplete"
        status = f"{response.status} after {response.ended * 1000:,.0f} ms{ended}"
    events, after = _events(response.events or () if response else (), violation)
    step = line.scenario.step if finding.scenario is not None and line.scenario is not None else ""
    return ExchangeView(
        title=visible_line(step),
        case=visible_line(line.case),
        request_line=f"{visible_line(line.request.method)} {visible_line(line.request.url, 1000)}",
        request_headers=_headers(line.request.headers),
        request=format_body(line.request.body, _pointer_of_point(violation.point), exact=True),
        status=status,
        response_headers=_headers(response.headers if response else ()),
        response=format_body(response.body, pointer) if response and not response.events else None,
        events=events,
        events_after=after,
        event_count=len(response.events or ()) if response else 0,
        notes=tuple(visible_line(note) for note in line.notes[:20]),
        curl=visible(cut_text(line.curl, LONGEST_CURL), lines=True),
        curl_cut=len(line.curl) > LONGEST_CURL,
    )


def _events(events: tuple[Event, ...], violation: Violation) -> tuple[tuple[EventView, ...], int]:
    """The events to show, and the number of events after the last of them."""
    if not events:
        return (), 0
    fault = violation.chunk if violation.chunk is not None and violation.chunk < len(events) else None
    if fault is None:
        displayed = sorted({*range(min(2, len(events))), *range(max(0, len(events) - 3), len(events))})
    else:
        displayed = list(range(max(0, fault - NEIGHBOURS), min(len(events), fault + NEIGHBOURS + 1)))
    views: list[EventView] = []
    previous = -1
    for index in displayed:
        event = events[index]
        at_fault = index == fault
        cut = "" if event.terminated else " (no blank line at its end)"
        views.append(
            EventView(
                index=index,
                milliseconds=f"{event.arrived * 1000:,.1f}",
                data=visible_line(event.data, 700) + cut,
                at_fault=at_fault,
                layout=format_body(event.data.encode("utf-8", "replace"), violation.pointer or None)
                if at_fault
                else None,
                raw=_framing(event),
                skipped=index - previous - 1,
            )
        )
        previous = index
    return tuple(views), len(events) - 1 - previous


def _framing(event: Event) -> str:
    usual = f"data: {event.data}\n\n".encode("utf-8", "replace")
    return "" if event.raw == usual else visible_line(event.raw.decode("utf-8", "backslashreplace"), 400)


def _headers(headers: Headers) -> Headers:
    displayed = tuple(
        (visible_line(name, 100), visible_line(value, 400)) for name, value in headers[:MOST_HEADERS]
    )
    more = len(headers) - len(displayed)
    return (*displayed, ("…", f"{more:,} more")) if more else displayed


def _pointer_of_point(point: str | None) -> str | None:
    """The place of a point's value in the request: `messages[].content.oneOf:x` is /messages/0/content."""
    if point is None:
        return None
    path = point.partition(":")[0].rpartition(".")[0]
    return "/" + path.replace("[]", ".0").replace(".", "/") if path else None


def _coverage(
    tallies: tuple[OperationTally, ...], anchors: dict[tuple[str, str, str], str]
) -> tuple[CoverageView, ...]:
    views: list[CoverageView] = []
    room = MOST_POINTS
    for tally in tallies:
        fields: dict[str, list[PointView]] = {}
        for id_, state in tally.points[:room]:
            constraint, _, where = id_.partition(":")
            field, dot, keyword = constraint.rpartition(".")
            name = f"{keyword}:{where}" if dot else where
            anchor = anchors.get((tally.document, tally.operation, id_), "")
            point = PointView(visible_line(id_), visible_line(name or id_, 120), state, anchor)
            fields.setdefault(visible_line(field if dot else constraint, 120), []).append(point)
        left_out = max(0, len(tally.points) - room)
        room = max(0, room - len(tally.points))
        views.append(
            CoverageView(tally, tuple((name, tuple(points)) for name, points in fields.items()), left_out)
        )
    return tuple(views)
