"""The results of a run as a stream of events: one JSON object on each line."""

from __future__ import annotations

from collections.abc import Iterator

from aoai_model.serialization import Json
from aoai_model.verdict import Violation
from aoai_reports.formats.machine.json_text import json_text
from aoai_reports.record.evidence import shortened, storable
from aoai_reports.record.lines import ExchangeLine, Header, ScenarioLine
from aoai_reports.record.reader import Record
from aoai_reports.results.findings import Identity, fingerprint_of, place_of
from aoai_reports.results.summary import Summary

EVENTS_SCHEMA = "aoai-conformance/events/v1"


def events_text(summary: Summary, record: Record) -> str:
    """The events as NDJSON, as described by schemas/events-v1.json.

    The first event describes the run. Then there is one for each exchange and each scenario in the order of
    the plan, and one for each cause, the most harmful first. The last event is the verdict.
    """
    events = [run_event(record.header)]
    events += map(line_event, record.exchanges)
    events += map(line_event, record.scenarios)
    return "".join(map(event_text, (*events, *last_events(summary))))


def event_text(event: dict[str, Json]) -> str:
    """An event as a line of JSON, with its line end."""
    return json_text(storable(event), indent=None)


def run_event(header: Header) -> dict[str, Json]:
    """The first event, which describes the run."""
    return {
        "type": "run",
        "schema": EVENTS_SCHEMA,
        "tool": header.tool,
        "started": header.started,
        "target": header.target,
        "surface": header.surface,
        "documents": list(header.documents),
        "profile": header.profile,
        "seed": header.seed,
    }


def line_event(line: ExchangeLine | ScenarioLine) -> dict[str, Json]:
    """The event of a judged exchange or scenario."""
    if isinstance(line, ExchangeLine):
        return _exchange(line)
    return {
        "type": "scenario",
        "scenario": line.scenario,
        "kind": line.kind,
        "cases": list(line.cases),
        **_judged(line, streamed=False),
    }


def last_events(summary: Summary) -> Iterator[dict[str, Json]]:
    """The events at the end: one for each cause, the most harmful first, and the verdict."""
    for cause in summary.causes:
        yield {"type": "cause", **cause.to_json()}
    yield {
        "type": "verdict",
        "verdict": summary.verdict,
        "doubts": list(summary.doubts),
        "requests": summary.requests,
        "seconds": summary.seconds,
        "tokens": summary.tokens.to_json(),
        "violations": {level: len(summary.at(level)) for level in ("must", "should", "may")},
        "known": len(summary.known),
        "points": {"planned": summary.planned_points, "shown": summary.shown_points},
    }


def _exchange(line: ExchangeLine) -> dict[str, Json]:
    response = line.response
    streamed = response is not None and response.events is not None
    return {
        "type": "exchange",
        "case": line.case,
        "kind": line.kind,
        "origin": line.origin,
        "expect": line.expect,
        "points": [point.id for point in line.points],
        "method": line.request.method,
        "url": line.request.url,
        "status": None if response is None else response.status,
        "failure": None if line.failure is None else line.failure.kind,
        "seconds": None if response is None else response.ended,
        "streamed": streamed,
        **_judged(line, streamed=streamed),
    }


def _judged(line: ExchangeLine | ScenarioLine, *, streamed: bool) -> dict[str, Json]:
    return {
        "document": line.document,
        "operation": line.operation,
        "judged": not line.unjudged,
        "verdicts": dict(line.verdicts),
        "violations": [_violation(each, line, streamed=streamed) for each in line.violations],
    }


def _violation(violation: Violation, line: ExchangeLine | ScenarioLine, *, streamed: bool) -> Json:
    place = place_of(violation, streamed=streamed)
    identity = Identity(violation.rule, line.document, line.operation, place, violation.reason)
    return {
        "rule": violation.rule,
        "level": violation.level or "must",
        "point": violation.point,
        "pointer": violation.pointer,
        "chunk": violation.chunk,
        "reason": violation.reason,
        "message": violation.message,
        "expected": shortened(violation.expected),
        "actual": shortened(violation.actual),
        "fingerprint": fingerprint_of(identity),
    }
