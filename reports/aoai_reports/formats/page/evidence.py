"""The requests and responses that show a violation, bounded, for the cards of the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from aoai_model.exchange import Event, Headers
from aoai_model.serialization import Json
from aoai_model.verdict import Violation
from aoai_reports.formats.legible import visible_line
from aoai_reports.formats.page.commands import Commands, commands_of
from aoai_reports.formats.page.embedded_json import compact_json, json_of
from aoai_reports.formats.page.timeline import Timeline, timeline_of
from aoai_reports.formats.pretty import Layout, format_body
from aoai_reports.record.lines import ExchangeLine
from aoai_reports.results.findings import Finding

#: Chunks shown before and after the faulty one.
NEIGHBOURS: Final = 2
MOST_HEADERS: Final = 60
#: How many exchanges of a scenario are shown.
MOST_STEPS: Final = 4
#: The characters of all evidence; violations that do not fit are shown without it.
LONGEST_EVIDENCE: Final = 4_000_000

#: A line of a body; in an array if it is marked; a number for lines or members left out.
RowData: TypeAlias = str | tuple[str] | int


@dataclass(frozen=True, slots=True)
class BodyView:
    """A formatted body: its lines and what it is."""

    rows: tuple[RowData, ...]
    kind: str


@dataclass(frozen=True, slots=True)
class EventView:
    """An event of a stream.

    `body` is the formatted data of the faulty event, None for others. `raw` are its bytes unless they are
    just one data line and a blank line. `skipped` counts the events left out before it.
    """

    index: int
    milliseconds: str
    data: str = ""
    at_fault: bool = False
    body: int | None = None
    raw: str = ""
    skipped: int = 0


@dataclass(frozen=True, slots=True)
class ExchangeView:
    """The evidence of one exchange; bodies and headers are places in `Evidence.blocks`."""

    case: str
    request_line: str
    request_headers: int
    request: int
    status: str
    response_headers: int
    commands: Commands
    step: str = ""
    response: int | None = None
    events: tuple[EventView, ...] = ()
    events_after: int = 0
    timeline: Timeline | None = None
    notes: tuple[str, ...] = ()


#: After so many violations whose evidence does not fit, no more evidence is formatted, since that takes time.
MOST_MISSES = 50


@dataclass(slots=True)
class Evidence:
    """Collects the evidence of a page up to a number of characters.

    `cards` has the exchanges of each violation as JSON; `blocks` has each body and each list of headers once.
    """

    longest: int = LONGEST_EVIDENCE
    cards: list[Json] = field(default_factory=list)
    blocks: list[Json] = field(default_factory=list)
    left_out: int = 0
    _places: dict[str, int] = field(default_factory=dict)
    _size: int = 0

    def add(self, finding: Finding) -> int | None:
        """Add the evidence of a finding; return its place, None if it has none or does not fit."""
        if not finding.exchanges:
            return None
        if self.left_out >= MOST_MISSES:
            self.left_out += 1
            return None
        number = len(self.blocks)
        views = [self._exchange(line, finding) for line in finding.exchanges[:MOST_STEPS]]
        card = json_of(views)
        added = len(compact_json(card)) + sum(len(compact_json(block)) for block in self.blocks[number:])
        if self._size + added > self.longest:
            self._forget(number)
            self.left_out += 1
            return None
        self._size += added
        self.cards.append(card)
        return len(self.cards) - 1

    def _forget(self, number: int) -> None:
        del self.blocks[number:]
        self._places = {text: place for text, place in self._places.items() if place < number}

    def _block(self, value: object) -> int:
        data = json_of(value)
        text = compact_json(data)
        if text not in self._places:
            self._places[text] = len(self.blocks)
            self.blocks.append(data)
        return self._places[text]

    def _exchange(self, line: ExchangeLine, finding: Finding) -> ExchangeView:
        violation = finding.violation
        response = line.response
        whole = violation.pointer.startswith("/") and violation.chunk is None
        events, after = self._events(response.events or () if response else (), violation)
        in_scenario = finding.scenario is not None and line.scenario is not None
        body = None
        if response is not None and not response.events:
            body = self._block(_body(format_body(response.body, violation.pointer if whole else None)))
        request = format_body(line.request.body, pointer_of_point(violation.point), exact=True)
        return ExchangeView(
            case=visible_line(line.case),
            request_line=f"{visible_line(line.request.method)} {visible_line(line.request.url, 1000)}",
            request_headers=self._block(_headers(line.request.headers)),
            request=self._block(_body(request)),
            status=_status(line),
            response_headers=self._block(_headers(response.headers if response else ())),
            commands=commands_of(line),
            step=visible_line(line.scenario.step) if in_scenario and line.scenario else "",
            response=body,
            events=events,
            events_after=after,
            timeline=timeline_of(response, violation.chunk) if response is not None else None,
            notes=tuple(visible_line(note) for note in line.notes[:20]),
        )

    def _events(self, events: Sequence[Event], violation: Violation) -> tuple[tuple[EventView, ...], int]:
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
            cut = "" if event.terminated else " (no blank line at its end)"
            content = event.data.encode("utf-8", "replace")
            views.append(
                EventView(
                    index=index,
                    milliseconds=f"{event.arrived * 1000:,.1f}",
                    data=visible_line(event.data, 700) + cut,
                    at_fault=index == fault,
                    body=self._block(_body(format_body(content, violation.pointer or None)))
                    if index == fault
                    else None,
                    raw=_framing(event),
                    skipped=index - previous - 1,
                )
            )
            previous = index
        return tuple(views), len(events) - 1 - previous


def pointer_of_point(point: str | None) -> str | None:
    """The place of a point's value in the request: `messages[].content.oneOf:x` is /messages/0/content."""
    if point is None:
        return None
    path = point.partition(":")[0].rpartition(".")[0]
    return "/" + path.replace("[]", ".0").replace(".", "/") if path else None


def _status(line: ExchangeLine) -> str:
    if line.response is None:
        failure = f"{line.failure.kind}: {line.failure.message}" if line.failure else "no response"
        return f"No response ({visible_line(failure)})"
    ended = "" if line.response.complete else ", incomplete"
    return f"{line.response.status} after {line.response.ended * 1000:,.0f} ms{ended}"


def _body(layout: Layout) -> BodyView:
    rows = (row.left_out or ((row.text,) if row.marked else row.text) for row in layout.rows)
    return BodyView(tuple(rows), layout.kind)


def _framing(event: Event) -> str:
    usual = f"data: {event.data}\n\n".encode("utf-8", "replace")
    return "" if event.raw == usual else visible_line(event.raw.decode("utf-8", "backslashreplace"), 400)


def _headers(headers: Headers) -> list[str]:
    lines = [
        f"{visible_line(name, 100)}: {visible_line(value, 400)}" for name, value in headers[:MOST_HEADERS]
    ]
    more = len(headers) - len(lines)
    return [*lines, f"… {more:,} more"] if more else lines
